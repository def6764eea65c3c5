package rsync_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// overSSH is a configuration with which ssh trusts the server of a test alone.
func overSSH(key, knownHosts string) backends.Config {
	return backends.Config{Create: true, Options: map[string]string{
		"ssh-options": fmt.Sprintf("-F none -oUserKnownHostsFile=%q -oGlobalKnownHostsFile=none -oIdentityFile=%q -oIdentitiesOnly=yes", knownHosts, key),
	}}
}

func TestSSH(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	servers.Program(t, "ssh", "openssh-client")
	folder := filepath.Join(server.Home, "a folder", "b")
	s := mustOpen(t, fmt.Sprintf("rsync://%s@127.0.0.1:%d/%s", server.User, server.Port, folder), overSSH(server.Key, server.KnownHosts))
	for _, name := range []string{"x", "deep/er/y z", "od*d [ü] 'name\""} {
		if err := s.Put(t.Context(), name, backends.BytesSource("content of "+name)); err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(t.Context(), name, 8, -1)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != "of "+name {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		r.Close()
		if b, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(b) != "content of "+name {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	n := 0
	for _, err := range s.List(t.Context(), "") {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 2 {
		t.Errorf("%d objects were listed, want 2", n)
	}
	if _, err := s.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

// One slash begins at the folder of the login.
func TestSSHRelative(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{NoSFTP: true})
	s := mustOpen(t, fmt.Sprintf("rsync://%s@127.0.0.1:%d/rel/ative", server.User, server.Port), overSSH(server.Key, server.KnownHosts))
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(server.Home, "rel", "ative", "x")); err != nil {
		t.Error(err)
	}
}

func TestSSHErrors(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	stranger := servers.SSHKey(t, filepath.Join(t.TempDir(), "key"), "")
	empty := servers.WriteFile(t, filepath.Join(t.TempDir(), "known_hosts"), "", 0o600)
	missing := overSSH(server.Key, server.KnownHosts)
	missing.Create = false
	at := fmt.Sprintf("rsync://%s@127.0.0.1:%d/x/y", server.User, server.Port)
	for name, c := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"unknown host key": {at, overSSH(server.Key, empty), backends.ErrHostKey},
		"wrong key":        {at, overSSH(stranger, server.KnownHosts), backends.ErrAuth},
		"missing folder":   {at, missing, backends.ErrNotExist},
		"nobody there":     {fmt.Sprintf("rsync://127.0.0.1:%d/x", servers.FreePort(t)), missing, backends.ErrOffline},
		"unknown option":   {at, backends.Config{Options: map[string]string{"ssh-options": "-oNoSuchOption=1"}}, backends.ErrConfig},
	} {
		_, err := open(t, c.address, c.config)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		backendtest.OneClass(t, err)
	}
}

// The suite over ssh, where each call is a program at both ends.
func TestSSHSuite(t *testing.T) {
	t.Parallel()
	server := servers.SSH(t, servers.SSHOptions{})
	servers.Program(t, "ssh", "openssh-client")
	var n atomic.Int32
	backendtest.Suite{Slow: true, Open: func(t testing.TB) backends.Store {
		folder := filepath.Join(server.Home, fmt.Sprint("suite", n.Add(1)))
		return mustOpen(t, fmt.Sprintf("rsync://%s@127.0.0.1:%d/%s", server.User, server.Port, folder), overSSH(server.Key, server.KnownHosts))
	}}.Run(t)
}
