// Package rewind makes what can only be read from its beginning readable at any
// place, as a file is. What was read last is kept in a file of limited size;
// what lies before that is read anew when somebody wants it.
package rewind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
)

// Window is how much is kept, in bytes, of what was read last.
const Window = 256 << 20

const (
	// ahead is how far reading goes beyond what was asked for, in bytes.
	ahead = 1 << 20
	// piece is what is written at once, in bytes.
	piece = 64 << 10
)

// Source writes all of something to out, from its beginning. It ends with its
// context, and with the first error of out.
type Source func(ctx context.Context, out io.Writer) error

// File reads a Source at any place. It may be used by several goroutines;
// whoever made it closes it. Nothing is read before it is asked for.
type File struct {
	source Source
	kept   *os.File // the byte at place n lies at n % window
	window int64

	mu     sync.Mutex
	moved  sync.Cond // there is something to read, or nothing will come
	asked  sync.Cond // there is something to do for the run
	size   int64     // guarded by mu; -1 as long as it is not known
	at     int64     // how far the run came; guarded by mu
	ended  bool      // the run came to its end, so that all of it is right; guarded by mu
	wanted int64     // how far it shall go; guarded by mu
	waits  []int64   // the places that somebody waits for; guarded by mu
	run    *run      // the one that goes on, or nil; guarded by mu
	closed bool      // guarded by mu

	runs sync.WaitGroup // those that go on, and those that were given up
}

// run is one reading of the source.
type run struct {
	file *File
	stop context.CancelFunc
	err  error // why it ended; guarded by the file's mu
}

// Open makes a File that keeps window bytes in a file without a name in dir.
// The size is what Size says, -1 when it is not known.
func Open(dir string, source Source, size, window int64) (*File, error) {
	kept, err := os.CreateTemp(dir, "varve-read-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(kept.Name()); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	f := &File{source: source, kept: kept, window: window, size: size}
	f.moved.L, f.asked.L = &f.mu, &f.mu
	return f, nil
}

// Size is the length in bytes, -1 as long as it is not known.
func (f *File) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size
}

// Close ends reading, and waits for the source.
func (f *File) Close() error {
	f.mu.Lock()
	f.closed = true
	if f.run != nil {
		f.run.stop()
	}
	f.asked.Broadcast()
	f.moved.Broadcast()
	f.mu.Unlock()
	f.runs.Wait()
	return f.kept.Close()
}

// ReadAt reads len(p) bytes from off on, or fewer with an error: io.EOF at the
// end. The last byte of all comes only when the source ended without an error,
// so that what is proved at its end is never whole when it is wrong.
func (f *File) ReadAt(ctx context.Context, p []byte, off int64) (n int, err error) {
	defer context.AfterFunc(ctx, f.wake)()
	for n < len(p) && err == nil {
		var more int
		more, err = f.readSome(ctx, p[n:], off+int64(n))
		n += more
	}
	return n, err
}

func (f *File) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved.Broadcast()
}

// readSome waits until there is something at off.
func (f *File) readSome(ctx context.Context, p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if off < 0 {
		return 0, fmt.Errorf("reading at %d: %w", off, os.ErrInvalid)
	}
	for {
		switch {
		case f.closed:
			return 0, os.ErrClosed
		case ctx.Err() != nil:
			return 0, context.Cause(ctx)
		case f.ended && off >= f.size:
			return 0, io.EOF
		case off < f.at-f.window:
			f.again()
		case off < f.ready():
			return f.copyOut(p[:min(int64(len(p)), f.ready()-off)], off)
		}
		if err := f.goOn(min(off, math.MaxInt64/2), int64(len(p))); err != nil {
			return 0, err
		}
	}
}

// ready is how far bytes may be handed out.
func (f *File) ready() int64 {
	if f.ended {
		return f.at
	}
	return f.at - 1
}

// goOn lets the source be read up to n bytes from off on, and waits for news of
// it. It is called with mu held.
func (f *File) goOn(off, n int64) error {
	f.wanted = max(f.wanted, off+min(n, f.window/4)+min(ahead, f.window/4))
	r := f.run
	if r == nil {
		r = f.begin()
	}
	f.waits = append(f.waits, off)
	f.asked.Broadcast()
	f.moved.Wait()
	i := slices.Index(f.waits, off)
	f.waits = slices.Delete(f.waits, i, i+1)
	f.asked.Broadcast()
	if f.run == nil && !f.ended && !f.closed && r.err != nil {
		return r.err
	}
	return nil
}

// begin reads the source from its beginning.
func (f *File) begin() *run {
	ctx, stop := context.WithCancel(context.Background())
	r := &run{file: f, stop: stop}
	f.run, f.at, f.ended = r, 0, false
	f.runs.Go(func() {
		defer stop()
		err := f.source(ctx, r)
		f.mu.Lock()
		defer f.mu.Unlock()
		r.end(err)
	})
	return r
}

// end notes how a run ended.
func (r *run) end(err error) {
	f := r.file
	if f.run != r {
		return
	}
	f.run = nil
	if err == nil && f.size >= 0 && f.size != f.at {
		err = fmt.Errorf("%d bytes came instead of %d: %w", f.at, f.size, io.ErrUnexpectedEOF)
	}
	r.err, f.ended = err, err == nil
	if f.ended {
		f.size = f.at
	}
	f.moved.Broadcast()
}

// again gives a run up that is too far, so that another begins.
func (f *File) again() {
	if f.run != nil {
		f.run.stop()
	}
	f.run, f.at, f.ended, f.wanted = nil, 0, false, 0
	f.asked.Broadcast()
	f.moved.Broadcast()
}

// errStopped ends a source that nobody reads any more.
var errStopped = errors.New("nobody reads this any more")

// Write implements io.Writer for the source.
func (r *run) Write(p []byte) (n int, err error) {
	f := r.file
	f.mu.Lock()
	defer f.mu.Unlock()
	for n < len(p) {
		for f.run == r && !f.closed && (f.at >= f.wanted || f.serves()) {
			f.asked.Wait()
		}
		if f.run != r || f.closed {
			return n, errStopped
		}
		place := f.at % f.window
		m, err := f.kept.WriteAt(p[n:n+int(min(int64(len(p)-n), piece, f.wanted-f.at, f.window-place))], place)
		n, f.at = n+m, f.at+int64(m)
		f.moved.Broadcast()
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// serves tells that somebody is about to take what he waited for: it must not be
// written over before that.
func (f *File) serves() bool {
	return slices.ContainsFunc(f.waits, func(off int64) bool { return off < f.ready() })
}

// copyOut reads what is kept.
func (f *File) copyOut(p []byte, off int64) (int, error) {
	place := off % f.window
	n, err := f.kept.ReadAt(p[:min(int64(len(p)), f.window-place)], place)
	if err != nil {
		return n, fmt.Errorf("reading what was kept: %w", err)
	}
	return n, nil
}
