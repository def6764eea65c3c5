package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// server is what is known about how to log in.
type server struct {
	config         backends.Config
	host, hostPort string
	// implicit: TLS from the first byte.
	implicit bool
	user     string
	mailbox  string
	create   bool

	mu       sync.Mutex
	password string
	// startTLS: the server offered it once, and is held to that.
	startTLS bool
}

// dial connects, logs in and opens the mailbox.
func (s *server) dial(ctx context.Context) (_ *conn, err error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	c.watch(ctx)
	if err = s.login(c); err == nil {
		err = s.open(c)
	}
	if err != nil {
		c.unwatch()
		c.kill()
		_ = c.Close() // it waits for the library's goroutine
		return nil, err
	}
	return c, nil
}

// connect connects, with TLS wherever the server has it.
func (s *server) connect(ctx context.Context) (*conn, error) {
	s.mu.Lock()
	startTLS := s.startTLS
	s.mu.Unlock()
	c, err := s.attempt(ctx, startTLS)
	if err != nil || s.implicit || startTLS || !c.caps.Has(imap.CapStartTLS) {
		return c, err
	}
	s.mu.Lock()
	s.startTLS = true
	s.mu.Unlock()
	c.kill()
	_ = c.Close() // there is a better one
	return s.attempt(ctx, true)
}

func (s *server) attempt(ctx context.Context, startTLS bool) (*conn, error) {
	trust, err := transfer.TLS(&s.config, s.host)
	if err != nil {
		return nil, err
	}
	wire, err := transfer.Dial(ctx, &s.config, s.hostPort)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = wire.Close() })
	defer stop()
	client, err := s.greet(ctx, wire, trust, startTLS)
	if err != nil {
		_ = wire.Close() // it is of no use
		return nil, err
	}
	return &conn{Client: client, net: wire, caps: client.Caps(), mailbox: s.mailbox}, nil
}

func (s *server) greet(ctx context.Context, wire net.Conn, trust *tls.Config, startTLS bool) (*imapclient.Client, error) {
	options := &imapclient.Options{TLSConfig: trust}
	if s.implicit {
		secure := tls.Client(wire, trust)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		wire = secure
	}
	if startTLS {
		return imapclient.NewStartTLS(wire, options)
	}
	client := imapclient.New(wire, options)
	if err := client.WaitGreeting(); err != nil {
		_ = wire.Close() // the greeting says why
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

// login sends the password, in the way that the server takes.
func (s *server) login(c *conn) error {
	s.mu.Lock()
	password := s.password
	s.mu.Unlock()
	var err error
	switch {
	case !c.caps.Has(imap.CapLoginDisabled):
		err = c.Login(s.user, password).Wait()
	case c.caps.Has(imap.AuthCap("PLAIN")):
		err = c.Authenticate(&plain{s.user, password})
	default:
		return fmt.Errorf("%w: the server takes no password on a connection in clear; use imaps://", backends.ErrConfig)
	}
	if err != nil {
		return loginRefused(err)
	}
	c.caps = c.Caps()
	if limit, ok := c.caps.AppendLimit(); ok && limit != nil {
		c.limit = int64(*limit)
	}
	return nil
}

// plain is SASL's mechanism of that name.
type plain struct{ user, password string }

// Start implements sasl.Client.
func (p *plain) Start() (mechanism string, response []byte, err error) {
	return "PLAIN", []byte("\x00" + p.user + "\x00" + p.password), nil
}

// Next implements sasl.Client.
func (p *plain) Next([]byte) ([]byte, error) {
	return nil, errors.New("the server asks what PLAIN does not know")
}

// open opens the mailbox, and makes it where that is wanted.
func (s *server) open(c *conn) error {
	_, err := c.Select(s.mailbox, nil).Wait()
	if missing := mailboxMissing(err); missing != nil {
		if !s.create {
			return missing
		}
		if err := c.Create(s.mailbox, nil).Wait(); err != nil {
			if refusal, ok := errors.AsType[*imap.Error](err); !ok || refusal.Code != imap.ResponseCodeAlreadyExists {
				return err
			}
		}
		_, err = c.Select(s.mailbox, nil).Wait()
	}
	return err
}
