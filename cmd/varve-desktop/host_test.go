//go:build linux

package main

import (
	"testing"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
	"github.com/varve-backup/varve/ui/tray"
)

// The tray is asked for anew each time, because panels come and go.
func TestHasHost(t *testing.T) {
	d := desktoptest.Start(t, desktoptest.Options{Bare: true})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", d.Bus)
	expect := func(when string, want bool) {
		t.Helper()
		if got := tray.HasHost(t.Context()); got != want {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
	expect("without a panel", false)
	d.StartTray()
	expect("with a panel", true)
	if err := d.Tray.SetHost(false); err != nil {
		t.Fatal(err)
	}
	expect("with a panel that shows no icons", false)
	if err := d.Tray.SetHost(true); err != nil {
		t.Fatal(err)
	}
	d.StopTray()
	expect("after the panel ended", false)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+d.Runtime+"/nobody")
	expect("without a bus", false)
}
