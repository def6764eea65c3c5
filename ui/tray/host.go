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
	busName     = "org.freedesktop.DBus"
)

// hostLimit is how long the session bus and a panel may take to answer.
const hostLimit = 2 * time.Second

// settling is how long a panel may be gone before that is told: one that is
// started anew comes back at once.
const settling = 2 * time.Second

// WatchHost calls tell from one goroutine, the caller's: at once with whether
// something shows tray icons in this session, and again after each change. It
// returns when ctx ends, or when nothing can change any more, because there is
// no session bus.
func WatchHost(ctx context.Context, tell func(there bool)) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		tell(true)
		return
	}
	w, err := openHostWatch(ctx)
	if err != nil {
		tell(false)
		return
	}
	defer w.conn.Close()
	w.follow(ctx, tell)
}

// hostWatch is a connection that hears of panels.
type hostWatch struct {
	conn    *dbus.Conn
	signals chan *dbus.Signal
}

// openHostWatch makes a connection of its own, since the shared one stays
// broken once it is; and it starts no bus where there is none.
func openHostWatch(ctx context.Context) (*hostWatch, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	w := &hostWatch{conn, make(chan *dbus.Signal, 16)}
	limited, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	stop := context.AfterFunc(limited, func() { conn.Close() })
	defer stop()
	conn.Signal(w.signals)
	err = errors.Join(conn.Auth(nil), conn.Hello(),
		// The watcher comes and goes, and so do the panels that it knows.
		conn.AddMatchSignalContext(limited, dbus.WithMatchSender(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcherName)),
		conn.AddMatchSignalContext(limited, dbus.WithMatchInterface(watcherName)))
	if err != nil {
		conn.Close()
		return nil, err
	}
	return w, nil
}

// follow asks anew after every signal, which says that something changed but
// not how things stand.
func (w *hostWatch) follow(ctx context.Context, tell func(bool)) {
	told := w.hasHost(ctx)
	tell(told)
	var gone <-chan time.Time // runs while a loss is not told yet
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-w.signals:
			if !ok { // the bus is gone, and the session with it
				if ctx.Err() == nil {
					tell(false)
				}
				return
			}
			there := w.hasHost(ctx)
			switch {
			case there:
				gone = nil
			case told && gone == nil:
				gone = time.After(settling)
			}
			if there && !told {
				told = true
				tell(true)
			}
		case <-gone:
			gone, told = nil, false
			tell(false)
		}
	}
}

// hasHost asks whether a panel shows icons now. One that does not answer does
// not.
func (w *hostWatch) hasHost(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	var value dbus.Variant
	err := w.conn.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		watcherName, "IsStatusNotifierHostRegistered").Store(&value)
	there, ok := value.Value().(bool)
	return err == nil && ok && there
}
