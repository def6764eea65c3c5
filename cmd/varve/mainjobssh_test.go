package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// knows lets a world's programs trust a server, as somebody who was there
// before: under its own port, and that of a line that leads to it.
func (w *world) knows(s *servers.SSHServer, ports ...string) {
	w.t.Helper()
	own := strconv.Itoa(s.Port)
	known := ""
	for _, port := range append(ports, own) {
		known += strings.Replace(s.KnownHostsLine(w.t), "]:"+own, "]:"+port, 1) + "\n"
	}
	err := os.MkdirAll(w.path(".ssh"), 0o700)
	if err == nil {
		err = os.WriteFile(w.path(".ssh/known_hosts"), []byte(known), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// keyOption is how duplicity and our program are given the key.
func keyOption(s *servers.SSHServer) []string {
	return []string{"--ssh-options", "-oIdentityFile=" + s.Key}
}

func TestMainJobAtSFTP(t *testing.T) {
	mainJob(t, func(t *testing.T, w *world) place {
		s := servers.SSH(t, servers.SSHOptions{})
		w.knows(s)
		at := func(folder string) string { return s.Address("sftp", folder) }
		command := fmt.Sprintf("ssh -p %d -i %s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s %s@127.0.0.1 -s sftp", s.Port, s.Key, s.KnownHosts, s.User)
		return place{
			url: at, args: keyOption(s),
			duplicity: func(folder string) []string { return append(keyOption(s), at(folder)) },
			restic: func(folder string) []string {
				return []string{"-r", "sftp:127.0.0.1:" + filepath.Join(s.Home, folder), "-o", "sftp.command=" + command}
			},
		}
	})
}

// A server without SFTP is spoken to through its shell.
func TestMainJobAtAShell(t *testing.T) {
	mainJob(t, func(t *testing.T, w *world) place {
		s := servers.SSH(t, servers.SSHOptions{NoSFTP: true})
		w.knows(s)
		return place{url: func(folder string) string { return s.Address("fish", folder) }, args: keyOption(s)}
	})
}

func TestMainJobAtRsyncOverSSH(t *testing.T) {
	mainJob(t, func(t *testing.T, w *world) place {
		s := servers.SSH(t, servers.SSHOptions{})
		w.knows(s)
		at := func(folder string) string { return s.Address("rsync", "/"+filepath.Join(s.Home, folder)) }
		options := []string{"--ssh-options", s.Options()}
		return place{
			url: at, args: options,
			duplicity: func(folder string) []string { return append(options, at(folder)) },
		}
	})
}
