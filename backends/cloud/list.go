package cloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
)

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		if ctx.Err() != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", context.Cause(ctx)))
			return
		}
		for o, err := range s.once(ctx, s.objects(ctx, prefix)) {
			if err != nil {
				yield(backends.Object{}, s.failed(ctx, "listing", prefix, err))
				return
			}
			if !isTemp(o.Remote()) && !yield(s.describe(ctx, o.Remote(), o), nil) {
				return
			}
		}
	}
}

// once yields each name once: of several objects of one name, where a service
// has such, the newest, which is the one that the others read too.
func (s *Store) once(ctx context.Context, all iter.Seq2[fs.Object, error]) iter.Seq2[fs.Object, error] {
	if !s.fs.Features().DuplicateFiles {
		return all
	}
	return func(yield func(fs.Object, error) bool) {
		newest := map[string]fs.Object{}
		for o, err := range all {
			if err != nil {
				yield(nil, err)
				return
			}
			if old := newest[o.Remote()]; old == nil || old.ModTime(ctx).Before(o.ModTime(ctx)) {
				newest[o.Remote()] = o
			}
		}
		for _, o := range newest {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// newest finds the newest object of a name among all that are in its folder.
func (s *Store) newest(ctx context.Context, name string) (found fs.Object, err error) {
	folder, _ := path.Split(name)
	ctx = s.in(ctx)
	err = s.listFolder(ctx, strings.TrimSuffix(folder, "/"), func(entries fs.DirEntries) error {
		for _, e := range entries {
			o, isObject := e.(fs.Object)
			if isObject && o.Remote() == name && (found == nil || found.ModTime(ctx).Before(o.ModTime(ctx))) {
				found = o
			}
		}
		return nil
	})
	if err == nil && found == nil || errors.Is(err, fs.ErrorDirNotFound) {
		return nil, fs.ErrorObjectNotFound // it went away meanwhile
	}
	return found, err
}

// objects yields what begins with prefix, with the errors of the library.
func (s *Store) objects(ctx context.Context, prefix string) iter.Seq2[fs.Object, error] {
	return func(yield func(fs.Object, error) bool) {
		walk := func(ctx context.Context, page func(fs.DirEntries) error) error { return s.walk(ctx, prefix, page) }
		for entry, err := range s.entries(ctx, walk) {
			if err != nil {
				yield(nil, err)
				return
			}
			if o, isObject := entry.(fs.Object); isObject && strings.HasPrefix(o.Remote(), prefix) && !yield(o, nil) {
				return
			}
		}
	}
}

// entries yields what a walk finds. The library calls back, from goroutines of
// its own at that; here it is asked.
func (s *Store) entries(ctx context.Context, walk func(context.Context, func(fs.DirEntries) error) error) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		pages, ended := make(chan fs.DirEntries), make(chan error, 1)
		go func() {
			defer close(pages)
			ended <- walk(s.in(ctx), func(page fs.DirEntries) error {
				select {
				case pages <- slices.Clone(page): // the library uses it again
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
		}()
		stopped := false
		for page := range pages {
			for _, entry := range page {
				if stopped {
					continue
				}
				if stopped = !yield(entry, nil); stopped {
					cancel(errStop)
				}
			}
		}
		err := <-ended
		cancel(nil)
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// walk calls back with everything in the folder that a prefix is in, page by
// page: a list of everything would cost hundreds of bytes for each object.
func (s *Store) walk(ctx context.Context, prefix string, page func(fs.DirEntries) error) error {
	folder, _ := path.Split(prefix)
	folder = strings.TrimSuffix(folder, "/")
	var err error
	if all := s.fs.Features().ListR; all != nil {
		err = all(ctx, folder, page)
	} else {
		err = s.walkFolder(ctx, folder, page)
	}
	if folder != "" && errors.Is(err, fs.ErrorDirNotFound) {
		return s.present(ctx) // a folder inside may be missing, the destination not
	}
	return err
}

// walkFolder is walk for services that list one folder at a time. Folders that
// cannot hold anything with the prefix were left out by the caller.
func (s *Store) walkFolder(ctx context.Context, folder string, page func(fs.DirEntries) error) error {
	var inside []string
	err := s.listFolder(ctx, folder, func(entries fs.DirEntries) error {
		for _, e := range entries {
			if d, isFolder := e.(fs.Directory); isFolder {
				inside = append(inside, d.Remote())
			}
		}
		return page(entries)
	})
	for _, f := range inside {
		if err != nil {
			return err
		}
		if err = s.walkFolder(ctx, f, page); errors.Is(err, fs.ErrorDirNotFound) {
			err = nil // it went away meanwhile
		}
	}
	return err
}

// listFolder calls back with what is in a folder.
func (s *Store) listFolder(ctx context.Context, folder string, page func(fs.DirEntries) error) error {
	if paged := s.fs.Features().ListP; paged != nil {
		return paged(ctx, folder, page)
	}
	entries, err := s.fs.List(ctx, folder)
	if err != nil {
		return err
	}
	return page(entries)
}
