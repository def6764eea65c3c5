package multi_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// duplicity runs the real one, whose cache is in a folder.
func duplicity(t *testing.T, cache string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("duplicity")
	if err != nil {
		t.Fatal("duplicity is missing: Debian package duplicity")
	}
	args = append([]string{"--no-encryption", "--no-print-statistics", "--archive-dir", cache}, args...)
	if out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Fatalf("duplicity %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// What duplicity stores in several places is found there, and what is stored
// here duplicity restores: the same files lie in the same places.
func TestDuplicity(t *testing.T) {
	src := t.TempDir()
	content := make([]byte, 2500<<10)
	for i := range content { // it does not pack
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		content[i] = sum[i%32]
	}
	if err := os.WriteFile(filepath.Join(src, "file"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ list, query string }{
		"stripe": {twoParts, "?mode=stripe&onfail=abort&subpath=/below"},
		"mirror": {twoParts, "?mode=mirror"},
		"prefixes": {
			`[{"description": "all", "url": "file://DIR/1", "prefixes": ["duplicity-full"], "env": [{"name": "X", "value": "y"}], "options": {"timeout": "60"}},
			{"url": "file://DIR/2", "prefixes": ["duplicity-full-signatures"]}]`, "?mode=mirror",
		},
	} {
		t.Run(name, func(t *testing.T) {
			theirs, ours, cache := t.TempDir(), t.TempDir(), t.TempDir()
			for _, dir := range []string{theirs, ours} {
				for _, part := range []string{"1", "2"} {
					if err := os.Mkdir(filepath.Join(dir, part), 0o700); err != nil {
						t.Fatal(err)
					}
				}
			}
			from, to := list(t, theirs, row.list)+row.query, list(t, ours, row.list)+row.query
			duplicity(t, cache, "full", "--volsize", "1", src, from)
			copyAll(t, openBoth(t, to), openBoth(t, from))
			for _, part := range []string{"1", "2"} {
				if want, got := tree(t, filepath.Join(theirs, part)), tree(t, filepath.Join(ours, part)); got != want {
					t.Errorf("part %s has\n%s\nwant\n%s", part, got, want)
				}
			}
			restored := filepath.Join(t.TempDir(), "restored")
			duplicity(t, t.TempDir(), "restore", to, restored)
			if got, err := os.ReadFile(filepath.Join(restored, "file")); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes were restored, %v", len(got), err)
			}
		})
	}
}

func openBoth(t *testing.T, raw string) backends.Store {
	t.Helper()
	s, err := openAny(t.Context(), raw, backends.Config{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// copyAll stores what one holds in the other, in the order in which duplicity
// does: volumes, signatures, manifest.
func copyAll(t *testing.T, to, from backends.Store) {
	t.Helper()
	found := map[string]string{}
	for o, err := range from.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		content, err := get(t, from, o.Name)
		if err != nil || int64(len(content)) != o.Size {
			t.Fatalf("%s: %d bytes of %d, %v", o.Name, len(content), o.Size, err)
		}
		found[o.Name] = content
	}
	for _, part := range []string{".vol1.", ".vol2.", ".vol3.", ".sigtar", ".manifest"} {
		for name, content := range found {
			if strings.Contains(name, part) {
				put(t, to, name, content)
				delete(found, name)
			}
		}
	}
	if len(found) > 0 {
		t.Errorf("%d files were not expected", len(found))
	}
}

// tree is the names of all files below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, strings.TrimPrefix(path, dir))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}
