package sftp

import (
	"io"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// proxy is a connection through a program, as ProxyCommand names one.
type proxy struct {
	io.Reader
	io.WriteCloser
	cmd     *exec.Cmd
	message *complaints
	once    sync.Once
}

// startProxy starts the program.
func startProxy(command string) (net.Conn, error) {
	cmd := exec.Command("/bin/sh", "-c", "exec "+command)
	message := &complaints{}
	cmd.Stderr = message
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &proxy{Reader: out, WriteCloser: in, cmd: cmd, message: message}, nil
}

// Close implements net.Conn: the program ends, and what it started.
func (p *proxy) Close() error {
	p.once.Do(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
		_ = p.cmd.Wait()                                      // how does not matter
	})
	return nil
}

// said is what the program complained about, once it is closed.
func (p *proxy) said() string { return p.message.text() }

// LocalAddr and its like are what net.Conn wants; pipes have nothing of the
// kind, and ssh sets no deadlines.
func (p *proxy) LocalAddr() net.Addr { return nowhere }

// RemoteAddr implements net.Conn.
func (p *proxy) RemoteAddr() net.Addr { return nowhere }

// SetDeadline implements net.Conn.
func (p *proxy) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (p *proxy) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (p *proxy) SetWriteDeadline(time.Time) error { return nil }
