package engine_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// meet tells what a restore would meet.
func meet(t testing.TB, e *engine.Engine, p engine.RestorePlan) (map[string]restore.Standing, engine.Summary) {
	t.Helper()
	met := map[string]restore.Standing{}
	var sum engine.Summary
	err := e.Meet(p).Run(t.Context(), func(x engine.Event) {
		switch x := x.(type) {
		case engine.FileProblem:
			t.Errorf("%q: %v", x.Path, x.Err)
		case engine.ItemMet:
			if _, again := met[x.Path]; again {
				t.Errorf("%q was met twice", x.Path)
			}
			met[x.Path] = x.Here
		case engine.Finished:
			sum = x.Summary
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return met, sum
}

// lying is what lies below a folder: each with its type and inode.
func lying(t testing.TB, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		var st unix.Stat_t
		err = unix.Lstat(path, &st)
		found[strings.TrimPrefix(path, root+"/")] = fmt.Sprintf("%o %d", st.Mode&unix.S_IFMT, st.Ino)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// upset does things to a folder that people do.
func upset(t *testing.T, r *rand.Rand, root string, at time.Time) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(lying(t, root))) {
		path = filepath.Join(root, path)
		info, err := os.Lstat(path)
		if err != nil || info.IsDir() && r.IntN(6) > 0 {
			continue // it went with its folder
		}
		moved := at.Add(time.Duration(r.IntN(3)-1) * time.Hour)
		switch r.IntN(9) {
		case 0, 1:
			err = os.RemoveAll(path)
		case 2, 3:
			if info.Mode().IsRegular() {
				err = errors.Join(os.WriteFile(path, []byte(strings.Repeat("y", int(info.Size()))), 0o600), os.Chtimes(path, moved, moved))
			}
		case 4:
			if info.Mode().IsRegular() {
				err = errors.Join(os.WriteFile(path, []byte("longer, and not the same"), 0o600), os.Chtimes(path, moved, moved))
			}
		case 5:
			err = errors.Join(os.RemoveAll(path), os.Symlink("elsewhere", path))
		case 6:
			err = errors.Join(os.RemoveAll(path), os.MkdirAll(path+"/inside", 0o700))
		case 7:
			if info.Mode().IsRegular() {
				err = os.Chtimes(path, moved, moved)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What the preview says is what the restore then does, whatever it is told to
// do with what is there; and the preview touches nothing.
func TestMeetingAgreesWithRestore(t *testing.T) {
	stays := map[restore.Clash]func(restore.Standing) bool{
		restore.Replace:      func(s restore.Standing) bool { return s == restore.Same },
		restore.ReplaceOlder: func(s restore.Standing) bool { return s != restore.Older },
		restore.Skip:         func(restore.Standing) bool { return true },
		restore.KeepBoth:     func(restore.Standing) bool { return true },
	}
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				r := rand.New(rand.NewPCG(seed, 7))
				e, dir := newEngine(t), t.TempDir()
				d, root := destination("file://"+dir+"/repo"), dir+"/home"
				files := map[string]string{}
				for n := range 25 {
					files[fmt.Sprintf("d%d/e%d/f%d", n%3, n%2, n)] = strings.Repeat("x", r.IntN(40)*r.IntN(40))
				}
				files["large"] = strings.Repeat("0123456789", 60_000)
				at := time.Unix(1_700_000_000, 0)
				v := backUp(t, e, d, root, at, files)
				upset(t, r, root, time.Now())
				for clash, stays := range stays {
					there := dir + "/" + clash.String()
					copyTree(t, root, there)
					p := engine.RestorePlan{Destination: d, Version: v.ID, Target: there, Clash: clash}
					before := lying(t, there)
					met, _ := meet(t, e, p)
					if after := lying(t, there); !maps.Equal(before, after) {
						t.Fatalf("the preview changed something:\n%v\n%v", before, after)
					}
					err := e.Restore(p).Run(t.Context(), nil)
					if err != nil {
						t.Fatal(err)
					}
					after := lying(t, there)
					for path, here := range met {
						if got, want := before[path] == after[path], stays(here); got != want {
							t.Errorf("seed %d, %v, %q, which is %v: it stayed %v, want %v", seed, clash, path, here, got, want)
						}
					}
					for path := range files {
						_, said := met[path]
						if _, was := before[path]; was != said {
							t.Errorf("seed %d, %q: it was there %v, the preview said %v", seed, path, was, said)
						}
					}
				}
			}
		})
	}
}

// copyTree copies a folder with its times.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chtimes(to+strings.TrimPrefix(path, from), info.ModTime(), info.ModTime())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Archives of other programs know no hashes of files; their signatures do.
func TestMeetingWhatDuplicityWrote(t *testing.T) {
	for _, f := range []fixture{{name: "plain", mode: engine.EncryptNone}, {name: "gnu-tar-py27", mode: engine.EncryptNone}} {
		e, target := newEngine(t), t.TempDir()
		d := f.destination()
		p := engine.RestorePlan{Destination: d, Target: target, Clash: restore.Replace}
		if err := e.Restore(p).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		met, sum := meet(t, e, p)
		if sum.Same < 5 || sum.Files > 0 {
			t.Errorf("%s: %d are the same, %d are not", f.name, sum.Same, sum.Files)
		}
		changed := ""
		for _, path := range slices.Sorted(maps.Keys(met)) {
			info, err := os.Lstat(filepath.Join(target, path))
			if met[path] != restore.Same || err != nil {
				t.Errorf("%s: %q is %v, %v", f.name, path, met[path], err)
			}
			if info.Mode().IsRegular() && info.Size() > 3000 {
				changed = path
			}
		}
		changeOneByte(t, filepath.Join(target, changed))
		if met, sum = meet(t, e, p); met[changed] != restore.Newer || sum.Files != 1 {
			t.Errorf("%s: %q is %v after a change, %d files differ", f.name, changed, met[changed], sum.Files)
		}
	}
}

func changeOneByte(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
