package webdav

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"

	"github.com/varve-backup/varve/backends"
)

// Inside implements backends.Foldered.
func (s *Store) Inside(ctx context.Context, folder string) iter.Seq2[backends.Item, error] {
	return func(yield func(backends.Item, error) bool) {
		found, err := s.inside(ctx, folder)
		if err != nil {
			yield(backends.Item{}, fmt.Errorf("listing the folder %q: %w", folder, err))
			return
		}
		for _, r := range found {
			if !yield(backends.Item{Name: path.Base(r.path), Folder: r.folder}, nil) {
				return
			}
		}
	}
}

func (s *Store) inside(ctx context.Context, folder string) ([]resource, error) {
	dir := s.base
	if folder != "" {
		var err error
		if dir, err = s.path(folder); err != nil {
			return nil, err
		}
	}
	all, err := s.propfind(ctx, dir+"/", "1")
	if errors.Is(err, backends.ErrUnsupported) {
		// What servers say of a file with a slash behind it.
		if r, derr := s.describe(ctx, dir); derr == nil && !r.folder {
			return nil, fmt.Errorf("%w: it is no folder", backends.ErrNotExist)
		}
	}
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.path == dir && !r.folder {
			return nil, fmt.Errorf("%w: it is no folder", backends.ErrNotExist)
		}
	}
	return children(all, dir), nil
}

// MakeFolder implements backends.Foldered.
func (s *Store) MakeFolder(ctx context.Context, folder string) error {
	dir, err := s.path(folder)
	if err == nil {
		err = s.makeFolder(ctx, dir, s.base)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, backends.ErrInvalidName) {
		if r, derr := s.describe(ctx, dir); derr == nil && !r.folder {
			err = fmt.Errorf("%w: there is a file of that name", backends.ErrInvalidName)
		}
	}
	if err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	return nil
}
