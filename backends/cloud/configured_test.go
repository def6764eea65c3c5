package cloud_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rclone/rclone/fs/config/obscure"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// A file of rclone's may change, and with it what a remote is made of: the
// library would keep that by its name.
func TestConfigured(t *testing.T) {
	for _, file := range []string{"First", "Changed"} {
		t.Run(file, configured)
	}
}

// configured uses a remote of rclone's own configuration, and one that encrypts
// what another keeps.
func configured(t *testing.T) {
	s := servers.B2(t)
	file := filepath.Join(t.TempDir(), "rclone.conf")
	text := fmt.Sprintf("[plain]\ntype = b2\naccount = %s\nkey = %s\nendpoint = %s\nhard_delete = true\n\n[secret]\ntype = crypt\nremote = plain:bucket/dir\npassword = %s\n",
		s.Account, s.Key, s.URL, obscure.MustObscure("geheim"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := backends.Config{Create: true, Getenv: environment(t, map[string]string{"RCLONE_CONFIG": file})}
	for _, address := range []string{"rclone://plain:/bucket/x", "rclone://secret:/y", "rclone://plain/bucket/z"} {
		st := mustOpen(t, address, c)
		if err := st.Put(t.Context(), "a/b", backends.BytesSource("hello")); err != nil {
			t.Fatal(err)
		}
		var names []string
		for o, err := range st.List(t.Context(), "") {
			if err != nil || o.Size != 5 {
				t.Errorf("%s: listed %+v, %v", address, o, err)
			}
			names = append(names, o.Name)
		}
		if len(names) != 1 || names[0] != "a/b" {
			t.Errorf("%s: listed %q", address, names)
		}
		st.Close()
	}
	program(t, c)
	other := backends.Config{Getenv: environment(t, nil), Options: map[string]string{"config": "/nonexistent"}}
	refused(t, map[string]refusal{
		"unknown remote": {"rclone://nobody:/x", c, backends.ErrConfig, ""},
		"no file":        {"rclone://plain:/x", other, backends.ErrConfig, ""},
	})
}

// program uses a remote of a type that is not built in, and one that is made of
// it: the program rclone serves both, where there is one.
func program(t *testing.T, c backends.Config) {
	t.Helper()
	servers.Program(t, "rclone", "rclone")
	file, dir := filepath.Join(t.TempDir(), "rclone.conf"), t.TempDir()
	text := fmt.Sprintf("[disk]\ntype = local\n\n[secret]\ntype = crypt\nremote = disk:%s\npassword = %s\n", dir, obscure.MustObscure("geheim"))
	servers.WriteFile(t, file, text, 0o600)
	c.Options = map[string]string{"config": file}
	for _, address := range []string{"rclone://disk:" + dir + "/x", "rclone://secret:/y"} {
		st := mustOpen(t, address, c)
		if err := st.Put(t.Context(), "a", backends.BytesSource("hello")); err != nil {
			t.Fatal(err)
		}
		if o, err := st.Stat(t.Context(), "a"); err != nil || o.Size != 5 {
			t.Errorf("%s: %+v, %v", address, o, err)
		}
		st.Close()
	}
	if text, err := os.ReadFile(filepath.Join(dir, "x", "a")); err != nil || string(text) != "hello" {
		t.Errorf("%q, %v", text, err)
	}
	t.Setenv("PATH", t.TempDir())
	refused(t, map[string]refusal{"no program": {"rclone://disk:" + dir + "/x", c, backends.ErrUnsupported, ""}})
}
