package surroundings

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// busConfig has no folders of services: nothing but the test answers.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:dir=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`

// startBus starts a bus of our own and returns its address, and what ends it.
func startBus(t *testing.T) (address string, end func()) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Fatal("dbus-daemon is missing: Debian package dbus-daemon")
	}
	cmd := exec.Command(path, "--config-file="+config, "--nofork", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address), end
}

// service is a program on the bus that has properties.
type service struct {
	t    *testing.T
	conn *dbus.Conn
}

func serve(t *testing.T, address string, names ...string) *service {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for _, name := range names {
		if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatal(name, reply, err)
		}
	}
	return &service{t, conn}
}

// object shows properties, and returns what changes them.
func (s *service) object(path dbus.ObjectPath, face string, values map[string]any) *prop.Properties {
	s.t.Helper()
	all := map[string]*prop.Prop{}
	for name, v := range values {
		all[name] = &prop.Prop{Value: v, Emit: prop.EmitTrue}
	}
	p, err := prop.Export(s.conn, path, prop.Map{face: all})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// laptop is a machine on battery and Wi-Fi that a phone provides.
type laptop struct {
	*service
	manager, power, profile *prop.Properties
}

const (
	cafe   = dbus.ObjectPath("/org/freedesktop/NetworkManager/ActiveConnection/3")
	tunnel = dbus.ObjectPath("/org/freedesktop/NetworkManager/ActiveConnection/4")
	cable  = dbus.ObjectPath("/org/freedesktop/NetworkManager/ActiveConnection/5")
	point  = dbus.ObjectPath("/org/freedesktop/NetworkManager/AccessPoint/9")
)

func startLaptop(t *testing.T, address string) *laptop {
	t.Helper()
	s := serve(t, address, managerName, powerName, profiles[1].name, loginName)
	l := &laptop{service: s}
	l.manager = s.object(managerPath, managerName, map[string]any{
		"State": uint32(70), "Metered": uint32(meteredGuess), "PrimaryConnection": tunnel, "ActiveConnections": []dbus.ObjectPath{tunnel, cafe},
	})
	s.object(tunnel, connectionFace, map[string]any{"Type": "wireguard", "State": uint32(activated), "SpecificObject": dbus.ObjectPath("/")})
	s.object(cafe, connectionFace, map[string]any{"Type": wireless, "State": uint32(activated), "SpecificObject": point})
	s.object(cable, connectionFace, map[string]any{"Type": ethernet, "State": uint32(activated), "SpecificObject": dbus.ObjectPath("/")})
	s.object(point, managerName+".AccessPoint", map[string]any{"Ssid": []byte("Café Ada")})
	l.power = s.object(powerPath, powerName, map[string]any{"OnBattery": true})
	s.object(batteryPath, batteryFace, map[string]any{"IsPresent": true, "Percentage": 41.7})
	l.profile = s.object(profiles[1].path, profiles[1].name, map[string]any{"ActiveProfile": "balanced"})
	return l
}

// changed fails the test unless the machine says soon that something changed.
func changed(t *testing.T, m *Machine) {
	t.Helper()
	select {
	case <-m.Changes():
	case <-time.After(30 * time.Second):
		t.Fatal("nothing told of the change")
	}
}

// settled are the facts once a condition holds: a signal may overtake another.
func settled(t *testing.T, m *Machine, holds func(Facts) bool) {
	t.Helper()
	for {
		f := m.Facts(t.Context())
		if holds(f) {
			return
		}
		changed(t, m)
	}
}

func TestServicesOfADesktop(t *testing.T) {
	address, _ := startBus(t)
	l := startLaptop(t, address)
	m := Open(Config{Bus: address, Sys: t.TempDir()})
	defer m.Close()
	known := Known{Power: true, PowerSaver: true, Metered: true, Network: true, Name: true}
	want := Facts{OnBattery: true, Battery: 41, Metered: true, Network: "Café Ada", Known: known}
	if got := m.Facts(t.Context()); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	l.power.SetMust(powerName, "OnBattery", false)
	changed(t, m)
	settled(t, m, func(f Facts) bool { return !f.OnBattery })
	l.profile.SetMust(profiles[1].name, "ActiveProfile", "power-saver")
	changed(t, m)
	settled(t, m, func(f Facts) bool { return f.PowerSaver })
	l.manager.SetMust(managerName, "PrimaryConnection", cable)
	changed(t, m)
	settled(t, m, func(f Facts) bool { return f.Wired && f.Known.Name && f.Network == "" })
	l.manager.SetMust(managerName, "Metered", uint32(0))
	changed(t, m)
	settled(t, m, func(f Facts) bool { return !f.Metered && !f.Known.Metered })
	l.manager.SetMust(managerName, "State", uint32(20))
	changed(t, m)
	settled(t, m, func(f Facts) bool { return f.Offline })
	if err := l.conn.Emit("/org/freedesktop/login1", loginName+".Manager.PrepareForSleep", false); err != nil {
		t.Fatal(err)
	}
	changed(t, m) // it woke up
}

// A service that goes away, and a bus that does, leave what is known to the
// kernel; neither blocks anything.
func TestServicesThatGoAway(t *testing.T) {
	address, end := startBus(t)
	l := startLaptop(t, address)
	m := Open(Config{Bus: address, Sys: t.TempDir()})
	defer m.Close()
	if f := m.Facts(t.Context()); !f.OnBattery || !f.Metered {
		t.Fatalf("got %+v", f)
	}
	if _, err := l.conn.ReleaseName(managerName); err != nil {
		t.Fatal(err)
	}
	changed(t, m)
	settled(t, m, func(f Facts) bool { return !f.Metered && !f.Known.Network && f.OnBattery })
	end()
	changed(t, m)
	settled(t, m, func(f Facts) bool { return reflect.DeepEqual(f, Facts{Battery: 100}) })
}

// Nothing is on this bus, and there is none at all.
func TestNobodyAnswers(t *testing.T) {
	address, _ := startBus(t)
	for _, where := range []string{address, "unix:path=" + filepath.Join(t.TempDir(), "none")} {
		m := Open(Config{Bus: where, Sys: t.TempDir()})
		if got := m.Facts(t.Context()); !reflect.DeepEqual(got, Facts{Battery: 100}) {
			t.Errorf("%s: got %+v", where, got)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
