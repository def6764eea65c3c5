package backends

import (
	"context"
	"io"
)

// OpenedFile is an object that can be read in place.
type OpenedFile interface {
	io.ReaderAt
	io.Closer
	// Size is the object's length in bytes.
	Size() int64
}

// Opener is a Store whose objects are local files: they are read where they
// are, without a copy.
type Opener interface {
	// OpenFile opens an object; the caller closes it.
	OpenFile(ctx context.Context, name string) (OpenedFile, error)
}
