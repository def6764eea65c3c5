package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
)

// The folders of an account are listed and made, from the address of the server
// alone; the top of the server is another place.
func TestFoldersOnAServer(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	at := func(path string) *engine.Explorer {
		x := e.Explore(engine.Destination{URL: server.Address("sftp", path), Options: map[string]string{"ssh-options": server.Options()}})
		t.Cleanup(x.Close)
		return x
	}
	if err := at("").MakeFolder(t.Context(), "backup/laptop ü"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(server.Home, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("backup", filepath.Join(server.Home, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(server.Home, "broken")); err != nil {
		t.Fatal(err)
	}
	inHome := filepath.Join(server.Home, "backup")[1:]
	for _, row := range []struct {
		at, folder string
		want       []string
	}{
		{"", "link", []string{"laptop ü"}},
		{"", "backup", []string{"laptop ü"}},
		{"backup", "", []string{"laptop ü"}},
		{"/", inHome, []string{"laptop ü"}},
		{"", "backup/laptop ü", nil},
	} {
		if got, err := at(row.at).Folders(t.Context(), row.folder); err != nil || got.Cut || !slices.Equal(got.Names, row.want) {
			t.Errorf("in %q of %q: %+v, %v", row.folder, row.at, got, err)
		}
	}
	home, err := at("").Folders(t.Context(), "")
	if err != nil || !slices.Contains(home.Names, "backup") || !slices.Contains(home.Names, "link") || slices.Contains(home.Names, "file") || slices.Contains(home.Names, "broken") {
		t.Errorf("in the account: %q, %v", home.Names, err)
	}
}

// More folders than anybody reads are cut off, and that is said.
func TestFoldersAreCut(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	x := e.Explore(engine.Destination{URL: server.Address("sftp", ""), Options: map[string]string{"ssh-options": server.Options()}})
	defer x.Close()
	many := filepath.Join(server.Home, "many")
	for i := range 5001 {
		if i == 5000 {
			if got, err := x.Folders(t.Context(), "many"); err != nil || got.Cut || len(got.Names) != 5000 {
				t.Errorf("of 5000 there are %d, cut: %v, %v", len(got.Names), got.Cut, err)
			}
		}
		if err := os.MkdirAll(filepath.Join(many, fmt.Sprint(i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := x.Folders(t.Context(), "many"); err != nil || !got.Cut || len(got.Names) != 5000 || !slices.IsSorted(got.Names) {
		t.Errorf("of 5001 there are %d, cut: %v, %v", len(got.Names), got.Cut, err)
	}
}

// What cannot be listed or made says why.
func TestFoldersRefused(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	options := map[string]string{"ssh-options": server.Options()}
	x := e.Explore(engine.Destination{URL: server.Address("sftp", ""), Options: options})
	defer x.Close()
	fish := e.Explore(engine.Destination{URL: server.Address("fish", ""), Options: options})
	defer fish.Close()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	listing := func(ctx context.Context, x *engine.Explorer, folder string) error {
		_, err := x.Folders(ctx, folder)
		return err
	}
	for _, row := range []struct {
		name string
		err  error
		want engine.ErrorKind
	}{
		{"a missing folder", listing(t.Context(), x, "none"), engine.NotFound},
		{"after the end", listing(stopped, x, ""), engine.Cancelled},
		{"a kind that cannot", listing(t.Context(), fish, ""), engine.NoSuchDestination},
		{"making one above", x.MakeFolder(t.Context(), "../above"), engine.Invalid},
		{"making one after the end", x.MakeFolder(stopped, "late"), engine.Cancelled},
	} {
		if x, ok := errors.AsType[*engine.Error](row.err); !ok || x.Kind != row.want {
			t.Errorf("%s: %v, want kind %d", row.name, row.err, row.want)
		}
	}
}

// One connection serves all questions; one that breaks meanwhile is made anew,
// and none is left behind.
func TestExplorerKeepsItsConnection(t *testing.T) {
	s, line, to := brokenSFTP(t)
	x := engine.New(engine.Config{ArchiveDir: t.TempDir()}).Explore(to(""))
	if err := x.MakeFolder(t.Context(), "one/two"); err != nil {
		t.Fatal(err)
	}
	ask := func(doing string) {
		t.Helper()
		if got, err := x.Folders(t.Context(), "one"); err != nil || !slices.Equal(got.Names, []string{"two"}) {
			t.Errorf("%s: %+v, %v", doing, got, err)
		}
	}
	line.Refuse()
	ask("while nobody may connect any more")
	if err := line.Accept(); err != nil {
		t.Fatal(err)
	}
	line.Cut()
	ask("after the line was cut")
	x.Close()
	line.Refuse()
	if _, err := x.Folders(t.Context(), "one"); err == nil {
		t.Error("a connection that was closed answers")
	}
	s.WaitUntil(t, func() error {
		if n := line.Connections(); n > 0 {
			return fmt.Errorf("%d connections are left", n)
		}
		return nil
	})
}

// What the names in a folder promise is told with it.
func TestFoldersThatHoldABackup(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	x := engine.New(engine.Config{ArchiveDir: t.TempDir()}).Explore(engine.Destination{
		URL: server.Address("sftp", ""), Options: map[string]string{"ssh-options": server.Options()},
	})
	defer x.Close()
	writeFiles(t, server.Home, map[string]string{
		"restic/config": "x", "restic/data/00/x": "", "restic/index/x": "", "restic/keys/x": "", "restic/snapshots/x": "",
		"volumes/duplicity-full.20261122T060000Z.manifest.gpg": "x", "volumes/letter.txt": "x", "music/song.ogg": "x",
	})
	for folder, want := range map[string]recognise.Program{"": recognise.Unknown, "restic": recognise.Restic, "volumes": recognise.Duplicity, "music": recognise.Unknown} {
		if got, err := x.Folders(t.Context(), folder); err != nil || got.Holds != want {
			t.Errorf("%q holds a backup of %q, want %q; %v", folder, got.Holds, want, err)
		}
	}
}
