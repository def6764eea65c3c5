// Package surroundings tells what a schedule looks at on this machine: where its
// power comes from, and what kind of network it is on. Open a Machine, ask for
// its Facts, and wait for Changes. On Linux it asks the services of the desktop
// over D-Bus, and the kernel where there are none; on macOS it runs the system's
// programs. What cannot be told is said to be unknown, and taken for what lets a
// backup run.
package surroundings

import (
	"context"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/varve-backup/varve/engine/schedule"
)

// Facts are what is known of the machine at a moment.
type Facts struct {
	OnBattery bool
	Battery   int // percent, 100 where there is none
	// PowerSaver: a person or the system chose to save power.
	PowerSaver bool
	// Metered: the connection is paid by volume.
	Metered bool
	// Offline: there is no network.
	Offline bool
	// Wired tells of a connection by wire, Network is the name of the Wi-Fi.
	Wired   bool
	Network string
	Known   Known
}

// Known says which of the facts this machine can tell.
type Known struct{ Power, PowerSaver, Metered, Network, Name bool }

// Apply fills in what a schedule wants to know of the machine.
func (f *Facts) Apply(s *schedule.Surroundings) {
	s.OnBattery, s.Battery, s.PowerSaver = f.OnBattery, f.Battery, f.PowerSaver
	s.Metered, s.Offline, s.Wired, s.Network = f.Metered, f.Offline, f.Wired, f.Network
	s.Nameless = !f.Known.Name
}

// Config says where a Machine looks. The zero value is this machine.
type Config struct {
	// Bus is the address of the bus of system services; "" is the system's.
	Bus string
	// Sys is the kernel's tree; "" is /sys.
	Sys string
	// Run runs one of macOS's programs and returns what it prints; nil does so
	// on macOS, and nothing is run elsewhere.
	Run func(ctx context.Context, name string, args ...string) (string, error)
}

// Machine is asked for facts, from any goroutine.
type Machine struct {
	config  Config
	changes chan struct{}

	mu      sync.Mutex
	conn    *dbus.Conn // nil without a bus
	tried   time.Time  // when a bus was last looked for
	closed  bool
	watched sync.WaitGroup
}

// Open returns the machine. Close ends it.
func Open(c Config) *Machine {
	if c.Sys == "" {
		c.Sys = "/sys"
	}
	if c.Run == nil && runtime.GOOS == "darwin" {
		c.Run = runProgram
	}
	return &Machine{config: c, changes: make(chan struct{}, 1)}
}

func runProgram(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return string(out), err
}

// Changes gets a value after something changed that Facts tells, or the machine
// woke up. Where nothing tells of changes there never is one: ask now and then.
func (m *Machine) Changes() <-chan struct{} { return m.changes }

// patience is how long a service or a program may take to answer.
const patience = 3 * time.Second

// Facts looks at the machine.
func (m *Machine) Facts(ctx context.Context) Facts {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f := Facts{Battery: 100}
	if m.config.Run != nil {
		m.askPrograms(ctx, &f)
		return f
	}
	bus := services{m.bus(), ctx}
	if !bus.power(&f) {
		m.kernelPower(&f)
	}
	if !bus.saver(&f) {
		m.kernelSaver(&f)
	}
	bus.network(&f, m.links())
	return f
}

// Close gives the bus up.
func (m *Machine) Close() error {
	m.mu.Lock()
	m.closed = true
	conn := m.conn
	m.conn = nil
	m.mu.Unlock()
	if conn == nil {
		return nil
	}
	err := conn.Close()
	m.watched.Wait()
	return err
}

// tell lets whoever waits know, once for many changes.
func (m *Machine) tell() {
	select {
	case m.changes <- struct{}{}:
	default:
	}
}
