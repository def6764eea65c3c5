// Package webdav stores objects on a WebDAV server. Start with Kind, or with
// Open.
//
// It speaks HTTP itself rather than through rclone, which knows only the Basic
// login, and rather than through gowebdav, whose calls do not end with a
// context and whose Digest is that of 1999; so that Basic and Digest differ in
// one header. A Put goes to a temporary name whose size is checked before MOVE.
package webdav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Options say how a server is reached.
type Options struct {
	// URL is that of the folder, without user and password: http or https.
	URL *url.URL
	// User and Password log in, by Basic or Digest as the server likes; or
	// Token does, as a bearer.
	User, Password string
	Token          string
	// Create makes the folder when it is missing.
	Create bool
	// Explore: the folder itself need not answer, only those that lie in it.
	Explore bool
	// Client makes the requests. It follows no redirection.
	Client *http.Client
	// Connections is how many requests at once are of use.
	Connections int
}

// Store is a folder on a server.
type Store struct {
	o Options
	// base is the folder's path, decoded and without a slash at its end.
	base string

	mu    sync.Mutex
	login login // nil while none was wanted; guarded by mu
}

// Open connects, logs in and finds the folder, which is ErrNotExist when it is
// missing.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{o: o, base: clean("/" + o.URL.Path)}
	if o.Token != "" {
		s.login = bearer(o.Token)
	}
	err := s.enter(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", o.URL, transfer.Opening(err)), s.Close())
	}
	return s, nil
}

// enter finds the folder.
func (s *Store) enter(ctx context.Context) error {
	r, err := s.describe(ctx, s.base+"/")
	if errors.Is(err, backends.ErrNotExist) && s.o.Create {
		if err := s.makeFolder(ctx, s.base, ""); err != nil {
			return err
		}
		r, err = s.describe(ctx, s.base+"/")
	}
	if err == nil && !r.folder {
		err = fmt.Errorf("%w: it is no folder", backends.ErrNotExist)
	}
	if s.o.Explore && closed(err) {
		return nil // many servers have nothing to tell of their top
	}
	return err
}

// closed tells of a folder that says nothing, where others on its server may.
func closed(err error) bool {
	return errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrPermission) || errors.Is(err, backends.ErrUnsupported) || errors.Is(err, backends.ErrConfig)
}

// request is one that can be made again: with another login, or on another
// connection.
type request struct {
	method string
	// path is decoded; a folder's ends with a slash.
	path   string
	header map[string]string
	body   backends.Source // nil for none
}

// do makes a request and returns the answer, whatever its status. Its error has
// a class. The caller closes the body.
func (s *Store) do(ctx context.Context, q request) (*http.Response, error) {
	used := s.current()
	answer, err := s.send(ctx, q, used)
	if err != nil || answer.StatusCode != http.StatusUnauthorized {
		return answer, err
	}
	headers := answer.Header.Values("WWW-Authenticate")
	again, err := s.renew(used, headers)
	if err != nil || again == nil {
		return answer, err
	}
	discard(answer)
	return s.send(ctx, q, again)
}

func (s *Store) current() login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login
}

// renew finds the login to try after one was refused: the first, or a new one
// because the last is too old. It returns nil when the password is wrong.
func (s *Store) renew(used login, headers []string) (login, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.login != used {
		return s.login, nil // somebody else was told so too
	}
	if used != nil && !outdated(used, headers) {
		return nil, nil
	}
	next, err := s.o.choose(headers)
	if err == nil {
		s.login = next
	}
	return next, err
}

// send makes a request once.
func (s *Store) send(ctx context.Context, q request, as login) (*http.Response, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, s.url(q.path), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrInvalidName, err)
	}
	// A server that compresses would make the lengths those of something else.
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", "Varve")
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if as != nil {
		as.authorize(r)
	}
	var watched *watchedBody
	if q.body != nil {
		body, err := transfer.Open(ctx, q.body)
		if err != nil {
			return nil, err
		}
		watched = &watchedBody{ReadCloser: body}
		r.Body, r.ContentLength = watched, q.body.Size()
		if r.ContentLength == 0 {
			// Zero would mean that the length is not known.
			err := watched.drain()
			r.Body = http.NoBody
			if err != nil {
				return nil, err
			}
		}
	}
	answer, err := s.o.Client.Do(r)
	if watched != nil && watched.failed() != nil {
		// What a server says to half a file is of no interest.
		if err == nil {
			discard(answer)
		}
		return nil, watched.failed()
	}
	return answer, classify(ctx, err)
}

// classify gives an error of a request its class.
func classify(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("%w: %w", backends.ErrCertificate, err)
	}
	return transfer.NetError(err)
}

// watchedBody remembers that the source could not be read.
type watchedBody struct {
	io.ReadCloser
	mu  sync.Mutex
	err error // guarded by mu
}

func (w *watchedBody) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if _, source := errors.AsType[*transfer.SourceError](err); source {
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
	}
	return n, err
}

func (w *watchedBody) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// drain reads a source that should be empty.
func (w *watchedBody) drain() error {
	_, err := io.Copy(io.Discard, w)
	return errors.Join(err, w.Close())
}

// url is that of a path.
func (s *Store) url(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return s.o.URL.Scheme + "://" + s.o.URL.Host + strings.Join(parts, "/")
}

// discard reads what is left of an answer, as far as that is worth it, so that
// the connection can be used again.
func discard(r *http.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, 64<<10)
	_ = r.Body.Close() // nothing depends on it
}

