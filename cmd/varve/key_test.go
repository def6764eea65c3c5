package main_test

import (
	"os"
	"path/filepath"
	"testing"
)

// The files of a chain share the key that the passphrase is stretched to, so
// that it is stretched once to read them all; a new chain has a new one.
func TestOneKeyForAChain(t *testing.T) {
	w := newWorld(t)
	w.write("a", []byte("first"))
	for i, action := range []string{"full", "incr", "full"} {
		w.write("b", noise(uint64(i), 100_000))
		w.must(w.varve(action, w.path("src"), w.url()))
	}
	salts := map[string][]string{}
	for _, path := range w.glob("duplicity-*.gpg") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const packetOfThePassphrase = 15
		salt := string(b[:packetOfThePassphrase])
		salts[salt] = append(salts[salt], filepath.Base(path))
	}
	if len(salts) != 2 {
		t.Fatalf("there are %d keys, want 2", len(salts))
	}
	for _, names := range salts {
		if len(names) != 3 && len(names) != 6 {
			t.Errorf("%d files share a key, want the 3 of the last version and the 6 of the others: %q", len(names), names)
		}
	}
}
