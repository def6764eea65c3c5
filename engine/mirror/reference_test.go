package mirror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
)

// The worked examples of the reference, in section 12. Where we differ, the row
// says so.
func TestWorkedExamples(t *testing.T) {
	for _, row := range []struct {
		name  string
		o     func(o *Options)
		want  []string
		holds []string // besides what the source holds
	}{
		{"-y: c is replaced in one step, and x goes last", func(*Options) {}, []string{"copy a", "replace c", "remove x"}, nil},
		{
			"--retention", func(o *Options) { o.Retention = true },
			[]string{"copy a", "replace c 20000101120000.old.c", "keep x 20000101120000.old.x"},
			[]string{"20000101120000.old.c", "20000101120000.old.x"},
		},
		{"--force: what is not at the source is all that goes", func(o *Options) { o.Force = true }, []string{"copy a", "replace b", "replace c", "remove x"}, nil},
		{
			"--force --retention", func(o *Options) { o.Force, o.Retention = true, true },
			[]string{"copy a", "replace b 20000101120000.old.b", "replace c 20000101120000.old.c", "keep x 20000101120000.old.x"},
			[]string{"20000101120000.old.b", "20000101120000.old.c", "20000101120000.old.x"},
		},
	} {
		for _, renames := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, renames %v", row.name, renames), func(t *testing.T) {
				bubble(t, func(_ *testing.T, w *world) {
					if renames {
						w.dst = &renaming{Store: w.dst}
					}
					w.example()
					row.o(&w.o)
					w.must()
					w.did(row.want...)
					w.holds(row.holds...)
					w.must()
					if !w.o.Force {
						w.did() // SyncTool renames what it renamed, or deletes it
					}
				})
			})
		}
	}
}

// What was set aside keeps its name and stays: SyncTool's next run renames it
// again with --retention, and deletes it without. Ours expires it when told to.
func TestRetentionTheDayAfter(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.Retention = true
		w.must()
		time.Sleep(24 * time.Hour)
		w.must()
		w.did()
		w.o.Retention = false
		w.must()
		w.did()
		w.o.KeepAside = 24 * time.Hour
		w.must()
		w.did()
		time.Sleep(time.Second)
		w.o.DryRun = true
		if r := w.must(); r.Expired != 2 {
			t.Errorf("got %+v", r)
		}
		w.holds("20000101120000.old.c", "20000101120000.old.x")
		w.o.DryRun = false
		if r := w.must(); r.Expired != 2 {
			t.Errorf("got %+v", r)
		}
		w.did("expire 20000101120000.old.c", "expire 20000101120000.old.x")
		w.holds()
	})
}

// b differs in one byte, which only its content tells.
func TestVerifyContentsExample(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.put(w.dst, 12, "b="+strings.Repeat("b", 19)+"B")
		w.must()
		w.did("copy a", "replace c", "remove x") // unnoticed
		w.o.VerifyContents = true
		if r := w.must(); r.Same != 2 || r.Replaced != 1 {
			t.Errorf("got %+v", r)
		}
		w.did("prove a", "prove b", "prove c", "replace b")
		w.holds()
	})
	bubble(t, func(_ *testing.T, w *world) {
		w.example()
		w.put(w.dst, 12, "b="+strings.Repeat("b", 19)+"B")
		w.o.VerifyContents, w.o.Retention = true, true
		w.must()
		w.did("prove b", "copy a", "replace b 20000101120000.old.b", "replace c 20000101120000.old.c", "keep x 20000101120000.old.x")
	})
}

// SyncTool empties the destination of an empty source, and one that is gone
// becomes an empty one.
func TestEmptySource(t *testing.T) {
	for _, dry := range []bool{false, true} {
		bubble(t, func(t *testing.T, w *world) {
			w.put(w.dst, 1, "a=1", "b=2")
			w.o.DryRun = dry
			if _, err := w.run(); !errors.Is(err, ErrEmptySource) {
				t.Errorf("got %v", err)
			}
			w.holds("a", "b")
			w.o.AllowEmptySource = true
			if r := w.must(); r.Removed != 2 {
				t.Errorf("got %+v", r)
			}
			if !dry {
				w.holds()
			}
		})
	}
	bubble(t, func(_ *testing.T, w *world) {
		w.must() // both are empty
		w.did()
		w.put(w.dst, 1, "19990101000000.old.a=1")
		w.must()
		w.holds("19990101000000.old.a")
	})
}

