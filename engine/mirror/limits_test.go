package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
)

// room is a store that knows its room.
type room struct {
	backends.Store
	free int64
	err  error
}

func (r *room) Space(context.Context) (free, total int64, err error) { return r.free, -1, r.err }

func TestRoom(t *testing.T) {
	for _, row := range []struct {
		name string
		room room
		o    Options
		want error
	}{
		{"enough", room{free: 40}, Options{}, nil},
		{"too little", room{free: 39}, Options{}, backends.ErrFull},
		{"too little in a dry run", room{free: 39}, Options{DryRun: true}, backends.ErrFull},
		{"quota-disable", room{free: 39}, Options{IgnoreRoom: true}, nil},
		// SyncTool takes these for too little.
		{"unknown", room{free: -1}, Options{}, nil},
		{"an error", room{err: backends.ErrUnsupported}, Options{}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.example()
				w.o = row.o
				w.o.MaxRemove, w.o.Workers = 50, 1
				row.room.Store = w.dst
				w.dst = &row.room
				if _, err := w.run(); !errors.Is(err, row.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// Cancelled at any moment, the next run does the rest.
func TestCancelled(t *testing.T) {
	enough := errors.New("enough")
	for _, n := range []int64{1, 50, 500} {
		bubble(t, func(t *testing.T, w *world) {
			for i := range 200 {
				w.put(w.src, 1, fmt.Sprintf("f%03d=%d", i, i))
			}
			w.put(w.dst, 2, "x=1")
			w.o.MaxRemove = 100
			ctx, cancel := context.WithCancelCause(t.Context())
			waits := int64(0)
			var mu sync.Mutex
			w.w.Wait = func(ctx context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				if waits++; waits == n {
					cancel(enough)
				}
				return context.Cause(ctx)
			}
			r, err := Run(ctx, w.src, w.dst, w.o, w.w)
			if n < 500 && (!errors.Is(err, enough) || r.Copied >= 200 || len(names(t, w.dst)) < int(r.Copied)) {
				t.Errorf("%d: %v, %+v", n, err, r)
			}
			if len(w.failed) > 0 {
				t.Errorf("%d: %q", n, w.failed)
			}
			w.w.Wait = nil
			first := r.Copied
			if r := w.must(); r.Copied+first != 200 {
				t.Errorf("%d: %d and then %d", n, first, r.Copied)
			}
			w.holds()
		})
	}
}

// endless is a store whose one object is a stream, and that keeps nothing.
type endless struct {
	backends.Store
	size int64
}

func (e endless) List(context.Context, string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		yield(backends.Object{Name: "large", Size: e.size}, nil)
	}
}

func (e endless) Get(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, e.size)), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type forgetful struct{ backends.Store }

func (forgetful) Put(_ context.Context, _ string, src backends.Source) error {
	in, err := src.Open()
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{in}, make([]byte, 64<<10))
	return errors.Join(err, in.Close())
}

// A file of any size takes little memory. SyncTool holds it whole to compare
// it, and copies it to a disk to copy it.
func TestLargeFileIsNoBurden(t *testing.T) {
	const size = 1 << 30
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Run(t.Context(), endless{size: size}, forgetful{memory.New()}, Options{}, Watch{})
	if err != nil || r.Bytes != size {
		t.Errorf("%+v, %v", r, err)
	}
	same := endless{size: size}
	if r, err = Run(t.Context(), same, same, Options{VerifyContents: true}, Watch{}); err != nil || r.Same != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("it took %d bytes", used)
	}
}

func TestWorkers(t *testing.T) {
	if n := workers(memory.New(), memory.New()); n != fewest {
		t.Errorf("got %d", n)
	}
	for connections, want := range map[int]int{1: fewest, 8: 8, 100: most} {
		if n := workers(memory.New(), described{memory.New(), connections}); n != want {
			t.Errorf("%d connections: %d", connections, n)
		}
	}
}

type described struct {
	backends.Store
	connections int
}

func (d described) Traits() backends.Traits { return backends.Traits{Connections: d.connections} }
