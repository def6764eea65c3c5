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
)

// The folders of an account are listed and made, from the address of the server
// alone; the top of the server is another place.
func TestFoldersOnAServer(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	at := func(path string) engine.Destination {
		return engine.Destination{URL: server.Address("sftp", path), Options: map[string]string{"ssh-options": server.Options()}}
	}
	if err := e.MakeFolder(t.Context(), at(""), "backup/laptop ü"); err != nil {
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
		if got, err := e.Folders(t.Context(), at(row.at), row.folder); err != nil || got.Cut || !slices.Equal(got.Names, row.want) {
			t.Errorf("in %q of %q: %+v, %v", row.folder, row.at, got, err)
		}
	}
	home, err := e.Folders(t.Context(), at(""), "")
	if err != nil || !slices.Contains(home.Names, "backup") || !slices.Contains(home.Names, "link") || slices.Contains(home.Names, "file") || slices.Contains(home.Names, "broken") {
		t.Errorf("in the account: %q, %v", home.Names, err)
	}
}

// More folders than anybody reads are cut off, and that is said.
func TestFoldersAreCut(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	d := engine.Destination{URL: server.Address("sftp", ""), Options: map[string]string{"ssh-options": server.Options()}}
	many := filepath.Join(server.Home, "many")
	for i := range 5001 {
		if i == 5000 {
			if got, err := e.Folders(t.Context(), d, "many"); err != nil || got.Cut || len(got.Names) != 5000 {
				t.Errorf("of 5000 there are %d, cut: %v, %v", len(got.Names), got.Cut, err)
			}
		}
		if err := os.MkdirAll(filepath.Join(many, fmt.Sprint(i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := e.Folders(t.Context(), d, "many"); err != nil || !got.Cut || len(got.Names) != 5000 || !slices.IsSorted(got.Names) {
		t.Errorf("of 5001 there are %d, cut: %v, %v", len(got.Names), got.Cut, err)
	}
}

// What cannot be listed or made says why.
func TestFoldersRefused(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	e := engine.New(engine.Config{ArchiveDir: t.TempDir()})
	options := map[string]string{"ssh-options": server.Options()}
	d := engine.Destination{URL: server.Address("sftp", ""), Options: options}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	listing := func(ctx context.Context, d engine.Destination, folder string) error {
		_, err := e.Folders(ctx, d, folder)
		return err
	}
	for _, row := range []struct {
		name string
		err  error
		want engine.ErrorKind
	}{
		{"a missing folder", listing(t.Context(), d, "none"), engine.NotFound},
		{"after the end", listing(stopped, d, ""), engine.Cancelled},
		{"a kind that cannot", listing(t.Context(), engine.Destination{URL: server.Address("fish", ""), Options: options}, ""), engine.NoSuchDestination},
		{"making one above", e.MakeFolder(t.Context(), d, "../above"), engine.Invalid},
		{"making one after the end", e.MakeFolder(stopped, d, "late"), engine.Cancelled},
	} {
		if x, ok := errors.AsType[*engine.Error](row.err); !ok || x.Kind != row.want {
			t.Errorf("%s: %v, want kind %d", row.name, row.err, row.want)
		}
	}
}
