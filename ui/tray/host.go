package tray

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
)

// hostLimit is how long the session bus may take to answer: a person waits for
// the window to close.
const hostLimit = 2 * time.Second

// HasHost tells whether something shows tray icons in this session. Without a
// session bus, or a panel that answers, nothing does.
func HasHost(ctx context.Context) bool {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	// A connection of its own, since the shared one stays broken once it is;
	// and no bus is started where there is none.
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer conn.Close()
	if errors.Join(conn.Auth(nil), conn.Hello()) != nil {
		return false
	}
	var there dbus.Variant
	err = conn.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		watcherName, "IsStatusNotifierHostRegistered").Store(&there)
	registered, ok := there.Value().(bool)
	return err == nil && ok && registered
}
