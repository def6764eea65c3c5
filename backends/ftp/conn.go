package ftp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// conn is a login: the connection over which commands go. One goroutine has it
// at a time.
type conn struct {
	net.Conn          // maybe with TLS
	raw      net.Conn // without
	in       *bufio.Reader
	stall    time.Duration
	ctx      context.Context //nolint:containedctx // of the call that has it
	// secure is how data is encrypted; nil means in clear. It keeps the session
	// of this login, which servers want to see again in each connection of it.
	secure *tls.Config
	active bool
	// features are the commands that the server knows beyond the usual ones.
	features map[string]string
	// noEPSV: the server knows only PASV.
	noEPSV bool
	used   time.Time
	// bound ends what bind began.
	bound func() error
}

// dial connects and logs in.
func (s *Store) dial(ctx context.Context) (*conn, error) {
	dialer := net.Dialer{Timeout: s.o.Stall}
	raw, err := dialer.DialContext(ctx, "tcp", s.o.Address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, raw: raw, in: bufio.NewReaderSize(raw, maxLine), stall: s.o.Stall, active: s.o.Active}
	release := c.bind(ctx)
	err = c.begin(s)
	if rerr := release(); err == nil {
		err = rerr
	}
	if err != nil {
		_ = c.Close() // the first error is the one that matters
		return nil, err
	}
	return c, nil
}

// bind lets a context end every wait of the connection, until release is
// called. release returns why the context is done.
func (c *conn) bind(ctx context.Context) (release func() error) {
	c.ctx = ctx
	stop := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(past) }) // what waits gets the error
	return func() error {
		stop()
		c.used = time.Now()
		return context.Cause(ctx)
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// arm allows the next step as long as anything may stand still.
func (c *conn) arm() error {
	if err := c.raw.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return err
	}
	return c.ctx.Err() // looked at last: what comes later is bind's
}

// begin greets, encrypts, logs in and learns what the server can.
func (c *conn) begin(s *Store) error {
	if s.o.Security == Implicit {
		if err := c.encrypt(s); err != nil {
			return err
		}
	}
	r, err := c.reply()
	for err == nil && r.code < 200 { // "ready in n minutes"
		r, err = c.reply()
	}
	if err == nil && r.code != 220 {
		err = refused("connecting", r)
	}
	if err == nil && s.o.Security == Explicit {
		if err = c.want("AUTH TLS", 234); err == nil {
			err = c.encrypt(s)
		}
	}
	if err == nil {
		err = c.login(s.o.User, s.o.Password)
	}
	if err == nil {
		err = c.prepare()
	}
	return err
}

// encrypt puts TLS over the connection.
func (c *conn) encrypt(s *Store) error {
	if c.in.Buffered() > 0 {
		// Somebody in between put it there, to be taken for an answer of the
		// encrypted server.
		return fmt.Errorf("%w: the server says more than it should in clear", backends.ErrCertificate)
	}
	c.secure = s.o.TLS.Clone()
	c.secure.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	if s.oldTLS.Load() {
		c.secure.MaxVersion = tls.VersionTLS12
	}
	t := tls.Client(c.Conn, c.secure)
	if err := c.arm(); err != nil {
		return err
	}
	if err := t.HandshakeContext(c.ctx); err != nil {
		return err
	}
	c.Conn, c.in = t, bufio.NewReaderSize(t, maxLine)
	return nil
}

func (c *conn) login(user, password string) error {
	r, err := c.command("USER " + user)
	if err == nil && r.code == 331 {
		r, err = c.command("PASS " + password)
	}
	if err != nil || r.code == 230 || r.code == 202 {
		return err
	}
	e := refused("logging in", r)
	if password != "" {
		e.text = strings.ReplaceAll(e.text, password, "…")
	}
	if e.code == 331 || e.code == 332 {
		return fmt.Errorf("%w: the server wants more than a password: %w", backends.ErrAuth, e)
	}
	return e
}

// prepare sets what holds for the whole login.
func (c *conn) prepare() error {
	if err := c.learn(); err != nil {
		return err
	}
	if _, known := c.features["UTF8"]; known {
		if _, err := c.command("OPTS UTF8 ON"); err != nil { // it may be on already
			return err
		}
	}
	if c.secure != nil {
		if err := errors.Join(c.want("PBSZ 0", 200), c.want("PROT P", 200)); err != nil {
			return err
		}
	}
	return c.want("TYPE I", 200)
}

// learn reads the list of features: a line each, between the first and last.
func (c *conn) learn() error {
	c.features = map[string]string{}
	r, err := c.command("FEAT")
	if err != nil || r.code != 211 {
		return err
	}
	for _, line := range r.lines {
		name, args, _ := strings.Cut(line, " ")
		c.features[strings.ToUpper(name)] = args
	}
	return nil
}

// command sends one and reads the reply.
func (c *conn) command(line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n\x00") {
		return reply{}, fmt.Errorf("%w: it has a line break", backends.ErrInvalidName)
	}
	if err := c.arm(); err != nil {
		return reply{}, err
	}
	if _, err := c.Write([]byte(line + "\r\n")); err != nil {
		return reply{}, err
	}
	return c.reply()
}

func (c *conn) reply() (reply, error) {
	if err := c.arm(); err != nil {
		return reply{}, err
	}
	r, err := readReply(c.in)
	if err == nil && r.code == 421 {
		return r, fmt.Errorf("%w: the server ends the connection: %s", backends.ErrTemporary, refused("", r).text)
	}
	return r, err
}

// want sends a command that has one good answer; any of 200 is one for 200.
func (c *conn) want(line string, code int) error {
	_, err := c.ask(line, code)
	return err
}

func (c *conn) ask(line string, code int) (reply, error) {
	r, err := c.command(line)
	if err == nil && r.code != code && (code != 200 || r.code/100 != 2) {
		verb, _, _ := strings.Cut(line, " ")
		return r, refused(verb, r)
	}
	return r, err
}

// alive finds out whether a connection that was idle is still one.
func (c *conn) alive() bool { return c.want("NOOP", 200) == nil }

// where is the folder that is current.
func (c *conn) where() (string, error) {
	r, err := c.ask("PWD", 257)
	if err != nil {
		return "", err
	}
	dir, ok := quotedPath(r.lines[0])
	if !ok {
		return "", fmt.Errorf("%w: the server does not say which folder it is in: %s", backends.ErrUnsupported, refused("PWD", r).text)
	}
	return dir, nil
}

// end closes a connection as politely as it can without waiting.
func (c *conn) end() {
	_ = c.raw.SetDeadline(time.Now().Add(time.Second))
	_, _ = c.Write([]byte("QUIT\r\n")) // a courtesy
	_ = c.Close()                      // nothing can be done about it
}

// usable tells that after this error the connection can take another command.
func usable(err error) bool {
	if err == nil {
		return true
	}
	_, is := errors.AsType[*replyError](err)
	_, broken := errors.AsType[*transferError](err)
	return is && !broken || errors.Is(err, backends.ErrInvalidName)
}
