package desktoptest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

const (
	noticesName = "org.freedesktop.Notifications"
	noticesPath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// Notice is what a program shows outside its windows.
type Notice struct {
	ID            uint32
	Program, Icon string
	Title, Body   string
	Buttons       []string // a name and a label for each
	Hints         map[string]dbus.Variant
}

// Notices is a service of notices without a screen, as a desktop has one.
type Notices struct {
	d    *Desktop
	conn *dbus.Conn

	mu        sync.Mutex
	abilities []string
	last      uint32
	shown     []Notice
	told      int
}

// StartNotices adds a service of notices that can do what is listed.
func (d *Desktop) StartNotices(abilities ...string) *Notices {
	d.t.Helper()
	n := &Notices{d: d, conn: d.BusConn(), abilities: abilities, last: 40}
	if err := n.export(); err != nil {
		d.t.Fatalf("starting a service of notices: %v", err)
	}
	return n
}

func (n *Notices) export() error {
	if err := n.conn.Export(n, noticesPath, noticesName); err != nil {
		return err
	}
	reply, err := n.conn.RequestName(noticesName, dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = fmt.Errorf("%s has an owner already", noticesName)
	}
	return err
}

// Stop takes the service away, and all notices with it.
func (n *Notices) Stop() {
	n.d.t.Helper()
	if err := n.conn.Close(); err != nil {
		n.d.t.Fatal(err)
	}
}

// GetCapabilities is called over the bus.
func (n *Notices) GetCapabilities() ([]string, *dbus.Error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.abilities...), nil
}

// Notify is called over the bus.
func (n *Notices) Notify(program string, before uint32, icon, title, body string, buttons []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	notice := Notice{before, program, icon, title, body, buttons, hints}
	n.told++
	if at := n.at(before); at >= 0 {
		n.shown[at] = notice
		return before, nil
	}
	n.last++
	notice.ID = n.last
	n.shown = append(n.shown, notice)
	return notice.ID, nil
}

// CloseNotification is called over the bus.
func (n *Notices) CloseNotification(id uint32) *dbus.Error {
	const byProgram = 3
	if !n.remove(id) {
		return dbus.MakeFailedError(fmt.Errorf("there is no notice %d", id))
	}
	return emitted(n.conn.Emit(noticesPath, noticesName+".NotificationClosed", id, uint32(byProgram)))
}

func emitted(err error) *dbus.Error {
	if err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// at is where a notice stands; n.mu is held.
func (n *Notices) at(id uint32) int {
	return slices.IndexFunc(n.shown, func(s Notice) bool { return s.ID == id })
}

func (n *Notices) remove(id uint32) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := n.at(id)
	if at >= 0 {
		n.shown = slices.Delete(n.shown, at, at+1)
	}
	return at >= 0
}

// Shown are the notices that stand there now.
func (n *Notices) Shown() []Notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.shown)
}

// Told is how often a notice was shown.
func (n *Notices) Told() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.told
}

// See waits until there is one notice, with this title, and returns it.
func (n *Notices) See(title string) Notice {
	n.d.t.Helper()
	var shown []Notice
	n.d.Eventually("the notice "+title, func() bool {
		shown = n.Shown()
		return len(shown) == 1 && shown[0].Title == title
	})
	return shown[0]
}

// Gone waits until there is no notice.
func (n *Notices) Gone() {
	n.d.t.Helper()
	n.d.Eventually("all notices to go", func() bool { return len(n.Shown()) == 0 })
}

// Press presses a button: the desktop gives its token, tells it, and takes the
// notice away.
func (n *Notices) Press(id uint32, button, token string) {
	n.d.t.Helper()
	emit := func(signal string, values ...any) {
		n.d.t.Helper()
		if err := n.conn.Emit(noticesPath, noticesName+"."+signal, values...); err != nil {
			n.d.t.Fatal(err)
		}
	}
	emit("ActivationToken", id, token)
	emit("ActionInvoked", id, button)
	const byPerson = 2
	if n.remove(id) {
		emit("NotificationClosed", id, uint32(byPerson))
	}
}
