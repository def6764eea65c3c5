package duplicity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// memberData reads the data of one item in one set: its member, and the
// chunks that follow it, across the borders of volumes.
type memberData struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no other way
	set  *setReader
	path string
	// size and sum are what the last member says of the whole file.
	size int64
	sum  []byte
}

func newMemberData(ctx context.Context, s *setReader) *memberData {
	m := &memberData{ctx: ctx, set: s, path: s.head.Entry.Path}
	m.note()
	return m
}

func (m *memberData) note() { m.size, m.sum = m.set.head.Entry.Size, m.set.head.Entry.SHA256 }

// Read implements io.Reader.
func (m *memberData) Read(p []byte) (int, error) {
	for {
		if m.set.head == nil || m.set.head.Entry.Path != m.path {
			return 0, io.EOF
		}
		n, err := m.set.tar.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		if err != io.EOF { // a reader returns it as it is; inside another error it is damage
			return 0, damage(err)
		}
		if err := m.nextChunk(); err != nil {
			return 0, err
		}
	}
}

// nextChunk moves on to the item's next chunk, if there is one. When a volume
// that may hold more of it is lost, the data has no trustworthy end.
func (m *memberData) nextChunk() error {
	lost := len(m.set.lost)
	m.set.head = nil
	if err := m.set.load(m.ctx); err != nil {
		return err
	}
	if len(m.set.lost) > lost {
		return m.set.lost[lost].err
	}
	if m.set.head != nil && m.set.head.Entry.Path == m.path {
		m.note()
	}
	return nil
}

// recorded reads a file's content, and gives the item at its end what its
// last member says of the whole file.
type recorded struct {
	src    io.Reader
	item   *Item
	newest *memberData
}

// Read implements io.Reader.
func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err == io.EOF {
		r.item.Size, r.item.SHA256 = r.newest.size, r.newest.sum
	}
	return n, err
}

// proved reads a file's content and fails at its end when length or hash are
// not those that were recorded.
type proved struct {
	src  io.Reader
	item *Item
	sum  hash.Hash
	size int64
}

func newProved(src io.Reader, item *Item) *proved {
	return &proved{src: src, item: item, sum: sha256.New()}
}

// Read implements io.Reader.
func (r *proved) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.sum.Write(p[:n])
	r.size += int64(n)
	if err == io.EOF {
		if bad := r.check(); bad != nil {
			return n, bad
		}
	}
	return n, err
}

func (r *proved) check() error {
	if want := r.item.Size; want >= 0 && want != r.size {
		return fmt.Errorf("%w: %d bytes came back of %d", ErrDamaged, r.size, want)
	}
	sum := r.sum.Sum(nil)
	if want := r.item.SHA256; len(want) > 0 && !bytes.Equal(want, sum) {
		return fmt.Errorf("%w: the content does not match its recorded hash", ErrDamaged)
	}
	r.item.Size, r.item.SHA256 = r.size, sum
	return nil
}
