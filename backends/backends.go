// Package backends is the small contract between the engine and the place
// where a backup is kept. Start with Store; open/ makes one from a URL, and
// backendtest/ is the suite that every Store passes.
//
// A Store knows names and bytes, never formats. Names are slash separated and
// relative; a kind of destination without folders may refuse a slash.
package backends

import (
	"bytes"
	"context"
	"io"
	"iter"
	"os"
	"time"
)

// Object is one stored thing.
type Object struct {
	Name    string
	Size    int64 // bytes
	ModTime time.Time
}

// Source is content that a Put can read more than once, so that a failed
// transfer can be tried again. Size is exact: a Store refuses a Source that
// yields more or fewer bytes.
type Source interface {
	Size() int64
	Open() (io.ReadCloser, error)
}

// AtOnce is a source for whoever only looks at its content: the same bytes,
// without a limit on how fast they may go up.
func AtOnce(src Source) Source {
	if s, slow := src.(interface{ AtOnce() Source }); slow {
		return s.AtOnce()
	}
	return src
}

// Store keeps whole objects. All methods may be called from several
// goroutines at once. Every wait ends when ctx does.
type Store interface {
	// Put stores src under name, replacing what was there. When it returns
	// nil the object is whole and durable; when it returns an error, name
	// holds what it held before.
	Put(ctx context.Context, name string, src Source) error
	// Get reads n bytes from offset off, or to the end when n is negative.
	// The caller closes the reader.
	Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error)
	// List yields the objects whose names start with prefix, in no order.
	// A destination that does not exist yields ErrNotExist, never an empty list.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Stat describes one object.
	Stat(ctx context.Context, name string) (Object, error)
	// Delete removes an object for good; a missing one is no error.
	Delete(ctx context.Context, name string) error
	// Close releases connections. The Store is not used afterwards.
	Close() error
}

// BytesSource is a Source held in memory.
type BytesSource []byte

// Size returns the number of bytes.
func (b BytesSource) Size() int64 { return int64(len(b)) }

// Open returns a reader over the bytes; closing it does nothing.
func (b BytesSource) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b)), nil
}

// FileSource is a Source in a local file whose size was measured when it was
// written.
type FileSource struct {
	Path  string
	Bytes int64
}

// Size returns the size that was measured.
func (f FileSource) Size() int64 { return f.Bytes }

// Open opens the file for reading.
func (f FileSource) Open() (io.ReadCloser, error) { return os.Open(f.Path) }
