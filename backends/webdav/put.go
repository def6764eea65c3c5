package webdav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

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
	err = s.upload(ctx, temp, src)
	if err == nil {
		err = s.replace(ctx, temp, p)
	}
	if err == nil {
		err = s.arrived(ctx, temp, p, src.Size())
	}
	if err == nil && hidden(name) {
		err = s.listed(ctx, name, p)
	}
	if err != nil {
		s.clear(ctx, temp)
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// replace gives a temporary object its name. Apache deletes what has the name
// before, and fails when somebody else was faster.
func (s *Store) replace(ctx context.Context, temp, p string) (err error) {
	for range 5 {
		if err = s.move(ctx, temp, p); !errors.Is(err, backends.ErrNotExist) {
			return err
		}
		if _, terr := s.stat(ctx, temp); terr != nil {
			return terr
		}
	}
	return fmt.Errorf("%w: %s", backends.ErrTemporary, err.Error())
}

// clear takes away what a failed Put left, also when it was cancelled. What
// cannot be taken away is left for Sweep.
func (s *Store) clear(ctx context.Context, temp string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = s.call(ctx, request{method: http.MethodDelete, path: temp})
}

// upload stores a source and checks how much of it came. The folder is made
// when that is what is missing.
func (s *Store) upload(ctx context.Context, p string, src backends.Source) error {
	put := request{method: http.MethodPut, path: p, body: src, header: map[string]string{"Content-Type": "application/octet-stream"}}
	err := s.call(ctx, put)
	if dir := clean(path.Dir(p)); s.mayLack(dir, err) {
		if err := s.makeFolder(ctx, dir, s.base); err != nil {
			return err
		}
		err = s.call(ctx, put)
	}
	if err != nil {
		return err
	}
	return s.verify(ctx, p, src.Size())
}

// mayLack tells that a PUT may have failed because its folder was missing.
// Servers answer 409 to that as they should, or 404, 403 or 500.
func (s *Store) mayLack(dir string, err error) bool {
	return errors.Is(err, backends.ErrNotExist) ||
		dir != s.base && (errors.Is(err, backends.ErrPermission) || errors.Is(err, backends.ErrTemporary))
}

// verify compares a size with what was sent.
func (s *Store) verify(ctx context.Context, p string, size int64) error {
	r, err := s.stat(ctx, p)
	switch {
	case errors.Is(err, backends.ErrNotExist):
		return fmt.Errorf("%w: the server took it and does not have it", backends.ErrCorrupt)
	case err != nil:
		return err
	case r.size != size:
		return fmt.Errorf("%w: %d bytes arrived of %d", backends.ErrCorrupt, r.size, size)
	}
	return nil
}

// arrived checks that a MOVE took place. That the object is another one now, or
// none, proves nothing: somebody else may have put or deleted it since.
func (s *Store) arrived(ctx context.Context, temp, p string, size int64) error {
	err := s.verify(ctx, p, size)
	if errors.Is(err, backends.ErrCorrupt) {
		if _, terr := s.stat(ctx, temp); errors.Is(terr, backends.ErrNotExist) {
			return nil
		}
	}
	return err
}

// hidden tells names that begin with a dot, or lie in a folder whose name does.
func hidden(name string) bool { return strings.Contains("/"+name, "/.") }

// listed refuses a name that the server hides, as nginx does: what is not
// listed would count as gone.
func (s *Store) listed(ctx context.Context, name, p string) error {
	for _, err := range s.List(ctx, name) {
		return err
	}
	err := s.call(ctx, request{method: http.MethodDelete, path: p})
	return errors.Join(fmt.Errorf("%w: the server hides names that begin with a dot", backends.ErrInvalidName), err)
}

// Writable implements backends.Prober: it writes a little and takes it away.
func (s *Store) Writable(ctx context.Context) error {
	temp := transfer.Temp(s.base + "/x")
	err := s.upload(ctx, temp, backends.BytesSource("varve"))
	if err == nil {
		err = s.call(ctx, request{method: http.MethodDelete, path: temp})
	}
	if err != nil {
		return fmt.Errorf("writing to %s: %w", s.o.URL, err)
	}
	return nil
}

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	return transfer.Sweep(
		func(visit func(backends.Object) bool) error { return s.walk(ctx, "", "", visit) },
		func(name string) error {
			return s.call(ctx, request{method: http.MethodDelete, path: s.base + "/" + name})
		},
	)
}
