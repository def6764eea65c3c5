// Package tahoe stores objects in a Tahoe-LAFS grid, through the HTTP interface
// of a node. Kind describes it. A node takes a file wholly and then links it
// into its folder, so that a Put is atomic.
package tahoe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is a folder of a grid.
type Store struct {
	client *http.Client
	node   *url.URL
	// root is the capability of the folder that the alias stands for. It is
	// never shown.
	root        string
	folder      string
	connections int
}

// check refuses what is no name, and what a node would store under another:
// it puts letters and their accents together.
func check(name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.M, r) || unicode.IsControl(r) }) {
		return fmt.Errorf("%w: Tahoe-LAFS would change %q", backends.ErrInvalidName, name)
	}
	return nil
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := check(name); err != nil {
		return err
	}
	if err := s.put(ctx, name, src); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, name string, src backends.Source) error {
	in, err := transfer.Open(ctx, src)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := s.request(ctx, http.MethodPut, name, "replace=only-files", in)
	if err != nil {
		return err
	}
	if r.ContentLength = src.Size(); r.ContentLength == 0 {
		if _, err := io.Copy(io.Discard, in); err != nil { // HTTP would not look at it
			return err
		}
		r.Body = http.NoBody
	}
	answer, err := s.do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return verify(transfer.Words(answer.Body), src.Size())
}

// verify compares sizes. The answer is the capability of the file, of which
// that of a larger one ends with its size; a small one is in it as a whole.
func verify(file string, size int64) error {
	if !strings.HasPrefix(file, "URI:CHK:") {
		return nil
	}
	end := strings.TrimSpace(file[strings.LastIndexByte(file, ':')+1:])
	if stored, err := strconv.ParseInt(end, 10, 64); err != nil || stored != size {
		return fmt.Errorf("%w: it holds %q bytes instead of %d", backends.ErrCorrupt, end, size)
	}
	return nil
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
	o, err := s.stat(ctx, name)
	if err != nil {
		return nil, err
	}
	off, n = transfer.Range(o.Size, off, n)
	if n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	r, err := s.request(ctx, http.MethodGet, name, "", nil)
	if err != nil {
		return nil, err
	}
	want := fmt.Sprintf("bytes %d-%d/%d", off, off+n-1, o.Size)
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, off+n-1))
	answer, err := s.do(r)
	if err != nil {
		return nil, err
	}
	whole := answer.StatusCode == http.StatusOK && answer.ContentLength == o.Size
	if !whole && (answer.StatusCode != http.StatusPartialContent || answer.Header.Get("Content-Range") != want) {
		answer.Body.Close()
		return nil, fmt.Errorf("%w: it was replaced meanwhile", backends.ErrTemporary)
	}
	if whole { // a node that knows no ranges
		if _, err := io.CopyN(io.Discard, answer.Body, off); err != nil {
			answer.Body.Close()
			return nil, transfer.NetError(err)
		}
	}
	return transfer.Exactly(ctx, answer.Body, n), nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := check(name); err != nil {
		return backends.Object{}, err
	}
	o, err := s.stat(ctx, name)
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return o, nil
}

func (s *Store) stat(ctx context.Context, name string) (backends.Object, error) {
	d, err := s.describe(ctx, name)
	if err == nil && d.folder {
		err = fmt.Errorf("%w: it is a folder", backends.ErrNotExist)
	}
	return backends.Object{Name: name, Size: d.size, ModTime: d.at}, err
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		if _, err := s.walk(ctx, "", prefix, yield); err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
		}
	}
}

// walk lists a folder, "" or with a slash at its end, and those below it.
func (s *Store) walk(ctx context.Context, folder, prefix string, yield func(backends.Object, error) bool) (goOn bool, err error) {
	d, err := s.describe(ctx, strings.TrimSuffix(folder, "/"))
	if err != nil {
		if folder != "" && errors.Is(err, backends.ErrNotExist) {
			return true, nil // deleted meanwhile
		}
		return false, err
	}
	for base, child := range d.children {
		name := folder + base
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case child.folder:
			if below := name + "/"; strings.HasPrefix(below, prefix) || strings.HasPrefix(prefix, below) {
				if goOn, err := s.walk(ctx, below, prefix, yield); !goOn || err != nil {
					return false, err
				}
			}
		case strings.HasPrefix(name, prefix) && check(name) == nil:
			if !yield(backends.Object{Name: name, Size: child.size, ModTime: child.at}, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	_, err := s.stat(ctx, name)
	if err == nil {
		err = s.call(ctx, http.MethodDelete, name, "")
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
	s.client.CloseIdleConnections()
	return nil
}
