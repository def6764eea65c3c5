package memory_test

import (
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/memory"
)

func TestStore(t *testing.T) {
	backendtest.Run(t, func(testing.TB) backends.Store { return memory.New() })
}
