package backendtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/memory"
)

func folder(t testing.TB) backends.Store {
	s, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLarge(t *testing.T) { backendtest.Large(t, folder, 5<<30) }

func TestMany(t *testing.T) { backendtest.Many(t, folder, 1100) }

func TestSlow(t *testing.T) {
	backendtest.Suite{Open: func(testing.TB) backends.Store { return memory.New() }, Slow: true, KeepsConnections: true}.Run(t)
}

// told counts what a test would be told.
type told struct {
	testing.TB
	errors []string
}

func (r *told) Helper() {}

func (r *told) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func (r *told) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestOneClass(t *testing.T) {
	for _, row := range []struct {
		err  error
		want int
	}{
		{fmt.Errorf("reading x: %w", backends.ErrFull), 0},
		{&backends.BusyError{Err: fmt.Errorf("429")}, 0},
		{nil, 1},
		{fmt.Errorf("who knows"), 1},
		{fmt.Errorf("%w: %w", backends.ErrFull, backends.ErrPermission), 1},
		{fmt.Errorf("%w: %s", backends.ErrAuth, strings.Repeat("x\n", 2)), 1},
	} {
		r := &told{TB: t}
		if backendtest.OneClass(r, row.err); len(r.errors) != row.want {
			t.Errorf("%v: it told %q", row.err, r.errors)
		}
	}
}

func BenchmarkMany(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(backendtest.Many(b, folder, 10_000).Seconds(), "s/list")
	}
}
