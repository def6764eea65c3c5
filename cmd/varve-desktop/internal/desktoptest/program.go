package desktoptest

import (
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Item is something seen in a window, as ui.Locate lists it: pixels, from the
// upper left corner of the window's inside. What lies on top comes last.
type Item struct {
	Text, Kind string
	X, Y, W, H int
	Disabled   bool
}

// The kinds of items.
const (
	Button = "button"
	Entry  = "entry"
	Check  = "check"
	Text   = "text"
)

// Program is a program with a window on the desktop, which was built with the
// tag journey.
type Program struct {
	*Process
	d      *Desktop
	title  string
	socket string
	last   time.Time // when something was clicked
}

// Launch starts the program and waits until it shows something. The title is
// its window's, which finds it among the windows.
func (d *Desktop) Launch(binary, title string, args ...string) *Program {
	d.t.Helper()
	p := d.LaunchBlind(binary, title, args...)
	p.within(patience, "the window to show something", func() bool { return len(p.Items()) > 0 })
	return p
}

// LaunchBlind is Launch for a window that does not tell what it shows.
func (d *Desktop) LaunchBlind(binary, title string, args ...string) *Program {
	d.t.Helper()
	p := d.LaunchHidden(binary, title, args...)
	p.within(patience, "the window to come", p.Visible)
	return p
}

// LaunchHidden is Launch for a program that shows no window at first.
func (d *Desktop) LaunchHidden(binary, title string, args ...string) *Program {
	d.t.Helper()
	d.launched++
	p := &Program{d: d, title: title, socket: filepath.Join(d.Runtime, fmt.Sprintf("journey-%d", d.launched))}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(d.Env(), "VARVE_JOURNEY_SOCKET="+p.socket)
	p.Process = start(d.t, cmd)
	return p
}

// Items lists what the window shows, nothing while it does not answer.
func (p *Program) Items() []Item {
	conn, err := net.DialTimeout("unix", p.socket, time.Second)
	if err != nil {
		return nil
	}
	defer conn.Close()
	var items []Item
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil
	}
	if err := json.NewDecoder(conn).Decode(&items); err != nil {
		return nil
	}
	return items
}

// All returns the items that match, from top to bottom.
func (p *Program) All(match func(Item) bool) []Item {
	items := slices.DeleteFunc(p.Items(), func(i Item) bool { return !match(i) })
	slices.SortStableFunc(items, func(a, b Item) int { return a.Y - b.Y })
	return items
}

// Sees tells whether a text is in the window now.
func (p *Program) Sees(text string) bool {
	return slices.ContainsFunc(p.Items(), func(i Item) bool { return strings.Contains(i.Text, text) })
}

// See waits until a text is in the window.
func (p *Program) See(text string) {
	p.d.t.Helper()
	p.SeeWithin(patience, text)
}

// SeeWithin is See for what takes long.
func (p *Program) SeeWithin(limit time.Duration, text string) {
	p.d.t.Helper()
	p.within(limit, fmt.Sprintf("the window to show %q", text), func() bool { return p.Sees(text) })
}

// Gone waits until a text is no longer in the window.
func (p *Program) Gone(text string) {
	p.d.t.Helper()
	p.within(patience, fmt.Sprintf("%q to go from the window", text), func() bool { return !p.Sees(text) })
}

// Eventually waits for a condition of the window's.
func (p *Program) Eventually(what string, condition func() bool) {
	p.d.t.Helper()
	p.within(patience, what, condition)
}

// within tells in a failure what was seen instead, and keeps a picture of it.
func (p *Program) within(limit time.Duration, what string, condition func() bool) {
	p.d.t.Helper()
	late := time.Now().Add(limit)
	p.d.Within(limit+patience, what, func() bool {
		running := p.Running() // before the condition, which may be its end
		if condition() {
			return true
		}
		if time.Now().Before(late) && running {
			return false
		}
		picture := filepath.Join(p.d.t.ArtifactDir(), "late.png")
		p.d.Screenshot(picture)
		p.d.t.Fatalf("waited for %s; the window shows %+v; see %s (with -artifacts)\n%s", what, p.Items(), picture, p.Output())
		return false
	})
}

