package main_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/settings/keyringtest"
)

// What a session of its own does, and for which archive.
const (
	keyringStep = "VARVE_KEYRING_STEP"
	keyringURL  = "VARVE_KEYRING_URL"
)

// The passphrase that the window keeps in the keyring opens an archive for the
// command line too, of either format, and one that it is not kept for stays
// shut.
func TestPassphraseFromTheKeyring(t *testing.T) {
	if os.Getenv(keyringStep) != "" {
		keepPassphrase(t)
		return
	}
	for _, format := range []string{"duplicity", "restic"} {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.write("file", []byte("content"))
			w.must(w.varve("--format", format, w.path("src"), w.url()))
			for path, want := range map[string]int{w.url() + "/": 0, "file://" + w.path("elsewhere"): 31} {
				if code := w.listInSession(path); code != want {
					t.Errorf("with a passphrase kept for %s: exit code %d, want %d", path, code, want)
				}
			}
		})
	}
}

// keepPassphrase puts one into the keyring of this session.
func keepPassphrase(t *testing.T) {
	keyringtest.Await(t)
	if err := settings.NewSecrets("varve").Set(t.Context(), os.Getenv(keyringURL), "varve-fixture"); err != nil {
		t.Fatal(err)
	}
}

// listInSession lists the files of the archive with nothing but a keyring that
// holds its passphrase under a URL, and returns the exit code.
func (w *world) listInSession(kept string) int {
	w.t.Helper()
	script := keyringtest.Beside(`"$0" -test.run '^TestPassphraseFromTheKeyring$' >&2 || exit 99
		exec "$1" list-current-files --archive-dir "$2" "$3" </dev/null`)
	dir := w.t.TempDir()
	env := []string{keyringStep + "=1", keyringURL + "=" + kept, "PASSPHRASE="}
	said, err := keyringtest.Session(w.t, dir, env, script, os.Args[0], binary, dir, w.url()+"/")
	ended, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0
	case !failed, ended.ExitCode() == 99:
		w.t.Fatalf("%v: %s", err, said)
	}
	return ended.ExitCode()
}
