package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
)

// What duplicity does and we do not (formats/duplicity.md 23.4), as far as it is
// about changes and times: what it deletes is the matter of the tests of removal,
// what is lost or damaged that of cmd/varve's.
func TestUnlikeDuplicity(t *testing.T) {
	e, root, d := newEngine(t), t.TempDir(), place(t, engine.Volumes)
	d.Encryption.Mode = engine.EncryptNone
	file, then := filepath.Join(root, "file"), time.Unix(1690000000, 0)
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, then, then); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Unix(1700000000, 0)
	for i, content := range []string{"short", "longer, at the same time"} {
		write(content)
		plan := engine.BackupPlan{Destination: d, Root: root, Time: start.Add(time.Duration(i) * time.Hour)}
		if err := e.Backup(plan).Run(t.Context(), failOnProblem(t)); err != nil {
			t.Fatal(err)
		}
	}
	// A change that only the size tells is one.
	b, err := os.ReadFile(filepath.Join(restored(t, e, d, start.Add(time.Hour)), "file"))
	if err != nil || string(b) != "longer, at the same time" {
		t.Errorf("the newest version holds %q, %v", b, err)
	}

	// Where no version is as old as the moment that was asked for, it is said.
	said := ""
	early := engine.RestorePlan{Destination: d, At: start.AddDate(-1, 0, 0), Target: filepath.Join(t.TempDir(), "target")}
	if err := e.Restore(early).Run(t.Context(), func(ev engine.Event) {
		if n, ok := ev.(engine.Notice); ok {
			said += n.Text
		}
	}); err != nil || !strings.Contains(said, "There is no version as old as") {
		t.Errorf("it said %q, %v", said, err)
	}

	// Verifying without a comparison of data compares all else.
	write("shorter than it was")
	differences := 0
	if err := e.Verify(engine.VerifyPlan{Destination: d, Root: root}).Run(t.Context(), func(ev engine.Event) {
		if _, ok := ev.(engine.FileProblem); ok {
			differences++
		}
	}); err != nil || differences != 1 {
		t.Errorf("%d differences, %v", differences, err)
	}
}
