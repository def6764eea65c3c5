//go:build linux

package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
	"github.com/varve-backup/varve/ui/notice"
)

// answered waits for what a person did with a notice.
func answered(t *testing.T, b *notice.Bus) notice.Answer {
	t.Helper()
	select {
	case a := <-b.Answers():
		return a
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is told of a notice")
		return notice.Answer{}
	}
}

// TestNoticesOverTheBus speaks to a service of notices on a bus of its own.
func TestNoticesOverTheBus(t *testing.T) {
	d := desktoptest.Start(t, desktoptest.Options{Bare: true})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", d.Bus)
	bus := notice.NewBus(appID)
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	full := notice.Notice{
		Title: "Music is late", Body: "Nothing was saved <since> Monday.", Urgency: notice.Critical, Where: "Open Varve to see to it.",
		Buttons: []notice.Button{{Act: notice.Show, Label: "Show"}, {Act: notice.Later, Label: "Later"}},
	}
	if _, err := bus.Tell(t.Context(), 0, full); err == nil {
		t.Error("it told nobody")
	}
	n := d.StartNotices("actions", "body", "body-markup")
	tell := func(before uint32) uint32 {
		t.Helper()
		id, err := bus.Tell(t.Context(), before, full)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := tell(0)
	got := n.See("Music is late")
	if got.Body != "Nothing was saved &lt;since&gt; Monday." || !slices.Equal(got.Buttons, []string{"default", "Show", "later", "Later"}) || got.Icon != appID {
		t.Errorf("got %+v", got)
	}
	if got.Hints["urgency"].Value() != byte(2) || got.Hints["desktop-entry"].Value() != appID {
		t.Errorf("got the hints %v", got.Hints)
	}
	full.Title = "Music is not protected"
	if again := tell(first); again != first {
		t.Errorf("notice %d took the place of %d", again, first)
	}
	n.See("Music is not protected")
	n.Press(first, "later", "desk_TIME7")
	if a := answered(t, bus); a != (notice.Answer{ID: first, Act: notice.Later, Token: "desk_TIME7"}) {
		t.Errorf("got %+v", a)
	}
	if a := answered(t, bus); a != (notice.Answer{ID: first}) {
		t.Errorf("got %+v for a notice that is gone", a)
	}
	second := tell(0)
	for range 2 { // the second time there is nothing to take back
		if err := bus.Withdraw(t.Context(), second); err != nil {
			t.Error(err)
		}
	}
	n.Gone()
	if a := answered(t, bus); a != (notice.Answer{ID: second}) {
		t.Errorf("got %+v", a)
	}
	n.Stop()
	if a := answered(t, bus); !a.Lost {
		t.Errorf("got %+v when the service was gone", a)
	}
	n = d.StartNotices("body")
	tell(second)
	if got := n.See("Music is not protected"); len(got.Buttons) > 0 || got.Body != "Nothing was saved <since> Monday. Open Varve to see to it." {
		t.Errorf("got %+v from a service without buttons", got)
	}
}

// failureIsTold: a backup that fails while nobody looks is told outside the
// window, and its buttons do what they say.
func failureIsTold(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	n := d.StartNotices("actions", "body")
	d.write("Letters/diary.txt", "the older words\n")
	p := d.launch()
	d.setUp(p, "Letters", "Drive", "")
	p.See("it is the same, byte for byte")
	d.closeWindow(p, p.Hidden)

	if err := os.Rename(d.home("Letters"), d.home("Elsewhere")); err != nil {
		t.Fatal(err)
	}
	icon := d.TrayIcon()
	icon.Click("Back up Letters")
	told := n.See("Letters is not protected")
	if want := []string{"backup", "Back up now", "default", "Show", "later", "Later"}; !slices.Equal(told.Buttons, want) {
		t.Errorf("it has the buttons %q, want %q", told.Buttons, want)
	}
	n.Press(told.ID, "default", "")
	p.Eventually("the window to come", p.Visible)
	p.See("Something is not protected.")
	p.CloseWindow(p.Hidden)

	icon.Click("Back up Letters") // and fails again: that is no news
	if err := os.Rename(d.home("Elsewhere"), d.home("Letters")); err != nil {
		t.Fatal(err)
	}
	icon.Click("Back up Letters")
	n.See("Letters is protected again")
	if n.Told() != 2 {
		t.Errorf("%d notices were shown, want 2", n.Told())
	}
	icon.Click("Quit")
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d after Quit:\n%s", code, p.Output())
	}
	n.Gone()
}
