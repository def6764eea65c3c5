package multi

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/varve-backup/varve/backends"
)

// ask calls the parts that may hold an object, one after the other, until one
// succeeds, and returns those that were not asked.
func (s *Store) ask(ctx context.Context, name string, parts []*part, call func(*part) error) (rest []*part, err error) {
	missing := fmt.Errorf("%w: %s", backends.ErrNotExist, name)
	for i, p := range parts {
		if err := ended(ctx); err != nil {
			return nil, err
		}
		err := call(p)
		if err == nil {
			s.learn(name, p)
			return parts[i+1:], nil
		}
		if gone := ended(ctx); gone != nil {
			return nil, gone
		}
		if isMissing(err) {
			continue
		}
		if err = p.failed(err); isMissing(missing) {
			missing = err // it may lie there: nobody can say that it does not
		}
		if errors.Is(err, backends.ErrInvalidName) {
			break
		}
	}
	return nil, missing
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (o backends.Object, err error) {
	_, err = s.ask(ctx, name, s.holders(name), func(p *part) error {
		o, err = p.Store.Stat(ctx, name)
		return err
	})
	return o, err
}

// Get implements backends.Store. Where a part breaks off, another goes on.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r := &reader{store: s, ctx: ctx, name: name, off: off, left: n, others: s.holders(name)}
	s.mu.Lock()
	s.reading[r] = struct{}{}
	s.mu.Unlock()
	if err := r.open(); err != nil {
		s.forget(r)
		return nil, err
	}
	return r, nil
}

func (s *Store) forget(r *reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.reading, r)
}

// changed tells those who read an object that it is another now.
func (s *Store) changed(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.reading {
		if r.name == name {
			r.changed = true
		}
	}
}

// reader is an object being read, from one part after the other if need be.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	name  string
	off   int64
	left  int64 // negative: to the end
	// from is the part that body comes from; others were not asked yet.
	from   *part
	body   io.ReadCloser
	others []*part
	broken error // what from broke off with, before another was asked
	// changed: what other parts hold may not fit. Guarded by store.mu.
	changed bool
}

// open opens the rest at the next part that has it.
func (r *reader) open() error {
	rest, err := r.store.ask(r.ctx, r.name, r.others, func(p *part) error {
		body, err := p.Store.Get(r.ctx, r.name, r.off, r.left)
		if err == nil {
			r.from, r.body = p, body
		}
		return err
	})
	r.others = rest
	return err
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.broken != nil {
			if err := r.goOn(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.off += int64(n)
		if r.left > 0 {
			r.left = max(r.left-int64(n), 0)
		}
		switch {
		case err == nil, ended(r.ctx) != nil:
			return n, err
		case err == io.EOF && (r.left <= 0 || !r.mayGoOn()): // a lost connection may wrap it, and is no end
			return n, io.EOF
		}
		r.broken = err
		if n > 0 {
			return n, nil
		}
	}
}

// mayGoOn tells whether there is another part to ask.
func (r *reader) mayGoOn() bool {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return len(r.others) > 0 && !r.changed
}

// goOn takes the rest from another part, or returns what broke.
func (r *reader) goOn() error {
	err := r.broken
	if err != io.EOF { // see Read
		err = r.from.failed(err)
	}
	if !r.mayGoOn() {
		return err
	}
	old := r.body
	if r.open() != nil {
		return err // what broke first says more
	}
	r.broken = nil
	_ = old.Close() // it broke already
	return nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.store.forget(r)
	return r.body.Close()
}
