package instance

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// shortDir is a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "one")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "varve")
}

func claim(t *testing.T, dir string, raise func(string)) *Instance {
	t.Helper()
	i, err := Claim(dir, raise)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestSecondProcessRaisesTheFirst(t *testing.T) {
	dir, raised := shortDir(t), atomic.Int32{}
	first := claim(t, dir, func(string) { raised.Add(1) })
	defer first.Close()
	if _, err := Claim(dir, nil); !errors.Is(err, ErrTaken) {
		t.Fatalf("a second claim got %v, want ErrTaken", err)
	}
	if err := Raise(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	if n := raised.Load(); n != 1 {
		t.Errorf("raised %d times, want once", n)
	}
}

// The token says when the person asked, and what to tell the desktop then.
func TestRaiseHandsTheTokenOver(t *testing.T) {
	for _, row := range []struct{ name, token, want string }{
		{"none", "", ""},
		{"one", "shell-1234_TIME567", "shell-1234_TIME567"},
		{"with spaces", "a launcher/varve 1-2_TIME3", "a launcher/varve 1-2_TIME3"},
		{"two lines", "first\nsecond", ""},
		{"longer than any", strings.Repeat("x", longestToken+1), ""},
		{"as long as can be", strings.Repeat("x", longestToken), strings.Repeat("x", longestToken)},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, dir := make(chan string, 1), shortDir(t)
			defer claim(t, dir, func(token string) { got <- token }).Close()
			if err := Raise(t.Context(), dir, row.token); err != nil {
				t.Fatal(err)
			}
			if token := <-got; token != row.want {
				t.Errorf("got %q, want %q", token, row.want)
			}
		})
	}
}

func TestClaimIsFreeAfterClose(t *testing.T) {
	dir := shortDir(t)
	if err := claim(t, dir, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := claim(t, dir, nil).Close(); err != nil {
		t.Fatal(err)
	}
}

// A process that was killed leaves its socket and its file behind.
func TestClaimReplacesWhatADeadProcessLeft(t *testing.T) {
	dir, raised := shortDir(t), atomic.Bool{}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	defer claim(t, dir, func(string) { raised.Store(true) }).Close()
	if err := Raise(t.Context(), dir, ""); err != nil || !raised.Load() {
		t.Errorf("raised %v, %v", raised.Load(), err)
	}
}

func TestFolderIsForThisUserAlone(t *testing.T) {
	dir := shortDir(t)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	defer claim(t, dir, nil).Close()
	for name, want := range map[string]os.FileMode{".": 0o700, lockName: 0o600, socketName: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestOtherWordsRaiseNothing(t *testing.T) {
	dir, raised := shortDir(t), atomic.Bool{}
	i := claim(t, dir, func(string) { raised.Store(true) })
	for _, words := range []string{"", "rais", "raised\n", "raised up\n", "raise" + strings.Repeat("x", 2*longestToken)} {
		conn, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(words)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if err := i.Close(); err != nil { // waits for the talks
		t.Fatal(err)
	}
	if raised.Load() {
		t.Error("the window was raised")
	}
}

func TestRaiseGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := Raise(ctx, shortDir(t), ""); err == nil {
		t.Error("nobody was there, and Raise was content")
	}
}
