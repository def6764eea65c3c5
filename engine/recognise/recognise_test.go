package recognise_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/recognise"
)

func TestOf(t *testing.T) {
	for names, want := range map[string]recognise.Program{
		"": recognise.Unknown,
		"config data/ index/ keys/ locks/ snapshots/":                   recognise.Restic,
		"config data/ index/ keys/":                                     recognise.Unknown,
		"config data index keys snapshots":                              recognise.Unknown,
		"README config data/ hints.5 index.5 integrity.5 nonce":         recognise.Borg,
		"letter.odt duplicity-full.20260102T030405Z.vol1.difftar.gpg":   recognise.Duplicity,
		"duplicity-full.20260102T030405Z.manifest.part":                 recognise.Unknown,
		"duplicity-inc.20260102T030405Z.to.20260103T030405Z.manifest":   recognise.Duplicity,
		"duplicity-full-signatures.20260102T030405Z.sigtar.gz":          recognise.Unknown,
		"duplicati-20201010T101010Z.dlist.zip.aes":                      recognise.Duplicati,
		"mine-b00112233445566778899aabbccddeeff.dblock.zip":             recognise.Duplicati,
		"mine-i00112233445566778899aabbccddeeff.dindex.7z.gpg":          recognise.Duplicati,
		"duplicati-20201010T101010Z.dlist.zip.aes.part report-2020.zip": recognise.Unknown,
		"kopia.repository.f _log_20260101 p00/":                         recognise.Kopia,
		"Documents/ rdiff-backup-data/":                                 recognise.RdiffBackup,
		"Documents/ Pictures/ budget.ods config":                        recognise.Unknown,
	} {
		if got := recognise.Of(strings.Fields(names)); got != want {
			t.Errorf("%q is %q, want %q", names, got, want)
		}
	}
}

// What the real programs make is known, below a drive, and nothing else.
func TestScanFindsWhatProgramsMade(t *testing.T) {
	drive := t.TempDir()
	source := t.TempDir()
	write(t, filepath.Join(source, "letter.txt"), "Dear Ada")
	write(t, filepath.Join(drive, "Photos/2025/a.jpg"), "a")
	write(t, filepath.Join(drive, ".Trash/config"), "hidden")
	at := func(name string) string { return filepath.Join(drive, name) }
	for _, dir := range []string{"old/laptop", "borg"} {
		if err := os.MkdirAll(at(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "restic", "-r", at("old/laptop/restic"), "init")
	run(t, "duplicity", "--no-encryption", source, "file://"+at("dup"))
	run(t, "borg", "init", "--encryption=none", at("borg/mine"))
	if err := os.Symlink(drive, at("ring")); err != nil {
		t.Fatal(err)
	}

	var found []string
	whole, err := recognise.Scan(t.Context(), drive, recognise.Deep, func(p recognise.Place) {
		rel, _ := filepath.Rel(drive, p.Path)
		found = append(found, rel+" "+p.Program.String())
	})
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	want := []string{"dup duplicity", "borg/mine Borg", "old/laptop/restic restic"}
	if !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}

func TestScanIsBounded(t *testing.T) {
	drive := t.TempDir()
	write(t, filepath.Join(drive, "1/2/3/4/duplicity-full.20260102T030405Z.manifest"), "")
	none := func(p recognise.Place) { t.Errorf("%s is too deep", p.Path) }
	if whole, err := recognise.Scan(t.Context(), drive, recognise.Deep, none); err != nil || !whole {
		t.Error(whole, err)
	}
	for i := range 5001 {
		if err := os.Mkdir(filepath.Join(drive, fmt.Sprint("many", i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if whole, err := recognise.Scan(t.Context(), drive, 1, none); err != nil || whole {
		t.Errorf("a scan of 5000 folders and more claims to be whole: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := recognise.Scan(ctx, drive, 1, none); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := recognise.Scan(t.Context(), filepath.Join(drive, "away"), 1, none); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("config data/ index/ keys/ snapshots/")
	f.Add("duplicity-new-signatures.20260102T030405Z.to.20260103T030405Z.sigtar.gpg")
	f.Fuzz(func(t *testing.T, names string) {
		all := strings.Split(names, " ")
		p := recognise.Of(all)
		slices.Reverse(all)
		if q := recognise.Of(all); (p == recognise.Unknown) != (q == recognise.Unknown) {
			t.Errorf("%q is %v, and %v from its end", names, p, q)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// run runs a program with a home and a cache of its own.
func run(t *testing.T, program string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing: install restic, duplicity and borgbackup", program)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "RESTIC_PASSWORD=x", "XDG_CACHE_HOME="+home, "BORG_BASE_DIR="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}