// Click clicks the topmost enabled item of a kind with exactly this text.
func (p *Program) Click(kind, text string) {
	p.d.t.Helper()
	p.ClickOn(fmt.Sprintf("%s %q", kind, text), func(items []Item) (Item, bool) {
		for _, i := range slices.Backward(items) {
			if i.Kind == kind && i.Text == text && !i.Disabled {
				return i, true
			}
		}
		return Item{}, false
	})
}

// ClickOn clicks what choose finds among the items, once it stands still. A press
// that came just when the window changed, and may have met something else, is let
// go where it does nothing.
func (p *Program) ClickOn(what string, choose func([]Item) (Item, bool)) {
	p.d.t.Helper()
	id := p.windowID()
	var before Item
	p.within(patience, "a chance to click "+what, func() bool {
		at, ok := choose(p.Items())
		if still := ok && at == before; !still || time.Since(p.last) < clicksApart {
			before = at
			return false
		}
		p.d.xdotool("mousemove", "--window", id, fmt.Sprint(at.X+at.W/2), fmt.Sprint(at.Y+at.H/2), "sleep", "0.05", "mousedown", "1", "sleep", "0.05")
		if before, ok = choose(p.Items()); ok && before == at {
			p.d.xdotool("mouseup", "1")
			p.last = time.Now()
			return true
		}
		p.d.xdotool("mousemove", "--window", id, "1", "1", "sleep", "0.05", "mouseup", "1")
		return false
	})
}

// clicksApart is how long nothing is pressed after a click: the toolkit waits 300
// milliseconds for a second one, and then forgets what is pressed just then.
const clicksApart = 400 * time.Millisecond

// typingDelay is how many milliseconds a key takes: on a busy machine the same
// key twice in less than these was seen to count once.
const typingDelay = "30"

// Fill clicks an entry and types a text in place of what it holds.
func (p *Program) Fill(entry, text string) {
	p.d.t.Helper()
	p.Click(Entry, entry)
	p.d.xdotool("sleep", "0.05", "key", "ctrl+a", "type", "--delay", typingDelay, text)
}

// Type types a text where the keyboard is.
func (p *Program) Type(text string) {
	p.d.t.Helper()
	p.d.xdotool("sleep", "0.05", "type", "--delay", typingDelay, text)
}

// windowID is X's name of the window, hidden or not.
func (p *Program) windowID() string {
	p.d.t.Helper()
	ids := strings.Fields(p.d.Run("xdotool", "search", "--name", "^"+p.title+"$"))
	if len(ids) != 1 {
		p.d.t.Fatalf("there are %d windows called %s", len(ids), p.title)
	}
	return ids[0]
}

// Visible tells whether the window is on the screen, neither hidden nor made
// small.
func (p *Program) Visible() bool {
	out, err := p.d.TryRun(nil, "xdotool", "search", "--onlyvisible", "--name", "^"+p.title+"$")
	return err == nil && strings.TrimSpace(out) != ""
}

// Hidden tells whether the window is gone from the screen and from the list of
// windows.
func (p *Program) Hidden() bool { return !p.Visible() && !p.Minimised() }

// Minimised tells whether the window manager holds the window as an icon.
func (p *Program) Minimised() bool { return strings.Contains(p.property("WM_STATE"), "Iconic") }

// Maximised tells whether the window fills the screen.
func (p *Program) Maximised() bool {
	return strings.Contains(p.property("_NET_WM_STATE"), "_NET_WM_STATE_MAXIMIZED_VERT")
}

// Active tells whether the window has the keyboard.
func (p *Program) Active() bool {
	out, err := p.d.TryRun(nil, "xdotool", "getactivewindow")
	return err == nil && strings.TrimSpace(out) == p.windowID()
}

// property is what X knows of the window, empty when there is none.
func (p *Program) property(name string) string {
	ids, err := p.d.TryRun(nil, "xdotool", "search", "--name", "^"+p.title+"$")
	if err != nil {
		return ""
	}
	out, err := p.d.TryRun(nil, "xprop", "-id", strings.TrimSpace(ids), name)
	if err != nil {
		return ""
	}
	return out
}

