package engine_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// deduplicatedAt is a new archive at an address.
func deduplicatedAt(url string) engine.Destination {
	return engine.Destination{URL: url, Format: engine.Deduplicated, Encryption: engine.Encryption{Passphrase: secret.New("secret")}}
}

// What an upload that broke off left at a server goes with the next prune.
func TestPruneSweepsTheDestination(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	d := deduplicatedAt("ftp://alice:s3cret@" + server.Host() + "/backup")
	e := newEngine(t)
	backUp(t, e, d, filepath.Join(t.TempDir(), "src"), time.Unix(1_700_000_000, 0), map[string]string{"a": "1"})
	broken := filepath.Join(server.Root, "backup", "data", "varve-put-0011223344556677.tmp")
	servers.WriteFile(t, broken, "half", 0o666)
	if err := os.Chtimes(broken, time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		o    engine.PruneOptions
		want error
	}{{engine.PruneOptions{DryRun: true}, nil}, {engine.PruneOptions{}, fs.ErrNotExist}} {
		if _, err := e.Prune(t.Context(), d, row.o); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(broken); !errors.Is(err, row.want) {
			t.Errorf("%+v: %v, want %v", row.o, err, row.want)
		}
	}
}

// A drive is known from one run to the next, but not from a test of it.
func TestAnotherDriveIsRefused(t *testing.T) {
	top := t.TempDir()
	dir, other, src := filepath.Join(top, "drive"), filepath.Join(top, "other"), filepath.Join(top, "src")
	e := newEngine(t)
	if _, err := e.Test(t.Context(), engine.Destination{URL: "file://" + dir}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("the test left %v, %v", left, err)
	}
	for _, at := range []string{dir, other} {
		backUp(t, e, deduplicatedAt("file://"+at), src, time.Unix(1_700_000_000, 0), map[string]string{"a": "1"})
	}
	if err := errors.Join(os.Rename(dir, dir+"-away"), os.Rename(other, dir)); err != nil {
		t.Fatal(err)
	}
	d := deduplicatedAt("file://" + dir)
	_, verr := e.Versions(t.Context(), d)
	_, terr := e.Test(t.Context(), d)
	berr := e.Backup(engine.BackupPlan{Destination: d, Root: src}).Run(t.Context(), func(engine.Event) {})
	for call, err := range map[string]error{"Versions": verr, "Test": terr, "Backup": berr} {
		if kindOf(err) != engine.Offline {
			t.Errorf("%s: %v, want Offline", call, err)
		}
	}
	d.Options = map[string]string{"any-drive": "true"}
	if all, err := e.Versions(t.Context(), d); err != nil || len(all) != 1 {
		t.Errorf("where drives take turns: %d versions, %v", len(all), err)
	}
}