// Another folder than the one that was meant, or half of it.
func TestTooManyWouldGo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.dst, 1, "a=1", "b=2", "c=3", "19990101000000.old.d=4")
		w.put(w.src, 2, "a=1", "new=5")
		if _, err := w.run(); !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), "2 of the destination's 3 files") {
			t.Errorf("got %v", err)
		}
		w.did()
		for _, percent := range []int{67, 100} {
			w.o.DryRun, w.o.MaxRemove = true, percent
			if r := w.must(); r.Removed != 2 {
				t.Errorf("%d: got %+v", percent, r)
			}
		}
		w.o = Options{Retention: true, TempDir: w.o.TempDir} // nothing is lost
		w.must()
		w.did("copy new", "replace a 20000101020000.old.a", "keep b 20000101020000.old.b", "keep c 20000101020000.old.c")
	})
}

// The rows of section 4.
func TestComparison(t *testing.T) {
	hour := func(h int) time.Time { return time.Date(2000, 1, 1, h, 0, 0, 0, time.UTC) }
	object := func(size int64, at time.Time) *backends.Object {
		return &backends.Object{Name: "f", Size: size, ModTime: at}
	}
	berlin := time.FixedZone("CET", 3600)
	for _, row := range []struct {
		name     string
		src, dst *backends.Object
		force    bool
		want     string
	}{
		{"only at the source", object(1, hour(1)), nil, false, "copy"},
		{"only at the destination", nil, object(1, hour(1)), false, "remove"},
		{"another size", object(1, hour(1)), object(2, hour(2)), false, "replace"},
		{"newer", object(1, hour(2)), object(1, hour(1)), false, "replace"},
		{"equal", object(1, hour(1)), object(1, hour(1)), false, "same"},
		{"older", object(1, hour(1)), object(1, hour(2)), false, "same"},
		{"forced", object(1, hour(1)), object(1, hour(2)), true, "replace"},
		// SyncTool compares the clocks on the wall.
		{"the same moment elsewhere", object(1, hour(1).In(berlin)), object(1, hour(1)), false, "same"},
		// SyncTool copies these each time.
		{"whole seconds only", object(1, hour(1).Add(700*time.Millisecond)), object(1, hour(1)), false, "same"},
		{"a second newer than whole seconds", object(1, hour(1).Add(1700*time.Millisecond)), object(1, hour(1)), false, "replace"},
		{"fractions of a second", object(1, hour(1).Add(700*time.Millisecond)), object(1, hour(1).Add(time.Millisecond)), false, "replace"},
		{"no time at the destination", object(1, hour(1)), object(1, time.Time{}), false, "same"},
		{"no time at the source", object(1, time.Time{}), object(1, hour(1)), false, "same"},
		{"1970 at the destination", object(1, hour(1)), object(1, time.Unix(0, 0)), false, "same"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &run{Options: Options{Workers: 1}, src: memory.New(), dst: memory.New()}
			r.work = compare(objects(row.src), objects(row.dst), row.force)
			if err := r.settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := outcome(r.work); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func objects(o *backends.Object) []backends.Object {
	if o == nil {
		return nil
	}
	return []backends.Object{*o}
}

func outcome(w *work) string {
	switch {
	case len(w.gone) == 1:
		return "remove"
	case len(w.same) == 1:
		return "same"
	case len(w.copies) == 1 && w.copies[0].replaces:
		return "replace"
	case len(w.copies) == 1:
		return "copy"
	}
	return "nothing"
}

// Names are compared exactly, and those in folders are files as others are:
// SyncTool takes the folder for a file, and fails.
func TestNames(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.put(w.src, 1, "A=1", "a=2", "folder/a=3", "folder/deeper/\xff=4")
		w.put(w.dst, 2, "a=2")
		w.must()
		w.did("copy A", "copy folder/a", "copy folder/deeper/\xff")
		w.holds()
	})
}

// What belongs to a place is no content: the marker of a drive, what is on its
// way into a folder, the locks of a repository.
func TestWhatBelongsToThePlaceStays(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		lock := "locks/" + strings.Repeat("0a", 32)
		w.put(w.src, 1, "a=1", ".varve-destination=1", "folder/.varve-put-1=2", lock+"=3", "locks/mine=4")
		w.put(w.dst, 2, ".varve-destination=other", "locks/"+strings.Repeat("f", 64)+"=5")
		w.must()
		w.did("copy a", "copy locks/mine")
	})
}

// What the source holds counts, whatever it is called: a mirror of a mirror.
func TestOldFilesOfTheSourceAreCopied(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.put(w.src, 1, "19990101000000.old.a=1", "a=2")
		w.o.KeepAside = time.Hour
		w.must()
		w.did("copy 19990101000000.old.a", "copy a")
		w.must()
		w.did()
	})
}
