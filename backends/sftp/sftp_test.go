package sftp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/sftp"
)

// environment is one without the tester's own keys, agent and configuration.
func environment(t testing.TB, more ...string) func(string) string {
	home := t.TempDir()
	return func(name string) string {
		for i := 0; i+1 < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		if name == "HOME" {
			return home
		}
		return ""
	}
}

// config opens a server with what it wants.
func config(t testing.TB, s *servers.SSHServer) backends.Config {
	return backends.Config{Create: true, Getenv: environment(t), Options: map[string]string{"ssh-options": s.Options()}}
}

func open(t testing.TB, raw string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return sftp.Open(t.Context(), a, c)
}

func mustOpen(t testing.TB, raw string, c backends.Config) backends.Store {
	t.Helper()
	s, err := open(t, raw, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// refused opens what must not open, and checks why.
func refused(t *testing.T, raw string, c backends.Config, want error) error {
	t.Helper()
	s, err := open(t, raw, c)
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", raw, err, want)
	}
	backendtest.OneClass(t, err)
	return err
}

func TestStore(t *testing.T) { suite(t, "sftp", servers.SSHOptions{}, false) }

func TestShell(t *testing.T) { suite(t, "fish", servers.SSHOptions{NoSFTP: true}, true) }

// suite runs what every Store passes. A login costs more than all that a test
// does, so there are two connections.
func suite(t *testing.T, scheme string, o servers.SSHOptions, slow bool) {
	server := servers.SSH(t, o)
	c := config(t, server)
	c.Connections = 2
	var n atomic.Int32
	backendtest.Suite{Slow: slow, Open: func(t testing.TB) backends.Store {
		s, err := open(t, server.Address(scheme, fmt.Sprint("new/folder ü' ", n.Add(1))), c)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}.Run(t)
}

// One slash is the folder of the account, two are the root.
func TestFolders(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	for _, scheme := range []string{"sftp", "fish"} {
		for path, file := range map[string]string{
			"": filepath.Join(server.Home, "x"), "a/b": filepath.Join(server.Home, "a/b/x"), "/" + elsewhere[1:]: filepath.Join(elsewhere, "x"),
		} {
			if scheme == "fish" && path != "/"+elsewhere[1:] {
				continue // a shell begins where the account says
			}
			s := mustOpen(t, server.Address(scheme, path), config(t, server))
			if err := s.Put(t.Context(), "x", backends.BytesSource(scheme)); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(file); string(got) != scheme || err != nil {
				t.Errorf("%s: %q, %v", file, got, err)
			}
			if err := s.Delete(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMissingFolder(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "scp", "fish"} {
		c := config(t, server)
		c.Create = false
		refused(t, server.Address(scheme, "/none/at/all"), c, backends.ErrNotExist)
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if scheme != "fish" {
			refused(t, server.Address(scheme, path), c, backends.ErrNotExist)
		}
	}
}

// A folder that goes away is not made again, and does not look empty.
func TestFolderThatGoesAway(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		dir := filepath.Join(t.TempDir(), "backup")
		s := mustOpen(t, server.Address(scheme, dir), config(t, server))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		list := func(prefix string) (err error) {
			for _, err = range s.List(t.Context(), prefix) {
			}
			return err
		}
		_, gerr := s.Get(t.Context(), "x", 0, -1)
		for call, err := range map[string]error{
			"Put": s.Put(t.Context(), "x", backends.BytesSource("x")), "nested Put": s.Put(t.Context(), "a/b", backends.BytesSource("x")),
			"List": list(""), "List below": list("a/"), "Get": gerr, "Delete": s.Delete(t.Context(), "x"),
		} {
			if !errors.Is(err, backends.ErrNotExist) {
				t.Errorf("%s %s: %v, want ErrNotExist", scheme, call, err)
			}
			backendtest.OneClass(t, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the folder came back", scheme)
		}
	}
}

// Folders and links are told from objects, by both ways.
func TestWhatIsNoObject(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		dir := t.TempDir()
		s := mustOpen(t, server.Address(scheme, dir), config(t, server))
		if err := s.Put(t.Context(), "file", backends.BytesSource("123")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(
			os.Mkdir(filepath.Join(dir, "folder"), 0o700), os.Symlink("file", filepath.Join(dir, "link")),
			os.Symlink("nowhere", filepath.Join(dir, "broken")), os.Symlink("folder", filepath.Join(dir, "away")),
		); err != nil {
			t.Fatal(err)
		}
		var got []string
		for o, err := range s.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(o.Name, " ", o.Size))
		}
		if len(got) != 2 {
			t.Errorf("%s: listed %q", scheme, got)
		}
		for call, err := range map[string]error{
			"Put": s.Put(t.Context(), "folder", backends.BytesSource("x")), "Put below a file": s.Put(t.Context(), "file/x", backends.BytesSource("x")),
		} {
			if !errors.Is(err, backends.ErrInvalidName) {
				t.Errorf("%s %s: %v, want ErrInvalidName", scheme, call, err)
			}
			backendtest.OneClass(t, err)
		}
		if err := s.Delete(t.Context(), "folder"); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "folder")); err != nil {
			t.Errorf("%s: the folder was deleted", scheme)
		}
		for _, name := range []string{"folder", "broken", "none"} {
			if _, err := s.Stat(t.Context(), name); !errors.Is(err, backends.ErrNotExist) {
				t.Errorf("%s: Stat %s: %v", scheme, name, err)
			}
		}
	}
}

// What a dead run left is neither listed nor kept.
func TestAbandonedFiles(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		dir := t.TempDir()
		s := mustOpen(t, server.Address(scheme, dir), config(t, server))
		for name, age := range map[string]time.Duration{".varve-put-1": 72 * time.Hour, ".varve-put-2": time.Minute} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
		for o := range s.List(t.Context(), "") {
			t.Errorf("listed %q", o.Name)
		}
		sweeper, ok := backends.As[backends.Sweeper](s)
		if !ok {
			t.Fatal("no Sweeper")
		}
		if err := sweeper.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 || entries[0].Name() != ".varve-put-2" {
			t.Errorf("%s: left are %v, %v", scheme, entries, err)
		}
	}
}

