package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// binary is the built program that the tests run.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(keyringStep)+os.Getenv(clusterProgram) != "" {
		os.Exit(m.Run()) // in a session or network of its own, with the program that is built
	}
	dir, err := os.MkdirTemp("", "varve-test-*")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "varve")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building varve: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// world is a scratch place with a source, a destination, and the caches of
// both programs.
type world struct {
	t    testing.TB
	dir  string
	env  []string
	keys []string // options that say who can read
	// program is ours, or what runs it in a way of its own.
	program string
}

func newWorld(t testing.TB, keys ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), keys: keys, program: binary}
	w.env = append(os.Environ(), "PASSPHRASE=varve-fixture", "HOME="+w.dir, "XDG_CACHE_HOME="+w.path("cache"), "XDG_DATA_HOME=", "LC_ALL=C.UTF-8", "TZ=UTC")
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }
func (w *world) url() string             { return "file://" + w.path("repo") }

// result is how a program ended.
type result struct {
	code           int
	stdout, stderr string
}

func (w *world) start(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = w.env
	return cmd
}

func (w *world) run(program string, args ...string) result {
	w.t.Helper()
	cmd := w.start(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		w.t.Fatalf("%s: %v", program, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// varve runs our program on this world's cache.
func (w *world) varve(args ...string) result {
	w.t.Helper()
	return w.run(w.program, append(args, append([]string{"--archive-dir", w.path("ours")}, w.keys...)...)...)
}

// duplicity runs the real one.
func (w *world) duplicity(args ...string) result {
	w.t.Helper()
	if _, err := exec.LookPath("duplicity"); err != nil {
		w.t.Fatal("duplicity is missing: Debian package duplicity")
	}
	return w.run("duplicity", append(args, append([]string{"--archive-dir", w.path("theirs"), "-v3"}, w.keys...)...)...)
}

// must fails the test when a program did not end well.
func (w *world) must(r result) result {
	w.t.Helper()
	if r.code != 0 {
		w.t.Fatalf("ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	return r
}

// write makes a file of the source.
func (w *world) write(name string, content []byte) {
	w.t.Helper()
	path := filepath.Join(w.path("src"), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.path("src"), name)); err != nil {
		w.t.Fatal(err)
	}
}

// same compares a restored folder with the source, attributes included.
func (w *world) same(a, b string) {
	w.t.Helper()
	if list := w.list(a); list != w.list(b) {
		w.t.Errorf("%s and %s differ:\n%s", a, b, firstDifference(list, w.list(b)))
	}
}

// list describes a tree: type, mode, time, size, path, target.
func (w *world) list(dir string) string {
	w.t.Helper()
	find := exec.Command("find", ".", "-printf", "%y %m %T@ %U %G %s %p %l\n")
	find.Dir = dir
	out, err := find.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	for i, l := range lines {
		f := strings.Fields(l)
		// duplicity keeps whole seconds, and none of links; a folder's size
		// is its own affair.
		if len(f) < 6 {
			continue
		}
		f[2], _, _ = strings.Cut(f[2], ".")
		if f[0] == "l" {
			f[2] = "-"
		}
		if f[0] == "d" {
			f[5] = "-"
		}
		lines[i] = strings.Join(f, " ")
	}
	sums := exec.Command("sh", "-c", "find . -type f -print0 | sort -z | xargs -0 -r sha256sum")
	sums.Dir = dir
	hashes, err := sums.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + string(hashes)
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func noise(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := 0; i < n; i += 4 {
		v := rnd.Uint32()
		for j := i; j < min(n, i+4); j++ {
			b[j] = byte(v >> (8 * (j - i)))
		}
	}
	return b
}
