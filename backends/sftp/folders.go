package sftp

import (
	"context"
	"io/fs"
	"iter"
	"path"

	"github.com/varve-backup/varve/backends"
)

// Inside implements backends.Foldered. Links to folders are folders too.
func (s *Store) Inside(ctx context.Context, folder string) iter.Seq2[backends.Item, error] {
	return func(yield func(backends.Item, error) bool) {
		items, err := s.items(ctx, folder)
		if err != nil {
			yield(backends.Item{}, failed("listing the folder", path.Join(s.dir, folder), err))
			return
		}
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
	}
}

func (s *Store) items(ctx context.Context, folder string) ([]backends.Item, error) {
	where := s.dir
	if folder != "" {
		var err error
		if where, err = s.path(folder); err != nil {
			return nil, err
		}
	}
	return call(ctx, s.pool, func(l *link) ([]backends.Item, error) {
		items, err := listItems(ctx, l, where)
		return items, s.class(l, where, err)
	})
}

func listItems(ctx context.Context, l *link, where string) (items []backends.Item, err error) {
	// Servers word it in many ways that a file cannot be listed.
	info, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(where) })
	if err == nil && !info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	entries, err := request(l, func() ([]fs.FileInfo, error) { return l.files.ReadDirContext(ctx, where) })
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Mode()&fs.ModeSymlink != 0 {
			target, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(path.Join(where, e.Name())) })
			if err != nil && l.lost() {
				return nil, err
			}
			if err != nil {
				continue // it leads nowhere
			}
			e = named{target, e.Name()}
		}
		items = append(items, backends.Item{Name: e.Name(), Folder: e.IsDir()})
	}
	return items, nil
}

// MakeFolder implements backends.Foldered.
func (s *Store) MakeFolder(ctx context.Context, folder string) error {
	where, err := s.path(folder)
	if err != nil {
		return err
	}
	_, err = call(ctx, s.pool, func(l *link) (bool, error) {
		return true, s.class(l, where, makeFolder(l, where, ""))
	})
	return failed("making the folder", where, err)
}
