package engine_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// realDuplicity runs the real duplicity many times in little time.
type realDuplicity struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func startDuplicity(t testing.TB) *realDuplicity {
	t.Helper()
	program, err := exec.LookPath("duplicity")
	if err != nil {
		t.Fatal("duplicity is missing: Debian package duplicity")
	}
	cmd := exec.Command(interpreter(t, program), "testdata/duplicity-many.py", program)
	cmd.Env = append(os.Environ(), "PASSPHRASE=varve-fixture", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME="+t.TempDir())
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("running duplicity: %v", err)
		}
	})
	return &realDuplicity{in, bufio.NewReader(out)}
}

// interpreter is the one that a script names in its first line.
func interpreter(t testing.TB, script string) string {
	t.Helper()
	b, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	words := strings.Fields(strings.TrimPrefix(first, "#!"))
	if len(words) == 0 || !strings.HasPrefix(first, "#!") {
		t.Fatalf("%s is no script: %q", script, first)
	}
	return words[len(words)-1]
}

// run runs it, and returns its exit code and what it said.
func (d *realDuplicity) run(t testing.TB, args ...string) (int, string) {
	t.Helper()
	line, err := json.Marshal(args)
	if err == nil {
		_, err = d.in.Write(append(line, '\n'))
	}
	if err != nil {
		t.Fatalf("asking duplicity: %v", err)
	}
	answer, err := d.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("duplicity %q: %v", args, err)
	}
	var r struct {
		Code int
		Said string
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	return r.Code, r.Said
}

// must runs it and fails the test when it does not end well.
func (d *realDuplicity) must(t testing.TB, args ...string) {
	t.Helper()
	if code, said := d.run(t, args...); code != 0 {
		t.Fatalf("duplicity %q ended with %d:\n%s", args, code, said)
	}
}
