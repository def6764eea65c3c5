package main_test

import (
	"crypto/rand"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/keymemory"
)

// withEnv is the same world with more in its environment.
func (w *world) withEnv(env ...string) *world {
	other := *w
	other.env = slices.Concat(w.env, env)
	return &other
}

// within is the same world in a test inside of another one.
func (w *world) within(t testing.TB) *world {
	other := w.withEnv()
	other.t = t
	return other
}

// Keys that one program makes open the archive for the other.
func TestKeysOfADeduplicatedArchive(t *testing.T) {
	w := newWorld(t)
	w.write("a", []byte("a"))
	w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	var list struct {
		Keys []struct {
			ID      string
			Current bool
		}
	}
	var added struct{ Added string }
	w.withEnv("NEW_PASSPHRASE=second").document(&added, "key", "add", w.url())
	w.document(&list, "key", "list", w.url())
	if len(list.Keys) != 2 {
		t.Fatalf("got %+v", list)
	}
	second := w.withEnv("PASSPHRASE=second")
	if out := second.must(second.varve("key", "list", w.url())).stdout; !strings.Contains(out, "*"+added.Added[:8]) {
		t.Errorf("got %s", out)
	}
	if r := second.varve("key", "remove", w.url(), added.Added); r.code != 15 || !strings.Contains(r.stderr, "open with") {
		t.Errorf("removing the key in use ended with %d: %s", r.code, r.stderr)
	}
	if r := w.varve("key", "remove", w.url(), "abcdefgh"); r.code != 19 || !strings.Contains(r.stderr, "no key is named") {
		t.Errorf("removing no key ended with %d: %s", r.code, r.stderr)
	}
	third := w.withEnv("PASSPHRASE=third")
	if out := second.must(second.withEnv("NEW_PASSPHRASE=third").varve("key", "passwd", w.url())).stdout; !strings.Contains(out, "still opened by 1 other key") {
		t.Errorf("got %s", out)
	}
	if r := second.varve("snapshots", w.url()); r.code != 31 {
		t.Errorf("the old passphrase ended with %d: %s", r.code, r.stderr)
	}
	third.must(third.run("restic", "-q", "--no-cache", "--password-command", "echo third", "-r", w.path("repo"), "snapshots"))
	third.document(&list, "key", "list", w.url())
	for _, k := range list.Keys {
		if !k.Current {
			third.must(third.varve("key", "remove", w.url(), k.ID[:10]))
		}
	}
	if r := w.varve("snapshots", w.url()); r.code != 31 {
		t.Errorf("the removed passphrase ended with %d: %s", r.code, r.stderr)
	}
	if r := third.varve("key", "add", w.url()); r.code != 31 || !strings.Contains(r.stderr, "NEW_PASSPHRASE") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("without a new passphrase it ended with %d: %s", r.code, r.stderr)
	}
}

func TestKeysOfVolumesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.write("a", []byte("a"))
	w.must(w.varve(w.path("src"), w.url()))
	for _, line := range []string{"key list URL", "key add URL", "key passwd URL", "key remove URL x", "unlock URL", "unlock URL --remove-all --json"} {
		r := w.withEnv("NEW_PASSPHRASE=x").varve(strings.Fields(strings.ReplaceAll(line, "URL", w.url()))...)
		if r.code != 15 || !strings.Contains(r.stderr, "keeps its passphrase for good") || strings.Count(r.stderr, "\n") != 1 || r.stdout != "" {
			t.Errorf("%s ended with %d: %s%s", line, r.code, r.stdout, r.stderr)
		}
	}
}

// Locks of the living stay until all are to go; those of the dead go at once.
func TestUnlock(t *testing.T) {
	w := newWorld(t)
	w.write("a", []byte("a"))
	w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	kill := w.holdLock()
	r := w.withEnv("NEW_PASSPHRASE=other").varve("key", "passwd", w.url())
	if r.code != 23 || !strings.Contains(r.stderr, "varve unlock") {
		t.Errorf("under a lock it ended with %d: %s", r.code, r.stderr)
	}
	if out := w.must(w.varve("unlock", w.url())).stdout; out != "Removed 0 locks.\n" {
		t.Errorf("of the living: %s", out)
	}
	var d struct{ Removed int }
	if w.document(&d, "unlock", "--remove-all", w.url()); d.Removed != 1 || len(w.locks()) != 0 {
		t.Errorf("removed %d, and %q are there", d.Removed, w.locks())
	}
	kill()
	w.holdLock()()
	if out := w.must(w.varve("unlock", w.url())).stdout; out != "Removed 1 lock.\n" || len(w.locks()) != 0 {
		t.Errorf("of the dead: %s", out)
	}
}