// call makes a request whose answer is only its status.
func (s *Store) call(ctx context.Context, q request) error {
	r, err := s.do(ctx, q)
	if err != nil {
		return err
	}
	discard(r)
	return status(r)
}

// status gives an answer its class; nil when the request was granted.
func status(r *http.Response) error {
	switch {
	case r.StatusCode == http.StatusMultiStatus && r.Request.Method != "PROPFIND":
		return fmt.Errorf("%w: the server did only a part of it", backends.ErrTemporary)
	case r.StatusCode >= 300 && r.StatusCode < 400:
		return fmt.Errorf("%w: the server says that it is elsewhere: %s", backends.ErrConfig, elsewhere(r))
	case r.StatusCode == http.StatusBadRequest:
		// As of a server that wants TLS, or that has a file where a folder is
		// asked for.
		return fmt.Errorf("%w: the server answered %s", backends.ErrUnsupported, r.Status)
	case r.StatusCode == http.StatusConflict:
		return fmt.Errorf("%w: the server answered %s", backends.ErrNotExist, r.Status)
	}
	return transfer.Status(r, "")
}

// elsewhere is where a redirection leads, without secrets.
func elsewhere(r *http.Response) string {
	u, err := r.Location()
	if err != nil {
		return "it does not say where"
	}
	u.RawQuery, u.Fragment = "", ""
	return u.Redacted()
}

// path is where an object lies.
func (s *Store) path(name string) (string, error) {
	if err := transfer.CheckName(name); err != nil {
		return "", err
	}
	if transfer.IsTemp(name) {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return s.base + "/" + name, nil
}

// makeFolder makes a folder and those above it, down from one that exists.
func (s *Store) makeFolder(ctx context.Context, dir, from string) error {
	if dir == from {
		_, err := s.describe(ctx, dir+"/")
		return err
	}
	err := s.call(ctx, request{method: "MKCOL", path: dir + "/"})
	if errors.Is(err, backends.ErrNotExist) {
		if err := s.makeFolder(ctx, clean(path.Dir(dir)), from); err != nil {
			return err
		}
		err = s.call(ctx, request{method: "MKCOL", path: dir + "/"})
	}
	if errors.Is(err, backends.ErrUnsupported) || errors.Is(err, backends.ErrPermission) {
		// What servers say of one that exists; somebody else may be faster.
		if r, derr := s.describe(ctx, dir+"/"); derr == nil && r.folder {
			return nil
		}
	}
	return err
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	p, err := s.path(name)
	if err != nil {
		return backends.Object{}, err
	}
	r, err := s.stat(ctx, p)
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return backends.Object{Name: name, Size: r.size, ModTime: r.time}, nil
}

// stat describes a file; what is no file is ErrNotExist.
func (s *Store) stat(ctx context.Context, p string) (resource, error) {
	r, err := s.describe(ctx, p)
	if err == nil && r.folder {
		err = fmt.Errorf("%w: it is a folder", backends.ErrNotExist)
	}
	if err == nil && r.size < 0 {
		r.size, err = s.length(ctx, p)
	}
	return r, err
}

// length asks for the size of a file on servers that do not describe it.
func (s *Store) length(ctx context.Context, p string) (int64, error) {
	r, err := s.do(ctx, request{method: http.MethodHead, path: p})
	if err != nil {
		return 0, err
	}
	discard(r)
	if err := status(r); err != nil {
		return 0, err
	}
	if r.ContentLength < 0 {
		return 0, fmt.Errorf("%w: the server does not say how long %s is", backends.ErrUnsupported, path.Base(p))
	}
	return r.ContentLength, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays: DELETE would take everything in it.
func (s *Store) Delete(ctx context.Context, name string) error {
	p, err := s.path(name)
	if err != nil {
		return err
	}
	if _, err = s.stat(ctx, p); err == nil {
		err = s.call(ctx, request{method: http.MethodDelete, path: p})
	}
	if err != nil && !errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// Rename implements backends.Renamer.
func (s *Store) Rename(ctx context.Context, from, to string) error {
	f, ferr := s.path(from)
	t, terr := s.path(to)
	if err := errors.Join(ferr, terr); err != nil {
		return err
	}
	_, err := s.stat(ctx, f)
	if err == nil {
		err = s.makeFolder(ctx, clean(path.Dir(t)), s.base)
	}
	if err == nil {
		err = s.move(ctx, f, t)
	}
	if err != nil {
		return fmt.Errorf("renaming %s: %w", from, err)
	}
	return nil
}

func (s *Store) move(ctx context.Context, from, to string) error {
	return s.call(ctx, request{method: "MOVE", path: from, header: map[string]string{"Destination": s.url(to), "Overwrite": "T"}})
}

// Space implements backends.Spacer. Only servers with quotas know.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	r, err := s.describe(ctx, s.base+"/")
	if err == nil && r.free < 0 {
		err = backends.ErrUnsupported
	}
	if err != nil {
		return -1, -1, fmt.Errorf("asking for the room in %s: %w", s.o.URL, err)
	}
	if r.used < 0 {
		return r.free, -1, nil
	}
	return r.free, r.free + r.used, nil
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: s.o.Connections}
}

// Close implements backends.Store.
func (s *Store) Close() error {
	s.o.Client.CloseIdleConnections()
	return nil
}

// patience is for clearing up after a call that was cancelled.
const patience = 3 * time.Second
