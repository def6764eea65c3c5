package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	p, err := s.path(name)
	if err != nil {
		return err
	}
	temp := transfer.Temp(p)
	err = s.use(ctx, func(c *conn) error {
		if err := s.upload(c, temp, src); err != nil {
			return err
		}
		if err := s.move(c, temp, p); err != nil {
			return err
		}
		return s.arrived(c, temp, p, src.Size())
	})
	if err != nil {
		s.clear(ctx, temp)
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// clear takes away what a failed Put left, also when it was cancelled. What
// cannot be taken away is left for Sweep.
func (s *Store) clear(ctx context.Context, temp string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = s.use(ctx, func(c *conn) error { return c.want("DELE "+temp, 200) })
}

// upload stores a source under a temporary name and checks how much came.
func (s *Store) upload(c *conn, temp string, src backends.Source) error {
	from, err := transfer.Open(c.ctx, src)
	if err != nil {
		return err
	}
	err = s.store(c, temp, from)
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	return s.verify(c, temp, src.Size())
}

// store sends a file. The folder is made when that is what is missing.
func (s *Store) store(c *conn, p string, from io.Reader) error {
	d, err := c.transfer(0, "STOR "+p)
	if isReply(err) && (errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrPermission)) {
		if merr := c.makeFolder(path.Dir(p), s.base); merr != nil {
			return merr
		}
		d, err = c.transfer(0, "STOR "+p)
		if errors.Is(err, backends.ErrNotExist) {
			// The folder is there, so it is the file that may not be.
			return &replyError{"STOR", 553, err.Error()}
		}
	}
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{d}, from, make([]byte, 128<<10)); err != nil {
		return d.broken(err)
	}
	return d.sent()
}

// broken says why an upload broke off: the server may have said so.
func (d *data) broken(err error) error {
	d.close()
	if _, source := errors.AsType[*transfer.SourceError](err); source || d.c.ctx.Err() != nil {
		return &transferError{err}
	}
	if said := d.c.finished(); isReply(said) {
		return said
	}
	return &transferError{err}
}

// verify compares a size with what was sent.
func (s *Store) verify(c *conn, p string, size int64) error {
	got, _, err := s.stat(c, p)
	switch {
	case errors.Is(err, backends.ErrNotExist):
		return fmt.Errorf("%w: the server took it and does not have it", backends.ErrCorrupt)
	case err != nil:
		return err
	case got != size:
		return fmt.Errorf("%w: %d bytes arrived of %d", backends.ErrCorrupt, got, size)
	}
	return nil
}

// arrived checks that a rename took place. That the object is another one now,
// or none, proves nothing: somebody else may have put or deleted it since.
func (s *Store) arrived(c *conn, temp, p string, size int64) error {
	err := s.verify(c, p, size)
	if errors.Is(err, backends.ErrCorrupt) {
		if _, _, terr := s.stat(c, temp); errors.Is(terr, backends.ErrNotExist) {
			return nil
		}
	}
	return err
}

// Writable implements backends.Prober: it writes a little and takes it away.
func (s *Store) Writable(ctx context.Context) error {
	temp := transfer.Temp(s.base + "/x")
	err := s.use(ctx, func(c *conn) error {
		if err := s.upload(c, temp, backends.BytesSource("varve")); err != nil {
			return err
		}
		return c.want("DELE "+temp, 200)
	})
	if err != nil {
		return fmt.Errorf("writing to %s: %w", root(s.base), err)
	}
	return nil
}

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	return transfer.Sweep(
		func(visit func(backends.Object) bool) error { return s.walk(ctx, "", "", visit) },
		func(name string) error {
			return s.use(ctx, func(c *conn) error { return s.remove(c, s.base+"/"+name) })
		},
	)
}
