// Package hsi stores objects in an HPSS archive, through HPSS's own program
// hsi. Kind describes it. The program's words are those of its manual: put,
// get, ls, mv, rm and mkdir, each with paths below the folder of the address.
package hsi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is a folder of an archive.
type Store struct {
	// folder ends with a slash.
	folder string
	slots  chan struct{}
}

func check(name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	if transfer.IsTemp(name) {
		return fmt.Errorf("%w: %q is how unfinished files are named", backends.ErrInvalidName, name)
	}
	return nil
}

// remote is where an object lies.
func (s *Store) remote(name string) string { return s.folder + escape(name) }

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := check(name); err != nil {
		return err
	}
	if err := s.put(ctx, name, src); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, name string, src backends.Source) (err error) {
	dir, err := os.MkdirTemp("", "varve-hsi-")
	if err != nil {
		return &transfer.SourceError{Err: err}
	}
	defer os.RemoveAll(dir)
	if err := transfer.Spool(ctx, filepath.Join(dir, local), src); err != nil {
		return err
	}
	temp := transfer.Temp(name)
	defer func() {
		if err != nil {
			clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
			defer cancel()
			_ = s.run(clean, dir, nil, "rm "+s.remote(temp)) // the first error is the one that matters
		}
	}()
	if err := s.send(ctx, dir, temp); err != nil {
		return err
	}
	// The program has been seen to end well after it failed.
	o, err := s.stat(ctx, temp)
	if err != nil {
		return err
	}
	if o.Size != src.Size() {
		return fmt.Errorf("%w: it holds %d bytes instead of %d", backends.ErrCorrupt, o.Size, src.Size())
	}
	return s.run(ctx, dir, nil, "mv "+s.remote(temp)+" "+s.remote(name))
}

// cleaning is how long it may take to remove what failed. Sweep finds the rest.
const cleaning = 10 * time.Second

// local is the name of the one file in the folder that hsi runs in: no path of
// this computer stands in a command.
const local = "object"

// send stores the file, and makes its folder where that is missing.
func (s *Store) send(ctx context.Context, dir, temp string) error {
	command := "put " + local + " : " + s.remote(temp)
	err := s.run(ctx, dir, nil, command)
	folder, _ := transfer.Split(temp)
	if folder == "" || !errors.Is(err, backends.ErrNotExist) {
		return err
	}
	if _, err := s.entries(ctx, ""); err != nil {
		return err
	}
	if err := s.run(ctx, dir, nil, "mkdir -p "+s.remote(strings.TrimSuffix(folder, "/"))); err != nil {
		return err
	}
	return s.run(ctx, dir, nil, command)
}

// Get implements backends.Store. The whole object is fetched, from tape if need
// be.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	r, err := s.get(ctx, name, off, n)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, name string, off, n int64) (_ io.ReadCloser, err error) {
	o, err := s.stat(ctx, name)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "varve-hsi-")
	if err != nil {
		return nil, &transfer.SourceError{Err: err}
	}
	done := func() error { return os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			_ = done() // the first error is the one that matters
		}
	}()
	if err := s.run(ctx, dir, nil, "get "+local+" : "+s.remote(name)); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, local))
	if err != nil {
		return nil, fmt.Errorf("%w: hsi fetched nothing", backends.ErrTemporary)
	}
	if info, err := f.Stat(); err != nil || info.Size() != o.Size {
		f.Close()
		return nil, fmt.Errorf("%w: hsi fetched another size than it listed", backends.ErrTemporary)
	}
	return transfer.FromFile(ctx, f, off, n, func() error { return errors.Join(f.Close(), done()) })
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := check(name); err != nil {
		return backends.Object{}, err
	}
	o, err := s.stat(ctx, name)
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return o, nil
}

// stat looks into the folder of the object: asked for a folder by its name, hsi
// lists what is in it.
func (s *Store) stat(ctx context.Context, name string) (backends.Object, error) {
	folder, base := transfer.Split(name)
	found, err := s.entries(ctx, folder)
	if err != nil {
		return backends.Object{}, err
	}
	for _, e := range found {
		if e.name == base && !e.folder {
			return backends.Object{Name: name, Size: e.size, ModTime: e.at}, nil
		}
	}
	return backends.Object{}, fmt.Errorf("%w: there is no file of that name", backends.ErrNotExist)
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		_, err := s.walk(ctx, "", prefix, func(o backends.Object) bool {
			return transfer.IsTemp(o.Name) || !strings.HasPrefix(o.Name, prefix) || check(o.Name) != nil || yield(o, nil)
		})
		if err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
		}
	}
}

// walk lists a folder, "" or with a slash at its end, and those below it that
// can hold a prefix.
func (s *Store) walk(ctx context.Context, folder, prefix string, visit func(backends.Object) bool) (goOn bool, err error) {
	found, err := s.entries(ctx, folder)
	if err != nil {
		if folder != "" && errors.Is(err, backends.ErrNotExist) {
			return true, nil // deleted meanwhile
		}
		return false, err
	}
	for _, e := range found {
		name := folder + e.name
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case !e.folder:
			if !visit(backends.Object{Name: name, Size: e.size, ModTime: e.at}) {
				return false, nil
			}
		case strings.HasPrefix(name+"/", prefix) || strings.HasPrefix(prefix, name+"/"):
			if goOn, err := s.walk(ctx, name+"/", prefix, visit); !goOn || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// entries lists one folder.
func (s *Store) entries(ctx context.Context, folder string) ([]entry, error) {
	var found []entry
	now := time.Now()
	err := s.run(ctx, "", func(line string) {
		if e, ok := parseLine(line, now); ok {
			found = append(found, e)
		}
	}, "ls -l "+strings.TrimSuffix(s.remote(folder), "/"))
	return found, err
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	_, err := s.stat(ctx, name)
	if err == nil {
		err = s.run(ctx, "", nil, "rm "+s.remote(name))
	}
	if err != nil && !errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: cap(s.slots), WholeReads: true}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	return transfer.Sweep(
		func(visit func(backends.Object) bool) error {
			_, err := s.walk(ctx, "", "", visit)
			return err
		},
		func(name string) error { return s.run(ctx, "", nil, "rm "+s.remote(name)) },
	)
}

// Close implements backends.Store.
func (s *Store) Close() error { return nil }
