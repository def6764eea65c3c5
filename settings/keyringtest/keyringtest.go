// Package keyringtest gives tests a session of the desktop of their own. Session
// runs a script in one, Beside has a keyring there, and Await, which is called
// inside, waits for it.
package keyringtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// bus starts no services. One that it started for who asks too early would be
// another keyring, which ends with nothing.
const bus = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

// Session runs a script of the shell, with its arguments from $0 on, where home
// is all that it finds of a person. It returns what was said, and how it ended.
func Session(t testing.TB, home string, env []string, script string, args ...string) (said string, err error) {
	t.Helper()
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: Debian packages dbus-daemon and gnome-keyring", tool)
		}
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, []byte(bus), 0o600); err != nil {
		t.Fatal(err)
	}
	// A file, for nobody waits for the end of whoever else writes to it.
	out, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), "dbus-run-session", append([]string{"--config-file=" + config, "--", "sh", "-c", script}, args...)...)
	cmd.Env = slices.Concat(os.Environ(), []string{
		"HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_RUNTIME_DIR=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home,
		"DISPLAY=", "WAYLAND_DISPLAY=",
	}, env)
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	b, rerr := os.ReadFile(out.Name())
	if rerr != nil {
		t.Fatal(rerr)
	}
	return string(b), err
}

// Beside is a script that runs another one beside a keyring, which is unlocked
// soon, and ends with it.
func Beside(script string) string {
	return "printf pass | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &\n(" +
		script + ")\ncode=$?; kill $!; wait $!; exit $code"
}

// Await waits until the keyring of this session is unlocked.
func Await(t testing.TB) {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	service := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	for end := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		var collection dbus.ObjectPath
		err := service.Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection)
		if err == nil && collection != "/" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the keyring is not unlocked: %q, %v", collection, err)
		}
	}
}
