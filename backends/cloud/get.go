package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
)

// Get implements backends.Store. Servers answer a range past the end with an
// error, with nothing or with the whole object, so the size is known first and
// no such range is asked for.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := s.ready(ctx, "reading", name); err != nil {
		return nil, err
	}
	end, err := s.turns.read(ctx, name)
	if err != nil {
		return nil, s.failed(ctx, "reading", name, err)
	}
	defer end()
	o, err := s.object(ctx, name)
	if err != nil {
		return nil, s.failed(ctx, "reading", name, err)
	}
	size := o.Size()
	if size < 0 || off < 0 {
		return nil, fmt.Errorf("reading %s: %w: from %d of %d bytes", name, backends.ErrUnsupported, off, size)
	}
	left := max(size-off, 0)
	if n >= 0 {
		left = min(left, n)
	}
	if left == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	var options []fs.OpenOption
	if left < size {
		options = append(options, &fs.RangeOption{Start: off, End: off + left - 1})
	}
	body, err := o.Open(s.in(ctx), options...)
	if err != nil {
		return nil, s.failed(ctx, "reading", name, err)
	}
	if o.Size() != size { // some services tell it again with the content
		_ = body.Close() // it is of no use any more
		return nil, fmt.Errorf("reading %s: %w: it was replaced meanwhile", name, backends.ErrTemporary)
	}
	r := &part{store: s, ctx: ctx, name: name, body: body, left: left}
	// A read that waits for a server ends when its body is closed.
	r.stop = context.AfterFunc(ctx, func() { _ = r.shut() })
	return r, nil
}

// part is a range of an object: exactly as many bytes as it has.
type part struct {
	store *Store
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	name  string
	body  io.ReadCloser
	left  int64
	stop  func() bool

	once sync.Once
	err  error // guarded by once
}

var errShort = errors.New("the answer ended early")

// Read implements io.Reader.
func (r *part) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if r.ctx.Err() != nil {
		return 0, r.store.failed(r.ctx, "reading", r.name, r.ctx.Err())
	}
	n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	switch {
	case err == nil || r.left == 0:
		return n, nil
	case errors.Is(err, io.EOF):
		err = errShort
	}
	return n, r.store.failed(r.ctx, "reading", r.name, err)
}

// Close implements io.Closer.
func (r *part) Close() error {
	r.stop()
	err := r.shut()
	if r.left > 0 || r.ctx.Err() != nil {
		return nil //nolint:nilerr // of a transfer that was given up there is nothing to say
	}
	return r.store.failed(r.ctx, "reading", r.name, err)
}

func (r *part) shut() error {
	r.once.Do(func() { r.err = r.body.Close() })
	return r.err
}
