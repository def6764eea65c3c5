package sftp

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// folders is how many folders are listed at once.
const folders = 16

// List implements backends.Store. Folders below that this user may not read
// hold no objects, unless prefix leads into them.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		w := &walk{s: s, prefix: prefix, yield: yield, found: make(chan listed, folders)}
		err := w.run(ctx)
		cancel()
		for ; w.running > 0; w.running-- {
			<-w.found
		}
		if err != nil {
			yield(backends.Object{}, failed("listing", s.dir, err))
		}
	}
}

// walk is one listing.
type walk struct {
	s      *Store
	prefix string
	yield  func(backends.Object, error) bool

	waiting []string // names of folders, with a slash behind; "" is the first
	running int
	found   chan listed
}

// listed is what one folder holds.
type listed struct {
	folder  string
	entries []fs.FileInfo
	err     error
}

// run lists several folders at once, beginning with the deepest one that the
// prefix names.
func (w *walk) run(ctx context.Context) error {
	if i := strings.LastIndexByte(w.prefix, '/'); i >= 0 && validName(w.prefix[:i]) {
		w.waiting = []string{w.prefix[:i+1]}
	} else {
		w.waiting = []string{""}
	}
	for len(w.waiting) > 0 || w.running > 0 {
		for len(w.waiting) > 0 && w.running < folders {
			last := len(w.waiting) - 1
			folder := w.waiting[last]
			w.waiting = w.waiting[:last]
			w.running++
			go func() { w.found <- w.read(ctx, folder) }() // there is room for all that run
		}
		select {
		case l := <-w.found:
			w.running--
			more, err := w.take(ctx, l)
			if !more || err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// read lists one folder.
func (w *walk) read(ctx context.Context, folder string) listed {
	where := path.Join(w.s.dir, folder)
	entries, err := call(ctx, w.s.pool, func(l *link) ([]fs.FileInfo, error) {
		entries, err := request(l, func() ([]fs.FileInfo, error) { return l.files.ReadDirContext(ctx, where) })
		if err == nil {
			entries, err = follow(l, where, entries)
		}
		if errors.Is(err, fs.ErrNotExist) && folder != "" {
			return nil, w.s.class(l, where, w.s.present(l)) // deleted meanwhile
		}
		return entries, w.s.class(l, where, err)
	})
	return listed{folder, entries, err}
}

// follow puts what links lead to in their place. A link to nowhere is nothing.
func follow(l *link, where string, entries []fs.FileInfo) ([]fs.FileInfo, error) {
	kept := entries[:0]
	for _, e := range entries {
		if e.Mode()&fs.ModeSymlink == 0 {
			kept = append(kept, e)
			continue
		}
		info, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(path.Join(where, e.Name())) })
		if err == nil && info.Mode().IsRegular() {
			kept = append(kept, named{info, e.Name()})
		}
		if err != nil && l.lost() {
			return nil, err
		}
	}
	return kept, nil
}

// named is a file under another name.
type named struct {
	fs.FileInfo
	name string
}

// Name implements fs.FileInfo.
func (n named) Name() string { return n.name }

// take hands on the files of a folder and notes the folders in it.
func (w *walk) take(ctx context.Context, l listed) (more bool, err error) {
	if errors.Is(l.err, backends.ErrPermission) && l.folder != "" && !strings.HasPrefix(w.prefix, l.folder) {
		return true, nil
	}
	if l.err != nil {
		return false, l.err
	}
	for _, e := range l.entries {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		name := l.folder + e.Name()
		switch {
		case e.IsDir():
			if strings.HasPrefix(name+"/", w.prefix) || strings.HasPrefix(w.prefix, name+"/") {
				w.waiting = append(w.waiting, name+"/")
			}
		case isTemp(e.Name()):
			w.s.noticed(name, e)
		case e.Mode().IsRegular() && strings.HasPrefix(name, w.prefix):
			if !w.yield(backends.Object{Name: name, Size: e.Size(), ModTime: e.ModTime()}, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}

// noticed keeps in mind what a dead run left. The next Put removes it: who only
// reads changes nothing.
func (s *Store) noticed(name string, info fs.FileInfo) {
	if !info.Mode().IsRegular() || time.Since(info.ModTime()) < abandoned {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale[path.Join(s.dir, name)] = true
}

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	for _, err := range s.List(ctx, "") {
		if err != nil {
			return err
		}
	}
	_, err := call(ctx, s.pool, func(l *link) (bool, error) {
		s.sweep(l)
		return true, nil
	})
	return failed("sweeping", s.dir, err)
}
