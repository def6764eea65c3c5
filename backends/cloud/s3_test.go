package cloud_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// s3Env are the keys of a server, as duplicity is given them.
func s3Env(t testing.TB, s *servers.S3Server) func(string) string {
	home := t.TempDir()
	return func(name string) string {
		return map[string]string{"AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret, "HOME": home}[name]
	}
}

// s3Address is the address of a place at a server, which speaks no TLS.
func s3Config(t testing.TB, s *servers.S3Server) backends.Config {
	return backends.Config{
		Create: true, Getenv: s3Env(t, s),
		Options: map[string]string{"s3-unencrypted-connection": "true"},
	}
}

func TestMinIO(t *testing.T) {
	s := servers.MinIO(t)
	t.Run("Suite", func(t *testing.T) {
		var n atomic.Int32
		backendtest.Run(t, func(t testing.TB) backends.Store {
			return mustOpen(t, fmt.Sprintf("s3://%s/bucket/suite/%d", s.Host, n.Add(1)), s3Config(t, s))
		})
	})
}
