package duplicity

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
)

// signatureChain merges the signature archives of a chain into the state
// after its last set: every item once, in order, the newest description wins,
// deleted items left out. Memory does not grow with the number of items.
type signatureChain struct {
	parts   []*signaturePart // oldest first
	started bool
	at      string // path of the item that was looked at last
	buf     *bufio.Reader
	item    storedItem
}

// signaturePart is one signature archive being read.
type signaturePart struct {
	name string
	file io.ReadCloser
	tar  *tarstream.Reader
	head *tarstream.Header // nil at the end
	last string
	any  bool
}

// openSignatures opens the cached copies of files, oldest first.
func (a *Archive) openSignatures(files []storedName) (*signatureChain, error) {
	c := &signatureChain{buf: bufio.NewReaderSize(nil, 1<<16)}
	for _, f := range files {
		p, err := a.openSignaturePart(f.Name)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.parts = append(c.parts, p)
	}
	for _, p := range c.parts {
		if err := p.advance(); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

func (a *Archive) openSignaturePart(n filename.Name) (*signaturePart, error) {
	local := a.localName(n)
	f, err := os.Open(filepath.Join(a.cacheDir, local))
	if err != nil {
		return nil, fmt.Errorf("opening signatures: %w", err)
	}
	cached := n
	cached.Encrypted, cached.Compressed = false, true
	plain, err := a.codec.reader(bufio.NewReaderSize(f, 1<<16), cached)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening signatures %s: %w", local, err), f.Close())
	}
	return &signaturePart{name: local, file: f, tar: tarstream.NewReader(plain)}, nil
}

// advance moves to the part's next item. An archive out of order cannot be
// merged, and would make existing files look deleted.
func (p *signaturePart) advance() error {
	h, err := p.tar.Next()
	if err == io.EOF {
		p.head = nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading signatures %s: %w: %w", p.name, ErrDamaged, err)
	}
	if p.any && repository.Compare(h.Entry.Path, p.last) <= 0 {
		return fmt.Errorf("reading signatures %s: %w: %q is out of order", p.name, ErrDamaged, h.Entry.Path)
	}
	p.head, p.last, p.any = h, h.Entry.Path, true
	return nil
}

// next returns the next item that exists, or nil at the end.
func (c *signatureChain) next() (*storedItem, error) {
	for {
		if err := c.step(); err != nil {
			return nil, err
		}
		newest := c.newest()
		if newest == nil {
			return nil, nil
		}
		c.started, c.at = true, newest.head.Entry.Path
		if newest.head.Kind != tarstream.Deleted {
			return c.describe(newest), nil
		}
	}
}

// step moves every part past the item that was looked at last.
func (c *signatureChain) step() error {
	if !c.started {
		return nil
	}
	for _, p := range c.parts {
		if p.head != nil && repository.Compare(p.head.Entry.Path, c.at) <= 0 {
			if err := p.advance(); err != nil {
				return err
			}
		}
	}
	return nil
}

// newest is the part with the smallest path, the youngest on ties.
func (c *signatureChain) newest() *signaturePart {
	var best *signaturePart
	for _, p := range c.parts {
		if p.head == nil {
			continue
		}
		if best == nil || repository.Compare(p.head.Entry.Path, best.head.Entry.Path) <= 0 {
			best = p
		}
	}
	return best
}

func (c *signatureChain) describe(p *signaturePart) *storedItem {
	c.buf.Reset(p.tar)
	e := p.head.Entry
	c.item = storedItem{Entry: e, recorded: isRecorded(&e), signature: c.buf, length: p.head.Length}
	return &c.item
}

// entries yields every item; the chain is used up.
func (c *signatureChain) entries() iter.Seq2[*repository.Entry, error] {
	return func(yield func(*repository.Entry, error) bool) {
		for {
			item, err := c.next()
			if err != nil {
				yield(nil, err)
				return
			}
			if item == nil || !yield(&item.Entry, nil) {
				return
			}
		}
	}
}

// Close ends reading.
func (c *signatureChain) Close() error {
	var errs []error
	for _, p := range c.parts {
		errs = append(errs, p.file.Close())
	}
	return errors.Join(errs...)
}
