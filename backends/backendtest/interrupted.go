package backendtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/varve-backup/varve/backends"
)

// patience is how long a call may go on after its context ended: as long as a
// busy machine needs to clear up, and less than backends.DefaultTimeout, by which
// a call ends that nobody stops.
const patience = 20 * time.Second

var errStopped = errors.New("stopped on purpose")

// dribbling is a source that, at its middle, waits until its context ends.
type dribbling struct {
	generated
	ctx     context.Context //nolint:containedctx // io.Reader has no other way
	reached chan struct{}
}

// Open implements backends.Source.
func (d *dribbling) Open() (io.ReadCloser, error) {
	half := int64(d.generated) / 2
	r, w := io.NewSectionReader(d, 0, half), io.NewSectionReader(d, half, half)
	return io.NopCloser(io.MultiReader(r, waiting{d}, w)), nil
}

// waiting has no bytes, and says so when the context has ended.
type waiting struct{ d *dribbling }

func (w waiting) Read([]byte) (int, error) {
	select {
	case w.d.reached <- struct{}{}:
	default: // it is a later attempt
	}
	select {
	case <-w.d.ctx.Done():
	case <-time.After(2 * patience): // the Store reads it under no context at all
	}
	return 0, io.EOF
}

// cancelledPut stops a Put while its source stands still: what was there is
// there, and nothing new.
func cancelledPut(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	for _, name := range []string{"x", "y"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := &dribbling{16 << 20, ctx, make(chan struct{}, 1)}
		done := make(chan error, 1)
		go func() { done <- s.Put(ctx, name, src) }()
		select {
		case <-src.reached:
		case err := <-done:
			t.Fatalf("Put %s ended at half of its source: %v", name, err)
		}
		cancel(errStopped)
		if err := within(t, done); !errors.Is(err, errStopped) {
			t.Errorf("Put %s: %v, want the cause", name, err)
		}
	}
	names(t, s, "", "x")
	if got := get(t, s, "x", 0, -1); string(got) != "before" {
		t.Errorf("what was there became %d bytes", len(got))
	}
	put(t, s, "y", []byte("later"))
	names(t, s, "", "x", "y")
}

// within waits for the end of a call that was cancelled.
func within(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
	}
	t.Errorf("it goes on %v after it was cancelled", patience)
	return <-done
}

// cancelledGet stops a Get in its middle. It may go on from what has arrived,
// but not end early as if that were all.
func cancelledGet(t *testing.T, s backends.Store) {
	src := generated(16 << 20)
	if err := s.Put(t.Context(), "x", src); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := s.Get(ctx, "x", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel(errStopped)
	done := make(chan error, 1)
	go func() {
		n, err := io.Copy(io.Discard, r)
		if err == nil && n != src.Size()-1000 {
			err = errors.New("it ended early without an error")
		}
		done <- errors.Join(err, closed(r, err))
	}()
	if err := within(t, done); err != nil && !errors.Is(err, errStopped) {
		t.Errorf("got %v, want the cause", err)
	}
	if got := get(t, s, "x", 1<<20, 100); !bytes.Equal(got, src.part(1<<20, 100)) {
		t.Error("the next Get brought something else")
	}
}

// closed closes a reader. After another error its own says nothing.
func closed(r io.Closer, before error) error {
	if err := r.Close(); before == nil {
		return err
	}
	return nil
}

// broken is a source that cannot be read to its end.
type broken struct{ backends.Source }

var errBroken = errors.New("the source broke")

// Open implements backends.Source.
func (b broken) Open() (io.ReadCloser, error) {
	r, err := b.Source.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, b.Size()/4*3), iotest.ErrReader(errBroken)), r}, nil
}

// stopping ends a context when it was read once: a Store that tries again is
// told to stop by its source.
type stopping struct {
	broken
	cancel context.CancelCauseFunc
}

// Open implements backends.Source.
func (s stopping) Open() (io.ReadCloser, error) {
	r, err := s.broken.Open()
	return struct {
		io.Reader
		io.Closer
	}{r, closeFunc(func() error { s.cancel(errBroken); return nil })}, err
}

type closeFunc func() error

func (f closeFunc) Close() error { return f() }

// torn breaks uploads in their middle, small ones and such as are sent in
// parts: nothing of them is ever visible.
func torn(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	for _, size := range []generated{250_000, 12 << 20} {
		for _, name := range []string{"x", "y", "folder/z"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			if err := s.Put(ctx, name, stopping{broken{size}, cancel}); !errors.Is(err, errBroken) {
				t.Errorf("Put %s: %v, want the source's error", name, err)
			}
			cancel(nil)
		}
		names(t, s, "", "x")
		if got := get(t, s, "x", 0, -1); string(got) != "before" {
			t.Errorf("what was there became %d bytes", len(got))
		}
		if _, err := s.Stat(t.Context(), "y"); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("Stat: %v, want ErrNotExist", err)
		}
	}
}