func TestAbilities(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		s := mustOpen(t, server.Address(scheme, t.TempDir()), config(t, server))
		spacer, _ := backends.As[backends.Spacer](s)
		if free, total, err := spacer.Space(t.Context()); err != nil || free <= 0 || total < free {
			t.Errorf("%s: %d of %d are free, %v", scheme, free, total, err)
		}
		prober, _ := backends.As[backends.Prober](s)
		if err := prober.Writable(t.Context()); err != nil {
			t.Error(err)
		}
		if traits := backends.TraitsOf(s); !traits.Remote || traits.Connections != 4 {
			t.Errorf("%+v", traits)
		}
		renamer, _ := backends.As[backends.Renamer](s)
		for _, name := range []string{"a", "b"} {
			if err := s.Put(t.Context(), name, backends.BytesSource(name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, row := range []struct {
			from, to string
			want     error
		}{{"a", "b", nil}, {"b", "deep/er/c", nil}, {"a", "x", backends.ErrNotExist}, {"deep/er/c", "deep", backends.ErrInvalidName}, {"x", "../y", backends.ErrInvalidName}} {
			if err := renamer.Rename(t.Context(), row.from, row.to); !errors.Is(err, row.want) {
				t.Errorf("%s: renaming %s to %s: %v, want %v", scheme, row.from, row.to, err, row.want)
			}
		}
		if o, err := s.Stat(t.Context(), "deep/er/c"); err != nil || o.Size != 1 {
			t.Errorf("%s: %+v, %v", scheme, o, err)
		}
	}
}

// A server without SFTP says so; scp:// and use-scp go on with its shell.
func TestNoSFTP(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{NoSFTP: true})
	refused(t, server.Address("sftp", "x"), config(t, server), backends.ErrUnsupported)
	c := config(t, server)
	c.Options["use-scp"] = "true"
	for raw, c := range map[string]backends.Config{server.Address("scp", "x"): config(t, server), server.Address("sftp", "y"): c} {
		if s := mustOpen(t, raw, c); s.Put(t.Context(), "x", backends.BytesSource("x")) != nil {
			t.Errorf("%s: nothing can be stored", raw)
		}
	}
}

// A server that runs no commands says so.
func TestNoShell(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{Config: []string{"ForceCommand internal-sftp"}})
	refused(t, server.Address("fish", "x"), config(t, server), backends.ErrUnsupported)
	mustOpen(t, server.Address("scp", "x"), config(t, server))
}

func TestNobodyThere(t *testing.T) {
	c := backends.Config{Getenv: environment(t)}
	refused(t, fmt.Sprintf("sftp://127.0.0.1:%d/x", servers.FreePort(t)), c, backends.ErrOffline)
	refused(t, "sftp://no-such-host.invalid/x", c, backends.ErrOffline)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	a, err := address.Parse("sftp://127.0.0.1/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sftp.Open(ctx, a, c); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}
