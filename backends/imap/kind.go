package imap

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes mailboxes.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "imap", Title: "Mailbox (IMAP)", Schemes: []string{"imap", "imaps"}, Form: "imaps://user[:password]@host[:port]/sender",
		Note: "Each file becomes a mail in the mailbox, more than a third larger than the file. What stands behind the host is written into the " +
			"mails as their sender, and tells several backups in one mailbox apart.",
		Options: []backends.Option{
			{Name: "imap-mailbox", Title: "Mailbox", Help: "The folder of the account in which the mails are.", Default: "INBOX"},
			{Name: "imap-full-address", Type: backends.Switch, Title: "Log in with the whole address", Help: "The login is user@host, and not only the user.", Default: "false"},
			{
				Name: "imap-server", Title: "Server", Env: "IMAP_SERVER", Advanced: true,
				Help: "The server's name, where it is another one than that of the address.",
			},
		},
		Open: open,
	}
}

// usual is how many connections there are when nobody says otherwise. Servers
// allow ten or so, of which mail programs want some.
const usual = 3

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	s, err := newServer(a, c)
	if err != nil {
		return nil, err
	}
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	store := &Store{pool: newPool(connections, s.dial), from: strings.TrimPrefix(a.Path, "/")}
	// As with duplicity, IMAP_PASSWORD comes before what all kinds have.
	err = transfer.Password(ctx, a, &c, []string{"IMAP_PASSWORD", "FTP_PASSWORD", "BACKEND_PASSWORD"}, func(password string) error {
		s.mu.Lock()
		s.password = password
		s.mu.Unlock()
		return store.pool.use(ctx, func(*conn) error { return nil })
	})
	if err != nil {
		return nil, fmt.Errorf("logging in: %w", transfer.Opening(err))
	}
	return store, nil
}

func newServer(a *address.Address, c backends.Config) (*server, error) {
	s := &server{config: c, host: a.Host, implicit: a.Scheme == "imaps", user: a.User, mailbox: c.Options["imap-mailbox"], create: c.Create}
	if s.user == "" {
		return nil, fmt.Errorf("%w: the address of a mailbox names its user, as in imaps://user@host/sender", backends.ErrConfig)
	}
	if c.Options["imap-full-address"] == "true" {
		s.user += "@" + a.Host
	}
	if s.mailbox == "" {
		s.mailbox = "INBOX"
	}
	if other := c.Options["imap-server"]; other != "" {
		s.host = other
	} else if other := c.Env("IMAP_SERVER"); other != "" {
		s.host = other
	}
	port := a.Port
	if port == 0 && s.implicit {
		port = 993
	} else if port == 0 {
		port = 143
	}
	if strings.ContainsAny(s.user+s.mailbox, "\r\n\x00") {
		return nil, fmt.Errorf("%w: there is a line's end in the user or the mailbox", backends.ErrConfig)
	}
	s.hostPort = net.JoinHostPort(s.host, strconv.Itoa(port))
	return s, nil
}
