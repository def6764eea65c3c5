// Package ftp stores objects on an FTP server: in clear, with TLS that is asked
// for (ftpes) or with TLS from the start (ftps), in passive and active mode.
// Start with Kind, or with Open.
//
// It is a client of our own because no other one has active mode and ends its
// waits with a context; the same client then serves the passive mode. A Put
// goes to a temporary name whose size is checked before it is renamed. FTP has
// no way to make a write durable, and none to ask for a sum: what is promised
// is what SIZE says.
package ftp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Security says how a connection is encrypted.
type Security int

// In clear, with TLS that is asked for, and with TLS from the first byte.
const (
	Plain Security = iota
	Explicit
	Implicit
)

// Options say how a server is reached.
type Options struct {
	// Address is host and port.
	Address        string
	User, Password string
	Security       Security
	// TLS says who is trusted; it is needed where there is Security.
	TLS *tls.Config
	// Active: the server connects to this computer for data, instead of this
	// computer to the server.
	Active bool
	// Folder is the destination: relative to where the login begins, or
	// absolute.
	Folder string
	// Create makes it when it is missing.
	Create bool
	// Stall is how long a transfer may stand still; 0 means 30 seconds.
	Stall time.Duration
	// Connections is how many logins there are at once; 0 means 2. There are
	// at least 2, because one may read while another writes.
	Connections int
}

const (
	fewest   = 2
	idleTime = 5 * time.Second // after which a connection is tried before it is used
	patience = 3 * time.Second // for clearing up after a call that was cancelled
)

// Store is a folder on a server.
type Store struct {
	o Options
	// base is the folder, absolute and without a slash at its end.
	base string
	// slots has a place for each login; idle has those that nobody uses.
	slots chan struct{}
	idle  chan *conn
	// oldTLS: a transfer broke with TLS 1.3, and 1.2 is used from now on.
	oldTLS atomic.Bool
	// plainList: LIST takes no option on this server.
	plainList atomic.Bool
}

// Open logs in and finds the folder, which is ErrNotExist when it is missing.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Stall == 0 {
		o.Stall = backends.DefaultTimeout
	}
	o.Connections = max(o.Connections, fewest)
	s := &Store{o: o, slots: make(chan struct{}, o.Connections), idle: make(chan *conn, o.Connections)}
	err := s.use(ctx, func(c *conn) error { return s.enter(c) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s on %s: %w", o.Folder, o.Address, transfer.Opening(err)), s.Close())
	}
	return s, nil
}

// enter finds the folder.
func (s *Store) enter(c *conn) error {
	home, err := c.where()
	if err != nil {
		return err
	}
	base := s.o.Folder
	if !strings.HasPrefix(base, "/") {
		base = home + "/" + base
	}
	s.base = strings.TrimSuffix(path.Clean(base), "/")
	if s.o.Create {
		return c.makeFolder(s.base, "")
	}
	return c.want("CWD "+root(s.base), 200)
}

// root is a folder as commands take it.
func root(dir string) string {
	if dir == "" {
		return "/"
	}
	return dir
}

// makeFolder makes a folder and those above it, down from one that exists.
func (c *conn) makeFolder(dir, from string) error {
	err := c.want("CWD "+root(dir), 200)
	if err == nil || dir == from || !isReply(err) {
		return err
	}
	if err := c.makeFolder(strings.TrimSuffix(path.Dir(dir), "/"), from); err != nil {
		return err
	}
	err = c.want("MKD "+dir, 257)
	if isReply(err) && c.want("CWD "+dir, 200) == nil {
		return nil // somebody else was faster
	}
	if errors.Is(err, backends.ErrNotExist) {
		// Where the folder above exists, nothing is missing.
		return fmt.Errorf("%w: %s", backends.ErrPermission, err.Error())
	}
	return err
}

func isReply(err error) bool {
	_, is := errors.AsType[*replyError](err)
	return is
}

// take gets a login for a call. give returns it.
func (s *Store) take(ctx context.Context) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for {
		select {
		case c := <-s.idle:
			c.bound = c.bind(ctx)
			if time.Since(c.used) < idleTime || c.alive() {
				return c, nil
			}
			_ = c.bound()
			_ = c.Close() // the server has ended it
			continue
		default:
		}
		c, err := s.dial(ctx)
		if err != nil {
			<-s.slots
			return nil, err
		}
		c.bound = c.bind(ctx)
		return c, nil
	}
}

