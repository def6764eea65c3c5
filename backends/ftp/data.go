package ftp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/varve-backup/varve/backends"
)

// transferError is one of a connection of data: what the connection of
// commands says afterwards cannot be relied on.
type transferError struct{ err error }

func (e *transferError) Error() string { return "transferring: " + e.err.Error() }

func (e *transferError) Unwrap() error { return e.err }

// data is a connection over which one file or listing goes.
type data struct {
	net.Conn          // maybe with TLS
	raw      net.Conn // without
	c        *conn
	stop     func() bool
}

// transfer begins one. The command is answered before the data; the last
// answer is left for finish, drained or abort, of which one must be called.
func (c *conn) transfer(off int64, line string) (*data, error) {
	connect, giveUp, err := c.meet()
	if err != nil {
		return nil, err
	}
	if off > 0 {
		err = c.want(fmt.Sprintf("REST %d", off), 350)
	}
	var r reply
	if err == nil {
		r, err = c.command(line)
	}
	if err == nil && r.code/100 != 1 {
		err = refused(line[:4], r)
	}
	if err != nil {
		giveUp()
		return nil, err
	}
	raw, err := connect()
	if err != nil {
		giveUp()
		return nil, &transferError{err}
	}
	d := &data{Conn: raw, raw: raw, c: c}
	d.stop = context.AfterFunc(c.ctx, func() { _ = raw.Close() }) // what waits gets the error
	if err := d.encrypt(); err != nil {
		d.close()
		return nil, &transferError{err}
	}
	return d, nil
}

// meet agrees on where to connect. connect is called once the server has begun;
// giveUp instead of it.
func (c *conn) meet() (connect func() (net.Conn, error), giveUp func(), err error) {
	if c.active {
		return c.meetHere()
	}
	port, err := c.passive()
	if err != nil {
		return nil, nil, err
	}
	// Where the connection of commands goes, not where the server says.
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return nil, nil, err
	}
	dialer := net.Dialer{Timeout: c.stall}
	raw, err := dialer.DialContext(c.ctx, "tcp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		return nil, nil, &transferError{fmt.Errorf("%w: the server's port for data does not answer: %w", backends.ErrTemporary, err)}
	}
	return func() (net.Conn, error) { return raw, nil }, func() { _ = raw.Close() }, nil
}

// passive asks for a port of the server's.
func (c *conn) passive() (uint16, error) {
	if !c.noEPSV {
		r, err := c.command("EPSV")
		if err != nil {
			return 0, err
		}
		if port, ok := extendedPort(r.lines[0]); ok && r.code == 229 {
			return port, nil
		}
		c.noEPSV = true
	}
	r, err := c.ask("PASV", 227)
	if err != nil {
		return 0, err
	}
	port, ok := passivePort(r.lines[0])
	if !ok {
		return 0, refused("PASV", r)
	}
	return port, nil
}

// meetHere listens for the server.
func (c *conn) meetHere() (connect func() (net.Conn, error), giveUp func(), err error) {
	local, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return nil, nil, err
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(local.Addr(), 0)))
	if err != nil {
		return nil, nil, err
	}
	giveUp = func() { _ = l.Close() }
	if err := c.announce(l.Addr().(*net.TCPAddr).AddrPort()); err != nil {
		giveUp()
		return nil, nil, err
	}
	return func() (net.Conn, error) { return c.accept(l) }, giveUp, nil
}

// announce says where this side listens.
func (c *conn) announce(at netip.AddrPort) error {
	port, extended := activeArgs(at)
	if port == "" {
		return c.want("EPRT "+extended, 200)
	}
	return c.want("PORT "+port, 200)
}

// accept waits for the server, and for nobody else.
func (c *conn) accept(l *net.TCPListener) (net.Conn, error) {
	defer func() { _ = l.Close() }() // it is of no use any more
	defer context.AfterFunc(c.ctx, func() { _ = l.Close() })()
	if err := l.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return nil, err
	}
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	for {
		raw, err := l.AcceptTCP()
		if err != nil {
			return nil, fmt.Errorf("%w: the server did not connect back; it may reach this computer only in passive mode: %w", backends.ErrTemporary, err)
		}
		if raw.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap() == from.Addr().Unmap() {
			return raw, nil
		}
		_ = raw.Close()
	}
}

// encrypt puts TLS over it, with the session of the login.
func (d *data) encrypt() error {
	if d.c.secure == nil {
		return nil
	}
	t := tls.Client(d.raw, d.c.secure)
	d.Conn = t
	if err := d.raw.SetDeadline(time.Now().Add(d.c.stall)); err != nil {
		return err
	}
	return t.HandshakeContext(d.c.ctx)
}

// Read implements io.Reader: it waits no longer than data may stand still.
func (d *data) Read(p []byte) (int, error) {
	if err := d.raw.SetDeadline(time.Now().Add(d.c.stall)); err != nil {
		return 0, err
	}
	return d.Conn.Read(p)
}

// Write implements io.Writer, as Read does.
func (d *data) Write(p []byte) (int, error) {
	if err := d.raw.SetDeadline(time.Now().Add(d.c.stall)); err != nil {
		return 0, err
	}
	return d.Conn.Write(p)
}

func (d *data) close() {
	d.stop()
	_ = d.raw.Close() // all that matters was sent and answered
}

// sent ends an upload that is whole, and reads what the server thinks of it.
func (d *data) sent() error {
	err := d.closeWrite()
	d.close()
	if err != nil {
		return &transferError{err}
	}
	return d.c.finished()
}

// closeWrite says that nothing more comes, and waits for the server to close.
// To close at once would not do with TLS 1.3: the server has sent tickets that
// nobody read, so the system would send a reset and the server lose the data.
func (d *data) closeWrite() error {
	t, is := d.Conn.(*tls.Conn)
	if !is {
		return nil
	}
	if err := t.CloseWrite(); err != nil {
		return err
	}
	if tcp, is := d.raw.(*net.TCPConn); is {
		if err := tcp.CloseWrite(); err != nil {
			return err
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(d, 1<<20)) // the answer of the server is what counts
	return d.c.ctx.Err()
}

// received ends a download that came to its end.
func (d *data) received() error {
	d.close()
	return d.c.finished()
}

// abort ends a transfer in the middle. It leaves a connection that can be
// used, or returns an error.
func (d *data) abort() error {
	if tcp, is := d.raw.(*net.TCPConn); is {
		_ = tcp.SetLinger(0) // so that the server notices
	}
	d.close()
	if _, err := d.c.reply(); err != nil {
		return &transferError{err}
	}
	// Some servers answer an aborted transfer twice.
	r, err := d.c.command("NOOP")
	if err == nil && r.code != 200 {
		err = errReply
	}
	if err != nil {
		return &transferError{err}
	}
	return nil
}

// finished reads the last answer.
func (c *conn) finished() error {
	r, err := c.reply()
	for err == nil && r.code/100 == 1 {
		r, err = c.reply()
	}
	if err == nil && r.code/100 != 2 {
		err = refused("transferring", r)
	}
	return err
}
