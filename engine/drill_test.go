package engine_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
)

// drillWorld is a folder with three versions.
type drillWorld struct {
	t     *testing.T
	e     *engine.Engine
	d     engine.Destination
	place string
	root  string
}

func newDrillWorld(t *testing.T, destination func(string) engine.Destination) *drillWorld {
	w := &drillWorld{t: t, e: newEngine(t), place: filepath.Join(t.TempDir(), "repo"), root: filepath.Join(t.TempDir(), "src")}
	w.d = destination("file://" + w.place)
	begin := time.Unix(1_700_000_000, 0)
	for i, files := range []map[string]string{
		{"letters/one": "first", "gone": "x"},
		{"letters/one": "other", "letters/two": strings.Repeat("two", 1000)},
		{"letters/one": "third", "letters/two": strings.Repeat("two", 1000), "empty": ""},
	} {
		backUp(t, w.e, w.d, w.root, begin.Add(time.Duration(i)*time.Hour), files)
	}
	return w
}

func (w *drillWorld) drill(root string) (engine.Drilled, error) {
	w.t.Helper()
	scratch := filepath.Join(w.t.TempDir(), "scratch")
	if err := os.MkdirAll(filepath.Join(scratch, "0", "left"), 0o700); err != nil { // by a drill that was cut off
		w.t.Fatal(err)
	}
	var got engine.Drilled
	calls := 0
	plan := engine.DrillPlan{Destination: w.d, Root: root, Scratch: scratch, Files: 20, Bytes: 1 << 20, Older: 2, Random: rand.New(rand.NewPCG(1, 2))}
	err := w.e.Drill(plan, func(d engine.Drilled) { got = d; calls++ }).Run(w.t.Context(), nil)
	if calls != 1 {
		w.t.Errorf("told %d times", calls)
	}
	if _, err := os.Lstat(scratch); !os.IsNotExist(err) {
		w.t.Errorf("the folder is still there: %v", err)
	}
	return got, err
}

func TestDrill(t *testing.T) {
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			w := newDrillWorld(t, destination)
			got, err := w.drill(w.root)
			if err != nil || got.Versions != 3 || got.Files != 7 || got.Bytes != 5+1+5+3000+5+3000 || len(got.Broken)+len(got.Differs) > 0 {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got.Compared < 3 {
				t.Errorf("only %d files were compared with those in the folder", got.Compared)
			}
			if got, err = w.drill(""); err != nil || got.Files != 7 || got.Compared != 0 {
				t.Errorf("without the folder: %+v, %v", got, err)
			}
		})
	}
}

// A file that nobody seems to have changed, and that is another one, is told.
func TestDrillTellsWhatDiffers(t *testing.T) {
	w := newDrillWorld(t, makers["deduplicated"])
	path := filepath.Join(w.root, "letters/two")
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("TWO", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	got, err := w.drill(w.root)
	if err != nil || len(got.Broken) != 0 || len(got.Differs) == 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, f := range got.Differs {
		if f.Path != "letters/two" || f.Err == nil {
			t.Errorf("differs: %+v", f)
		}
	}
}

func TestDrillFindsDamage(t *testing.T) {
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			w := newDrillWorld(t, destination)
			spoil(t, w.place)
			got, err := w.drill(w.root)
			if err == nil && len(got.Broken) == 0 {
				t.Errorf("nothing was found: %+v", got)
			}
		})
	}
}

// spoil damages what holds the contents of files.
func spoil(t *testing.T, place string) {
	t.Helper()
	err := filepath.WalkDir(place, func(path string, e fs.DirEntry, err error) error {
		holds := strings.Contains(path, "/data/") || strings.Contains(path, "difftar")
		if err != nil || e.IsDir() || !holds {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[len(b)/3] ^= 0x55
		return os.WriteFile(path, b, 0o600) //nolint:gosec // it is ours
	})
	if err != nil {
		t.Fatal(err)
	}
}
