package folder

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/varve-backup/varve/engine/repository"
)

const (
	// mostOpen is how many files stay open that nobody reads now: file managers
	// read a file in many questions.
	mostOpen = 6
	// mostRead is how many are read at a time.
	mostRead = 8
)

// openFiles holds files open.
type openFiles struct {
	version Version
	reading *semaphore.Weighted

	mu    sync.Mutex
	files []*openFile // the one used last at the end; guarded by mu
}

// openFile is one of them.
type openFile struct {
	File
	path string
	uses int // guarded by openFiles.mu
}

func newOpenFiles(v Version) *openFiles {
	return &openFiles{version: v, reading: semaphore.NewWeighted(mostRead)}
}

// open returns an open file, to be given back with done.
func (o *openFiles) open(ctx context.Context, e repository.Entry) (*openFile, error) {
	if err := o.reading.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	f, err := o.take(ctx, e)
	if err != nil {
		o.reading.Release(1)
	}
	return f, err
}

func (o *openFiles) take(ctx context.Context, e repository.Entry) (*openFile, error) {
	if f := o.kept(e.Path); f != nil {
		return f, nil
	}
	opened, err := o.version.OpenFile(ctx, &e)
	if err != nil {
		return nil, err
	}
	f := &openFile{File: opened, path: e.Path, uses: 1}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files = append(o.files, f)
	return f, nil
}

func (o *openFiles) kept(path string) *openFile {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, f := range o.files {
		if f.path == path {
			f.uses++
			o.files = append(append(o.files[:i:i], o.files[i+1:]...), f)
			return f
		}
	}
	return nil
}

// done gives a file back, and closes those that were not used for long.
func (o *openFiles) done(f *openFile) {
	o.reading.Release(1)
	for _, old := range o.unused(f) {
		_ = old.Close() // it was only read
	}
}

// unused takes out what is not to stay open.
func (o *openFiles) unused(f *openFile) (old []*openFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f.uses--
	free := 0
	for _, x := range o.files {
		if x.uses == 0 {
			free++
		}
	}
	kept := o.files[:0:0]
	for _, x := range o.files {
		if x.uses == 0 && free > mostOpen {
			free--
			old = append(old, x)
			continue
		}
		kept = append(kept, x)
	}
	o.files = kept
	return old
}

// close closes all of them; nobody reads any more.
func (o *openFiles) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, f := range o.files {
		errs = append(errs, f.Close())
	}
	o.files = nil
	return errors.Join(errs...)
}
