//go:build linux

package x11

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// enter makes the tests' own process see a private desktop.
func enter(t *testing.T) *desktoptest.Desktop {
	t.Helper()
	d := desktoptest.Start(t, desktoptest.Options{NoBus: true, Bare: true})
	t.Setenv("XAUTHORITY", filepath.Join(d.Home, ".Xauthority"))
	return d
}

func open(t *testing.T, display string) *Display {
	t.Helper()
	d, err := Open(t.Context(), display)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestOpenIsLetInByTheCookie(t *testing.T) {
	desk := enter(t)
	if err := open(t, desk.Display).sync(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(desk.Home, ".Xauthority")); err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), desk.Display)
	if err == nil {
		d.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "the display refuses") {
		t.Errorf("without the cookie: got %v, want that the display refuses", err)
	}
}

func TestOpenTellsWhenNobodyListens(t *testing.T) {
	for _, display := range []string{":59000", "127.0.0.1:59001"} {
		if d, err := Open(t.Context(), display); err == nil {
			d.Close()
			t.Errorf("%s: nobody was there, and Open was content", display)
		}
	}
}

// listen makes a connection that hears messages to the root window.
func listen(t *testing.T, display string) *Display {
	t.Helper()
	d := open(t, display)
	const changeWindowAttributes, eventMask = 2, 1 << 11
	b := order.AppendUint32(nil, d.setup.root)
	b = order.AppendUint32(b, eventMask)
	b = order.AppendUint32(b, propertyChange|substructureNotify)
	if err := d.request(changeWindowAttributes, b); err != nil {
		t.Fatal(err)
	}
	if err := d.sync(); err != nil {
		t.Fatal(err)
	}
	return d
}

// hear waits for a message of a kind.
func hear(t *testing.T, d *Display, kind uint32) [32]byte {
	t.Helper()
	return hearEvent(t, d, func(packet [32]byte) bool {
		return packet[0]&0x7f == clientMessage && order.Uint32(packet[8:]) == kind
	})
}

func hearEvent(t *testing.T, d *Display, match func([32]byte) bool) [32]byte {
	t.Helper()
	if err := d.conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		packet, err := d.packet()
		if err != nil {
			t.Fatal(err)
		}
		if match(packet) {
			return packet
		}
	}
}

func TestEndStartupIsHeard(t *testing.T) {
	desk := enter(t)
	panel := listen(t, desk.Display)
	begin, err := panel.atom("_NET_STARTUP_INFO_BEGIN")
	if err != nil {
		t.Fatal(err)
	}
	more, err := panel.atom("_NET_STARTUP_INFO")
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, desk.Display)
	for _, row := range []struct{ token, want string }{
		{"a", `remove: ID="a"`},
		{`launcher/a "b" \c-1-desk_TIME567`, `remove: ID="launcher/a \"b\" \\c-1-desk_TIME567"`},
	} {
		if err := d.EndStartup(row.token); err != nil {
			t.Fatal(err)
		}
		packet := hear(t, panel, begin)
		text := string(packet[12:])
		for !strings.Contains(text, "\x00") {
			packet = hear(t, panel, more)
			text += string(packet[12:])
		}
		if got, _, _ := strings.Cut(text, "\x00"); got != row.want {
			t.Errorf("%q: heard %q, want %q", row.token, got, row.want)
		}
	}
}

func TestEndStartupOfNothingSaysNothing(t *testing.T) {
	d := open(t, enter(t).Display)
	for _, token := range []string{"", "a\x00b"} {
		if err := d.EndStartup(token); err != nil || d.used > 0 {
			t.Errorf("%q: got %v after %d windows", token, err, d.used)
		}
	}
}

func TestActivateTellsTheTime(t *testing.T) {
	desk := enter(t)
	manager, d := listen(t, desk.Display), open(t, desk.Display)
	window, err := d.newWindow()
	if err != nil {
		t.Fatal(err)
	}
	active, err := manager.atom("_NET_ACTIVE_WINDOW")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Activate(window, 567); err != nil {
		t.Fatal(err)
	}
	packet := hear(t, manager, active)
	if w, source, at := order.Uint32(packet[4:]), order.Uint32(packet[12:]), order.Uint32(packet[16:]); w != window || source != 1 || at != 567 {
		t.Errorf("heard of window %#x from %d at %d, want %#x from 1 at 567", w, source, at, window)
	}
}

func TestWithdrawTellsTheWindowManager(t *testing.T) {
	desk := enter(t)
	manager, d := listen(t, desk.Display), open(t, desk.Display)
	window, err := d.newWindow()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Withdraw(window); err != nil {
		t.Fatal(err)
	}
	hearEvent(t, manager, func(packet [32]byte) bool {
		return packet[0] == unmapNotify|0x80 && order.Uint32(packet[8:]) == window // 0x80: sent, not happened
	})
}

// What the server refuses is told, and not mistaken for an answer.
func TestRefusalIsAnError(t *testing.T) {
	d := open(t, enter(t).Display)
	if err := d.tell(0xdead0, 0, message{format: 8}); err != nil {
		t.Fatal(err)
	}
	if err := d.sync(); err == nil || !strings.Contains(err.Error(), "refuses request 25 with error 3") {
		t.Errorf("got %v, want that request 25 is refused", err)
	}
}
