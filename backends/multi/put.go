package multi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
)

// watched is a source that remembers that it failed: then no part is to blame.
type watched struct {
	backends.Source
	mu  sync.Mutex
	err error // guarded by mu
}

// Open implements backends.Source.
func (w *watched) Open() (io.ReadCloser, error) {
	r, err := w.Source.Open()
	if err != nil {
		w.note(err)
		return nil, err
	}
	return watchedReader{r, w}, nil
}

func (w *watched) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// broke tells that no part can store the source.
func (w *watched) broke(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err != nil || errors.Is(err, backends.ErrSourceSize) || errors.Is(err, backends.ErrInvalidName)
}

type watchedReader struct {
	io.ReadCloser
	w *watched
}

// Read implements io.Reader.
func (r watchedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF { // an end is io.EOF itself
		r.w.note(err)
	}
	return n, err
}

// Put implements backends.Store. When mirroring, it goes to all at once; when
// that fails for one of them and so for all, what was new is taken away again
// where it arrived. What was replaced there stays: the old is gone.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := ended(ctx); err != nil {
		return err
	}
	w := &watched{Source: src}
	var err error
	if s.options.Mode == Mirror {
		err = s.mirror(ctx, name, w)
	} else {
		err = s.spread(ctx, name, w)
	}
	s.changed(name)
	if gone := ended(ctx); err != nil && gone != nil && !errors.Is(err, gone) {
		err = fmt.Errorf("%w: %w", gone, err)
	}
	return err
}

func (s *Store) mirror(ctx context.Context, name string, src *watched) error {
	targets := s.targets(name)
	errs := everywhere(targets, func(_ int, p *part) error { return p.Store.Put(ctx, name, src) })
	var done, missed []*part
	var first error
	for i, p := range targets {
		if errs[i] == nil {
			done = append(done, p)
			p.setBehind(name, false)
			continue
		}
		missed = append(missed, p)
		if first == nil {
			first = fmt.Errorf("%s: %w", p.Name, errs[i])
		}
	}
	switch {
	case len(missed) == 0:
		return nil
	case len(done) == 0:
		return first
	case ctx.Err() != nil || s.options.OnFail == Abort || src.broke(first):
		s.undo(ctx, name, done, missed)
		return first
	}
	for i, p := range targets {
		if errs[i] != nil {
			_ = p.failed(errs[i]) // the others have it
			p.setBehind(name, true)
		}
	}
	return nil
}

// undoPatience is how long an undo may take.
const undoPatience = time.Second

// undo takes away what some parts have stored and others have not, when it was
// new: then those others say that there is no such object.
func (s *Store) undo(ctx context.Context, name string, done, missed []*part) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoPatience)
	defer cancel()
	for _, p := range missed {
		if _, err := p.Store.Stat(ctx, name); !isMissing(err) {
			return // it was there before, or nobody knows
		}
	}
	everywhere(done, func(_ int, p *part) error { return p.Store.Delete(ctx, name) })
}

// spread stores an object in one part: in the one that has it, or else in the
// next one.
func (s *Store) spread(ctx context.Context, name string, src *watched) error {
	begin := s.cursor.Add(1) - 1
	errs := everywhere(s.parts, func(_ int, p *part) error {
		_, err := p.Store.Stat(ctx, name)
		return err
	})
	if err := ended(ctx); err != nil {
		return err
	}
	var holders []*part
	for i, p := range s.parts {
		if errs[i] == nil {
			holders = append(holders, p)
		}
	}
	if len(holders) > 0 {
		return s.replace(ctx, holders, name, src)
	}
	var first error
	for i := range s.parts {
		at := (int(begin%uint64(len(s.parts))) + i) % len(s.parts)
		p, err := s.parts[at], errs[at]
		if isMissing(err) {
			if err = p.Store.Put(ctx, name, src); err == nil {
				s.learn(name, p)
				return nil
			}
		}
		if first == nil {
			first = fmt.Errorf("%s: %w", p.Name, err)
		}
		if ctx.Err() != nil || s.options.OnFail == Abort || src.broke(err) {
			return first
		}
		_ = p.failed(err) // the next one may take it
	}
	return first
}

// replace stores an object where it lies already. No other part is as good:
// there would be two of them. Where there are, one goes.
func (s *Store) replace(ctx context.Context, holders []*part, name string, src *watched) error {
	p := holders[0]
	if err := p.Store.Put(ctx, name, src); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	s.learn(name, p)
	for _, other := range holders[1:] {
		if err := other.Store.Delete(ctx, name); err != nil {
			return fmt.Errorf("%s: an older one is left: %w", other.Name, err)
		}
	}
	return nil
}

// Delete implements backends.Store: the object goes wherever it is. When
// mirroring with Continue, a part that does not answer keeps it, unseen.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := ended(ctx); err != nil {
		return err
	}
	errs := everywhere(s.parts, func(_ int, p *part) error { return p.Store.Delete(ctx, name) })
	if err := ended(ctx); err != nil {
		return err
	}
	s.learn(name, nil)
	var first error
	bad := 0
	for i, p := range s.parts {
		if errs[i] == nil {
			p.setBehind(name, false)
			continue
		}
		bad++
		if first == nil {
			first = fmt.Errorf("%s: %w", p.Name, errs[i])
		}
	}
	if bad == 0 || s.options.Mode == Stripe || s.options.OnFail == Abort || bad == len(s.parts) || errors.Is(first, backends.ErrInvalidName) {
		return first
	}
	for i, p := range s.parts {
		if errs[i] != nil {
			_ = p.failed(errs[i]) // the others deleted it
			p.setBehind(name, true)
		}
	}
	return nil
}
