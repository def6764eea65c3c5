package main_test

import (
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// MEGA is played by an impostor, which stands where a proxy would.
func TestMainJobAtMEGA(t *testing.T) {
	mainJob(t, func(t *testing.T, _ *world) place {
		s := servers.Mega(t, 2)
		return place{
			url:  func(folder string) string { return "mega://me%40example.org@mega.nz/" + folder },
			env:  []string{"HTTPS_PROXY=" + s.Proxy, "BACKEND_PASSWORD=" + servers.MegaPassword},
			args: []string{"--ssl-cacert-file", s.CA},
		}
	})
}
