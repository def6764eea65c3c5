package cloud_test

import (
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestAzurite(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.Azurite(t)
	suite(t, "azure://container", backends.Config{Getenv: environment(t, map[string]string{"AZURE_CONNECTION_STRING": s.ConnectionString()})})
}