// DoubleClickTitle does what makes a window fill the screen, or not any more.
func (p *Program) DoubleClickTitle() {
	p.d.t.Helper()
	id := p.windowID()
	p.d.xdotool("windowactivate", "--sync", id)
	p.d.xdotool("mousemove", "--window", id, fmt.Sprint(p.width(id)/2), fmt.Sprint(-aboveTop), "sleep", "0.05",
		"click", "--repeat", "2", "--delay", "50", "1")
}

// CloseWindow clicks the button in the corner of the frame until the window
// is closed, as the caller understands it. One click is not always enough:
// openbox takes none while it draws the frame of a window that has just come.
func (p *Program) CloseWindow(closed func() bool) {
	p.d.t.Helper()
	next := time.Now()
	p.within(patience, "the window to close", func() bool {
		if closed() {
			return true
		}
		if time.Now().After(next) {
			p.clickClose()
			next = time.Now().Add(closeAgain)
		}
		return false
	})
}

// closeAgain is how long a person waits before the second click.
const closeAgain = 3 * time.Second

// clickClose comes from elsewhere, so that the pointer enters the button.
func (p *Program) clickClose() {
	p.d.t.Helper()
	id := p.windowID()
	p.d.xdotool("windowactivate", "--sync", id)
	p.d.xdotool("mousemove", "--window", id, "5", "5", "sleep", "0.05",
		"mousemove", "--window", id, fmt.Sprint(p.width(id)-fromRight), fmt.Sprint(-aboveTop), "sleep", "0.05", "click", "1")
}

// Where openbox's own theme puts the middle of that button, in pixels from
// the upper right corner of the window's inside.
const fromRight, aboveTop = 11, 10

// width is how wide the inside of a window is, in pixels.
func (p *Program) width(id string) int {
	p.d.t.Helper()
	for line := range strings.Lines(p.d.Run("xdotool", "getwindowgeometry", "--shell", id)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "WIDTH="); ok {
			if n, err := strconv.Atoi(value); err == nil {
				return n
			}
		}
	}
	p.d.t.Fatalf("the window %s has no width", id)
	return 0
}

// Press gives the window the keyboard and presses a key.
func (p *Program) Press(key string) {
	p.d.t.Helper()
	p.d.xdotool("windowactivate", "--sync", p.windowID(), "key", key)
}

// xdotool makes real input.
func (d *Desktop) xdotool(args ...string) {
	d.t.Helper()
	d.Run("xdotool", args...)
}

// Screenshot saves a picture of the whole screen.
func (d *Desktop) Screenshot(path string) {
	d.t.Helper()
	d.Run("import", "-window", "root", path)
}

// Loop is what was measured of a program's main loop.
type Loop struct {
	// Turns are how long each turn took, in which it takes what was typed and
	// clicked, and draws.
	Turns []time.Duration
	// Answers are after how long it did what it was asked for from elsewhere. A
	// question may have to wait for several turns, since the toolkit takes turns
	// and questions by chance when both are there.
	Answers []time.Duration
}

// WhileMeasured does something, and returns how the program's main loop did.
func (p *Program) WhileMeasured(do func()) (found Loop) {
	p.d.t.Helper()
	conn, err := net.DialTimeout("unix", p.socket+".loop", time.Second)
	if err != nil {
		p.d.t.Fatalf("measuring the main loop: %v", err)
	}
	defer conn.Close()
	do()
	_ = conn.SetDeadline(time.Now().Add(patience)) // a broken one is told below
	if _, err := conn.Write([]byte{0}); err != nil {
		p.d.t.Fatalf("measuring the main loop: %v", err)
	}
	if err := json.NewDecoder(conn).Decode(&found); err != nil {
		p.d.t.Fatalf("measuring the main loop: %v", err)
	}
	return found
}

// Scroll turns the wheel over the middle of the window, down or up.
func (p *Program) Scroll(clicks int, down bool) {
	p.d.t.Helper()
	button := map[bool]string{true: "5", false: "4"}[down]
	id := p.windowID()
	p.d.xdotool("mousemove", "--window", id, fmt.Sprint(p.width(id)/2), "400", "sleep", "0.05", "click", "--repeat", fmt.Sprint(clicks), "--delay", "20", button)
}
