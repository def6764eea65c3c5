package settings

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
)

// keyringTest names the part of a test that a session of its own runs: the
// library asks the one bus that the environment names.
const keyringTest = "VARVE_KEYRING_TEST"

// inSession runs the calling test again below dbus-run-session; options are
// dbus-run-session's, before what is prepared and the test itself.
func inSession(t *testing.T, prepare string, options ...string) {
	t.Helper()
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: Debian packages dbus-daemon and gnome-keyring", tool)
		}
	}
	dir := t.TempDir()
	script := prepare + `exec "$0" -test.run "^$1\$" -test.v`
	cmd := exec.CommandContext(t.Context(), "dbus-run-session", append(options, "--", "sh", "-c", script, os.Args[0], t.Name())...)
	cmd.Env = append(os.Environ(), keyringTest+"=1", "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_RUNTIME_DIR="+dir,
		"XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "DISPLAY=", "WAYLAND_DISPLAY=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

func inside() bool { return os.Getenv(keyringTest) != "" }

func TestKeyring(t *testing.T) {
	if !inside() {
		inSession(t, "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null && ")
		return
	}
	s := NewSecrets("varve-test")
	if err := s.Available(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrNoSecret) {
		t.Errorf("got %v, want ErrNoSecret", err)
	}
	for _, want := range []string{"geheim ü", "two\nlines", ""} {
		if err := s.Set(t.Context(), "a", want); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Get(t.Context(), "a"); v != want || err != nil {
			t.Errorf("got %q, %v, want %q", v, err, want)
		}
	}
	if _, err := NewSecrets("another").Get(t.Context(), "a"); !errors.Is(err, ErrNoSecret) {
		t.Errorf("another service: %v, want ErrNoSecret", err)
	}
	if err := errors.Join(s.Delete(t.Context(), "a"), s.Delete(t.Context(), "a")); err != nil {
		t.Error(err)
	}
}

// busAlone is a bus that starts no services.
const busAlone = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

func onBusAlone(t *testing.T) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "bus.conf")
	if err := os.WriteFile(config, []byte(busAlone), 0o600); err != nil {
		t.Fatal(err)
	}
	inSession(t, "", "--config-file="+config)
}

func TestBusWithoutKeyring(t *testing.T) {
	if !inside() {
		onBusAlone(t)
		return
	}
	s := NewSecrets("varve-test")
	_, gerr := s.Get(t.Context(), "a")
	for call, err := range map[string]error{
		"Available": s.Available(t.Context()), "Get": gerr, "Set": s.Set(t.Context(), "a", "b"), "Delete": s.Delete(t.Context(), "a"),
	} {
		if !errors.Is(err, ErrNoKeyring) {
			t.Errorf("%s: %v, want ErrNoKeyring", call, err)
		}
	}
}

// silent is a keyring that never answers: it waits for the person.
type silent struct{ asked chan struct{} }

// OpenSession is the first call of every use.
func (s silent) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	close(s.asked)
	select {}
}

func TestLockedKeyringDoesNotHoldACaller(t *testing.T) {
	if !inside() {
		onBusAlone(t)
		return
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	service := silent{make(chan struct{})}
	if err := bus.Export(service, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-service.asked
		cancel(enough)
	}()
	err = NewSecrets("varve-test").Set(ctx, "a", "b")
	if !errors.Is(err, enough) || errors.Is(err, ErrNoKeyring) {
		t.Errorf("got %v, want the cause", err)
	}
}

func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	if err := NewSecrets("varve-test").Available(t.Context()); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("got %v, want ErrNoKeyring", err)
	}
}

// Looking for a bus must not start one that outlives the program. Whether one
// is found without an address depends on where the test runs.
func TestLookingStartsNoBus(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "started")
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\n: >'"+trace+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	err := reachable()
	if _, serr := os.Stat(trace); serr == nil {
		t.Errorf("a bus was started: %v", err)
	}
}

func TestKeyringIsGivenItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := make(chan struct{})
		defer close(late)
		start := time.Now()
		v, err := await(t.Context(), func() (string, error) {
			<-late
			return "too late", nil
		})
		if v != "" || !errors.Is(err, ErrNoKeyring) || time.Since(start) != answerTime {
			t.Errorf("got %q, %v after %v", v, err, time.Since(start))
		}
	})
}
