package session

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/settings"
)

// A job for OpenPGP keys needs no passphrase, stores volumes that are signed, and
// brings them back.
func TestJobForKeys(t *testing.T) {
	home, err := os.MkdirTemp("", "g") // gpg's socket needs a short name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may never have started
		os.RemoveAll(home)
	})
	t.Setenv("GNUPGHOME", home)
	generate := exec.CommandContext(t.Context(), "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "Ada <ada@example.org>", "future-default", "default", "never")
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("gpg (Debian: gnupg): %v\n%s", err, out)
	}
	p := newPerson(t)
	keys, err := p.s.PublicKeys(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatalf("got %+v, %v", keys, err)
	}
	id, err := p.s.AddJob(t.Context(), NewJob{
		Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")},
		Encrypted: true, Recipients: []string{keys[0].Fingerprint}, SignKey: keys[0].Fingerprint,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.backUp(id)
	j, err := p.s.store.Job(t.Context(), id)
	if err != nil || j.Encryption != settings.Keys || j.SignKey != keys[0].Fingerprint || !slices.Equal(j.Recipients, []string{keys[0].Fingerprint}) {
		t.Errorf("the job is %+v, %v", j, err)
	}
	if at := p.s.Whereabouts(t.Context(), &j); at != WithKeys {
		t.Errorf("what opens it lies at %v", at)
	}
	sample, err := p.s.SampleRestore(t.Context(), id, func(context.Context, string) error { return nil })
	if err != nil || !sample.Same || p.asked.Load() != 0 {
		t.Errorf("brought back: %+v, %v, after %d questions", sample, err, p.asked.Load())
	}
	volumes, err := filepath.Glob(filepath.Join(p.dir, "Drive", "duplicity-full.*.vol1.difftar.gpg"))
	if err != nil || len(volumes) != 1 {
		t.Fatalf("stored are %q, %v", volumes, err)
	}
	out, err := exec.CommandContext(t.Context(), "gpg", "--batch", "--decrypt", "--output", "/dev/null", "--status-fd", "1", volumes[0]).Output()
	if err != nil || !strings.Contains(string(out), " GOODSIG ") {
		t.Errorf("gpg says of a volume: %s, %v", out, err)
	}
}
