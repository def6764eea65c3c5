package open_test

import (
	"cmp"
	"fmt"
	"net/url"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/open"
)

// reached is a real server, and how it is opened.
type reached struct {
	address string
	env     map[string]string
	options map[string]string
	most    int64 // what the server is good for, 0 for anything
}

// realServers start one each.
func realServers() map[string]func(t *testing.T) reached {
	return map[string]func(t *testing.T) reached{
		"SFTP": func(t *testing.T) reached {
			s := servers.SSH(t, servers.SSHOptions{})
			return reached{s.Address("sftp", "large"), nil, map[string]string{"ssh-options": s.Options()}, 0}
		},
		"FTP": func(t *testing.T) reached {
			return reached{"ftp://anonymous:me@" + servers.VSFTPD(t, servers.FTPPlain).Host() + "/large", nil, nil, 0}
		},
		"WebDAV": func(t *testing.T) reached {
			s := servers.Apache(t, "pw", false)
			return reached{"webdav://alice:pw@" + s.Host + "/large", nil, nil, 0}
		},
		"SMB": func(t *testing.T) reached {
			s := servers.Samba(t)
			return reached{fmt.Sprintf("smb://%s@127.0.0.1:%d/backup/large", url.UserPassword(s.User, s.Password), s.Port), nil, nil, 0}
		},
		"Rsync": func(t *testing.T) reached {
			s := servers.Rsyncd(t)
			return reached{"rsync://" + s.Host() + "::open/large", nil, nil, 0}
		},
		"S3":     func(t *testing.T) reached { return atS3(servers.MinIO(t)) },
		"S3Gate": func(t *testing.T) reached { return atS3(servers.VersityGW(t)) },
		"Mailbox": func(t *testing.T) reached {
			s := servers.Dovecot(t, "ssl = no")
			// A mail has 4 GiB at most, and base64 makes a third more of it.
			return reached{"imap://alice@" + s.Host() + "/large", map[string]string{"IMAP_PASSWORD": s.Password}, nil, 2800 << 20}
		},
		"Azure": func(t *testing.T) reached {
			return reached{"azure://container/large", map[string]string{"AZURE_CONNECTION_STRING": servers.Azurite(t).ConnectionString()}, nil, 0}
		},
		"GCS": func(t *testing.T) reached {
			// It keeps all in memory, and copies it for each part.
			return reached{"gs://bucket/large", nil, map[string]string{"anonymous": "true", "endpoint": servers.GCS(t, "bucket").Endpoint}, 512 << 20}
		},
		"Swift": func(t *testing.T) reached {
			s := servers.Swift(t)
			return reached{"swift://container/large", map[string]string{"SWIFT_USERNAME": s.User, "SWIFT_PASSWORD": s.Key, "SWIFT_AUTHURL": s.Auth}, nil, 0}
		},
	}
}

func atS3(s *servers.S3Server) reached {
	return reached{
		"s3://" + s.Host + "/bucket/large",
		map[string]string{"AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret},
		map[string]string{"s3-unencrypted-connection": "true"},
		0,
	}
}

// A large object goes through every kind of server, and through little memory.
func TestLarge(t *testing.T) {
	for name, start := range realServers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			home := t.TempDir()
			backendtest.Large(t, func(t testing.TB) backends.Store {
				store, err := open.Store(t.Context(), s.address, backends.Config{
					Create: true, Options: s.options, Getenv: func(name string) string {
						if name == "HOME" {
							return home
						}
						return s.env[name]
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				return store
			}, min(5<<30, cmp.Or(s.most, 5<<30)))
		})
	}
}
