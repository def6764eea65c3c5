package webdav

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	p, err := s.path(name)
	if err != nil {
		return nil, err
	}
	r, err := s.get(ctx, p, off, n)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, p string, off, n int64) (io.ReadCloser, error) {
	if n == 0 {
		// There is no range of nothing; but what is missing is an error.
		if _, err := s.stat(ctx, p); err != nil {
			return nil, err
		}
		return http.NoBody, nil
	}
	q := request{method: http.MethodGet, path: p, header: map[string]string{}}
	switch {
	case n > 0:
		q.header["Range"] = fmt.Sprintf("bytes=%d-%d", off, off+n-1)
	case off > 0:
		q.header["Range"] = fmt.Sprintf("bytes=%d-", off)
	}
	r, err := s.do(ctx, q)
	if err != nil {
		return nil, err
	}
	body, err := s.body(ctx, r, p, off, n)
	if err != nil {
		_ = r.Body.Close() // the first error is the one that matters
		return nil, err
	}
	return body, nil
}

// body is what was asked for, of what the server sends: a part, all of it, or
// a refusal because there is nothing at that place.
func (s *Store) body(ctx context.Context, r *http.Response, p string, off, n int64) (io.ReadCloser, error) {
	if r.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		discard(r)
		return http.NoBody, nil
	}
	if err := status(r); err != nil {
		return nil, err
	}
	if r.StatusCode == http.StatusPartialContent {
		first, last, total, ok := contentRange(r.Header.Get("Content-Range"))
		if _, count := transfer.Range(total, off, n); !ok || first != off || last-first+1 != count {
			return nil, fmt.Errorf("%w: the server sent another part than it was asked for", backends.ErrTemporary)
		}
		return transfer.Exactly(ctx, r.Body, last-first+1), nil
	}
	size := r.ContentLength
	if size < 0 {
		found, err := s.stat(ctx, p)
		if err != nil {
			return nil, err
		}
		size = found.size
	}
	from, count := transfer.Range(size, off, n)
	if count == 0 {
		_ = r.Body.Close() // there is nothing to read from it
		return http.NoBody, nil
	}
	if _, err := io.CopyN(io.Discard, r.Body, from); err != nil {
		return nil, classify(ctx, err)
	}
	return transfer.Exactly(ctx, r.Body, count), nil
}

// contentRange reads "bytes 3-7/10".
func contentRange(header string) (first, last, total int64, ok bool) {
	text, isBytes := strings.CutPrefix(header, "bytes ")
	span, all, hasTotal := strings.Cut(text, "/")
	from, to, isSpan := strings.Cut(span, "-")
	first, ferr := strconv.ParseInt(from, 10, 64)
	last, lerr := strconv.ParseInt(to, 10, 64)
	total, terr := strconv.ParseInt(all, 10, 64)
	ok = isBytes && hasTotal && isSpan && ferr == nil && lerr == nil && terr == nil && 0 <= first && first <= last && last < total
	return first, last, total, ok
}
