package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// states make and change the source, with everything that can happen to a
// file between two backups.
var states = []func(*world){
	func(w *world) {
		for i := range 60 {
			w.write(fmt.Sprintf("dir%d/file %d.txt", i%7, i), noise(uint64(i), i*i*17))
		}
		w.write("big.bin", noise(1000, 6<<20))
		w.write("middle.bin", noise(1001, 1_500_000))
		w.write("exact", noise(1002, 65536))
		w.write("empty", nil)
		w.write("bad-\xff\xfe", []byte("no UTF-8"))
		w.write("turns/file", []byte("becomes a folder"))
		w.write("turns/dir/inner", []byte("becomes a file"))
		w.link("target", "links/one")
		w.write("modes/setuid", []byte("x"))
		w.chmod("modes/setuid", 0o4755)
	},
	func(w *world) {
		middle := noise(1001, 1_500_000)
		copy(middle[700_000:], "changed in the middle")
		w.write("middle.bin", append(middle[:1_000_000:1_000_000], append([]byte("inserted"), middle[1_000_000:]...)...))
		w.remove("dir3")
		w.rename("dir4/file 4.txt", "dir5/renamed.txt")
		w.remove("turns/file")
		w.write("turns/file/now", []byte("a folder"))
		w.remove("turns/dir")
		w.write("turns/dir", []byte("a file"))
		w.chmod("modes/setuid", 0o600)
	},
	func(w *world) {
		w.write("big.bin", noise(2000, 5<<20))
		w.remove("links/one")
		w.write("links/one", []byte("a file now"))
		w.remove("exact")
		w.link("../empty", "exact")
	},
	func(w *world) {
		w.remove("dir5")
		w.write("dir3/back again", []byte("here"))
		w.write("empty", []byte("not any more"))
	},
}

func (w *world) link(target, name string) {
	w.t.Helper()
	path := filepath.Join(w.path("src"), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) chmod(name string, mode uint32) {
	w.t.Helper()
	m := os.FileMode(mode & 0o777)
	if mode&0o4000 != 0 {
		m |= os.ModeSetuid
	}
	if err := os.Chmod(filepath.Join(w.path("src"), name), m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	src := w.path("src")
	if err := os.Rename(filepath.Join(src, from), filepath.Join(src, to)); err != nil {
		w.t.Fatal(err)
	}
}

// age dates everything back, because duplicity sees whole seconds only.
func (w *world) age(days int) {
	w.t.Helper()
	stamp := time.Now().Add(-time.Duration(10-days) * 24 * time.Hour).Format("200601021504.05")
	// Only what was changed last is younger than a minute.
	cmd := exec.Command("find", w.path("src"), "-mmin", "-5", "-not", "-type", "l", "-exec", "touch", "-t", stamp, "{}", "+")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
}

// protections are the ways to encrypt that both programs must share.
func protections() map[string][]string {
	return map[string][]string{
		"passphrase":     nil,
		"public key":     {"--encrypt-key", rsaKey},
		"no encryption":  {"--no-encryption"},
		"no compression": {"--no-encryption", "--no-compression"},
	}
}

const rsaKey = "19B937B8456A77ED3B0B69ED5F2A64CEB9D8E218"

// gnupg gives the world a GnuPG home with the test keys, trusted.
func (w *world) gnupg() {
	w.t.Helper()
	dir, err := os.MkdirTemp("", "vg")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // it may never have started
		os.RemoveAll(dir)
	})
	w.env = append(w.env, "GNUPGHOME="+dir)
	key := "../../engine/duplicity/testdata/keys/test-rsa.sec.asc"
	for _, script := range []string{
		"gpg --batch --import " + key,
		"printf '" + rsaKey + ":6:\\n' | gpg --batch --import-ownertrust",
	} {
		w.must(w.run("sh", "-c", script))
	}
}

// Whatever one program writes, the other restores, verifies and continues.
// They take turns, so that each builds on the other's versions.
func TestBothProgramsShareAnArchive(t *testing.T) {
	for name, keys := range protections() {
		for _, first := range []string{"varve", "duplicity"} {
			if name == "no compression" && first == "duplicity" {
				continue // the way round adds nothing to that of no encryption
			}
			t.Run(name+"/"+first, func(t *testing.T) {
				w := newWorld(t, keys...)
				w.gnupg()
				w.takeTurns(first)
			})
		}
	}
}

func (w *world) takeTurns(first string) {
	turn := map[string]func(...string) result{"varve": w.varve, "duplicity": w.duplicity}
	other := map[string]string{"varve": "duplicity", "duplicity": "varve"}
	writer := first
	var moments []string
	for i, change := range states {
		change(w)
		w.age(i)
		w.must(w.run("cp", "-a", w.path("src"), w.path(fmt.Sprint("state", i))))
		moments = append(moments, fmt.Sprint(time.Now().Add(-time.Duration(len(states)-i)*24*time.Hour).Unix()))
		w.must(turn[writer](w.path("src"), w.url(), "--volsize", "1", "--current-time", moments[i]))
		for _, reader := range []string{writer, other[writer]} {
			w.must(turn[reader]("verify", "--compare-data", w.url(), w.path("src")))
		}
		writer = other[writer]
	}
	for i, at := range moments {
		for name, program := range turn {
			target := w.path(fmt.Sprint(name, i))
			w.must(program("restore", "--time", at, w.url(), target))
			w.same(target, w.path(fmt.Sprint("state", i)))
		}
	}
	w.must(w.varve("restore", "--time", moments[1], "--path-to-restore", "middle.bin", w.url(), w.path("one")))
	w.must(w.run("cmp", w.path("one"), filepath.Join(w.path("state1"), "middle.bin")))
}

// The archive directory of one program serves the other.
func TestSharedArchiveDirectory(t *testing.T) {
	w := newWorld(t)
	states[0](w)
	w.age(0)
	dir := w.path("shared")
	w.must(w.run(binary, w.path("src"), w.url(), "--archive-dir", dir, "--volsize", "1"))
	states[1](w)
	w.must(w.run("duplicity", "incr", w.path("src"), w.url(), "--archive-dir", dir))
	w.must(w.run(binary, "incr", w.path("src"), w.url(), "--archive-dir", dir))
	w.must(w.run("duplicity", "verify", "--compare-data", w.url(), w.path("src"), "--archive-dir", dir))
	entries, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(entries) != 6 {
		t.Errorf("the archive directory holds %q, %v", entries, err)
	}
}
