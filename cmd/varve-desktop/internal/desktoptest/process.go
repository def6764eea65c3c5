package desktoptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopLimit is how long a program may take to get ready, and to end when it is
// asked to.
const stopLimit = time.Minute

// toolPackages names the Debian package of every program that is used.
func toolPackages() map[string]string {
	return map[string]string{
		"Xvfb":                 "xvfb",
		"xdotool":              "xdotool",
		"xprop":                "x11-utils",
		"xev":                  "x11-utils",
		"stdbuf":               "coreutils",
		"openbox":              "openbox",
		"import":               "imagemagick",
		"dbus-daemon":          "dbus-daemon",
		"gnome-keyring-daemon": "gnome-keyring",
		"secret-tool":          "libsecret-tools",
		"duplicity":            "duplicity",
	}
}

// Tool finds an installed program, or fails the test with the name of the
// package that holds it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", name, toolPackages()[name])
	}
	return path
}

// Process is a child of the test.
type Process struct {
	Pid int

	t      testing.TB
	name   string
	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended
	output *log
}

// start runs cmd until the test ends.
func start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, name: cmd.Args[0], cmd: cmd, done: make(chan struct{}), output: &log{}}
	if cmd.Stdout == nil {
		cmd.Stdout = p.output
	}
	cmd.Stderr = p.output
	// Grandchildren that keep the output open must not hold Wait up.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", p.name, err)
	}
	p.Pid = cmd.Process.Pid
	go p.wait()
	t.Cleanup(p.end)
	return p
}

func (p *Process) wait() {
	defer close(p.done)
	// The state is read from cmd.ProcessState; an error adds nothing to it.
	_ = p.cmd.Wait()
}

// end asks the program to end and insists when it does not. A program in Go
// then tells what it is waiting for.
func (p *Process) end() {
	p.Signal(syscall.SIGTERM)
	if !p.ended(stopLimit) {
		p.t.Errorf("%s (%d) did not end in %v", p.name, p.Pid, stopLimit)
		p.Signal(syscall.SIGQUIT)
		if !p.ended(stopLimit) {
			p.Signal(syscall.SIGKILL)
			<-p.done
		}
	}
	if p.t.Failed() {
		p.t.Logf("output of %s (%d):\n%s", p.name, p.Pid, p.Output())
	}
}

func (p *Process) ended(limit time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(limit):
		return false
	}
}

// End asks it to end, and waits until it has ended.
func (p *Process) End() {
	p.t.Helper()
	p.Signal(syscall.SIGTERM)
	if !p.ended(patience) {
		p.t.Fatalf("%s does not end", p.name)
	}
}

// Signal sends a signal to the program if it still runs.
func (p *Process) Signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = p.cmd.Process.Signal(s)
	}
}

// Running tells whether the program has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode waits for the program to end, at most for limit, and returns its
// exit code, -1 if a signal ended it.
func (p *Process) ExitCode(limit time.Duration) int {
	p.t.Helper()
	if !p.ended(limit) {
		p.t.Fatalf("%s (%d) still runs after %v; output:\n%s", p.name, p.Pid, limit, p.Output())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Output is what the program has written so far.
func (p *Process) Output() string { return p.output.String() }

// log is a buffer that can be read while it is written.
type log struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// Start runs an installed program on the desktop until the test ends.
func (d *Desktop) Start(name string, args ...string) *Process {
	d.t.Helper()
	cmd := exec.Command(Tool(d.t, name), args...)
	cmd.Env = d.Env()
	return start(d.t, cmd)
}

// Run runs an installed program on the desktop to its end and returns what it
// wrote to its standard output; a program that ends badly fails the test.
func (d *Desktop) Run(name string, args ...string) string {
	d.t.Helper()
	out, err := d.TryRun(nil, name, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// TryRun is Run with additional environment that returns the error instead of
// failing the test.
func (d *Desktop) TryRun(env []string, name string, args ...string) (string, error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(d.t, name), args...)
	cmd.Env = append(d.Env(), env...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, problems.String())
	}
	return out.String(), nil
}

// firstLine reads the line that a program prints once it is ready.
func firstLine(t testing.TB, p *Process, r *os.File) string {
	t.Helper()
	if err := r.SetReadDeadline(time.Now().Add(stopLimit)); err != nil {
		t.Fatal(err)
	}
	var line []byte
	for one := make([]byte, 1); ; {
		_, err := r.Read(one)
		if err == io.EOF || (err == nil && one[0] == '\n') {
			break
		}
		if err != nil {
			t.Fatalf("%s did not get ready: %v\n%s", p.name, err, p.Output())
		}
		line = append(line, one[0])
	}
	if len(line) == 0 {
		t.Fatalf("%s ended before it was ready:\n%s", p.name, p.Output())
	}
	return string(line)
}
