package restic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
)

// wants tells whether a passphrase opens a repository, for us and for restic, or
// is refused by both.
func wants(t *testing.T, dir, words string, opens bool) {
	t.Helper()
	_, err := openWith(t, dir, &notes{}, words)
	if opens && err != nil || !opens && !errors.Is(err, ErrPassphrase) {
		t.Errorf("with %q: %v", words, err)
	}
	out, err := resticWith(t, dir, words, "--no-lock", "snapshots")
	if opens && err != nil || !opens && !strings.Contains(out, "wrong password") {
		t.Errorf("restic with %q: %v\n%s", words, err, out)
	}
}

func keyCount(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// A changed passphrase opens the repository, and the one before does not. While
// the new one is kept both do: so a process leaves it that is killed there.
func TestChangedPassphrase(t *testing.T) {
	dir, killed := unpack(t, "restic-0.14"), t.TempDir()
	r := openAt(t, dir)
	if _, err := r.AddKey(t.Context(), "a friend's"); err != nil {
		t.Fatal(err)
	}
	keep := func(context.Context) error { return os.CopyFS(killed, os.DirFS(dir)) }
	others, err := r.ChangeKey(t.Context(), KeyChange{Passphrase: "new words", Keep: keep})
	if err != nil || others != 1 {
		t.Fatalf("%d others, %v", others, err)
	}
	wants(t, killed, passphrase, true)
	wants(t, killed, "new words", true)
	wants(t, dir, passphrase, false)
	wants(t, dir, "new words", true)
	wants(t, dir, "a friend's", true)
	if others, err = r.ChangeKey(t.Context(), KeyChange{Passphrase: "newer words", Alone: true}); err != nil || others != 0 {
		t.Fatalf("%d others, %v", others, err)
	}
	wants(t, dir, "newer words", true)
	wants(t, dir, "new words", false)
	wants(t, dir, "a friend's", false)
	if out, err := resticWith(t, dir, "newer words", "check", "--read-data"); err != nil {
		t.Errorf("restic finds %v\n%s", err, out)
	}
}

// A passphrase that is not kept shuts nothing out, and asking for it again adds
// no second key.
func TestPassphraseThatIsNotKept(t *testing.T) {
	dir := unpack(t, "restic-0.14")
	r := openAt(t, dir)
	for range 2 {
		if _, err := r.ChangeKey(t.Context(), KeyChange{Passphrase: "new words", Keep: func(context.Context) error { return errBroken }}); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
	}
	wants(t, dir, passphrase, true)
	wants(t, dir, "new words", true)
	if n := keyCount(t, dir); n != 2 {
		t.Errorf("there are %d keys", n)
	}
	if _, err := r.ChangeKey(t.Context(), KeyChange{Passphrase: "new words"}); err != nil {
		t.Fatal(err)
	}
	wants(t, dir, passphrase, false)
	if n := keyCount(t, dir); n != 1 {
		t.Errorf("there are %d keys in the end", n)
	}
}

// Whichever call to the destination fails in a change, and however, what was kept
// opens the repository afterwards, and the same change goes through then.
func TestChangeOfPassphraseFails(t *testing.T) {
	faults := map[string]faulty.Fault{
		"list": {Op: faulty.List, Err: errBroken}, "get": {Op: faulty.Get, Err: errBroken}, "stat": {Op: faulty.Stat, Err: errBroken},
		"delete": {Op: faulty.Delete, Err: errBroken}, "deleted, and the answer got lost": {Op: faulty.Delete, Err: errBroken, Done: true},
		"get less": {Op: faulty.Get, Cut: 50},
	}
	for name, f := range wrongs {
		if f.Op == faulty.Put {
			faults[name] = f
		}
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			for on := 1; changeFails(t, fault, on); on++ {
			}
		})
	}
}

// changeFails lets one call of a change fail. It reports false when there are
// fewer.
func changeFails(t *testing.T, fault faulty.Fault, on int) bool {
	t.Helper()
	dir, kept := t.TempDir(), passphrase
	r, err := Create(t.Context(), configFor(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	fault.On = on
	store := faulty.New(r.store, fault)
	r.store = store
	keep := func(context.Context) error {
		kept = "new words"
		return nil
	}
	_, err = r.ChangeKey(t.Context(), KeyChange{Passphrase: "new words", Keep: keep})
	failed := store.Calls(fault.Op) >= on
	if !failed && err != nil {
		t.Fatalf("nothing failed, and it ended with %v", err)
	}
	if kept == passphrase && err == nil {
		t.Errorf("call %d: it is content, and kept nothing", on)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	again, err := openWith(t, dir, &notes{}, kept)
	if err != nil {
		t.Fatalf("call %d: %v", on, err)
	}
	if _, err := again.Unlock(t.Context(), true); err != nil {
		t.Errorf("call %d: %v", on, err)
	}
	if _, err := again.ChangeKey(t.Context(), KeyChange{Passphrase: "new words", Alone: true}); err != nil {
		t.Errorf("call %d, again: %v", on, err)
	}
	if _, err := openWith(t, dir, &notes{}, "new words"); err != nil || keyCount(t, dir) != 1 {
		t.Errorf("call %d, again: %d keys, %v", on, keyCount(t, dir), err)
	}
	return failed
}

// garbling is a store that keeps other bytes of keys than it is given.
type garbling struct{ backends.Store }

func (s garbling) Put(ctx context.Context, name string, src backends.Source) error {
	if strings.HasPrefix(name, "keys/") {
		src = backends.BytesSource(make([]byte, src.Size()))
	}
	return s.Store.Put(ctx, name, src)
}

// A key that the destination does not give back is not kept, and does not stay.
func TestNewKeyIsProved(t *testing.T) {
	dir := unpack(t, "restic-0.14")
	r := openAt(t, dir)
	r.store = garbling{r.store}
	keep := func(context.Context) error {
		t.Error("it is kept")
		return nil
	}
	if _, err := r.ChangeKey(t.Context(), KeyChange{Passphrase: "new words", Keep: keep}); !errors.Is(err, ErrDamaged) {
		t.Errorf("it ended with %v", err)
	}
	wants(t, dir, passphrase, true)
	if n := keyCount(t, dir); n != 1 {
		t.Errorf("there are %d keys", n)
	}
}

// No passphrase is taken that would not be tried among so many.
func TestTooManyPassphrases(t *testing.T) {
	dir := unpack(t, "restic-0.14")
	r := openAt(t, dir)
	for i := keyCount(t, dir); i < mostKeys; i++ {
		if _, err := r.AddKey(t.Context(), fmt.Sprint("words ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.AddKey(t.Context(), "one more"); !errors.Is(err, ErrManyKeys) {
		t.Errorf("adding: %v", err)
	}
	if _, err := r.ChangeKey(t.Context(), KeyChange{Passphrase: "one more"}); !errors.Is(err, ErrManyKeys) {
		t.Errorf("changing: %v", err)
	}
	wants(t, dir, passphrase, true)
}
