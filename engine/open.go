package engine

import (
	"context"
	"io"
	"time"

	"github.com/varve-backup/varve/engine/folder"
	"github.com/varve-backup/varve/engine/repository"
)

// Opened is a version of which files are read in place: nothing is fetched
// before somebody wants it.
type Opened interface {
	Tree
	// OpenFile opens a regular file, of which its listing told the size.
	OpenFile(ctx context.Context, e *repository.Entry) (File, error)
}

// File is a file of a version, to be read at any place. What turns out to be
// damaged is never read to its end.
type File = folder.File

// Folder is a version that file managers show.
type Folder = folder.Folder

// FolderPlan says how a version is shown as a folder.
type FolderPlan struct {
	// Name is how file managers call it.
	Name string
	// Idle is after how long without a question it ends; 0 is never.
	Idle time.Duration
}

// Folder shows a version as a folder: see package folder. It reads no more than
// it is asked for. The caller closes it.
func (e *Engine) Folder(ctx context.Context, d Destination, m Moment, p FolderPlan) (*Folder, error) {
	v, err := e.open(ctx, d, m)
	if err != nil {
		return nil, err
	}
	f, err := folder.Open(ctx, folder.Config{Version: v, Name: p.Name, Root: v.root(ctx), Idle: p.Idle})
	return f, classify(ctx, "opening a version", err)
}

// Open opens a version. The caller closes what was opened, files first.
func (e *Engine) Open(ctx context.Context, d Destination, m Moment) (Opened, error) {
	o, err := e.open(ctx, d, m)
	if err != nil {
		return nil, err // not an interface that holds nil
	}
	return o, nil
}

func (e *Engine) open(ctx context.Context, d Destination, m Moment) (*opened, error) {
	t, err := e.version(ctx, "opening a version", d, m)
	if err != nil {
		return nil, err
	}
	return &opened{t, e.config.TempDir}, nil
}

type opened struct {
	*tree
	temp string
}

// root is the folder that the version is of, "" when that is not known, or when
// it is of several.
func (o *opened) root(ctx context.Context) string {
	if _, folders, err := o.from.origin(ctx); err == nil && len(folders) == 1 {
		return folders[0]
	}
	return ""
}

// OpenFile implements Opened.
func (o *opened) OpenFile(ctx context.Context, e *repository.Entry) (File, error) {
	f, err := o.listing.open(ctx, e, o.temp)
	if err != nil {
		return nil, classify(ctx, "reading a file", err)
	}
	return &openFile{f}, nil
}

// openFile tells errors as the facade does.
type openFile struct{ File }

// ReadAt implements File.
func (f *openFile) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(ctx, p, off)
	if err == io.EOF { // as io.ReaderAt has it
		return n, err
	}
	return n, classify(ctx, "reading a file", err)
}
