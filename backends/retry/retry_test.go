package retry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/backends/retry"
)

func TestStore(t *testing.T) {
	backendtest.Run(t, func(testing.TB) backends.Store { return retry.New(memory.New(), retry.Options{}) })
}

func TestTriesAgain(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		calls int
	}{
		{"what passes", backends.ErrTemporary, 5},
		{"a broken connection", io.ErrUnexpectedEOF, 5},
		{"what nobody knows", errors.New("the moon is full"), 5},
		{"a changed source", backends.ErrSourceSize, 1},
		{"a source that is gone", fs.ErrNotExist, 1},
		{"nothing there", backends.ErrNotExist, 1},
		{"a bad name", backends.ErrInvalidName, 1},
		{"an end", context.Canceled, 1},
		{"a full disk", backends.ErrFull, 1},
		{"no right", backends.ErrPermission, 1},
		{"no drive", backends.ErrOffline, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := faulty.New(memory.New(), faulty.Fault{Op: faulty.Put, Err: row.err})
				start := time.Now()
				err := retry.New(f, retry.Options{}).Put(t.Context(), "x", backends.BytesSource("x"))
				if !errors.Is(err, row.err) || f.Calls(faulty.Put) != row.calls {
					t.Errorf("%d calls, %v, want %d", f.Calls(faulty.Put), err, row.calls)
				}
				if waited := time.Since(start); row.calls > 1 && (waited < 3*time.Second || waited > 12*time.Second) {
					t.Errorf("it waited %v", waited)
				}
			})
		})
	}
}

func TestGoesOnWhereAReadBroke(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 5000)
	inner := memory.New()
	if err := inner.Put(t.Context(), "x", backends.BytesSource(content)); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := faulty.New(inner, faulty.Fault{Op: faulty.Get, On: 1, Cut: 12345, Err: io.ErrUnexpectedEOF},
			faulty.Fault{Op: faulty.Get, On: 2, Err: backends.ErrTemporary})
		r, err := retry.New(f, retry.Options{}).Get(t.Context(), "x", 100, -1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, content[100:]) || f.Calls(faulty.Get) != 3 {
			t.Errorf("%d bytes after %d calls, %v", len(got), f.Calls(faulty.Get), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	inner := memory.New()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(errors.New("enough")) })
		f := faulty.New(inner, faulty.Fault{Op: faulty.Delete, Err: backends.ErrTemporary})
		start := time.Now()
		err := retry.New(f, retry.Options{First: time.Hour}).Delete(ctx, "x")
		if err == nil || time.Since(start) != 100*time.Millisecond {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

func TestSucceedsAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		var faults []faulty.Fault
		for _, op := range []faulty.Op{faulty.Put, faulty.Get, faulty.List, faulty.Stat, faulty.Delete} {
			faults = append(faults, faulty.Fault{Op: op, On: 1, Err: backends.ErrTemporary}, faulty.Fault{Op: op, On: 2, Err: backends.ErrTemporary})
		}
		s := retry.New(faulty.New(inner, faults...), retry.Options{})
		if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
			t.Fatal(err)
		}
		listed := 0
		for _, err := range s.List(t.Context(), "") {
			if err != nil {
				t.Error(err)
			}
			listed++
		}
		o, err := s.Stat(t.Context(), "x")
		if err != nil || o.Size != 3 || listed != 1 {
			t.Errorf("got %+v, %v, and %d listed", o, err, listed)
		}
		r, err := s.Get(t.Context(), "x", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if err := s.Delete(t.Context(), "x"); err != nil {
			t.Error(err)
		}
		if _, err := inner.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

// breaking hands out readers that break with their last bytes, once.
type breaking struct {
	backends.Store
	each int64
}

func (b breaking) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r, err := b.Store.Get(ctx, name, off, n)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(iotest.DataErrReader(io.MultiReader(io.LimitReader(r, b.each), iotest.ErrReader(io.ErrUnexpectedEOF)))), nil
}

// Every connection breaks after some bytes; as long as there are some, it goes
// on, and no byte is lost or comes twice.
func TestKeepsBytesThatCameWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		want := []byte("0123456789abcdefghijklmnopqrstuvwxyz")
		if err := inner.Put(t.Context(), "x", backends.BytesSource(want)); err != nil {
			t.Fatal(err)
		}
		s := retry.New(breaking{inner, 5}, retry.Options{})
		r, err := s.Get(t.Context(), "x", 1, 33)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		start := time.Now()
		if got, err := io.ReadAll(r); err != nil || string(got) != string(want[1:34]) {
			t.Errorf("got %q, %v", got, err)
		}
		if time.Since(start) < time.Second {
			t.Error("it did not wait before it connected again")
		}
	})
}

// Clients of web servers wrap EOF into what they say when a connection was
// lost. Taken for the end, the object would be cut off in silence.
func TestLostConnectionIsNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		if err := inner.Put(t.Context(), "x", backends.BytesSource("123456")); err != nil {
			t.Fatal(err)
		}
		lost := fmt.Errorf("GET x: %w", io.EOF)
		s := retry.New(faulty.New(inner, faulty.Fault{Op: faulty.Get, On: 1, Cut: 2, Err: lost},
			faulty.Fault{Op: faulty.Get, On: 2, Err: lost}), retry.Options{})
		r, err := s.Get(t.Context(), "x", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); string(got) != "123456" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// A reader whose connection never comes back ends with the error.
func TestGivesUpReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		if err := inner.Put(t.Context(), "x", backends.BytesSource("123456")); err != nil {
			t.Fatal(err)
		}
		s := retry.New(faulty.New(inner, faulty.Fault{Op: faulty.Get, On: 1, Cut: 2, Err: io.ErrUnexpectedEOF},
			faulty.Fault{Op: faulty.Get, Err: backends.ErrOffline}), retry.Options{})
		r, err := s.Get(t.Context(), "x", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != "12" || !errors.Is(err, backends.ErrOffline) {
			t.Errorf("got %q, %v", got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What the wrapped store can, the wrapping can too.
func TestAbilitiesAreThoseOfTheWrapped(t *testing.T) {
	s := retry.New(retry.New(measures{Store: memory.New()}, retry.Options{}), retry.Options{})
	if m, ok := backends.As[backends.Spacer](s); !ok {
		t.Error("it cannot measure")
	} else if free, _, err := m.Space(t.Context()); free != 1 || err != nil {
		t.Errorf("got %d, %v", free, err)
	}
	if _, ok := backends.As[backends.Opener](s); ok {
		t.Error("it can open, which memory cannot")
	}
}

type measures struct{ backends.Store }

func (measures) Space(context.Context) (free, total int64, err error) { return 1, 2, nil }

// Who says when to come again is not asked before.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &busy{Store: memory.New()}
		begun := time.Now()
		if _, err := retry.New(inner, retry.Options{}).Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
			t.Error(err)
		}
		if waited := time.Since(begun); inner.calls != 2 || waited < 30*time.Second {
			t.Errorf("%d calls within %v", inner.calls, waited)
		}
	})
}

type busy struct {
	backends.Store
	calls int
}

func (b *busy) Stat(ctx context.Context, name string) (backends.Object, error) {
	if b.calls++; b.calls == 1 {
		return backends.Object{}, &backends.BusyError{After: time.Minute, Err: errors.New("429")}
	}
	return b.Store.Stat(ctx, name)
}