// holdLock lets the real restic hold a lock until kill is called.
func (w *world) holdLock() (kill func()) {
	w.t.Helper()
	restic := w.start("restic", "-q", "--no-cache", "--password-command", "echo varve-fixture", "-r", w.path("repo"), "backup", "--stdin")
	never, err := restic.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := restic.Start(); err != nil {
		w.t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = restic.Process.Kill()
		_ = restic.Wait() // that it was killed
		never.Close()
	})
	w.t.Cleanup(kill)
	waitUntil(w.t, "restic holds a lock", func() bool { return len(w.locks()) > 0 })
	return kill
}

// locks are those that stand: restic gives a file its name when it is whole.
func (w *world) locks() []string {
	found, _ := filepath.Glob(w.path("repo/locks/*")) // the pattern is good
	return slices.DeleteFunc(found, func(name string) bool { return len(filepath.Base(name)) != 2*sha256.Size })
}

// The passphrase comes from a file or a command, and shows nowhere.
func TestPassphraseFromElsewhere(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.write("a", []byte("a"))
			w.put(w.path("passphrase"), []byte("hidden words\r\nsecond line\n"))
			options := [][]string{
				{"--passphrase-file", w.path("passphrase")},
				{"--passphrase-command", "printf 'hidden words\\nmore'; echo noise >&2"},
			}
			log := w.path("log")
			w.must(w.varve(append([]string{"--format", format, w.path("src"), w.url(), "-v9", "--log-file", log}, options[0]...)...))
			for _, o := range options {
				r := w.must(w.varve(append([]string{"cat", w.url(), "a", "--log-file", log, "-v9"}, o...)...))
				if r.stdout != "a" || strings.Contains(r.stderr, "hidden") {
					t.Errorf("%q: got %+v", o, r)
				}
			}
			hidden := w.withEnv("PASSPHRASE=hidden words")
			hidden.must(hidden.varve("cat", w.url(), "a"))
			if r := w.varve("cat", w.url(), "a"); r.code != 31 {
				t.Errorf("the environment's ended with %d", r.code)
			}
			r := w.varve("cat", w.url(), "a", "--log-file", log, "--passphrase-command", "echo hidden words; exit 3")
			if r.code != 31 || strings.Contains(r.stdout+r.stderr, "hidden") {
				t.Errorf("a command that failed ended with %d: %s", r.code, r.stderr)
			}
			if b, err := os.ReadFile(log); err != nil || strings.Contains(string(b), "hidden") {
				t.Errorf("the log holds %s, %v", b, err)
			}
		})
	}
}

// The key that one run opened an archive with is there for the next one, unless
// that is not wanted.
func TestKeyIsKeptForTheNextRun(t *testing.T) {
	w := newWorld(t)
	w.write("a", []byte("a"))
	w.must(w.varve("--format", "restic", "--remember-key", "0", w.path("src"), w.url()))
	kept := func() bool {
		name := "varve:key:" + filepath.Base(w.glob("keys/*")[0])
		return keymemory.New(time.Second).Load(name) != nil
	}
	w.must(w.varve("snapshots", "--remember-key=0", w.url()))
	if kept() {
		t.Error("it was kept against the option")
	}
	w.must(w.varve("snapshots", w.url()))
	if !kept() && kernelKeeps() {
		t.Error("it was not kept")
	}
	w.must(w.varve("snapshots", w.url()))
	if r := w.withEnv("PASSPHRASE=wrong").varve("snapshots", w.url()); r.code != 31 {
		t.Errorf("a wrong passphrase ended with %d: %s", r.code, r.stderr)
	}
}

// kernelKeeps tells whether this kernel lets us keep another key: containers often
// refuse, and where nobody is root those of the other tests take all the room.
func kernelKeeps() bool {
	memory, name := keymemory.New(10*time.Second), "varve:test:"+rand.Text()
	memory.Save(name, make([]byte, 1024)) // more than a key
	return memory.Load(name) != nil
}
