package backends

import (
	"context"
	"iter"
)

// Foldered is a Store whose folders can be looked through, and made, before
// any of them holds a backup. Kind.Foldered tells beforehand.
type Foldered interface {
	// Inside yields what lies directly in a folder, in no order; "" is that of
	// the store. One that is missing, or is a file, yields ErrNotExist, or
	// nothing where folders are MadeByContent. What may not be looked into is
	// named all the same.
	Inside(ctx context.Context, folder string) iter.Seq2[Item, error]
	// MakeFolder makes a folder, and those that it lies in. One that is there
	// is no error; a file of that name is ErrInvalidName. Where Making says
	// otherwise, it is ErrUnsupported.
	MakeFolder(ctx context.Context, folder string) error
}

// Making says how a folder comes to be in another one.
type Making int

const (
	// MadeEmpty: MakeFolder makes it.
	MadeEmpty Making = iota
	// MadeByContent: it is there while something lies in it, as in a bucket, so
	// that there is nothing to make.
	MadeByContent
	// MadeElsewhere: only who runs the server makes it, as a share.
	MadeElsewhere
)

// FolderMaker is a Foldered in which not all folders are MadeEmpty.
type FolderMaker interface {
	// Making is that of the folders in one; "" is that of the store.
	Making(folder string) Making
}

// MakingIn is Making of any Foldered.
func MakingIn(f Foldered, folder string) Making {
	if m, says := f.(FolderMaker); says {
		return m.Making(folder)
	}
	return MadeEmpty
}

// Item is one thing that lies in a folder.
type Item struct {
	Name   string // without slashes
	Folder bool
}
