package local

import (
	"context"
	"errors"
	"fmt"
	"io"
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

func isTemp(base string) bool { return strings.HasPrefix(base, tempPrefix) }

// isOwn tells of files that are no objects.
func isOwn(base string) bool { return base == markerName || isTemp(base) }

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := s.ready(ctx, "writing", name); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := makeFolder(folder, s.dir); err != nil {
		return s.failed("writing", name, err)
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
		_ = os.Remove(f.Name()) // the first error is the one that matters
		return s.failed("writing", name, err)
	}
	s.mark()
	return s.failed("writing", name, syncFolder(folder))
}

// fill writes a source into a file, makes it durable and closes it.
func fill(ctx context.Context, f *os.File, src backends.Source) error {
	in, err := src.Open()
	if err != nil {
		return errors.Join(&sourceError{err}, f.Close())
	}
	from := &untilDone{ctx, &sourceReader{io.LimitReader(in, src.Size()+1)}}
	n, err := io.Copy(f, from)
	if err == nil && n != src.Size() {
		err = &sourceError{fmt.Errorf("%w: at least %d bytes instead of %d", backends.ErrSourceSize, n, src.Size())}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, in.Close(), f.Close())
}

// sourceReader tells errors of the source from those of the destination.
type sourceReader struct{ src io.Reader }

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}

// sweep removes what dead runs left, once for each folder. It is a courtesy:
// errors do not matter.
func (s *Store) sweep(folder string) {
	if _, done := s.swept.LoadOrStore(folder, true); done {
		return
	}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if !isTemp(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(folder, e.Name())) // see above
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

// Writable implements backends.Prober: it writes a little and takes it away.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.ready(ctx, "writing to", s.dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, tempPrefix+"*")
	if err != nil {
		return s.failed("writing to", s.dir, err)
	}
	_, err = f.WriteString("varve")
	return s.failed("writing to", s.dir, errors.Join(err, f.Close(), os.Remove(f.Name())))
}
