package webdav

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"path"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// wanted are the properties of resources that are asked for.
const wanted = `<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>` +
	`<resourcetype/><getcontentlength/><getlastmodified/><quota-available-bytes/><quota-used-bytes/></prop></propfind>`

// deepest is how many folders lie in each other.
const deepest = 100

// propfind asks for a resource, and with depth "1" for those in it. Many
// servers refuse to go deeper.
func (s *Store) propfind(ctx context.Context, p, depth string) ([]resource, error) {
	r, err := s.do(ctx, request{
		method: "PROPFIND", path: p, body: backends.BytesSource(wanted),
		header: map[string]string{"Depth": depth, "Content-Type": "application/xml; charset=utf-8"},
	})
	if err != nil {
		return nil, err
	}
	defer discard(r)
	if err := status(r); err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusMultiStatus {
		return nil, fmt.Errorf("%w: that is no WebDAV server: it answered %s", backends.ErrUnsupported, r.Status)
	}
	found, err := readMultistatus(r.Body)
	return found, classify(ctx, err)
}

// describe asks for one resource.
func (s *Store) describe(ctx context.Context, p string) (resource, error) {
	all, err := s.propfind(ctx, p, "0")
	if err != nil {
		return resource{}, err
	}
	if len(all) != 1 {
		return resource{}, fmt.Errorf("%w: the server describes %d things at once", backends.ErrNotExist, len(all))
	}
	return all[0], nil
}

// List implements backends.Store. Folders below that this user may not enter
// hold no objects, unless prefix leads into them.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		err := s.walk(ctx, "", prefix, func(o backends.Object) bool {
			return transfer.IsTemp(o.Name) || yield(o, nil)
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(backends.Object{}, fmt.Errorf("listing %s: %w", s.o.URL, err))
		}
	}
}

var errStop = errors.New("nobody wants more")

// walk visits the files in a folder, named relative to the base with a slash
// at its end, and below. No connection is held meanwhile, so visit can use one.
func (s *Store) walk(ctx context.Context, folder, prefix string, visit func(backends.Object) bool) error {
	if strings.Count(folder, "/") > deepest {
		return fmt.Errorf("%w: folders lie too deep in each other", backends.ErrUnsupported)
	}
	dir := s.base + "/" + folder
	all, err := s.propfind(ctx, dir, "1")
	hidden := errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrPermission)
	if folder != "" && hidden && !strings.HasPrefix(prefix, folder) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range children(all, clean(dir)) {
		if err := s.visit(ctx, folder+path.Base(r.path), prefix, r, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) visit(ctx context.Context, name, prefix string, r resource, visit func(backends.Object) bool) error {
	if r.folder {
		if below := name + "/"; strings.HasPrefix(below, prefix) || strings.HasPrefix(prefix, below) {
			return s.walk(ctx, below, prefix, visit)
		}
		return nil
	}
	if !strings.HasPrefix(name, prefix) {
		return nil
	}
	if r.size < 0 {
		var err error
		if r, err = s.stat(ctx, s.base+"/"+name); errors.Is(err, backends.ErrNotExist) {
			return nil // deleted meanwhile
		} else if err != nil {
			return err
		}
	}
	if !visit(backends.Object{Name: name, Size: r.size, ModTime: r.time}) {
		return errStop
	}
	return nil
}
