// Package servers starts the real servers that tests of destinations talk to:
// on loopback, as whoever runs the test, with everything under a folder of the
// test. Start with SSH and its like; Process is what they are made of.
package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How long a server may take to start, where many do on a busy machine, and how
// long to end when asked to.
const (
	patience = 3 * time.Minute
	parting  = 30 * time.Second
)

// Program finds a program. It ends the test when there is none, naming the
// Debian package that has it.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/lib/openssh"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	t.Fatalf("the test needs %s: install the Debian package %s", name, debian)
	return ""
}

// The ports of tests lie below those that a system gives to who calls somebody:
// none is taken in the time that a server needs to start.
const firstPort, endOfPorts = 20_000, 32_000

// FreePort returns a TCP port of loopback that nobody listens on, and that no
// other test gets before this one has ended.
func FreePort(t testing.TB) int {
	t.Helper()
	for range endOfPorts - firstPort {
		if port := firstPort + rand.IntN(endOfPorts-firstPort); claim(t, port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// claim takes a TCP port that is free, until the test has ended, by the UDP port
// of the same number: no server here uses that.
func claim(t testing.TB, port int) bool {
	t.Helper()
	at := fmt.Sprintf("127.0.0.1:%d", port)
	held, err := net.ListenPacket("udp", at)
	if err != nil {
		return false
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		_ = held.Close() // nothing was sent
		return false
	}
	t.Cleanup(func() { _ = held.Close() })
	return l.Close() == nil
}

// FreePorts returns n of them.
func FreePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		ports = append(ports, FreePort(t))
	}
	return ports
}

// Process is a server that runs.
type Process struct {
	// Log is the file with what it says.
	Log string

	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Start starts a server. It ends with the test at the latest.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), filepath.Base(cmd.Path)+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own, so that what it starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{Log: log.Name(), name: filepath.Base(cmd.Path), cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ends is of no interest
		close(p.done)
	}()
	t.Cleanup(p.Stop)
	return p
}

// Pid is the number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop ends the server and what it started.
func (p *Process) Stop() {
	group := -p.Pid()
	_ = syscall.Kill(group, syscall.SIGTERM) // it may be gone already
	select {
	case <-p.done:
	case <-time.After(parting):
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // for what is left of the group
	<-p.done
}

// Kill ends the server at once, without a chance to tidy up.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL) // it may be gone already
	<-p.done
}

// Said is the end of what the server said, for messages.
func (p *Process) Said() string {
	b, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-3000):])
}

// WaitFor waits until a server takes connections at an address: "host:port",
// or the path of a socket.
func (p *Process) WaitFor(t testing.TB, address string) {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	p.WaitUntil(t, func() error {
		c, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	})
}

var errEnded = errors.New("it has ended")

// WaitUntil waits until a check succeeds. It ends the test when that takes too
// long, or when the server ends.
func (p *Process) WaitUntil(t testing.TB, ready func() error) {
	t.Helper()
	err := errEnded
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = ready(); err == nil {
			return
		}
		select {
		case <-p.done:
			t.Fatalf("%s: %v: %s", p.name, errEnded, p.Said())
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s: not ready after %v: %v: %s", p.name, patience, err, p.Said())
}

// WriteFile writes a file of a server's configuration and returns its path.
func WriteFile(t testing.TB, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
