package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/retry"
)

// An old copy whose making fails is not lost: SyncTool replaces the file all
// the same.
func TestFailedRenameKeepsTheOldFile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.Retention = true
		w.dst = &renaming{Store: w.dst, fails: func(from, _ string) error {
			if from == "c" {
				return fmt.Errorf("%w: no", backends.ErrPermission)
			}
			return nil
		}}
		r := w.must()
		if r.NotCopied != 1 || text(t, w.dst, "c") != strings.Repeat("o", 30) {
			t.Errorf("got %+v", r)
		}
		if got := names(t, w.dst); !slices.Equal(got, []string{"a", "b", "c", "x"}) {
			t.Errorf("it holds %q", got)
		}
	})
}

// Cut off anywhere while a file takes the place of another, the next run ends
// it, and both contents are there.
func TestRetentionIsContinued(t *testing.T) {
	cut := errors.New("cut")
	for n := range 8 {
		bubble(t, func(t *testing.T, w *world) {
			w.example()
			w.o.Retention, w.o.Workers = true, 1
			calls := 0
			step := func(string, string) error {
				if calls++; calls == n+1 {
					return fmt.Errorf("%w: %w", backends.ErrPermission, cut)
				}
				return nil
			}
			store := w.dst
			w.dst = &renaming{Store: &stepping{store, step}, fails: step}
			w.must()
			w.dst = &renaming{Store: store}
			w.must()
			w.must()
			w.did()
			kept := map[string]string{}
			var old []string
			for _, name := range names(t, w.dst) {
				if original, _, ok := ParseAside(name); ok {
					kept[original] = text(t, w.dst, name)
					old = append(old, name)
				}
			}
			if len(old) != 2 || kept["c"] != strings.Repeat("o", 30) || kept["x"] != "xxxxx" {
				t.Errorf("cut at %d: it holds %q", n, names(t, w.dst))
			}
			w.holds(old...)
		})
	}
}

// stepping asks before each change.
type stepping struct {
	backends.Store
	step func(string, string) error
}

func (s *stepping) Put(ctx context.Context, name string, src backends.Source) error {
	if err := s.step(name, ""); err != nil {
		return err
	}
	return s.Store.Put(ctx, name, src)
}

// The answer to a rename got lost: it is not done twice.
func TestRenameWhoseAnswerIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.Retention = true
		store := w.dst
		lost := map[string]bool{}
		inner := &renaming{Store: store}
		w.dst = &renaming{Store: store, fails: func(from, to string) error {
			if !lost[from] {
				lost[from] = true
				if err := inner.Rename(t.Context(), from, to); err != nil {
					return err
				}
				return fmt.Errorf("%w: the answer was lost", backends.ErrTemporary)
			}
			return nil
		}}
		w.o.Workers = 1
		if r := w.must(); r.NotCopied+r.NotRemoved != 0 {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.holds("20000101120000.old.c", "20000101120000.old.x")
	})
}

// What is set aside within one second gets a time of its own.
func TestTwiceWithinASecond(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.o.Retention = true
		w.put(w.src, 1, "c=1")
		w.must()
		for _, size := range []string{"22", "333"} {
			w.put(w.src, 1, "c="+size)
			w.must()
		}
		w.holds("20000101010000.old.c", "20000101010001.old.c")
	})
}

// One line that breaks is a pause.
func TestReadsThatBreak(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.put(w.src, 1, "a="+strings.Repeat("x", 1000))
		w.src = retry.New(faulty.New(w.src, faulty.Fault{Op: faulty.Get, On: 1, Cut: 500, Err: backends.ErrTemporary}), retry.Options{})
		w.must()
		w.holds()
	})
}

