// Package sftp stores objects as files on a server that is reached through SSH.
// Kind has the schemes; Open makes a Store of an address.
//
// Where the server has SFTP, that is spoken (Store). Where it has not, and the
// address says that this is welcome, the commands of its shell do the same
// (Shell). Nothing of ssh's programs is needed here; their configuration, their
// keys and the hosts that they know count all the same.
//
// From below: target finds out how to get to a server, dialer connects, link is
// one connection, pool hands out several.
package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Store is a folder on a server with SFTP.
type Store struct {
	pool *pool
	dir  string

	mu sync.Mutex
	// stale are temporary files of dead runs, noticed by the way.
	stale map[string]bool
}

// errNoSFTP: the server lets one in, but does not speak SFTP.
var errNoSFTP = errors.New("the server does not offer SFTP")

// Open opens the folder of an address.
func Open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	d, err := newDialer(a, &c)
	if err != nil {
		return nil, err
	}
	dir := folder(a.Path)
	s, err := open(ctx, a, c, d, dir)
	if u, ok := errors.AsType[*unreachable](err); ok {
		// The first time, there may be no such server at all.
		err = fmt.Errorf("%w: %w", backends.ErrOffline, u)
	}
	return s, err
}

func open(ctx context.Context, a *address.Address, c backends.Config, d *dialer, dir string) (backends.Store, error) {
	if a.Scheme == "fish" {
		return openShell(ctx, d, dir, c)
	}
	s, err := openFiles(ctx, d, dir, c)
	switch {
	case !errors.Is(err, errNoSFTP):
		return s, err
	case a.Scheme == "scp" || c.Options["use-scp"] == "true":
		return openShell(ctx, d, dir, c)
	}
	return nil, fmt.Errorf("%w: %w; use fish://, which needs only its shell", backends.ErrUnsupported, errNoSFTP)
}

// folder turns the path of an address into one on the server: one slash is the
// folder of the account, two are the root.
func folder(text string) string {
	return path.Clean(strings.TrimPrefix(text, "/"))
}

// poolOf makes the connections of a store. prepare is called with each.
func poolOf(d *dialer, c backends.Config, sharing int, prepare func(l *link) error) *pool {
	most := c.Connections
	if most <= 0 {
		most = connections
	}
	return newPool(most, sharing, func(ctx context.Context) (*link, error) {
		l, err := d.dial(ctx)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { l.cut(context.Cause(ctx)) })
		defer stop()
		l.quick.begin()
		defer l.quick.end()
		if err := prepare(l); err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			l.close()
			return nil, err
		}
		return l, nil
	})
}

// openFiles opens a folder through SFTP.
func openFiles(ctx context.Context, d *dialer, dir string, c backends.Config) (*Store, error) {
	s := &Store{pool: poolOf(d, c, shareFiles, startSFTP), dir: dir, stale: map[string]bool{}}
	err := s.find(ctx, c.Create)
	if err != nil {
		s.pool.close()
		return nil, fmt.Errorf("opening folder %s: %w", dir, err)
	}
	if d.single.Load() {
		s.pool.limit(1)
	}
	return s, nil
}

// find makes sure of the folder.
func (s *Store) find(ctx context.Context, create bool) error {
	_, err := call(ctx, s.pool, func(l *link) (bool, error) {
		info, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(s.dir) })
		if errors.Is(err, fs.ErrNotExist) && create {
			return true, s.class(l, s.dir, makeFolder(l, s.dir, ""))
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%w: it is a file", backends.ErrNotExist)
		}
		return true, s.class(l, s.dir, err)
	})
	return err
}

// startSFTP begins to speak SFTP on a new connection.
func startSFTP(l *link) error {
	session, err := l.client.NewSession()
	if err != nil {
		return l.explain(err)
	}
	l.files, err = startSubsystem(l, session)
	if err == nil {
		return nil
	}
	_ = session.Close() // it is of no use
	// What is it: no such subsystem, or no connection any more?
	if _, _, alive := l.client.SendRequest("keepalive@openssh.com", true, nil); alive != nil {
		return l.explain(alive)
	}
	return fmt.Errorf("%w (%s)", errNoSFTP, oneLine(err.Error()))
}

func startSubsystem(l *link, session *ssh.Session) (*sftp.Client, error) {
	in, err := session.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := session.RequestSubsystem("sftp"); err != nil {
		return nil, err
	}
	return sftp.NewClientPipe(&moving{out, l}, in, sftp.MaxPacket(packet))
}

