package cloud_test

import (
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestGCS(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.GCS(t, "bucket")
	suite(t, "gs://bucket", backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"anonymous": "true", "endpoint": s.Endpoint},
	})
}