// What is wrong with the source is not held against the destination, and what
// will not get better is not tried again within a round.
func TestSourceThatCannotBeRead(t *testing.T) {
	for _, row := range []struct {
		err  error
		gets int
	}{{backends.ErrNotExist, 1}, {backends.ErrPermission, 1}, {backends.ErrTemporary, 3}} {
		bubble(t, func(t *testing.T, w *world) {
			w.put(w.src, 1, "a=1", "b=2")
			w.put(w.dst, 2, "b=2", "c=3")
			src := faulty.New(w.src, faulty.Fault{Op: faulty.Get, Err: row.err})
			w.src, w.dst = src, retry.New(w.dst, retry.Options{Attempts: 3})
			r := w.must()
			if r.NotCopied != 1 || r.HeldBack != 1 || src.Calls(faulty.Get) != row.gets || !strings.Contains(w.failed[0], "the source: "+row.err.Error()) {
				t.Errorf("%v: %+v after %d reads, %q", row.err, r, src.Calls(faulty.Get), w.failed)
			}
		})
	}
}

// growing says another size than it has.
type growing struct {
	backends.Store
	listed int64
}

func (g *growing) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		for o, err := range g.Store.List(ctx, prefix) {
			o.Size = g.listed
			if !yield(o, err) {
				return
			}
		}
	}
}

// A file that changed since it was listed is copied as it is in the next round.
func TestSourceThatChanges(t *testing.T) {
	for _, listed := range []int64{2, 9} {
		bubble(t, func(t *testing.T, w *world) {
			w.put(w.src, 1, "a=12345")
			store := w.src
			w.src = &growing{store, listed}
			if r := w.must(); r.NotCopied != 1 {
				t.Errorf("without rounds: %+v", r)
			}
			w.o.Rounds = 1
			w.must()
			w.src = store
			w.holds()
		})
	}
}

// A destination that is gone is not asked for each of many files. What may be
// wrong with a file says nothing about others.
func TestDeadDestination(t *testing.T) {
	for err, most := range map[error]int{
		backends.ErrOffline: 4, backends.ErrAuth: 4, backends.ErrFull: inARow + 4, backends.ErrTemporary: inARow + 4, backends.ErrInvalidName: 1000,
	} {
		bubble(t, func(t *testing.T, w *world) {
			for i := range 1000 {
				w.put(w.src, 1, fmt.Sprintf("f%03d=x", i))
			}
			dst := faulty.New(w.dst, faulty.Fault{Op: faulty.Put, Err: err})
			w.dst = dst
			r := w.must()
			if r.NotCopied != 1000 || dst.Calls(faulty.Put) > most || len(w.failed) > most || len(w.notices) == 0 != (most == 1000) {
				t.Errorf("%v: %+v after %d tries, %d failed", err, r, dst.Calls(faulty.Put), len(w.failed))
			}
		})
	}
}

// twice lists a name twice.
type twice struct{ backends.Store }

func (s twice) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		for range 2 {
			for o, err := range s.Store.List(ctx, prefix) {
				if !yield(o, err) {
					return
				}
			}
		}
	}
}

func TestListings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		src, dst := w.src, w.dst
		for _, row := range []struct {
			src, dst backends.Store
			want     error
			says     string
		}{
			{twice{src}, dst, ErrTwice, `the source: a name is there twice: "a"`},
			{src, twice{dst}, ErrTwice, `the destination: a name is there twice: "b"`},
			{faulty.New(src, faulty.Fault{Op: faulty.List, Err: backends.ErrNotExist}), dst, backends.ErrNotExist, "the source"},
			{src, faulty.New(dst, faulty.Fault{Op: faulty.List, Err: backends.ErrAuth}), backends.ErrAuth, "the destination"},
		} {
			w.src, w.dst = row.src, row.dst
			if _, err := w.run(); !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %s", err, row.says)
			}
			w.did()
		}
	})
}

// warning is a source of several parts, one of which is away.
type warning struct{ backends.Store }

func (warning) Warnings() []error { return []error{errors.New("part 2 is away")} }

func TestSourceThatIsNotAllThere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.src = warning{w.src}
		if r := w.must(); r.HeldBack != 1 || r.Removed != 0 || r.Copied != 1 || !strings.Contains(w.notices[0], "part 2 is away") {
			t.Errorf("got %+v, %q", r, w.notices)
		}
	})
}
