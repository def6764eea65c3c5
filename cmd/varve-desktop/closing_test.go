package main

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/ui"
	"github.com/varve-backup/varve/ui/session"
)

// quitting counts how often the program was told to end.
type quitting struct {
	fyne.App
	times int
}

func (q *quitting) Quit() { q.times++ }

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
	app := &quitting{App: test.NewTempApp(t)}
	d := &desktop{app: app, ctx: ctx, session: s, board: s.Board()}
	c := d.window()
	if c.Login == nil || c.Logs == "" || c.Version == "" {
		t.Errorf("the window gets %+v", c)
	}
	d.ui = ui.New(c)
	d.closeWindow()
	if app.times != 0 {
		t.Error("the program ends with its window")
	}
	if err := s.SetPreference(t.Context(), "closing", "quit"); err != nil {
		t.Fatal(err)
	}
	d.closeWindow()
	if app.times != 1 {
		t.Error("the program does not end with its window, as it should")
	}
	cancel()
	d.ui.Wait()
}
