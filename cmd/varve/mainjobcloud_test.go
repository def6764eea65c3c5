package main_test

import (
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// Services for which neither duplicity nor restic have a way to a server of
// ours: they want the provider's own address, or a library that is not there.
func TestMainJobInTheCloud(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) place{
		"VersityGW": func(t *testing.T) place {
			s := servers.VersityGW(t)
			return place{
				url:  func(folder string) string { return fmt.Sprintf("s3://%s/bucket/%s", s.Host, folder) },
				args: []string{"--s3-unencrypted-connection"},
				env:  []string{"AWS_ACCESS_KEY_ID=" + s.Key, "AWS_SECRET_ACCESS_KEY=" + s.Secret},
			}
		},
		"Azurite": func(t *testing.T) place {
			s := servers.Azurite(t)
			return place{url: below("azure://container"), env: []string{"AZURE_CONNECTION_STRING=" + s.ConnectionString()}}
		},
		"GCS": func(t *testing.T) place {
			s := servers.GCS(t, "bucket")
			return place{url: below("gs://bucket"), args: []string{"-o", "anonymous=true", "-o", "endpoint=" + s.Endpoint}}
		},
		"Swift": func(t *testing.T) place {
			s := servers.Swift(t)
			return place{url: below("swift://container"), env: []string{"SWIFT_USERNAME=" + s.User, "SWIFT_PASSWORD=" + s.Key, "SWIFT_AUTHURL=" + s.Auth}}
		},
		"B2": func(t *testing.T) place {
			s := servers.B2(t)
			return place{url: below(fmt.Sprintf("b2://%s:%s@bucket", s.Account, s.Key)), args: []string{"-o", "endpoint=" + s.URL}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			mainJob(t, func(t *testing.T, _ *world) place { return start(t) })
		})
	}
}

// below makes addresses of folders below an address.
func below(address string) func(folder string) string {
	return func(folder string) string { return address + "/" + folder }
}

func TestMainJobInAMailbox(t *testing.T) {
	mainJob(t, func(t *testing.T, _ *world) place {
		s := servers.Dovecot(t)
		return place{
			url:  func(folder string) string { return fmt.Sprintf("imap://alice@%s/%s", s.Host(), folder) },
			args: []string{"--ssl-cacert-file", s.Certificate.CA}, env: []string{"IMAP_PASSWORD=" + s.Password},
		}
	})
}
