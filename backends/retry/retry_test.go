package retry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/retry"
)

func folder(t testing.TB) backends.Store {
	t.Helper()
	s, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backends.Store { return retry.New(folder(t), retry.Options{}) })
}

func TestTriesAgain(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		calls int
		fails bool
	}{
		{"what passes", backends.ErrTemporary, 5, true},
		{"a broken connection", io.ErrUnexpectedEOF, 5, true},
		{"a full disk", backends.ErrFull, 1, true},
		{"no right", backends.ErrPermission, 1, true},
		{"no drive", backends.ErrOffline, 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			inner := folder(t)
			synctest.Test(t, func(t *testing.T) {
				f := faulty.New(inner, faulty.Fault{Op: faulty.Put, Err: row.err})
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
	inner := folder(t)
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
	inner := folder(t)
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
