package settings

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/varve-backup/varve/settings/keyringtest"
)

// keyringTest names the part of a test that a session of its own runs: the
// library asks the one bus that the environment names.
const keyringTest = "VARVE_KEYRING_TEST"

// again runs the calling test in a session, beside a keyring or without one.
func again(t *testing.T, beside func(string) string) {
	t.Helper()
	script := beside(`exec "$0" -test.run "^$1\$" -test.v`)
	said, err := keyringtest.Session(t, t.TempDir(), []string{keyringTest + "=1"}, script, os.Args[0], t.Name())
	if err != nil || !strings.Contains(said, "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, said)
	}
}

// alone is a script beside which nothing runs.
func alone(script string) string { return script }

func inside() bool { return os.Getenv(keyringTest) != "" }

func TestKeyring(t *testing.T) {
	if !inside() {
		again(t, keyringtest.Beside)
		return
	}
	keyringtest.Await(t)
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

func TestBusWithoutKeyring(t *testing.T) {
	if !inside() {
		again(t, alone)
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
		again(t, alone)
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
