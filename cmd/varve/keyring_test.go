package main_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/varve-backup/varve/settings"
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
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: Debian packages dbus-daemon and gnome-keyring", tool)
		}
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
	if err := settings.NewSecrets("varve").Set(t.Context(), os.Getenv(keyringURL), "varve-fixture"); err != nil {
		t.Fatal(err)
	}
}

// listInSession lists the files of the archive with nothing but a keyring that
// holds its passphrase under a URL, and returns the exit code.
func (w *world) listInSession(kept string) int {
	w.t.Helper()
	script := `printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null &&
		"$0" -test.run '^TestPassphraseFromTheKeyring$' >/dev/null || exit 99
		exec "$1" list-current-files --archive-dir "$2" "$3" </dev/null`
	dir := w.t.TempDir()
	cmd := exec.CommandContext(w.t.Context(), "dbus-run-session", "--", "sh", "-c", script, os.Args[0], binary, dir, w.url()+"/")
	cmd.Env = append(os.Environ(), keyringStep+"=1", keyringURL+"="+kept, "PASSPHRASE=", "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_RUNTIME_DIR="+dir,
		"XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "DISPLAY=", "WAYLAND_DISPLAY=")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == 99 {
		w.t.Fatalf("%v: %s", err, out)
	}
	return cmd.ProcessState.ExitCode()
}
