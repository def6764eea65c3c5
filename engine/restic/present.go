package restic

import (
	"crypto/sha256"
	"errors"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/internal/workers"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// errNotFetched: what lay at the target was said to be enough.
var errNotFetched = errors.New("its content was not fetched, because of what was at the target, which has changed since")

// Consult lets Contents ask what lies where regular files are to be restored:
// present returns that, nil for nothing, and whether what is not there needs
// to be fetched at all. Items that are there whole tell it with Present; of
// others the parts that are there, at the same place in the file, are not
// fetched. Every byte is proved all the same. present is called from another
// goroutine, in order, until Close returns; what it returns is closed.
//
// Consult is called once, before the second call of Next and before anything
// of the first item is asked.
func (c *Contents) Consult(present func(*repository.Entry) (repository.Present, bool)) {
	c.consult = present
	c.begin()
}

// Present returns what lies at the target and has all of the item's content,
// nil for none. It is closed.
func (it *Item) Present() repository.Present {
	if it.compared == nil {
		return nil
	}
	it.begin()
	<-it.compared
	return it.present
}

// look compares an item with what lies at the target. It returns that when it
// may hold a part of the content; wanted is false when nothing shall be
// fetched.
func (w *contentWalk) look(item *Item, e *repository.Entry, content []id.ID) (there *present, wanted bool) {
	defer close(item.compared)
	select {
	case <-w.begun:
	case <-w.ctx.Done():
		return nil, false
	}
	if item.Broken != nil || w.consult == nil {
		return nil, item.Broken == nil
	}
	p, wanted := w.consult(e)
	switch {
	case p == nil:
		item.unwanted = !wanted
		return nil, wanted
	case p.Suffices() && p.Size() == e.Size && w.holdsAll(p, content):
		item.present = p
		fallthrough
	case !wanted:
		item.unwanted = true
		_ = p.Close() // it was read only
		return nil, false
	}
	return &present{file: p}, true
}

// errDiffers ends a comparison.
var errDiffers = errors.New("it differs")

// holdsAll reports that a file consists of these blobs.
func (w *contentWalk) holdsAll(p repository.Present, content []id.ID) bool {
	if len(content) == 1 {
		return holds(p, 0, p.Size(), content[0]) // most files
	}
	g, ctx := errgroup.WithContext(w.ctx)
	g.SetLimit(workers.Count())
	at := int64(0)
	for _, blob := range content {
		length, _ := w.view.index.Length(blob, pack.Data) // sizeOf has found it
		from := at
		at += length
		g.Go(func() error {
			if ctx.Err() != nil || !holds(p, from, length, blob) {
				return errDiffers
			}
			return nil
		})
		if ctx.Err() != nil {
			break
		}
	}
	return g.Wait() == nil
}

// compareSize is how much of a file is read at once, in bytes.
const compareSize = 128 << 10

// compareBuffers is memory for comparing, used again.
var compareBuffers = sync.Pool{New: func() any { return new([compareSize]byte) }}

// holds reports that a part of a file is a blob.
func holds(p io.ReaderAt, at, length int64, blob id.ID) bool {
	buf := compareBuffers.Get().(*[compareSize]byte)
	defer compareBuffers.Put(buf)
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, io.NewSectionReader(p, at, length), buf[:])
	return err == nil && n == length && id.ID(sum.Sum(nil)) == blob
}

// present is a file at the target that may hold some blobs. A nil one holds
// none.
type present struct {
	file    repository.Present
	readers sync.WaitGroup
}

// reader returns a function, to be called once, that reads the blob at a place
// of the file, or nil when another one is there.
func (p *present) reader(at, length int64) func(id.ID) []byte {
	if p == nil || at+length > p.file.Size() {
		return func(id.ID) []byte { return nil }
	}
	p.readers.Add(1)
	return func(blob id.ID) []byte {
		defer p.readers.Done()
		b := make([]byte, length)
		if _, err := p.file.ReadAt(b, at); err != nil || id.Of(b) != blob {
			return nil
		}
		return b
	}
}

// closeAfter closes the file when all have read.
func (p *present) closeAfter(workers *sync.WaitGroup) {
	if p == nil {
		return
	}
	workers.Go(func() {
		p.readers.Wait()
		_ = p.file.Close() // it was read only
	})
}
