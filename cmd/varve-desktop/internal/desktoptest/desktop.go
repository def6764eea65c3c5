// Package desktoptest is a private desktop for tests: an X server, a session
// bus, a window manager, a keyring and a tray, all real programs, none of them
// shared with the desktop of the person who runs the tests. Start makes one;
// Launch runs a program on it; Click, Type and Key are real X events.
//
// Everything listens on sockets in one temporary folder, and everything is
// stopped by its process id when the test ends. A program that is not
// installed fails the test and names the Debian package.
package desktoptest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// KeyringPassword unlocks the login keyring of a Desktop.
const KeyringPassword = "a test password"

// Options choose the parts of a Desktop. The zero value is a screen of
// 1280×900 with a window manager and a session bus, and no tray nor keyring.
type Options struct {
	// Env is what else the programs have in their environment, as "NAME=value".
	Env []string
	// Width and Height are the screen's, in pixels.
	Width, Height int
	// Scale is how many pixels a point has; zero means 1.
	Scale float64
	// Theme is "light" or "dark"; empty leaves it to the program.
	Theme string
	// Bare leaves the window manager out: the window then stands at 0,0
	// without a frame, which makes pictures of the window alone.
	Bare bool
	// NoBus leaves the session bus out, and with it Tray and Keyring.
	NoBus bool
	// Keyring starts gnome-keyring with an unlocked login keyring.
	Keyring bool
	// Tray starts a StatusNotifierWatcher with a host.
	Tray bool
}

// Desktop is a running private desktop. Its fields are read-only.
type Desktop struct {
	Home    string // the person's home folder, with .cache in it
	Runtime string // XDG_RUNTIME_DIR
	Display string // ":12"
	// Bus is the address of the session bus, empty without one.
	Bus string
	// Tray is nil unless Options asked for it; see StartTray.
	Tray *Watcher

	t        testing.TB
	options  Options
	launched int // programs so far
}

// Start makes a Desktop that lasts as long as the test.
func Start(t testing.TB, o Options) *Desktop {
	t.Helper()
	o.Width, o.Height = cmp.Or(o.Width, 1280), cmp.Or(o.Height, 900)
	d := &Desktop{t: t, options: o}
	d.makeFolders()
	d.startScreen()
	if !o.NoBus {
		d.startBus()
	}
	if !o.Bare {
		d.startWindowManager()
	}
	if o.Keyring {
		d.startKeyring()
	}
	if o.Tray {
		d.StartTray()
	}
	return d
}

// makeFolders keeps the paths short, because a socket's path may have only
// some hundred bytes and t.TempDir spells out the test's name.
func (d *Desktop) makeFolders() {
	d.t.Helper()
	base, err := os.MkdirTemp("", "desk")
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { d.remove(base) })
	d.Home, d.Runtime = filepath.Join(base, "home"), filepath.Join(base, "run")
	for _, folder := range []string{d.Home, d.Runtime, filepath.Join(d.Home, ".cache")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			d.t.Fatal(err)
		}
	}
}

// remove reports what it leaves behind, since that would be a process that
// still writes.
func (d *Desktop) remove(base string) {
	if err := os.RemoveAll(base); err != nil {
		d.t.Errorf("removing the private desktop: %v", err)
	}
}

// Env is the whole environment of a program on this desktop: nothing of the
// person's own session is in it but PATH.
func (d *Desktop) Env() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + d.Home,
		"XDG_RUNTIME_DIR=" + d.Runtime,
		"DISPLAY=" + d.Display,
		"LANG=C.UTF-8",
		"LIBGL_ALWAYS_SOFTWARE=1",
		"FYNE_PLATFORM=x11",
		"FYNE_SCALE=" + fmt.Sprint(cmp.Or(d.options.Scale, 1)),
	}
	if d.Bus != "" {
		env = append(env, "DBUS_SESSION_BUS_ADDRESS="+d.Bus)
	}
	if d.options.Theme != "" {
		env = append(env, "FYNE_THEME="+d.options.Theme)
	}
	return append(env, d.options.Env...)
}
