package backends

import (
	"context"
	"iter"
)

// Foldered is a Store whose folders can be looked through, and made, before
// any of them holds a backup. Kind.Foldered tells beforehand.
type Foldered interface {
	// Inside yields what lies directly in a folder, in no order; "" is that of
	// the store. One that is missing, or is a file, yields ErrNotExist. What may
	// not be looked into is named all the same.
	Inside(ctx context.Context, folder string) iter.Seq2[Item, error]
	// MakeFolder makes a folder, and those that it lies in. One that is there
	// is no error; a file of that name is ErrInvalidName.
	MakeFolder(ctx context.Context, folder string) error
}

// Item is one thing that lies in a folder.
type Item struct {
	Name   string // without slashes
	Folder bool
}
