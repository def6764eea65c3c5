//go:build linux

package main

import (
	"context"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
	"github.com/varve-backup/varve/ui/tray"
)

// watched is what WatchHost tells.
type watched struct {
	t     *testing.T
	told  chan bool
	ended chan struct{}
	stop  context.CancelFunc
}

func watchHost(t *testing.T, bus string) *watched {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
	ctx, stop := context.WithCancel(t.Context())
	w := &watched{t, make(chan bool, 16), make(chan struct{}), stop}
	go func() {
		defer close(w.ended)
		tray.WatchHost(ctx, func(there bool) { w.told <- there })
	}()
	t.Cleanup(w.end)
	return w
}

func (w *watched) expect(when string, want bool) {
	w.t.Helper()
	select {
	case got := <-w.told:
		if got != want {
			w.t.Fatalf("%s: got %v, want %v", when, got, want)
		}
	case <-time.After(20 * time.Second):
		w.t.Fatalf("%s: nothing was told, want %v", when, want)
	}
}

// end stops the watch, and fails when something was told that was not
// expected.
func (w *watched) end() {
	w.stop()
	<-w.ended
	select {
	case got := <-w.told:
		w.t.Errorf("%v was told at last", got)
	default:
	}
}

func TestPanelsComeAndGo(t *testing.T) {
	d := desktoptest.Start(t, desktoptest.Options{Bare: true})
	w := watchHost(t, d.Bus)
	w.expect("without a panel", false)
	d.StartTray()
	w.expect("with a panel", true)
	if err := d.Tray.SetHost(false); err != nil {
		t.Fatal(err)
	}
	w.expect("with a panel that shows no icons", false)
	if err := d.Tray.SetHost(true); err != nil {
		t.Fatal(err)
	}
	w.expect("with one that shows them again", true)
	d.StopTray()
	w.expect("after the panel ended", false)
}

// A panel that is started anew is gone for a moment only, which is not told.
// What is told is the lasting loss after it, and not before that has lasted.
func TestPanelStartedAnewIsNotMissed(t *testing.T) {
	d := desktoptest.Start(t, desktoptest.Options{Bare: true, Tray: true})
	w := watchHost(t, d.Bus)
	w.expect("with a panel", true)
	stopped := time.Now()
	d.StopTray()
	d.StartTray()
	if err := d.Tray.SetHost(false); err != nil { // to have something to wait for
		t.Fatal(err)
	}
	w.expect("when it shows no icons any more", false)
	if after := time.Since(stopped); after < time.Second {
		t.Errorf("a loss was told after %v already", after)
	}
}

func TestPanelIsThereAtOnce(t *testing.T) {
	d := desktoptest.Start(t, desktoptest.Options{Bare: true, Tray: true})
	watchHost(t, d.Bus).expect("with a panel", true)
}

func TestNoBusNoPanel(t *testing.T) {
	w := watchHost(t, "unix:path="+t.TempDir()+"/nobody")
	w.expect("without a bus", false)
	select {
	case <-w.ended:
	case <-time.After(20 * time.Second):
		t.Error("it goes on without a bus")
	}
}
