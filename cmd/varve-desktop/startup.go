package main

import (
	"cmp"
	"context"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/x11"
)

// takeToken returns what the desktop gave this start to recognise it by, ""
// for none. Programs that are started from here are other starts.
func takeToken() string {
	token := cmp.Or(os.Getenv("DESKTOP_STARTUP_ID"), os.Getenv("XDG_ACTIVATION_TOKEN"))
	for _, name := range []string{"DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN"} {
		os.Unsetenv(name)
	}
	return token
}

// answerDesktop tells the desktop that the start with this token is over, and
// that the person asked for the window then: the toolkit does neither. Only X
// takes it from somebody else than the toolkit; window is X's name, 0 for none.
func answerDesktop(ctx context.Context, token string, window uint32) error {
	display := os.Getenv("DISPLAY")
	if token == "" || display == "" {
		return nil
	}
	d, err := x11.Open(ctx, display)
	if err != nil {
		return err
	}
	defer d.Close()
	if at, ok := x11.StartupTime(token); ok && window != 0 {
		if err := d.Activate(window, at); err != nil {
			return err
		}
	}
	return d.EndStartup(token)
}

// withdraw lets the window manager forget a small window, which the toolkit
// cannot.
func withdraw(ctx context.Context, window uint32) error {
	d, err := x11.Open(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Withdraw(window)
}

// windowID is X's name of a window, 0 where it has none.
func windowID(w fyne.Window) (id uint32) {
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(func(c any) {
			if x, ok := c.(driver.X11WindowContext); ok {
				id = uint32(x.WindowHandle)
			}
		})
	}
	return id
}
