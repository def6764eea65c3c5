package repository

import "io"

// Present is a regular file that lies already where an item of a version is to
// be restored. What it holds need not be fetched, once that is proved.
type Present interface {
	io.ReaderAt
	// Size is its length in bytes.
	Size() int64
	// Suffices tells that, with the content of the item, it stays: it has no
	// other names that the item should not have.
	Suffices() bool
	Close() error
}
