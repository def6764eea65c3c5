package local

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// List implements backends.Store. Folders that this user may not read, such as
// the lost+found of a drive, hold no objects, unless prefix leads into them.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		err := s.ready(ctx, "listing", s.dir)
		if err == nil {
			w := walk{ctx, s.dir, prefix, yield}
			err = s.failed("listing", s.dir, filepath.WalkDir(s.dir, w.visit))
		}
		if err != nil {
			yield(backends.Object{}, err)
		}
	}
}

// walk is one listing.
type walk struct {
	ctx    context.Context //nolint:containedctx // lives as long as one call
	dir    string
	prefix string
	yield  func(backends.Object, error) bool
}

func (w *walk) visit(path string, d fs.DirEntry, err error) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	if path == w.dir {
		return err
	}
	name, rerr := filepath.Rel(w.dir, path)
	if rerr != nil {
		return rerr
	}
	switch {
	case err != nil:
		return w.unreadable(name, err)
	case d.IsDir():
		if below := name + "/"; !strings.HasPrefix(below, w.prefix) && !strings.HasPrefix(w.prefix, below) {
			return fs.SkipDir
		}
		return nil
	case isOwn(d.Name()) || !strings.HasPrefix(name, w.prefix):
		return nil
	}
	return w.file(path, name, d)
}

// unreadable decides about a folder below that could not be read.
func (w *walk) unreadable(name string, err error) error {
	refused := errors.Is(err, fs.ErrPermission) && !strings.HasPrefix(w.prefix, name+"/")
	if refused || errors.Is(err, fs.ErrNotExist) {
		return fs.SkipDir
	}
	return err
}

// file yields one file. A link counts as what it leads to, as it does for Get.
func (w *walk) file(path, name string, d fs.DirEntry) error {
	if !d.Type().IsRegular() && d.Type() != fs.ModeSymlink {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile, or a link to nowhere
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	if !w.yield(backends.Object{Name: name, Size: info.Size(), ModTime: info.ModTime()}, nil) {
		return fs.SkipAll
	}
	return nil
}
