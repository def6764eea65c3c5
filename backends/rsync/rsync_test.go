package rsync_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/rsync"
)

func open(t testing.TB, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	return backendtest.TryOpen(t, rsync.Kind(), url, c)
}

func mustOpen(t testing.TB, url string, c backends.Config) backends.Store {
	t.Helper()
	return backendtest.MustOpen(t, rsync.Kind(), url, c)
}

func TestDaemon(t *testing.T) {
	server := servers.Rsyncd(t)
	var n atomic.Int32
	backendtest.Suite{Slow: true, Open: func(t testing.TB) backends.Store {
		return mustOpen(t, fmt.Sprintf("rsync://%s:s3cret%%20word@%s::backup/a folder/%d", server.User, server.Host(), n.Add(1)), backends.Config{Create: true})
	}}.Run(t)
}

// address of a folder of a daemon's module.
func at(server *servers.RsyncServer, path string) string {
	return fmt.Sprintf("rsync://alice@%s::%s", server.Host(), path)
}

func TestDaemonErrors(t *testing.T) {
	server := servers.Rsyncd(t)
	env := func(values map[string]string) backends.Config {
		return backends.Config{Getenv: func(name string) string { return values[name] }}
	}
	right := env(map[string]string{"RSYNC_PASSWORD": server.Password})
	for name, c := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"wrong password":  {at(server, "backup/x"), env(map[string]string{"RSYNC_PASSWORD": "no"}), backends.ErrAuth},
		"no password":     {at(server, "backup/x"), env(nil), backends.ErrAuth},
		"unknown module":  {at(server, "nothing/x"), right, backends.ErrNotExist},
		"missing folder":  {at(server, "backup/x/y"), right, backends.ErrNotExist},
		"nobody there":    {fmt.Sprintf("rsync://127.0.0.1:%d::backup", servers.FreePort(t)), right, backends.ErrOffline},
		"pattern in path": {at(server, "backup/x*"), right, backends.ErrConfig},
		"option as host":  {"rsync://-e::backup", right, backends.ErrConfig},
	} {
		_, err := open(t, c.address, c.config)
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), server.Password) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		backendtest.OneClass(t, err)
	}
}

// A module that wants no password asks nobody for one; another one asks twice.
func TestAsking(t *testing.T) {
	server := servers.Rsyncd(t)
	var asked []backends.SecretRequest
	answers := []string{"wrong", server.Password}
	c := backends.Config{Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
		asked = append(asked, r)
		return answers[len(asked)-1], nil
	}}
	mustOpen(t, at(server, "open"), c)
	if len(asked) != 0 {
		t.Errorf("asked %v for a module without password", asked)
	}
	mustOpen(t, at(server, "backup"), c)
	if len(asked) != 2 || asked[0].Again || !asked[1].Again || asked[0].Account != "rsync://alice@"+server.Host() {
		t.Errorf("asked %+v", asked)
	}
}

