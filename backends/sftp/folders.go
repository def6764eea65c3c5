package sftp

import (
	"context"
	"io/fs"
	"iter"
	"path"
)

// Folders implements backends.Foldered. Links to folders are folders too.
func (s *Store) Folders(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		names, err := s.folderNames(ctx, folder)
		if err != nil {
			yield("", failed("listing the folders in", path.Join(s.dir, folder), err))
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

func (s *Store) folderNames(ctx context.Context, folder string) ([]string, error) {
	where := s.dir
	if folder != "" {
		var err error
		if where, err = s.path(folder); err != nil {
			return nil, err
		}
	}
	return call(ctx, s.pool, func(l *link) ([]string, error) {
		names, err := listFolders(ctx, l, where)
		return names, s.class(l, where, err)
	})
}

func listFolders(ctx context.Context, l *link, where string) (names []string, err error) {
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
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
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
