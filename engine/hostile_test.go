package engine_test

import (
	"bytes"
	"crypto/sha1"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// hostile makes an archive of one version with these items behind the root.
func hostile(t *testing.T, items ...repository.Entry) string {
	t.Helper()
	dir := t.TempDir()
	var volume, text bytes.Buffer
	w := tarstream.NewWriter(&volume)
	root := repository.Entry{Type: repository.Dir, Mode: 0o755, ModTime: time.Unix(1, 0)}
	for _, e := range append([]repository.Entry{root}, items...) {
		e.Size = -1
		var data []byte
		if e.Type == repository.File {
			data = []byte("evil")
		}
		if err := w.WriteMember(&tarstream.Header{Kind: tarstream.Snapshot, Entry: e}, data); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha1.Sum(volume.Bytes())
	v := manifest.Volume{Number: 1, Start: manifest.Position{Block: -1}, End: manifest.Position{Path: "zzz", Block: -1}, SHA1: sum[:]}
	if err := manifest.WriteVolume(&text, v); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"duplicity-full.20231114T221320Z.vol1.difftar": volume.Bytes(),
		"duplicity-full.20231114T221320Z.manifest":     text.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Whatever an archive holds, nothing is written outside of the target.
func TestHostileArchivesStayInside(t *testing.T) {
	file := func(path string) repository.Entry {
		return repository.Entry{Path: path, Type: repository.File, Mode: 0o644}
	}
	link := func(path, target string) repository.Entry {
		return repository.Entry{Path: path, Type: repository.Symlink, Target: target}
	}
	for name, items := range map[string][]repository.Entry{
		"climbs":                    {file("../evil")},
		"climbs inside":             {file("a/../../evil")},
		"absolute":                  {file("/evil")},
		"through a link":            {link("a", ".."), file("a/evil")},
		"through an absolute link":  {link("a", "OUTSIDE"), file("a/evil")},
		"through two links":         {link("a", "b"), file("a/evil"), link("b", "..")},
		"replaces a link":           {link("a", "OUTSIDE/evil"), file("a b")},
		"a folder through a link":   {link("a", ".."), {Path: "a/evil", Type: repository.Dir, Mode: 0o777}},
		"a device":                  {{Path: "disk", Type: repository.BlockDevice, Major: 8, Mode: 0o666}},
		"a hard link to the system": {{Path: "passwd", Type: repository.File, HardLink: "../../etc/passwd"}},
	} {
		for _, clash := range []restore.Clash{restore.Refuse, restore.Replace, restore.KeepBoth} {
			t.Run(name+"/"+clash.String(), func(t *testing.T) {
				outside := t.TempDir()
				for i := range items {
					if rest, ok := bytes.CutPrefix([]byte(items[i].Target), []byte("OUTSIDE")); ok {
						items[i].Target = outside + string(rest)
					}
				}
				target := filepath.Join(outside, "target")
				job := newEngine(t).Restore(engine.RestorePlan{
					Destination: engine.Destination{URL: hostile(t, items...), Encryption: engine.Encryption{Mode: engine.EncryptNone}},
					Target:      target, Clash: clash,
				})
				_ = job.Run(t.Context(), nil) // refusing is right, and so is bringing back the rest
				checkInside(t, outside, target)
			})
		}
	}
}

func checkInside(t *testing.T, outside, target string) {
	t.Helper()
	err := filepath.WalkDir(outside, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == target {
			return fs.SkipDir
		}
		if path != outside {
			t.Errorf("%s was written outside of the target", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat("/evil"); err == nil {
		t.Error("/evil was written")
	}
}
