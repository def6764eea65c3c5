package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// Whoever is asked for the passphrase of an archive that does not exist yet is
// told so, and can be asked twice: mistyped once, it would be lost.
func TestNewPassphraseIsSaidToBeNew(t *testing.T) {
	for name, format := range map[string]engine.Format{"volumes": engine.Volumes, "deduplicated": engine.Deduplicated} {
		t.Run(name, func(t *testing.T) {
			src, dir := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(src, "file"), []byte("content"), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, want := range []bool{true, false} {
				var asked []bool
				e := engine.New(engine.Config{ArchiveDir: t.TempDir(), Questions: engine.Questions{
					Passphrase: func(_ context.Context, q engine.PassphraseQuestion) (secret.Text, error) {
						asked = append(asked, q.New)
						return secret.New("a passphrase"), nil
					},
				}})
				job := e.Backup(engine.BackupPlan{Destination: engine.Destination{URL: "file://" + filepath.Join(dir, "repo"), Format: format}, Root: src})
				if err := job.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				if len(asked) != 1 || asked[0] != want {
					t.Errorf("asked %v, want once with %v", asked, want)
				}
			}
		})
	}
}
