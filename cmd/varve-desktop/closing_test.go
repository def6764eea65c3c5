package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/ui"
	"github.com/varve-backup/varve/ui/session"
)

// Closing the window ends the program only for who wants that.
func TestClosingTheWindow(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Setenv("HOME", t.TempDir())
	s, err := session.Open(t.Context(), session.Config{DataDir: t.TempDir(), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	d := &desktop{
		launch: launch{log: slog.New(slog.DiscardHandler)}, app: test.NewTempApp(t), ctx: ctx, session: s, board: s.Board(),
		shut: func() error { return context.Canceled }, leave: func(err error) { left <- err },
	}
	c := d.window()
	if c.Login == nil || c.Logs == "" || c.Version == "" {
		t.Errorf("the window gets %+v", c)
	}
	d.ui = ui.New(c)
	d.closeWindow()
	if d.ended.Load() {
		t.Error("the program ends with its window")
	}
	if err := s.SetPreference(t.Context(), "closing", "quit"); err != nil {
		t.Fatal(err)
	}
	d.closeWindow()
	d.closeWindow() // it ends once
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	cancel()
	d.ui.Wait()
}
