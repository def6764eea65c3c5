package faulty_test

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
	"github.com/varve-backup/varve/backends/memory"
)

func TestWithoutFaults(t *testing.T) {
	backendtest.Run(t, func(testing.TB) backends.Store { return faulty.New(memory.New()) })
}

var errBad = errors.New("on purpose")

func TestPut(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault faulty.Fault
		want  error
		left  string
	}{
		{"fails", faulty.Fault{Op: faulty.Put, On: 2, Err: errBad}, errBad, "first"},
		{"answer lost", faulty.Fault{Op: faulty.Put, On: 2, Err: errBad, Done: true}, errBad, "second"},
		{"cut and silent", faulty.Fault{Op: faulty.Put, On: 2, Cut: 3}, nil, "sec"},
		{"cut and told", faulty.Fault{Op: faulty.Put, On: 2, Cut: 3, Err: errBad}, errBad, "sec"},
		{"later", faulty.Fault{Op: faulty.Put, On: 3, Err: errBad}, nil, "second"},
		{"always", faulty.Fault{Op: faulty.Put, Err: errBad}, errBad, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := faulty.New(memory.New(), row.fault)
			_ = s.Put(t.Context(), "x", backends.BytesSource("first")) // fails in one row
			if err := s.Put(t.Context(), "x", backends.BytesSource("second")); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if got := content(t, s); got != row.left {
				t.Errorf("it holds %q, want %q", got, row.left)
			}
			if s.Calls(faulty.Put) != 2 {
				t.Errorf("%d calls were counted", s.Calls(faulty.Put))
			}
		})
	}
}

func content(t *testing.T, s *faulty.Store) string {
	t.Helper()
	r, err := s.Store.Get(t.Context(), "x", 0, -1)
	if errors.Is(err, backends.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReads(t *testing.T) {
	for _, row := range []struct {
		name string
		cut  int64
		err  error
	}{{"breaks", 4, errBad}, {"ends early", 4, nil}} {
		t.Run(row.name, func(t *testing.T) {
			s := faulty.New(memory.New(), faulty.Fault{Op: faulty.Get, Cut: row.cut, Err: row.err})
			if err := s.Put(t.Context(), "x", backends.BytesSource("0123456789")); err != nil {
				t.Fatal(err)
			}
			r, err := s.Get(t.Context(), "x", 1, -1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if string(got) != "1234" || !errors.Is(err, row.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestOtherCalls(t *testing.T) {
	s := faulty.New(memory.New(), faulty.Fault{Op: faulty.Get, Err: errBad}, faulty.Fault{Op: faulty.List, Err: errBad},
		faulty.Fault{Op: faulty.Stat, Err: errBad}, faulty.Fault{Op: faulty.Delete, Err: errBad, Done: true})
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	_, gerr := s.Get(t.Context(), "x", 0, -1)
	_, serr := s.Stat(t.Context(), "x")
	var lerr error
	for _, lerr = range s.List(t.Context(), "") {
	}
	for call, err := range map[string]error{"Get": gerr, "Stat": serr, "List": lerr, "Delete": s.Delete(t.Context(), "x")} {
		if !errors.Is(err, errBad) {
			t.Errorf("%s: got %v", call, err)
		}
	}
	if got := content(t, s); got != "" {
		t.Errorf("the deletion whose answer got lost left %q", got)
	}
}

func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var faults []faulty.Fault
		for _, op := range []faulty.Op{faulty.Put, faulty.Get, faulty.List, faulty.Stat, faulty.Delete} {
			faults = append(faults, faulty.Fault{Op: op, On: 1, Hang: true})
		}
		s := faulty.New(memory.New(), faults...)
		for name, call := range map[string]func(context.Context) error{
			"Put":    func(ctx context.Context) error { return s.Put(ctx, "x", backends.BytesSource("1")) },
			"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, "x", 0, -1); return err },
			"Stat":   func(ctx context.Context) error { _, err := s.Stat(ctx, "x"); return err },
			"Delete": func(ctx context.Context) error { return s.Delete(ctx, "x") },
			"List": func(ctx context.Context) (err error) {
				for _, err = range s.List(ctx, "") {
				}
				return err
			},
		} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errBad)
			if err := call(ctx); !errors.Is(err, errBad) {
				t.Errorf("%s: got %v", name, err)
			}
			cancel()
		}
		if got := content(t, s); got != "" {
			t.Errorf("it holds %q", got)
		}
	})
}

func TestFullAfter(t *testing.T) {
	s := faulty.New(memory.New())
	s.FullAfter(10)
	for _, row := range []struct {
		size int
		want error
	}{{6, nil}, {5, backends.ErrFull}, {4, nil}, {1, backends.ErrFull}} {
		if err := s.Put(t.Context(), "x", backends.BytesSource(bytes.Repeat([]byte("a"), row.size))); !errors.Is(err, row.want) {
			t.Errorf("%d bytes: got %v, want %v", row.size, err, row.want)
		}
	}
	if got := content(t, s); got != "aaaa" {
		t.Errorf("it holds %q", got)
	}
}
