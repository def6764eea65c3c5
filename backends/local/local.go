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
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

const (
	tempPrefix = ".varve-put-"
	// abandoned is the age at which a temporary file is of no run any more.
	abandoned = 24 * time.Hour
)

// Options say how a folder is opened.
type Options struct {
	// Create makes the folder when it is missing, but never in the place of
	// a drive that is not plugged in.
	Create bool
}

// Store is a folder.
type Store struct{ dir string }

// Open opens the folder dir. A missing one is ErrNotExist, or ErrOffline where
// a drive should be mounted.
func Open(dir string, o Options) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding folder %s: %w", dir, err)
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = missing(abs, o)
	}
	if err != nil {
		return nil, fmt.Errorf("opening folder %s: %w", abs, translate(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("opening folder %s: %w: it is a file", abs, backends.ErrNotExist)
	}
	return &Store{abs}, nil
}

// missing makes a folder, or says why not.
func missing(dir string, o Options) (fs.FileInfo, error) {
	if onMissingDrive(dir) {
		return nil, backends.ErrOffline
	}
	if !o.Create {
		return nil, backends.ErrNotExist
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	return os.Stat(dir)
}

// makeFolder makes dir and what is missing above it, each durable.
func makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err == nil {
		return syncFolder(filepath.Dir(dir))
	} else if !errors.Is(err, fs.ErrNotExist) {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	if err := makeFolder(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// drivePlaces are where systems mount removable drives, and how many names
// below belong to the mount point.
var drivePlaces = []struct {
	place string
	depth int
}{{"/run/media", 2}, {"/media", 2}, {"/mnt", 1}, {"/Volumes", 1}}

// onMissingDrive reports that dir lies where a drive would be mounted, and
// that its mount point is not there.
func onMissingDrive(dir string) bool {
	for _, p := range drivePlaces {
		rest, below := strings.CutPrefix(dir, p.place+"/")
		if !below {
			continue
		}
		names := strings.Split(rest, "/")
		mount := filepath.Join(append([]string{p.place}, names[:min(p.depth, len(names))]...)...)
		_, err := os.Stat(mount)
		return errors.Is(err, fs.ErrNotExist)
	}
	return false
}

// translate turns the system's errors into those of all stores.
func translate(err error) error {
	for _, t := range []struct{ system, ours error }{
		{unix.ENOSPC, backends.ErrFull}, {unix.EDQUOT, backends.ErrFull}, {unix.EFBIG, backends.ErrFull},
		{unix.EROFS, backends.ErrPermission}, {fs.ErrPermission, backends.ErrPermission},
		{unix.ENODEV, backends.ErrOffline}, {unix.ENXIO, backends.ErrOffline}, {unix.ENOTCONN, backends.ErrOffline},
		{unix.ESTALE, backends.ErrOffline}, {unix.EHOSTDOWN, backends.ErrOffline},
		{fs.ErrNotExist, backends.ErrNotExist}, {unix.ENOTDIR, backends.ErrNotExist},
		{unix.ENAMETOOLONG, backends.ErrInvalidName},
	} {
		if errors.Is(err, t.system) && !errors.Is(err, t.ours) {
			return fmt.Errorf("%w: %w", t.ours, err)
		}
	}
	return err
}

// path is where an object lies.
func (s *Store) path(name string) (string, error) {
	if !validName(name) || name == "." || strings.HasPrefix(filepath.Base(name), tempPrefix) {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return filepath.Join(s.dir, name), nil
}

// validName is fs.ValidPath for names that may be no UTF-8, but hold no zero
// byte.
func validName(name string) bool {
	return fs.ValidPath(strings.ToValidUTF8(name, "x")) && strings.IndexByte(name, 0) < 0
}

// failed words an error of one object. When the folder itself is gone, the
// destination is.
func (s *Store) failed(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	err = translate(err)
	if errors.Is(err, backends.ErrNotExist) {
		if _, serr := os.Stat(s.dir); errors.Is(serr, fs.ErrNotExist) {
			err = fmt.Errorf("%w: folder %s is gone", backends.ErrOffline, s.dir)
		}
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if folder != s.dir {
		if err := makeFolder(folder); err != nil {
			return s.failed("writing", name, err)
		}
	}
	s.sweep(folder)
	f, err := os.CreateTemp(folder, tempPrefix+"*")
	if err != nil {
		return s.failed("writing", name, err)
	}
	err = fill(ctx, f, src)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return s.failed("writing", name, errors.Join(err, os.Remove(f.Name())))
	}
	return s.failed("writing", name, syncFolder(folder))
}

// fill writes a source into a file, makes it durable and closes it.
func fill(ctx context.Context, f *os.File, src backends.Source) error {
	in, err := src.Open()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	n, err := io.Copy(f, &untilDone{ctx, io.LimitReader(in, src.Size()+1)})
	if err == nil && n != src.Size() {
		err = fmt.Errorf("the source has %d bytes instead of %d", n, src.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, in.Close(), f.Close())
}

// untilDone ends a copy with its context.
type untilDone struct {
	ctx context.Context //nolint:containedctx // io.Reader has no other way
	src io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.src.Read(p)
}

// sweep removes what dead runs left. It is a courtesy: errors do not matter.
func (s *Store) sweep(folder string) {
	left, _ := filepath.Glob(filepath.Join(folder, tempPrefix+"*"))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(path) // see above
		}
	}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // some network file systems cannot
	}
	return errors.Join(err, d.Close())
}

// Get implements backends.Store.
func (s *Store) Get(_ context.Context, name string, off, n int64) (io.ReadCloser, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		n = max(f.size-off, 0)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, off, n), f}, nil
}

// OpenFile implements backends.Opener.
func (s *Store) OpenFile(_ context.Context, name string) (backends.OpenedFile, error) {
	f, err := s.open(name)
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

func (s *Store) open(name string) (*object, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
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

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			return s.visit(path, prefix, d, yield)
		})
		if err != nil && !errors.Is(err, fs.SkipAll) {
			yield(backends.Object{}, s.failed("listing", s.dir, err))
		}
	}
}

// visit yields one file of a listing.
func (s *Store) visit(path, prefix string, d fs.DirEntry, yield func(backends.Object, error) bool) error {
	name, err := filepath.Rel(s.dir, path)
	if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), tempPrefix) || !strings.HasPrefix(name, prefix) {
		return err
	}
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	if !yield(backends.Object{Name: name, Size: info.Size(), ModTime: info.ModTime()}, nil) {
		return fs.SkipAll
	}
	return nil
}

// Stat implements backends.Store.
func (s *Store) Stat(_ context.Context, name string) (backends.Object, error) {
	path, err := s.path(name)
	if err != nil {
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

// Delete implements backends.Store.
func (s *Store) Delete(_ context.Context, name string) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return s.failed("deleting", name, err)
}

// Space implements backends.Spacer.
func (s *Store) Space(context.Context) (free, total int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.dir, &st); err != nil {
		return -1, -1, s.failed("asking for the room in", s.dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

// Writable implements backends.Prober.
func (s *Store) Writable(context.Context) error {
	f, err := os.CreateTemp(s.dir, tempPrefix+"*")
	if err != nil {
		return s.failed("writing to", s.dir, err)
	}
	return s.failed("writing to", s.dir, errors.Join(f.Close(), os.Remove(f.Name())))
}

// Close implements backends.Store.
func (s *Store) Close() error { return nil }