// moving notes that answers come: one question may have many.
type moving struct {
	io.Reader
	l *link
}

// Read implements io.Reader.
func (m *moving) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if n > 0 {
		m.l.quick.moved()
	}
	return n, err
}

// request runs a question that the server can answer at once.
func request[T any](l *link, f func() (T, error)) (value T, err error) {
	l.quick.begin()
	defer l.quick.end()
	defer l.distrust(&err)
	return f()
}

// distrust makes an error of an answer that the library stumbled over: it
// believes the lengths in it.
func (l *link) distrust(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if _, ok := p.(runtime.Error); !ok {
		panic(p)
	}
	*err = fmt.Errorf("%w: the server's answer makes no sense", backends.ErrTemporary)
	l.cut(*err)
}

// do is request for what has no result.
func do(l *link, f func() error) error {
	_, err := request(l, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// path is where an object lies.
func (s *Store) path(name string) (string, error) {
	if !validName(name) {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return path.Join(s.dir, name), nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	where, err := s.path(name)
	if err != nil {
		return backends.Object{}, err
	}
	info, err := call(ctx, s.pool, func(l *link) (fs.FileInfo, error) {
		info, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(where) })
		if err == nil && !info.Mode().IsRegular() {
			err = fs.ErrNotExist
		}
		return info, s.class(l, where, err)
	})
	if err != nil {
		return backends.Object{}, failed("looking at", name, err)
	}
	return backends.Object{Name: name, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays.
func (s *Store) Delete(ctx context.Context, name string) error {
	where, err := s.path(name)
	if err != nil {
		return err
	}
	_, err = call(ctx, s.pool, func(l *link) (bool, error) {
		return true, s.class(l, where, s.remove(l, where))
	})
	return failed("deleting", name, err)
}

func (s *Store) remove(l *link, where string) error {
	info, err := request(l, func() (fs.FileInfo, error) { return l.files.Lstat(where) })
	if errors.Is(err, fs.ErrNotExist) {
		return s.present(l)
	}
	if err != nil || info.IsDir() {
		return err
	}
	err = do(l, func() error { return l.files.Remove(where) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(l, path.Dir(where))
}

// present tells a missing object from a missing destination.
func (s *Store) present(l *link) error {
	_, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(s.dir) })
	return err
}

// Rename implements backends.Renamer.
func (s *Store) Rename(ctx context.Context, from, to string) error {
	source, err := s.path(from)
	if err != nil {
		return err
	}
	target, err := s.path(to)
	if err != nil {
		return err
	}
	_, err = call(ctx, s.pool, func(l *link) (bool, error) {
		return true, s.class(l, target, s.rename(l, source, target))
	})
	return failed("renaming", from, err)
}

func (s *Store) rename(l *link, from, to string) error {
	info, err := request(l, func() (fs.FileInfo, error) { return l.files.Stat(from) })
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return err
	}
	err = replace(l, from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(l, path.Dir(to), s.dir); err != nil {
			return err
		}
		err = replace(l, from, to)
	}
	if err != nil {
		return err
	}
	if path.Dir(from) != path.Dir(to) {
		if err := syncFolder(l, path.Dir(from)); err != nil {
			return err
		}
	}
	return syncFolder(l, path.Dir(to))
}

// Space implements backends.Spacer.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	room, err := call(ctx, s.pool, func(l *link) (*sftp.StatVFS, error) {
		if !has(l, "statvfs@openssh.com", "2") {
			return nil, fmt.Errorf("%w: the server does not tell", backends.ErrUnsupported)
		}
		room, err := request(l, func() (*sftp.StatVFS, error) { return l.files.StatVFS(s.dir) })
		return room, s.class(l, s.dir, err)
	})
	if err != nil {
		return -1, -1, failed("asking for the room in", s.dir, err)
	}
	return int64(room.Bavail * room.Frsize), int64(room.TotalSpace()), nil
}

// has reports that the server offers an extension of the protocol.
func has(l *link, name, version string) bool {
	v, ok := l.files.HasExtension(name)
	return ok && v == version
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits { return s.pool.traits() }

func (p *pool) traits() backends.Traits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return backends.Traits{Remote: true, Connections: p.most}
}

// Close implements backends.Store.
func (s *Store) Close() error {
	s.pool.close()
	return nil
}
