package rewind_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/engine/rewind"
)

// text is some content.
func text(n int) []byte {
	rnd := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = rnd.Read(b)
	return b
}

// from is a source of content that counts how often it is read.
func from(content []byte, runs *atomic.Int32) rewind.Source {
	return func(_ context.Context, out io.Writer) error {
		runs.Add(1)
		_, err := io.Copy(out, bytes.NewReader(content))
		return err
	}
}

func open(t *testing.T, s rewind.Source, size, window int64) *rewind.File {
	t.Helper()
	f, err := rewind.Open(t.TempDir(), s, size, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestReadsAtAnyPlace(t *testing.T) {
	content := text(3 << 20)
	for _, size := range []int64{-1, int64(len(content))} {
		var runs atomic.Int32
		f := open(t, from(content, &runs), size, 1<<20)
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			off, n := rnd.Int64N(int64(len(content))+10), rnd.IntN(100_000)
			p := make([]byte, n)
			got, err := f.ReadAt(t.Context(), p, off)
			want := content[min(off, int64(len(content))):]
			want = want[:min(n, len(want))]
			if !bytes.Equal(p[:got], want) || err != nil != (got < n) || err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("at %d: %d of %d bytes: %v", off, got, n, err)
			}
		}
		if f.Size() != int64(len(content)) {
			t.Errorf("the size is %d", f.Size())
		}
		if n := runs.Load(); n < 2 || n > 200 {
			t.Errorf("it was read %d times", n)
		}
	}
}

// What is kept is not read twice, and nothing is read beyond what is wanted.
func TestReadsOnce(t *testing.T) {
	content := text(4 << 20)
	var runs atomic.Int32
	var written atomic.Int64
	source := from(content, &runs)
	f := open(t, func(ctx context.Context, out io.Writer) error {
		return source(ctx, writer(func(p []byte) (int, error) {
			n, err := out.Write(p)
			written.Add(int64(n))
			return n, err
		}))
	}, -1, 64<<20)
	if runs.Load() != 0 {
		t.Error("it is read before anybody asks")
	}
	head := make([]byte, 1000)
	for range 3 {
		if _, err := f.ReadAt(t.Context(), head, 0); err != nil || !bytes.Equal(head, content[:1000]) {
			t.Fatal(err)
		}
	}
	if n := written.Load(); n > 2<<20 {
		t.Errorf("for its head %d bytes were read", n)
	}
	all := make([]byte, len(content))
	if _, err := f.ReadAt(t.Context(), all, 0); err != nil || !bytes.Equal(all, content) {
		t.Fatal(err)
	}
	if runs.Load() != 1 {
		t.Errorf("it was read %d times", runs.Load())
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// Readers that are far from each other all get what they want.
func TestSeveralReaders(t *testing.T) {
	content := text(1 << 20)
	var runs atomic.Int32
	f := open(t, from(content, &runs), int64(len(content)), 128<<10)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p := make([]byte, 64<<10)
			for at := i * 1000; at+len(p) < len(content); at += len(p) {
				if _, err := f.ReadAt(t.Context(), p, int64(at)); err != nil || !bytes.Equal(p, content[at:at+len(p)]) {
					t.Errorf("reader %d at %d: %v", i, at, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// What turns out to be wrong at its end is never whole.
func TestErrorOfTheSource(t *testing.T) {
	content, broken := text(1000), errors.New("it is damaged")
	for _, size := range []int64{-1, 1000} {
		f := open(t, func(_ context.Context, out io.Writer) error {
			_, err := out.Write(content)
			return errors.Join(err, broken)
		}, size, 1<<20)
		for range 2 { // and again
			p := make([]byte, 1000)
			n, err := f.ReadAt(t.Context(), p, 0)
			if n >= 1000 || !errors.Is(err, broken) {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	}
	f := open(t, from(content, new(atomic.Int32)), 1001, 1<<20)
	if _, err := f.ReadAt(t.Context(), make([]byte, 2000), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a content that is too short: %v", err)
	}
}

func TestEnds(t *testing.T) {
	blocked := make(chan struct{})
	source := func(ctx context.Context, _ io.Writer) error {
		close(blocked)
		<-ctx.Done()
		return ctx.Err()
	}
	f := open(t, source, -1, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-blocked
		cancel()
	}()
	if _, err := f.ReadAt(ctx, make([]byte, 1), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("with its context: %v", err)
	}
	if _, err := f.ReadAt(t.Context(), make([]byte, 1), -1); err == nil {
		t.Error("before the beginning there is something")
	}
}

func TestEmpty(t *testing.T) {
	f := open(t, from(nil, new(atomic.Int32)), 0, 1<<20)
	if n, err := f.ReadAt(t.Context(), make([]byte, 5), 0); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("%d bytes: %v", n, err)
	}
}
