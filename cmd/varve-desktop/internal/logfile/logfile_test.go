package logfile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, dir string) *File {
	t.Helper()
	f, err := Open(dir, "desktop.log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func write(t *testing.T, f *File, line string) {
	t.Helper()
	if n, err := f.Write([]byte(line)); n != len(line) || err != nil {
		t.Fatalf("wrote %d of %d bytes: %v", n, len(line), err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLogGoesOnAfterRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "varve")
	for _, line := range []string{"one\n", "two\n"} {
		f := open(t, dir)
		write(t, f, line)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, filepath.Join(dir, "desktop.log")); got != "one\ntwo\n" {
		t.Errorf("got %q", got)
	}
}

func TestLogIsForThisUserAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "varve")
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "desktop.log"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

// A program that is left running for a year fills no disk.
func TestLogStaysSmall(t *testing.T) {
	dir := t.TempDir()
	f, line := open(t, dir), strings.Repeat("x", 1<<16-1)+"\n"
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 20 {
				if _, err := f.Write([]byte(line)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	write(t, f, "the last\n")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("there are %d files, want 2", len(entries))
	}
	now, old := content(t, filepath.Join(dir, "desktop.log")), content(t, filepath.Join(dir, "desktop.log.old"))
	if len(now) > limit || len(old) > limit || len(old)+len(now) < limit {
		t.Errorf("the log has %d bytes and the one before it %d, want at most %d each", len(now), len(old), limit)
	}
	if !strings.HasSuffix(now, "the last\n") {
		t.Error("the last line is not in the newer file")
	}
}

func TestLineLongerThanALogIsKept(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	long := strings.Repeat("x", limit+1)
	write(t, f, long)
	if got := content(t, filepath.Join(dir, "desktop.log")); got != long {
		t.Errorf("the log has %d bytes, want %d", len(got), len(long))
	}
}

func TestWriteAfterCloseIsAnError(t *testing.T) {
	f := open(t, t.TempDir())
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("late\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestOpenWhereNoFolderCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := Open(filepath.Join(file, "varve"), "desktop.log"); err == nil {
		f.Close()
		t.Error("a log was opened below a file")
	}
}

// crashIn makes the test program crash after it opened a log there.
const crashIn = "LOGFILE_TEST_CRASH_IN"

func TestCrashIsInTheLog(t *testing.T) {
	if dir := os.Getenv(crashIn); dir != "" {
		open(t, dir)
		var gone sync.WaitGroup
		gone.Go(func() { panic("a planned crash") }) // not the goroutine of the test, which is caught
		gone.Wait()
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestCrashIsInTheLog$")
	cmd.Env = append(os.Environ(), crashIn+"="+dir)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the program did not crash:\n%s", out)
	}
	if !bytes.Contains(out, []byte("a planned crash")) {
		t.Errorf("standard error does not tell of the crash:\n%s", out)
	}
	if got := content(t, filepath.Join(dir, "desktop.log")); !strings.Contains(got, "panic: a planned crash") {
		t.Errorf("the log does not tell of the crash: %q", got)
	}
}
