package surroundings

import (
	"context"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// The services that are asked: each has a name, and an object and an interface
// with properties. Power profiles moved to another name in 2023.
const (
	managerName = "org.freedesktop.NetworkManager"
	managerPath = "/org/freedesktop/NetworkManager"
	powerName   = "org.freedesktop.UPower"
	powerPath   = "/org/freedesktop/UPower"
	batteryPath = "/org/freedesktop/UPower/devices/DisplayDevice"
	batteryFace = "org.freedesktop.UPower.Device"
	loginName   = "org.freedesktop.login1"
)

var profiles = []struct {
	name string
	path dbus.ObjectPath
}{
	{"org.freedesktop.UPower.PowerProfiles", "/org/freedesktop/UPower/PowerProfiles"},
	{"net.hadess.PowerProfiles", "/net/hadess/PowerProfiles"},
}

// again is how long a bus that is not there is left alone.
const again = time.Minute

// bus returns the connection, nil without a bus. One that broke is made anew.
func (m *Machine) bus() *dbus.Conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn != nil && m.conn.Connected() || m.closed {
		return m.conn
	}
	m.conn = nil
	if !m.tried.IsZero() && time.Since(m.tried) < again {
		return nil
	}
	m.tried = time.Now()
	conn, err := m.connect()
	if err != nil {
		return nil // a machine without a bus is an ordinary one
	}
	m.conn = conn
	return conn
}

func (m *Machine) connect() (*dbus.Conn, error) {
	var conn *dbus.Conn
	var err error
	if m.config.Bus != "" {
		conn, err = dbus.Connect(m.config.Bus)
	} else {
		conn, err = dbus.ConnectSystemBus()
	}
	if err != nil {
		return nil, err
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	m.watched.Go(func() { m.watch(signals) })
	for _, match := range matches() {
		// A service that tells nothing is asked now and then.
		_ = conn.AddMatchSignal(match...)
	}
	return conn, nil
}

// matches are the signals that something changed.
func matches() [][]dbus.MatchOption {
	changed := func(sender string, path dbus.ObjectPath) []dbus.MatchOption {
		return []dbus.MatchOption{
			dbus.WithMatchSender(sender), dbus.WithMatchObjectPath(path),
			dbus.WithMatchInterface("org.freedesktop.DBus.Properties"), dbus.WithMatchMember("PropertiesChanged"),
		}
	}
	all := [][]dbus.MatchOption{
		changed(managerName, managerPath), changed(powerName, powerPath), changed(powerName, batteryPath),
		{dbus.WithMatchSender(loginName), dbus.WithMatchInterface("org.freedesktop.login1.Manager"), dbus.WithMatchMember("PrepareForSleep")},
	}
	for _, p := range profiles {
		all = append(all, changed(p.name, p.path))
	}
	for _, name := range []string{managerName, powerName, profiles[0].name, profiles[1].name} {
		all = append(all, []dbus.MatchOption{
			dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
		})
	}
	return all
}

// watch passes signals on until the connection ends.
func (m *Machine) watch(signals <-chan *dbus.Signal) {
	for s := range signals {
		if !goesToSleep(s) {
			m.tell()
		}
	}
	m.tell() // without the bus other things are known
}

// goesToSleep tells that nothing is worth doing now.
func goesToSleep(s *dbus.Signal) bool {
	return s.Name == loginName+".Manager.PrepareForSleep" && slices.Equal(s.Body, []any{true})
}

// services asks what is on the bus, which may be nil.
type services struct {
	conn *dbus.Conn
	ctx  context.Context //nolint:containedctx // of one look
}

// get reads a property into out. No service is started for it: one that does
// not run has nothing to tell.
func (s services) get(name string, path dbus.ObjectPath, face, property string, out any) bool {
	if s.conn == nil {
		return false
	}
	var v dbus.Variant
	call := s.conn.Object(name, path).CallWithContext(s.ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, face, property)
	return call.Store(&v) == nil && v.Store(out) == nil
}

// power asks UPower, and reports whether it answered.
func (s services) power(f *Facts) bool {
	var on bool
	if !s.get(powerName, powerPath, powerName, "OnBattery", &on) {
		return false
	}
	f.OnBattery, f.Known.Power = on, true
	var percent float64
	var present bool
	if s.get(powerName, batteryPath, batteryFace, "IsPresent", &present) && present &&
		s.get(powerName, batteryPath, batteryFace, "Percentage", &percent) {
		f.Battery = int(min(max(percent, 0), 100))
	}
	return true
}

// saver asks for the power profile, and reports whether that was told.
func (s services) saver(f *Facts) bool {
	for _, p := range profiles {
		var profile string
		if s.get(p.name, p.path, p.name, "ActiveProfile", &profile) {
			f.PowerSaver, f.Known.PowerSaver = profile == "power-saver", true
			return true
		}
	}
	return false
}
