package cloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
)

// Inside implements backends.Foldered.
func (s *Store) Inside(ctx context.Context, folder string) iter.Seq2[backends.Item, error] {
	return func(yield func(backends.Item, error) bool) {
		const doing = "listing the folder"
		if err := s.readyFor(ctx, doing, folder); err != nil {
			yield(backends.Item{}, err)
			return
		}
		list := func(ctx context.Context, page func(fs.DirEntries) error) error {
			empty := true
			err := s.listFolder(ctx, folder, func(entries fs.DirEntries) error {
				empty = empty && len(entries) == 0
				return page(entries)
			})
			if err != nil || empty && s.fs.Features().CanHaveEmptyDirectories {
				return s.noFolder(ctx, folder, err) // some say of a file that it is empty
			}
			return nil
		}
		for entry, err := range s.entries(ctx, list) {
			if err != nil {
				yield(backends.Item{}, s.failed(ctx, doing, folder, err))
				return
			}
			_, isFolder := entry.(fs.Directory)
			item := backends.Item{Name: path.Base(entry.Remote()), Folder: isFolder}
			if !isTemp(item.Name) && !yield(item, nil) {
				return
			}
		}
	}
}

// noFolder is the error of a list, where that of a file is what the service
// says of one.
func (s *Store) noFolder(ctx context.Context, folder string, err error) error {
	if folder == "" || ctx.Err() != nil {
		return err
	}
	if _, ferr := s.find(ctx, folder); ferr == nil {
		return fs.ErrorDirNotFound
	}
	return err
}

// readyFor is ready where "" is the folder of the store.
func (s *Store) readyFor(ctx context.Context, doing, folder string) error {
	if folder == "" {
		folder = "its own"
	}
	return s.ready(ctx, doing, folder)
}

// Making implements backends.FolderMaker. At the top of a service with buckets
// these are made; in them are no empty folders. Shares are made by nobody here.
func (s *Store) Making(folder string) backends.Making {
	features := s.fs.Features()
	top := features.BucketBased && s.fs.Root() == "" && folder == ""
	switch {
	case top && features.CanHaveEmptyDirectories:
		return backends.MadeElsewhere
	case !top && !features.CanHaveEmptyDirectories:
		return backends.MadeByContent
	}
	return backends.MadeEmpty
}

// MakeFolder implements backends.Foldered.
func (s *Store) MakeFolder(ctx context.Context, folder string) error {
	const doing = "making the folder"
	if err := s.ready(ctx, doing, folder); err != nil {
		return err
	}
	above, _ := path.Split(folder)
	if s.Making(strings.TrimSuffix(above, "/")) != backends.MadeEmpty {
		return fmt.Errorf("%s %s: %w", doing, folder, backends.ErrUnsupported)
	}
	bucket := !s.fs.Features().CanHaveEmptyDirectories
	if !bucket {
		if _, err := s.find(ctx, folder); err == nil {
			return fmt.Errorf("%s %s: %w: there is a file of that name", doing, folder, backends.ErrInvalidName)
		}
	}
	err := s.failed(ctx, doing, folder, s.fs.Mkdir(s.in(ctx), folder))
	if bucket && errors.Is(err, backends.ErrConfig) {
		err = fmt.Errorf("%w: %s", backends.ErrInvalidName, err.Error()) // the name is all that is wrong
	}
	return err
}
