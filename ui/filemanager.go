package ui

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/godbus/dbus/v5"
)

// answerLimit is how long the file manager may take to answer.
const answerLimit = 5 * time.Second

// showInFileManager opens the system's file manager at a folder.
func showInFileManager(ctx context.Context, path string) error {
	if runtime.GOOS == "darwin" {
		return open("open", path)
	}
	if askFileManager(ctx, (&url.URL{Scheme: "file", Path: path}).String()) == nil {
		return nil
	}
	return open("xdg-open", path)
}

// browseFolder shows a folder that is read through WebDAV at an address with
// http: in the file manager, and where there is none that knows of WebDAV, in
// the browser, for which the folder lists itself.
func (u *UI) browseFolder(address string) {
	u.Work(func(ctx context.Context) error {
		if runtime.GOOS == "darwin" {
			return open("open", address)
		}
		if askFileManager(ctx, davAddress(address, os.Getenv("XDG_CURRENT_DESKTOP"))) == nil {
			return nil
		}
		return open("xdg-open", address)
	}, func(err error) {
		if err != nil {
			u.Fail(err)
		}
	})
}

// davAddress is how the file managers of a desktop call WebDAV.
func davAddress(address, desktop string) string {
	rest, ok := strings.CutPrefix(address, "http://")
	switch {
	case !ok:
		return address
	case slices.Contains(strings.Split(desktop, ":"), "KDE"):
		return "webdav://" + rest
	}
	return "dav://" + rest
}

// askFileManager asks the one that runs, or that the desktop starts.
func askFileManager(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer bus.Close()
	if err := bus.Auth(nil); err != nil {
		return err
	}
	if err := bus.Hello(); err != nil {
		return err
	}
	return bus.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
		CallWithContext(ctx, "org.freedesktop.FileManager1.ShowFolders", 0, []string{address}, "").Err
}

// open starts a program from the main loop: started from elsewhere it would give
// way to others as our own work does.
func open(program, path string) error {
	cmd := exec.Command(program, path)
	var err error
	fyne.DoAndWait(func() { err = cmd.Start() })
	if err != nil {
		return fmt.Errorf("opening the file manager: %w", err)
	}
	go func() { _ = cmd.Wait() }() // it lives as long as it wants
	return nil
}
