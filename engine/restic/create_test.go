package restic

import (
	"errors"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/engine/restic/id"
)

// A run that dies while it makes the repository leaves a key and no config.
// The next one goes on with that key, under its passphrase alone, and only
// where nothing else is stored.
func TestCreateGoesOn(t *testing.T) {
	c := configFor(t, t.TempDir())
	store := memory.New()
	c.Store = faulty.New(store, faulty.Fault{Op: faulty.Put, On: 2, Err: errors.New("killed")})
	if _, err := Create(t.Context(), c); err == nil {
		t.Fatal("the config was stored")
	}
	c.Store = store
	other := c
	other.Passphrase = func() (string, error) { return "another", nil }
	if _, err := Create(t.Context(), other); !errors.Is(err, ErrExists) || !errors.Is(err, ErrPassphrase) {
		t.Errorf("under another passphrase: %v", err)
	}
	for _, open := range []func() (*Repository, error){
		func() (*Repository, error) { return Create(t.Context(), c) }, func() (*Repository, error) { return Open(t.Context(), c) },
	} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if keys, err := r.keyNames(t.Context()); err != nil || len(keys) != 1 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := store.Delete(t.Context(), configName); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), nameOf(packFile, id.Of([]byte("x"))), backends.BytesSource("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), c); !errors.Is(err, ErrExists) {
		t.Errorf("where a config was lost: %v", err)
	}
}
