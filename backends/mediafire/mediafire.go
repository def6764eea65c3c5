// Package mediafire stores objects in a folder of an account at MediaFire,
// through its Core API. Kind describes it. MediaFire puts an upload together by
// itself and then lets it take the place of the old file, so that a Put is
// atomic.
package mediafire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is a folder.
type Store struct {
	client      *client
	root        string
	purge       bool
	connections int

	mu sync.Mutex
	// folders are the keys of those below root that are known, by their path
	// with a slash at its end.
	folders map[string]string
}

func check(name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%w: MediaFire has no such letters: %q", backends.ErrInvalidName, name)
	}
	return nil
}

// folder finds the key of a folder, "" or with a slash at its end.
func (s *Store) folder(ctx context.Context, path string, create bool) (string, error) {
	if path == "" {
		return s.root, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock() // so that nobody makes the same one
	key, at := s.root, ""
	for part := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		at += part + "/"
		if known, ok := s.folders[at]; ok {
			key = known
			continue
		}
		below, err := s.client.child(ctx, key, part)
		if create && errors.Is(err, backends.ErrNotExist) {
			below, err = s.client.create(ctx, key, part)
		}
		if err != nil {
			return "", err
		}
		key, s.folders[at] = below, below
	}
	return key, nil
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := check(name); err != nil {
		return err
	}
	path, base := transfer.Split(name)
	key, err := s.folder(ctx, path, true)
	if err == nil {
		err = s.upload(ctx, key, base, src)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// find returns the files of a name: MediaFire allows several, of which the last
// is the newest.
func (s *Store) find(ctx context.Context, name string) (found []file, err error) {
	path, base := transfer.Split(name)
	key, err := s.folder(ctx, path, false)
	if err != nil {
		return nil, err
	}
	err = s.client.contents(ctx, key, "files", func(r *reply) bool {
		for _, f := range r.Content.Files {
			if f.Name == base {
				found = append(found, f)
			}
		}
		return true
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: there is no file of that name", backends.ErrNotExist)
	}
	return found, err
}

// newest is the one that was made last.
func newest(all []file) file {
	last := all[0]
	for _, f := range all[1:] {
		if f.Created >= last.Created {
			last = f
		}
	}
	return last
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := check(name); err != nil {
		return backends.Object{}, err
	}
	all, err := s.find(ctx, name)
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return newest(all).object(name), nil
}

func (f file) object(name string) backends.Object {
	at, _ := time.Parse(time.DateTime, f.Created) // without one it is of no time
	return backends.Object{Name: name, Size: int64(f.Size), ModTime: at}
}

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	r, err := s.get(ctx, name, off, n)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	all, err := s.find(ctx, name)
	if err != nil {
		return nil, err
	}
	f := newest(all)
	off, n = transfer.Range(int64(f.Size), off, n)
	if n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	links, err := s.client.call(ctx, "file/get_links.php", url.Values{"quick_key": {f.Key}, "link_type": {"direct_download"}})
	if err != nil {
		return nil, err
	}
	if len(links.Links) == 0 || links.Links[0].Direct == "" {
		return nil, fmt.Errorf("%w: MediaFire gives no way to the file", backends.ErrTemporary)
	}
	return s.client.download(ctx, links.Links[0].Direct, int64(f.Size), off, n)
}

// download fetches n bytes of a file that has so many.
func (c *client) download(ctx context.Context, link string, size, off, n int64) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrTemporary, bare(err))
	}
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, off+n-1))
	answer, err := c.web.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, transfer.NetError(bare(err))
	}
	switch {
	case answer.StatusCode == http.StatusPartialContent && answer.Header.Get("Content-Range") == fmt.Sprintf("bytes %d-%d/%d", off, off+n-1, size):
		return transfer.Exactly(ctx, answer.Body, n), nil
	case answer.StatusCode == http.StatusOK && answer.ContentLength == size:
		if _, err = io.CopyN(io.Discard, answer.Body, off); err == nil {
			return transfer.Exactly(ctx, answer.Body, n), nil
		}
	}
	defer answer.Body.Close()
	if err := transfer.Status(answer, ""); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: MediaFire sends something else", backends.ErrTemporary)
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		if _, err := s.walk(ctx, s.root, "", prefix, yield); err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
		}
	}
}

// walk lists a folder, and those below it that can hold a prefix.
func (s *Store) walk(ctx context.Context, key, path, prefix string, yield func(backends.Object, error) bool) (goOn bool, err error) {
	var below []folder
	byName := make(map[string]file)
	err = s.client.contents(ctx, key, "files", func(r *reply) bool {
		for _, f := range r.Content.Files {
			if old, double := byName[f.Name]; double {
				f = newest([]file{old, f})
			}
			byName[f.Name] = f
		}
		return true
	})
	if err == nil {
		err = s.client.contents(ctx, key, "folders", func(r *reply) bool {
			below = append(below, r.Content.Folders...)
			return true
		})
	}
	if err != nil {
		return false, err
	}
	for name, f := range byName {
		if !strings.HasPrefix(path+name, prefix) || check(path+name) != nil {
			continue
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if !yield(f.object(path+name), nil) {
			return false, nil
		}
	}
	for _, f := range below {
		at := path + f.Name + "/"
		if !strings.HasPrefix(at, prefix) && !strings.HasPrefix(prefix, at) {
			continue
		}
		if goOn, err := s.walk(ctx, f.Key, at, prefix, yield); !goOn || err != nil {
			return false, err
		}
	}
	return true, nil
}

// Delete implements backends.Store. All files of that name go.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	method := "file/delete.php"
	if s.purge {
		method = "file/purge.php"
	}
	all, err := s.find(ctx, name)
	for _, f := range all {
		if err == nil {
			_, err = s.client.call(ctx, method, url.Values{"quick_key": {f.Key}})
		}
	}
	if err != nil && !errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: s.connections}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// Close implements backends.Store.
func (s *Store) Close() error {
	s.client.web.CloseIdleConnections()
	return nil
}
