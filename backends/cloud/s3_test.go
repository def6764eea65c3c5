package cloud_test

import (
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// s3Env are the keys of a server, as duplicity is given them.
func s3Env(t testing.TB, s *servers.S3Server) func(string) string {
	home := t.TempDir()
	return func(name string) string {
		return map[string]string{"AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret, "HOME": home}[name]
	}
}

// s3Config opens places at a server, which speaks no TLS.
func s3Config(t testing.TB, s *servers.S3Server) backends.Config {
	return backends.Config{
		Create: true, Getenv: s3Env(t, s),
		Options: map[string]string{"s3-unencrypted-connection": "true"},
	}
}

func TestMinIO(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.MinIO(t)
	suite(t, fmt.Sprintf("s3://%s/bucket", s.Host), s3Config(t, s))
}

func TestVersityGW(t *testing.T) {
	t.Parallel()
	s := servers.VersityGW(t)
	suite(t, fmt.Sprintf("s3://%s/bucket", s.Host), s3Config(t, s))
}