func TestReadOnlyModule(t *testing.T) {
	server := servers.Rsyncd(t)
	s := mustOpen(t, at(server, "readonly"), backends.Config{})
	prober, _ := backends.As[backends.Prober](s)
	for call, err := range map[string]error{
		"Put": s.Put(t.Context(), "x", backends.BytesSource("x")), "Delete": s.Delete(t.Context(), "x"), "Writable": prober.Writable(t.Context()),
	} {
		if !errors.Is(err, backends.ErrPermission) {
			t.Errorf("%s: %v, want ErrPermission", call, err)
		}
	}
	s = mustOpen(t, at(server, "open"), backends.Config{})
	prober, _ = backends.As[backends.Prober](s)
	if err := prober.Writable(t.Context()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(server.Root); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The folder goes away, as with a drive that is pulled out: nothing is made in
// its place.
func TestFolderThatGoesAway(t *testing.T) {
	server := servers.Rsyncd(t)
	s := mustOpen(t, at(server, "open/drive"), backends.Config{Create: true})
	if err := os.Remove(filepath.Join(server.Root, "drive")); err != nil {
		t.Fatal(err)
	}
	var lerr error
	for _, lerr = range s.List(t.Context(), "") {
	}
	for call, err := range map[string]error{
		"Put": s.Put(t.Context(), "x", backends.BytesSource("x")), "nested Put": s.Put(t.Context(), "a/x", backends.BytesSource("x")),
		"Delete": s.Delete(t.Context(), "x"), "nested Delete": s.Delete(t.Context(), "a/x"), "List": lerr,
	} {
		if !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("%s: %v, want ErrNotExist", call, err)
		}
	}
	if left, err := os.ReadDir(server.Root); err != nil || len(left) != 0 {
		t.Errorf("came back: %v, %v", left, err)
	}
}

// What rsync has not received wholly is no object, and goes when it is old.
func TestAbandonedFiles(t *testing.T) {
	server := servers.Rsyncd(t)
	for name, age := range map[string]time.Duration{".x.AbC123": 48 * time.Hour, ".y.AbC123": time.Minute, "whole": 48 * time.Hour} {
		path := servers.WriteFile(t, filepath.Join(server.Root, name), "half", 0o600)
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, at(server, "open"), backends.Config{})
	for o, err := range s.List(t.Context(), "") {
		if err != nil || o.Name != "whole" {
			t.Errorf("listed %q, %v", o.Name, err)
		}
	}
	if err := s.Put(t.Context(), ".x.AbC123", backends.BytesSource("x")); !errors.Is(err, backends.ErrInvalidName) {
		t.Errorf("got %v, want ErrInvalidName", err)
	}
	sweeper, _ := backends.As[backends.Sweeper](s)
	if err := sweeper.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(server.Root)
	if err != nil || len(left) != 2 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// A pattern in a name means nothing but itself.
func TestPatternsInNames(t *testing.T) {
	server := servers.Rsyncd(t)
	s := mustOpen(t, at(server, "open"), backends.Config{})
	for _, name := range []string{"aXb", "a*b", "a?b", "a[X]b"} {
		if err := s.Put(t.Context(), name, backends.BytesSource(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a*b", "a?b", "a[X]b"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Error(err)
		}
		if o, err := s.Stat(t.Context(), name); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("%s: %+v, %v, want ErrNotExist", name, o, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(server.Root, "aXb")); string(b) != "aXb" {
		t.Errorf("another file is %q, %v", b, err)
	}
}

// oldRsync puts a program in front of rsync that knows less.
func oldRsync(t *testing.T, refused ...string) {
	t.Helper()
	dir, real := t.TempDir(), servers.Program(t, "rsync", "rsync")
	script := "#!/bin/sh\nfor a; do case \"$a\" in " + strings.Join(refused, "|") +
		") echo \"rsync: $a: unknown option\" >&2; exit 1;; esac; done\nexec " + real + " \"$@\"\n"
	servers.WriteFile(t, filepath.Join(dir, "rsync"), script, 0o755)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestOldRsync(t *testing.T) {
	server := servers.Rsyncd(t)
	oldRsync(t, "--mkpath", "--fsync")
	s := mustOpen(t, at(server, "open/a/b/c"), backends.Config{Create: true})
	if err := s.Put(t.Context(), "d/e/x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(server.Root, "a/b/c/d/e/x")); err != nil || string(b) != "1" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestOptions(t *testing.T) {
	server := servers.Rsyncd(t)
	with := func(name, value string) backends.Config {
		return backends.Config{Options: map[string]string{name: value}}
	}
	for value, want := range map[string]error{
		"--bwlimit=500 --chmod=F0640": nil, "-z -T /tmp": nil, "--no-such-option": backends.ErrConfig, "--delete": backends.ErrConfig, "-zn": backends.ErrConfig,
		"/etc/passwd": backends.ErrConfig, "'open": backends.ErrConfig, "--bwlimit=1 /etc": backends.ErrConfig, "--inplace": backends.ErrConfig,
	} {
		if _, err := open(t, at(server, "open"), with("rsync-options", value)); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", value, err, want)
		}
	}
	s := mustOpen(t, at(server, "open"), with("rsync-options", "--chmod=F0640 --perms"))
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(server.Root, "x")); err != nil || info.Mode() != 0o640 {
		t.Errorf("the option had no effect: %v, %v", info.Mode(), err)
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := open(t, "rsync://127.0.0.1::x", backends.Config{})
	if !errors.Is(err, backends.ErrUnsupported) || !strings.Contains(err.Error(), "package rsync") {
		t.Errorf("got %v", err)
	}
	backendtest.OneClass(t, err)
}

// The server dies in mid-transfer: the error passes, and nothing is visible.
func TestServerDies(t *testing.T) {
	server := servers.Rsyncd(t)
	s := mustOpen(t, at(server, "open"), backends.Config{})
	server.Stop()
	err := s.Put(t.Context(), "x", backends.BytesSource("1"))
	if !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	backendtest.OneClass(t, err)
	if _, err := os.Stat(filepath.Join(server.Root, "x")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
