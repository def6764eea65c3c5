package duplicity

import (
	"context"
	"io"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
)

// Items are what another archive holds, in the order of repository.Compare: a
// version is made of them as of a folder.
type Items interface {
	Walk(ctx context.Context) iter.Seq2[*repository.Entry, error]
	// Open returns the content of a regular file.
	Open(path string) (io.ReadCloser, error)
	// Changed tells of an item that it is not what the version before holds,
	// even though it looks the same.
	Changed(path string) bool
}

// items is where a run gets its items from.
type items interface {
	Walk(ctx context.Context) iter.Seq2[*repository.Entry, error]
	OpenFile(e *repository.Entry) (file, error)
	Close() error
}

// file is a regular file being read. Changed tells afterwards that it changed
// meanwhile.
type file interface {
	io.ReadCloser
	Changed() bool
}

// open opens what the version is made of.
func (o *BackupOptions) open(unlisted func(string)) (items, error) {
	if o.Items != nil {
		return others{o.Items}, nil
	}
	t, err := o.OpenSource(unlisted)
	if err != nil {
		return nil, err
	}
	return folder{t}, nil
}

func (o *BackupOptions) changed(path string) bool { return o.Items != nil && o.Items.Changed(path) }

// folder is a folder of this machine.
type folder struct{ *source.Tree }

func (f folder) OpenFile(e *repository.Entry) (file, error) {
	opened, err := f.Tree.OpenFile(e)
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// others are items that do not change.
type others struct{ Items }

func (o others) OpenFile(e *repository.Entry) (file, error) {
	content, err := o.Open(e.Path)
	if err != nil {
		return nil, err
	}
	return unchanging{content}, nil
}

func (o others) Close() error { return nil } // its owner does

type unchanging struct{ io.ReadCloser }

func (unchanging) Changed() bool { return false }

// WithHost returns the same archive, whose new versions name another machine.
func (a *Archive) WithHost(name string) *Archive {
	b := *a
	b.host = name
	return &b
}
