// Package imap stores objects as mails in a mailbox, one mail each, in the form
// that duplicity writes. Kind describes it; mail.go has the form. An object is
// never changed: a Put adds a mail and takes the older ones of that name away,
// and whoever reads takes the newest.
package imap

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is the mails of one sender in a mailbox.
type Store struct {
	pool *pool
	// from is the sender, which says whose archive a mail belongs to.
	from    string
	uploads uploads
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	m := newMail(s.from, name, src.Size())
	upload := s.uploads.begin(name)
	defer s.uploads.end(name)
	err := s.pool.use(ctx, func(c *conn) error {
		if m.size() > c.largest() {
			return fmt.Errorf("%w: as a mail it has %d bytes, and the server takes %d", backends.ErrTooLarge, m.size(), c.largest())
		}
		in, err := transfer.Open(ctx, src)
		if err != nil {
			return err
		}
		defer in.Close()
		uid, err := c.send(m, in)
		if err != nil {
			return err
		}
		return s.settle(ctx, c, upload, name, uid, src.Size())
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// settle looks whether a mail is there as it was sent, and takes the older ones
// of that name away. uid is 0 where the server did not tell.
func (s *Store) settle(ctx context.Context, c *conn, upload *upload, name string, uid imap.UID, size int64) error {
	for try := range looks {
		if err := pause(ctx, try); err != nil {
			return err
		}
		all, err := s.find(c, name)
		if err != nil {
			return err
		}
		ours, older, replaced := sort(all, uid)
		switch {
		case ours != nil:
			if len(older) > 0 {
				s.uploads.noteTaken(name)
			}
			return c.verify(ours, older, size)
		case replaced || s.uploads.wasTaken(upload):
			return nil
		}
		// Another program replaced it while we looked, so that neither mail was
		// seen, or the server is slow to show what it took.
	}
	return fmt.Errorf("%w: the server took the mail and does not have it", backends.ErrCorrupt)
}

// pause waits before a look that is not the first one.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return nil
	}
	timer := time.NewTimer(time.Duration(try) * 100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sort finds our mail among those of one name, those that are older, and
// whether there is a newer one.
func sort(all []mailInfo, uid imap.UID) (ours *mailInfo, older imap.UIDSet, replaced bool) {
	if uid == 0 && len(all) > 0 {
		uid = all[len(all)-1].uid
	}
	for i, m := range all {
		switch {
		case m.uid == uid:
			ours = &all[i]
		case m.uid < uid:
			older.AddNum(m.uid)
		default:
			replaced = true
		}
	}
	return ours, older, replaced
}

// verify looks whether a mail is whole, and deletes the older ones, or itself.
func (c *conn) verify(m *mailInfo, older imap.UIDSet, size int64) error {
	stored, err := c.measure(m)
	if err == errReplaced { //nolint:errorlint // it is not wrapped on the way
		return nil
	}
	if err == nil && stored != size {
		_ = c.expunge(imap.UIDSetNum(m.uid)) // what was there before is the newest again
		err = fmt.Errorf("%w: the mail holds %d bytes instead of %d", backends.ErrCorrupt, stored, size)
	}
	if err == nil && len(older) > 0 {
		_ = c.expunge(older) // whoever reads takes the newest; Sweep finds them
	}
	return err
}

// tries is how often a mail is looked for anew that was replaced in between.
// looks is how often after it was stored, which is the last chance: a server
// that keeps mails as files can miss one for a moment, while others are renamed
// beside it.
const (
	tries = 3
	looks = 5
)

// errReplaced: the mail that was found is not there any more.
var errReplaced = fmt.Errorf("%w: it was replaced meanwhile", backends.ErrTemporary)

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := transfer.CheckName(name); err != nil {
		return nil, err
	}
	for range tries {
		r, err := s.get(ctx, name, off, n)
		if err == nil {
			return r, nil
		}
		if err != errReplaced { //nolint:errorlint // it is not wrapped on the way
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return nil, fmt.Errorf("reading %s: %w", name, errReplaced)
}

func (s *Store) get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	c, err := s.pool.take(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.open(ctx, c, name, off, n)
	if err != nil {
		return nil, s.pool.give(ctx, c, err)
	}
	return r, nil
}

func (s *Store) open(ctx context.Context, c *conn, name string, off, n int64) (io.ReadCloser, error) {
	m, err := s.newest(c, name)
	if err != nil {
		return nil, err
	}
	size, err := c.measure(m)
	if err != nil {
		return nil, err
	}
	off, n = transfer.Range(size, off, n)
	if n == 0 {
		s.pool.put(c)
		return io.NopCloser(strings.NewReader("")), nil
	}
	body, err := c.body(m, size, off, n)
	if err != nil {
		return nil, err
	}
	return transfer.Exactly(ctx, &reader{ctx: ctx, pool: s.pool, c: c, body: body, left: n}, n), nil
}

// newest finds the mail of an object.
func (s *Store) newest(c *conn, name string) (*mailInfo, error) {
	all, err := s.find(c, name)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: there is no mail of that name", backends.ErrNotExist)
	}
	return &all[len(all)-1], nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (o backends.Object, err error) {
	if err := transfer.CheckName(name); err != nil {
		return o, err
	}
	err = s.pool.use(ctx, func(c *conn) error {
		m, err := s.newest(c, name)
		if err != nil {
			return err
		}
		size, err := c.measure(m)
		o = backends.Object{Name: name, Size: size, ModTime: m.at}
		return err
	})
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return o, nil
}

// List implements backends.Store. Mails that are no object of ours are not
// listed, and of several with one name the newest is.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		var found []backends.Object
		err := s.pool.use(ctx, func(c *conn) (err error) {
			found, err = s.list(c, prefix)
			return err
		})
		if err != nil {
			yield(backends.Object{}, fmt.Errorf("listing the mailbox: %w", err))
			return
		}
		for _, o := range found {
			if ctx.Err() != nil {
				yield(backends.Object{}, fmt.Errorf("listing the mailbox: %w", context.Cause(ctx)))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (s *Store) list(c *conn, prefix string) ([]backends.Object, error) {
	all, err := s.mails(c, s.criteria(""))
	if err != nil {
		return nil, err
	}
	newest := make(map[string]mailInfo)
	for _, m := range all {
		if strings.HasPrefix(m.name, prefix) && transfer.CheckName(m.name) == nil {
			newest[m.name] = m // they come in the order of their arrival
		}
	}
	var found []backends.Object
	for batch := range chunks(maps.Values(newest), pipeline) {
		sizes, err := c.measureAll(batch)
		if err != nil {
			return nil, err
		}
		for i, m := range batch {
			found = append(found, backends.Object{Name: m.name, Size: sizes[i], ModTime: m.at})
		}
	}
	return found, nil
}

// chunks gathers up to n values at a time.
func chunks[T any](values iter.Seq[T], n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		var batch []T
		for v := range values {
			if batch = append(batch, v); len(batch) < n {
				continue
			}
			if !yield(batch) {
				return
			}
			batch = nil
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// Delete implements backends.Store. All mails of that name go.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	err := s.pool.use(ctx, func(c *conn) error {
		all, err := s.find(c, name)
		if err != nil || len(all) == 0 {
			return err
		}
		var uids imap.UIDSet
		for _, m := range all {
			uids.AddNum(m.uid)
		}
		s.uploads.noteTaken(name)
		return c.expunge(uids)
	})
	if err != nil {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// Close implements backends.Store.
func (s *Store) Close() error {
	s.pool.close()
	return nil
}
