package cloud_test

import (
	"fmt"
	"maps"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
)

// environment makes a Getenv of exactly these variables.
func environment(t testing.TB, values map[string]string) func(string) string {
	all := map[string]string{"HOME": t.TempDir()}
	maps.Copy(all, values)
	return func(name string) string { return all[name] }
}

// suite runs what every Store passes, each test in a folder of its own below
// an address.
func suite(t *testing.T, address string, c backends.Config) {
	t.Helper()
	run(t, address, c, backendtest.Suite{})
}

// slowSuite is suite for services that the library makes no more than a
// hundred calls a second to.
func slowSuite(t *testing.T, address string, c backends.Config) {
	t.Helper()
	run(t, address, c, backendtest.Suite{Slow: true})
}

func run(t *testing.T, address string, c backends.Config, s backendtest.Suite) {
	t.Helper()
	c.Create = true
	var n atomic.Int32
	s.Open = func(t testing.TB) backends.Store {
		return mustOpen(t, fmt.Sprintf("%s/suite/%d", address, n.Add(1)), c)
	}
	t.Run("Suite", s.Run)
}
