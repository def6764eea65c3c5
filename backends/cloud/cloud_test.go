package cloud_test

import (
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/cloud"
)

// kindOf is the kind of a scheme.
func kindOf(t testing.TB, scheme string) backends.Kind {
	t.Helper()
	for _, k := range cloud.Kinds() {
		if slices.Contains(k.Schemes, scheme) {
			return k
		}
	}
	t.Fatalf("no kind has the scheme %s", scheme)
	return backends.Kind{}
}

// tryOpen opens a destination, without the retries that open adds.
func tryOpen(t testing.TB, raw string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	k := kindOf(t, a.Scheme)
	return k.Open(t.Context(), a, c)
}

func mustOpen(t testing.TB, raw string, c backends.Config) backends.Store {
	t.Helper()
	s, err := tryOpen(t, raw, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
