package cloud_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
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

// pacedSuite is slowSuite where the library counts the calls of each Store by
// itself.
func pacedSuite(t *testing.T, address string, c backends.Config) {
	t.Helper()
	run(t, address, c, backendtest.Suite{Slow: true, AtOnce: true})
}

func run(t *testing.T, address string, c backends.Config, s backendtest.Suite) {
	t.Helper()
	s.KeepsConnections = true // goroutines of other tests would count; see TestCloseEndsGoroutines
	c.Create = true
	var (
		n       atomic.Int32
		opening sync.Mutex // the library sets a variable of its own when it opens pCloud
	)
	s.Open = func(t testing.TB) backends.Store {
		opening.Lock()
		defer opening.Unlock()
		return mustOpen(t, fmt.Sprintf("%s/suite/%d", address, n.Add(1)), c)
	}
	t.Run("Suite", s.Run)
}

// refused opens destinations that cannot be opened.
func refused(t *testing.T, rows map[string]refusal) {
	t.Helper()
	for name, row := range rows {
		t.Run("Refused/"+name, func(t *testing.T) {
			s, err := tryOpen(t, row.address, row.config)
			if s != nil {
				s.Close()
			}
			if !errors.Is(err, row.want) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			backendtest.OneClass(t, err)
			if row.secret != "" && strings.Contains(err.Error(), row.secret) {
				t.Errorf("it shows the secret: %v", err)
			}
		})
	}
}

// refusal is a destination that cannot be opened, and why.
type refusal struct {
	address string
	config  backends.Config
	want    error
	secret  string
}
