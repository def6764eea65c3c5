// Package local stores objects as files in a folder. Open makes a Store of
// one. A Put is atomic and durable: temporary name, write, sync, rename, sync
// of the folder.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

// Options say how a folder is opened.
type Options struct {
	// Create makes the folder when it is missing, but never in the place of
	// a drive that is not plugged in.
	Create bool
	// State is a folder of this machine in which it is remembered what drives
	// are known by; empty: nothing is remembered, and any drive will do.
	State string
	// Trial: what is stored is deleted again, and nothing of it is remembered.
	Trial bool
}

// Store is a folder.
type Store struct {
	dir     string
	options Options
	// on is the file system that held the folder when it was opened. Nothing
	// is kept open between calls, so that a drive can be ejected.
	on fileSystem
	// swept holds the folders that were cleaned of abandoned files.
	swept sync.Map
	// marked: the folder will be known again. marking guards it.
	marking sync.Mutex
	marked  bool
}

// Open opens the folder dir. A missing one is ErrNotExist, or ErrOffline where
// a drive should be mounted, or another one than is known.
func Open(dir string, o Options) (*Store, error) {
	found, err := find(dir, o)
	if err != nil {
		return nil, fmt.Errorf("opening folder %s: %w", dir, translate(err))
	}
	info, err := os.Stat(found)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%w: it is a file", backends.ErrNotExist)
	}
	var on fileSystem
	if err == nil {
		on, err = fileSystemOf(found, info)
	}
	if err == nil {
		err = o.recognise(found, on)
	}
	if err != nil {
		return nil, fmt.Errorf("opening folder %s: %w", found, translate(err))
	}
	return &Store{dir: found, on: on, options: o}, nil
}

// present reports a folder that went away: its drive was pulled out, and what
// lies at its path now is nothing or another disk. An empty list from there
// would look like an archive without versions.
func (s *Store) present() error {
	now, err := os.Stat(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: folder %s is gone", backends.ErrOffline, s.dir)
	}
	if err != nil {
		return translate(err)
	}
	if device(now) == s.on.device {
		return nil
	}
	on, err := fileSystemOf(s.dir, now)
	if err != nil {
		return translate(err)
	}
	if on.id != s.on.id {
		return fmt.Errorf("%w: another file system is mounted at %s", backends.ErrOffline, s.dir)
	}
	return nil
}

// ready ends a call before it begins: its context is done, or the folder is
// not there.
func (s *Store) ready(ctx context.Context, doing, name string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", doing, name, context.Cause(ctx))
	}
	if err := s.present(); err != nil {
		return fmt.Errorf("%s %s: %w", doing, name, err)
	}
	return nil
}

// failed words an error of one object. When the folder itself is gone, the
// destination is.
func (s *Store) failed(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	err = translate(err)
	if errors.Is(err, backends.ErrNotExist) {
		if gone := s.present(); gone != nil {
			err = gone
		}
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}

// path is where an object lies.
func (s *Store) path(name string) (string, error) {
	if !validName(name) {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return filepath.Join(s.dir, name), nil
}

// validName is fs.ValidPath for names that may be no UTF-8, but hold no zero
// byte and are not those of files of our own.
func validName(name string) bool {
	return name != "." && fs.ValidPath(strings.ToValidUTF8(name, "x")) &&
		strings.IndexByte(name, 0) < 0 && !isOwn(filepath.Base(name))
}

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	f, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		n = max(f.size-off, 0)
	}
	return struct {
		io.Reader
		io.Closer
	}{&untilDone{ctx, io.NewSectionReader(f, off, n)}, f}, nil
}

// untilDone ends a copy with its context.
type untilDone struct {
	ctx context.Context //nolint:containedctx // io.Reader has no other way
	src io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.src.Read(p)
}

// OpenFile implements backends.Opener.
func (s *Store) OpenFile(ctx context.Context, name string) (backends.OpenedFile, error) {
	f, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// object is a file opened for reading.
type object struct {
	*os.File
	size int64
}

// Size returns the length when it was opened.
func (o *object) Size() int64 { return o.size }

func (s *Store) open(ctx context.Context, name string) (*object, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx, "reading", name); err != nil {
		return nil, err
	}
	// Without O_NONBLOCK a FIFO of that name would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, s.failed("reading", name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: it is no file", backends.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(s.failed("reading", name, err), f.Close())
	}
	return &object{f, info.Size()}, nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	path, err := s.path(name)
	if err != nil {
		return backends.Object{}, err
	}
	if err := s.ready(ctx, "looking at", name); err != nil {
		return backends.Object{}, err
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return backends.Object{}, s.failed("looking at", name, err)
	}
	return backends.Object{Name: name, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays.
func (s *Store) Delete(ctx context.Context, name string) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := s.ready(ctx, "deleting", name); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err == nil && info.IsDir() {
		return nil
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	err = s.failed("deleting", name, err)
	if errors.Is(err, backends.ErrNotExist) {
		return nil
	}
	return err
}

// Space implements backends.Spacer.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	if err := s.ready(ctx, "asking for the room in", s.dir); err != nil {
		return -1, -1, err
	}
	if free, total, err = room(s.dir); err != nil {
		return -1, -1, s.failed("asking for the room in", s.dir, err)
	}
	return free, total, nil
}

// Close implements backends.Store.
func (s *Store) Close() error { return nil }
