package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/pkg/sftp"

	"github.com/varve-backup/varve/backends"
)

// firstWindow is how many packets of a reading are under way at its start. Each
// that is taken allows one more, up to window: who reads little fetches little.
const firstWindow = 16

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	where, err := s.path(name)
	if err != nil {
		return nil, err
	}
	r, err := call(ctx, s.pool, func(l *link) (*reader, error) {
		f, size, err := openFile(l, where)
		if err != nil {
			return nil, s.class(l, where, err)
		}
		s.pool.hold(l)
		r := &reader{ctx: ctx, s: s, l: l, f: f, name: name, where: where, next: max(off, 0), end: size, window: firstWindow}
		if n >= 0 {
			r.end = min(size, r.next+min(n, size))
		}
		if ctx.Err() != nil { // nobody may be there to take it
			_ = r.Close() // nor to hear of this
			return nil, context.Cause(ctx)
		}
		return r, nil
	})
	if err != nil {
		return nil, failed("reading", name, err)
	}
	return r, nil
}

// openFile opens a file and asks for its size.
func openFile(l *link, where string) (*sftp.File, int64, error) {
	f, err := request(l, func() (*sftp.File, error) { return l.files.OpenFile(where, os.O_RDONLY) })
	if err != nil {
		return nil, 0, err
	}
	info, err := request(l, f.Stat)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = do(l, f.Close) // the first error is the one that matters
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// reader is an object being read, several packets ahead.
type reader struct {
	ctx         context.Context //nolint:containedctx // io.Reader has no other way
	s           *Store
	l           *link
	f           *sftp.File
	name, where string

	next, end int64 // what is to be asked for
	window    int
	blocks    []*block // asked for, in their order
	spare     [][]byte
	asking    sync.WaitGroup
	err       error
	once      sync.Once
}

// block is a piece of a file that was asked for.
type block struct {
	buffer []byte
	rest   []byte // what was not yet taken
	err    error
	done   chan struct{}
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.ctx.Err() != nil {
		return 0, r.fail(context.Cause(r.ctx))
	}
	r.ask()
	if len(r.blocks) == 0 {
		return 0, io.EOF
	}
	b := r.blocks[0]
	select {
	case <-b.done:
	case <-r.ctx.Done():
		return 0, r.fail(context.Cause(r.ctx))
	}
	if b.err != nil {
		return 0, r.fail(r.s.class(r.l, r.where, b.err))
	}
	n := copy(p, b.rest)
	if b.rest = b.rest[n:]; len(b.rest) == 0 {
		r.blocks = r.blocks[1:]
		r.spare = append(r.spare, b.buffer)
		r.window = min(r.window+1, window)
	}
	return n, nil
}

// fail keeps the first error.
func (r *reader) fail(err error) error {
	r.err = failed("reading", r.name, err)
	return r.err
}

// ask sends for as much as may be under way.
func (r *reader) ask() {
	for len(r.blocks) < r.window && r.next < r.end {
		b := &block{done: make(chan struct{})}
		if k := len(r.spare); k > 0 {
			b.buffer, r.spare = r.spare[k-1], r.spare[:k-1]
		} else {
			b.buffer = make([]byte, packet)
		}
		b.rest = b.buffer[:min(packet, r.end-r.next)]
		at := r.next
		r.asking.Go(func() { r.fetch(b, at) })
		r.blocks = append(r.blocks, b)
		r.next += int64(len(b.rest))
	}
}

func (r *reader) fetch(b *block, at int64) {
	defer close(b.done)
	n, err := request(r.l, func() (int, error) { return r.f.ReadAt(b.rest, at) })
	switch {
	case n == len(b.rest):
	case err == nil, errors.Is(err, io.EOF) && !r.l.lost():
		b.err = fmt.Errorf("%w: the file ended at %d, although it was longer", backends.ErrTemporary, at+int64(n))
	default:
		b.err = err
	}
}

// Close implements io.Closer. It does not wait for what is under way.
func (r *reader) Close() error {
	r.once.Do(func() {
		r.err = fs.ErrClosed
		r.l.spawn(func() {
			r.asking.Wait()
			_ = do(r.l, r.f.Close) // it was only read
			r.s.pool.release(r.l)
		})
	})
	return nil
}
