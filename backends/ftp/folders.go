package ftp

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/varve-backup/varve/backends"
)

// Folders implements backends.Foldered. Links are not followed: to what they
// lead costs a question for each.
func (s *Store) Folders(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries, err := s.entries(ctx, folder)
		if err != nil {
			yield("", fmt.Errorf("listing the folders in %q: %w", folder, err))
			return
		}
		for _, e := range entries {
			if e.kind == folderEntry && !yield(e.name, nil) {
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
