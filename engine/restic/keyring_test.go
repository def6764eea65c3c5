package restic

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/varve-backup/varve/engine/restic/id"
)

// notes is a Memory of this process.
type notes struct{ sync.Map }

func (n *notes) Load(name string) []byte {
	b, _ := n.Map.Load(name)
	text, _ := b.([]byte)
	return text
}

func (n *notes) Save(name string, b []byte) { n.Store(name, b) }

// openWith opens a repository as a process does that has just begun.
func openWith(t *testing.T, dir string, m Memory, words string) (*Repository, error) {
	t.Helper()
	c := configFor(t, dir)
	c.KeyRing, c.Passphrase = &KeyRing{Memory: m}, func() (string, error) { return words, nil }
	r, err := Open(t.Context(), c)
	if err == nil {
		t.Cleanup(func() { _ = r.Close() }) // what was read is what is judged
	}
	return r, err
}

// spoilKey makes the only key file useless, so that who opens the repository
// had its key from elsewhere.
func spoilKey(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keys", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if err := os.Chmod(files[0], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return files[0]
}

func TestKeyIsRemembered(t *testing.T) {
	dir, memory := unpack(t, "restic-0.14"), &notes{}
	first, err := openWith(t, dir, memory, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	key := spoilKey(t, dir)
	second, err := openWith(t, dir, memory, passphrase)
	if err != nil || second.keyID != first.keyID || second.ID() != first.ID() {
		t.Fatalf("with a key that is remembered: %v", err)
	}
	var found []FindingKind
	if _, err := second.Check(t.Context(), CheckOptions{}, func(f Finding) { found = append(found, f.Kind) }); err != nil || !slices.Equal(found, []FindingKind{KeyDamaged}) {
		t.Errorf("check of a repository whose key file is damaged found %v, %v", found, err)
	}
	if _, err := second.AddKey(t.Context(), "saved"); err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(t, dir, &notes{}, "saved"); err != nil {
		t.Errorf("with the key that was added: %v", err)
	}
	if _, err := openWith(t, dir, &notes{}, passphrase); err == nil {
		t.Errorf("with nothing remembered: %v", err)
	}
	if _, err := openWith(t, dir, memory, "another"); err == nil {
		t.Error("another passphrase opened it")
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(t, dir, memory, passphrase); !errors.Is(err, ErrPassphrase) {
		t.Errorf("without its key file: %v", err)
	}
}

func TestKeyThatWasMadeIsRemembered(t *testing.T) {
	dir, memory := t.TempDir(), &notes{}
	c := configFor(t, dir)
	c.KeyRing = &KeyRing{Memory: memory}
	r, err := Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	spoilKey(t, dir)
	if _, err := openWith(t, dir, memory, passphrase); err != nil {
		t.Error(err)
	}
}

// What stands in the memory is believed no more than what stands elsewhere.
func TestMemoryWithNonsense(t *testing.T) {
	dir := unpack(t, "restic-0.14")
	for _, b := range []string{"", "{}", "nonsense", `{"kdf":"scrypt","N":1024,"r":8,"p":1,"salt":"","data":""}`} {
		memory := &notes{}
		files, err := filepath.Glob(filepath.Join(dir, "keys", "*"))
		if err != nil {
			t.Fatal(err)
		}
		name, err := id.Parse(filepath.Base(files[0]))
		if err != nil {
			t.Fatal(err)
		}
		memory.Save(memoryName(name), []byte(b))
		if _, err := openWith(t, dir, memory, passphrase); err != nil {
			t.Errorf("%q: %v", b, err)
		}
	}
}
