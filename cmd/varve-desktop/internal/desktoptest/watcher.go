package desktoptest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
)

// Watcher is a tray without a screen: it owns the name that icons register
// with, and says that a host shows them.
type Watcher struct {
	conn  *dbus.Conn
	props *prop.Properties

	mu    sync.Mutex
	items []string // bus names
}

// StartTray adds a tray to a desktop that has none yet.
func (d *Desktop) StartTray() {
	d.t.Helper()
	w := &Watcher{conn: d.BusConn()}
	if err := w.export(); err != nil {
		d.t.Fatalf("starting a tray: %v", err)
	}
	d.Tray = w
}

// StopTray takes the tray away, as a panel that crashes does.
func (d *Desktop) StopTray() {
	d.t.Helper()
	if err := d.Tray.conn.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.Tray = nil
}

func (w *Watcher) export() error {
	if err := w.conn.Export(w, watcherPath, watcherName); err != nil {
		return err
	}
	value := func(v any) *prop.Prop { return &prop.Prop{Value: v, Emit: prop.EmitTrue} }
	props, err := prop.Export(w.conn, watcherPath, prop.Map{watcherName: {
		"RegisteredStatusNotifierItems":  value([]string{}),
		"IsStatusNotifierHostRegistered": value(true),
		"ProtocolVersion":                value(int32(0)),
	}})
	if err != nil {
		return err
	}
	w.props = props
	reply, err := w.conn.RequestName(watcherName, dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = fmt.Errorf("%s has an owner already", watcherName)
	}
	return err
}

// SetHost says whether a host shows the icons, and tells so as panels do.
func (w *Watcher) SetHost(there bool) error {
	w.props.SetMust(watcherName, "IsStatusNotifierHostRegistered", there)
	member := "StatusNotifierHostRegistered"
	if !there {
		member = "StatusNotifierHostUnregistered"
	}
	return w.conn.Emit(watcherPath, watcherName+"."+member)
}

// RegisterStatusNotifierItem is called over the bus by an icon. The argument
// is either a bus name or a path at the sender.
func (w *Watcher) RegisterStatusNotifierItem(service string, sender dbus.Sender) *dbus.Error {
	if strings.HasPrefix(service, "/") {
		service = string(sender)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items = append(w.items, service)
	return nil
}

// Items are the bus names of the icons that registered, without those that
// have gone.
func (w *Watcher) Items() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items = slices.DeleteFunc(w.items, func(name string) bool {
		var owned bool
		err := w.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned)
		return err != nil || !owned
	})
	return slices.Clone(w.items)
}
