package cloud_test

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rclone/rclone/fs/config/obscure"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/mega"
)

// TestMegaIsRclones stores at MEGA with our own client and reads it with
// rclone's, and the other way round: names, keys, contents and sums are the same
// for both, and the impostor is one for either.
func TestMegaIsRclones(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 2; version++ {
		s := servers.Mega(t, version)
		file := filepath.Join(t.TempDir(), "rclone.conf")
		// The library keeps a login for each user, so that this one has a name of its own.
		user := servers.MegaUser
		if version == 1 {
			user = strings.ToUpper(user)
		}
		text := fmt.Sprintf("[m]\ntype = mega\nuser = %s\npass = %s\nuse_https = true\nhard_delete = true\n", user, obscure.MustObscure(servers.MegaPassword))
		servers.WriteFile(t, file, text, 0o600)
		c := behind(t, s.Impostor, map[string]string{"RCLONE_CONFIG": file, "BACKEND_PASSWORD": servers.MegaPassword})
		at, err := address.Parse("mega://me%40example.org@mega.nz/backup")
		if err != nil {
			t.Fatal(err)
		}
		ours, err := mega.Kind().Open(t.Context(), at, c)
		if err != nil {
			t.Fatal(err)
		}
		large := strings.Repeat("0123456789abcdeX", 5<<16) + "end"
		all := map[string]string{"a b/ü '\"": "text", "empty": "", "large": large, "block": large[:16]}
		store(t, ours, "ours/", all)
		theirs := mustOpen(t, "rclone://m:backup", c)
		for name, want := range all {
			same(t, theirs, "ours/"+name, want)
		}
		store(t, theirs, "theirs/", all)
		for name, want := range all {
			same(t, ours, "theirs/"+name, want)
		}
		if err := errors.Join(ours.Close(), theirs.Close()); err != nil {
			t.Error(err)
		}
	}
}

func store(t *testing.T, s backends.Store, folder string, all map[string]string) {
	t.Helper()
	for name, text := range all {
		if err := s.Put(t.Context(), folder+name, backends.BytesSource(text)); err != nil {
			t.Fatal(err)
		}
	}
}

func same(t *testing.T, s backends.Store, name, want string) {
	t.Helper()
	r, err := s.Get(t.Context(), name, 0, -1)
	if err != nil {
		t.Error(err)
		return
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || string(b) != want {
		t.Errorf("%s: %d bytes came of %d, %v", name, len(b), len(want), err)
	}
}
