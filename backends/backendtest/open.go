package backendtest

import (
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// TryOpen opens the destination at an address. Where c does not say otherwise,
// it sees nothing of the environment.
func TryOpen(t testing.TB, k backends.Kind, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	return k.Open(t.Context(), a, c)
}

// MustOpen is TryOpen for a destination that must open.
func MustOpen(t testing.TB, k backends.Kind, url string, c backends.Config) backends.Store {
	t.Helper()
	s, err := TryOpen(t, k, url, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
