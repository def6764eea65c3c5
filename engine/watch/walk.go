package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
)

// item is something below the root.
type item struct {
	path string // absolute
	kind repository.Type
	// changed is when its content, its name or its attributes last changed.
	modified, changed time.Time
	device            uint64
	elsewhere         bool // on another file system than what is above it
	gone              bool
}

// item looks at something. What is gone was a file. above is what holds it, nil
// when that is not known.
func (w *Watch) item(path string, above *item) item {
	i := item{path: path, kind: repository.File}
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		i.gone = true
		return i
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		i.kind = repository.Dir
	case unix.S_IFLNK:
		i.kind = repository.Symlink
	case unix.S_IFCHR:
		i.kind = repository.CharDevice
	case unix.S_IFBLK:
		i.kind = repository.BlockDevice
	}
	i.modified, i.changed = time.Unix(st.Mtim.Unix()), time.Unix(st.Ctim.Unix())
	i.device = uint64(st.Dev)
	i.elsewhere = above != nil && above.device != i.device
	return i
}

// judge decides whether an item belongs to the backup.
func (w *Watch) judge(i *item) selection.Verdict {
	if slices.Contains(w.ignore, i.path) {
		return selection.Exclude
	}
	relative, below := strings.CutPrefix(i.path, strings.TrimSuffix(w.root, "/"))
	if !below {
		return selection.Exclude
	}
	asked := selection.Item{Path: strings.TrimPrefix(relative, "/"), Type: i.kind, ModTime: i.modified, OtherFileSystem: i.elsewhere}
	if i.kind == repository.Dir {
		asked.Has = func(name string) bool {
			_, err := os.Lstat(filepath.Join(i.path, name))
			return err == nil
		}
	}
	verdict, err := w.rules.Judge(asked)
	if err != nil {
		return selection.Include
	}
	return verdict
}

// judgeNew decides on any file in the root.
func (w *Watch) judgeNew() selection.Verdict {
	return w.judge(&item{path: filepath.Join(w.root, ".varve-any"), kind: repository.File})
}

// walk notes the changes at and below a folder, and watches all of its folders
// if watcher is set. An error is that of watching, or of the folder itself.
func (w *Watch) walk(ctx context.Context, watcher *fsnotify.Watcher, from string) error {
	top := w.item(from, nil)
	if top.kind != repository.Dir {
		if _, err := os.Lstat(from); err != nil {
			return err
		}
		w.changed(&top, top.changed, false)
		return nil
	}
	if from == w.root && w.judgeNew() == selection.Include {
		w.changed(&top, top.changed, false) // something in it may be gone
	}
	pending := []item{top}
	for len(pending) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		folder := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		below, err := w.folder(watcher, &folder)
		if err != nil {
			return err
		}
		pending = append(pending, below...)
	}
	return nil
}

// folder handles one folder, and returns those in it.
func (w *Watch) folder(watcher *fsnotify.Watcher, folder *item) (below []item, err error) {
	if watcher != nil {
		// Before it is listed: what comes in between is then told.
		if err := w.config.add(watcher, folder.path); blocks(err) {
			return nil, err
		}
	}
	entries, err := os.ReadDir(folder.path)
	if err != nil {
		return nil, nil //nolint:nilerr // what cannot be read is not backed up either
	}
	for _, e := range entries {
		i := w.item(filepath.Join(folder.path, e.Name()), folder)
		verdict := w.judge(&i)
		if verdict == selection.Include {
			w.changed(&i, i.changed, false)
		}
		if i.kind == repository.Dir && verdict != selection.Exclude {
			below = append(below, i)
		}
	}
	return below, nil
}

// blocks tells whether nothing more can be watched; a folder that is gone or
// closed to us is no reason to give up.
func blocks(err error) bool {
	return err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR)
}
