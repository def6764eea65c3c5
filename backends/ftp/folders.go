package ftp

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/varve-backup/varve/backends"
)

// Inside implements backends.Foldered. Links are not followed, and left out: to
// what they lead costs a question for each.
func (s *Store) Inside(ctx context.Context, folder string) iter.Seq2[backends.Item, error] {
	return func(yield func(backends.Item, error) bool) {
		entries, err := s.entries(ctx, folder)
		if err != nil {
			yield(backends.Item{}, fmt.Errorf("listing the folder %q: %w", folder, err))
			return
		}
		for _, e := range entries {
			there := e.kind == folderEntry || e.kind == fileEntry
			if there && !yield(backends.Item{Name: e.name, Folder: e.kind == folderEntry}, nil) {
				return
			}
		}
	}
}

// entries lists a folder of the store, "" for its own.
func (s *Store) entries(ctx context.Context, folder string) (entries []entry, err error) {
	dir := s.base
	if folder != "" {
		if dir, err = s.path(folder); err != nil {
			return nil, err
		}
	}
	err = s.use(ctx, func(c *conn) (err error) {
		entries, err = s.readFolder(c, dir)
		return err
	})
	return entries, err
}

// MakeFolder implements backends.Foldered.
func (s *Store) MakeFolder(ctx context.Context, folder string) error {
	dir, err := s.path(folder)
	if err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	err = s.use(ctx, func(c *conn) error {
		err := c.makeFolder(dir, s.base)
		if !isReply(err) && !errors.Is(err, backends.ErrPermission) {
			return err
		}
		if _, _, serr := s.stat(c, dir); serr == nil {
			return fmt.Errorf("%w: there is a file of that name", backends.ErrInvalidName)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	return nil
}
