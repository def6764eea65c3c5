package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Rename implements backends.Renamer.
func (s *Store) Rename(ctx context.Context, from, to string) error {
	source, serr := s.path(from)
	target, terr := s.path(to)
	if err := errors.Join(serr, terr); err != nil {
		return err
	}
	if err := s.ready(ctx, "renaming", from); err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist // a folder is no object
	}
	folder := filepath.Dir(target)
	if err == nil {
		err = makeFolder(folder, s.dir)
	}
	if err == nil {
		err = os.Rename(source, target)
	}
	if err == nil {
		err = syncFolder(folder)
	}
	if old := filepath.Dir(source); err == nil && old != folder {
		err = syncFolder(old)
	}
	return s.failed("renaming", from, err)
}
