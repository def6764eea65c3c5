package cloud_test

import (
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestB2(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.B2(t)
	slowSuite(t, fmt.Sprintf("b2://%s:%s@bucket", s.Account, s.Key), backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"endpoint": s.URL},
	})
}