// give returns a login. After an error that says nothing about the state of
// the connection, it ends it.
func (s *Store) give(c *conn, err error) {
	if cancelled := c.bound(); cancelled == nil && usable(err) {
		s.idle <- c // there is room for as many as there are slots
	} else {
		s.suspect(c, err)
		_ = c.Close() // it is of no use any more
	}
	<-s.slots
}

// suspect has TLS 1.2 used from now on when a transfer with 1.3 broke: some
// servers, as vsftpd 3.0.3, were not made for it.
func (s *Store) suspect(c *conn, err error) {
	t, is := c.Conn.(*tls.Conn)
	if _, broke := errors.AsType[*transferError](err); is && broke && c.ctx.Err() == nil && t.ConnectionState().Version == tls.VersionTLS13 {
		s.oldTLS.Store(true)
	}
}

// use makes a call with a login and gives its error a class.
func (s *Store) use(ctx context.Context, call func(c *conn) error) error {
	c, err := s.take(ctx)
	if err == nil {
		err = call(c)
		s.give(c, err)
	}
	return classify(ctx, err)
}

// path is where an object lies.
func (s *Store) path(name string) (string, error) {
	if err := transfer.CheckName(name); err != nil {
		return "", err
	}
	// Servers take what is no UTF-8 for something else, each in its own way.
	if transfer.IsTemp(name) || strings.ContainsAny(name, "\r\n") || !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return s.base + "/" + name, nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	p, err := s.path(name)
	if err != nil {
		return backends.Object{}, err
	}
	o := backends.Object{Name: name}
	err = s.use(ctx, func(c *conn) (err error) {
		o.Size, o.ModTime, err = s.stat(c, p)
		return err
	})
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return o, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays.
func (s *Store) Delete(ctx context.Context, name string) error {
	p, err := s.path(name)
	if err != nil {
		return err
	}
	if err := s.use(ctx, func(c *conn) error { return s.remove(c, p) }); err != nil {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// remove deletes a file. Servers say the same of what is missing and of what
// may not go, so it is looked for; and once it was missing, it may be back.
func (s *Store) remove(c *conn, p string) (err error) {
	for range 3 {
		err = c.want("DELE "+p, 200)
		if !isReply(err) || !errors.Is(err, backends.ErrNotExist) && !errors.Is(err, backends.ErrPermission) {
			return err
		}
		_, _, serr := s.stat(c, p)
		if errors.Is(serr, backends.ErrNotExist) {
			return nil
		}
		if serr != nil {
			return serr
		}
	}
	return fmt.Errorf("%w: %s", backends.ErrPermission, err.Error())
}

// Rename implements backends.Renamer.
func (s *Store) Rename(ctx context.Context, from, to string) error {
	f, ferr := s.path(from)
	t, terr := s.path(to)
	if err := errors.Join(ferr, terr); err != nil {
		return err
	}
	err := s.use(ctx, func(c *conn) error {
		if err := c.makeFolder(path.Dir(t), s.base); err != nil {
			return err
		}
		return s.move(c, f, t)
	})
	if err != nil {
		return fmt.Errorf("renaming %s: %w", from, err)
	}
	return nil
}

// move renames. Most servers replace what has the name; for the others it is
// deleted first.
func (s *Store) move(c *conn, from, to string) error {
	err := c.rename(from, to)
	if !isReply(err) || errors.Is(err, backends.ErrTemporary) || errors.Is(err, backends.ErrFull) {
		return err
	}
	if _, _, serr := s.stat(c, from); serr != nil {
		return err
	}
	if _, _, serr := s.stat(c, to); serr != nil {
		return err
	}
	if derr := c.want("DELE "+to, 200); derr != nil {
		return err
	}
	return c.rename(from, to)
}

func (c *conn) rename(from, to string) error {
	if err := c.want("RNFR "+from, 350); err != nil {
		return err
	}
	return c.want("RNTO "+to, 200)
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: s.o.Connections}
}

// Close implements backends.Store.
func (s *Store) Close() error {
	for {
		select {
		case c := <-s.idle:
			c.end()
		default:
			return nil
		}
	}
}
