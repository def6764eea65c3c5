package mega

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Get implements backends.Store. What is read as a whole is compared with the
// file's sum.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	r, err := s.get(ctx, name, off, n)
	if errors.Is(err, backends.ErrNotExist) && ctx.Err() == nil { // it may be there by now, or another one
		if err = s.follow(ctx); err == nil {
			r, err = s.get(ctx, name, off, n)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	f, err := s.find(name)
	if err != nil {
		return nil, err
	}
	key, err := unfold(f.key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrCorrupt, err)
	}
	var from struct {
		Address string  `json:"g"`
		Size    int64   `json:"s"`
		Refused refusal `json:"e"`
	}
	if err := s.client.call(ctx, command{"a": "g", "g": 1, "n": f.handle, "ssl": 2}, &from); err != nil {
		return nil, ofReading(err)
	}
	if from.Refused != 0 {
		return nil, ofReading(from.Refused)
	}
	if from.Size != f.size {
		return nil, fmt.Errorf("%w: it has %d bytes, and had %d", backends.ErrCorrupt, from.Size, f.size)
	}
	if off, n = transfer.Range(f.size, off, n); n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return s.client.download(ctx, secure(from.Address), &key, off, n, f.size)
}

// ofReading words why a file cannot be read: a quota is one of transfers then,
// and passes.
func ofReading(err error) error {
	if errors.Is(err, errQuota) || errors.Is(err, errOverQuota) {
		return fmt.Errorf("%w: MEGA lets nothing more through for now", backends.ErrTemporary)
	}
	return err
}

// download fetches n bytes of a file.
func (c *client) download(ctx context.Context, from string, key *fileKey, off, n, size int64) (io.ReadCloser, error) {
	first := off - off%block
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/%d-%d", from, first, off+n-1), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrTemporary, bare(err))
	}
	answer, err := c.do(r)
	if err != nil {
		return nil, err
	}
	err = ofTransfer(answer)
	body := &opening{body: answer.Body, cipher: key.stream(first)}
	if err == nil && off > first {
		_, err = io.CopyN(io.Discard, body, off-first)
		err = broken(ctx, err)
	}
	if err != nil {
		answer.Body.Close()
		return nil, err
	}
	if n == size {
		body.sum, body.key, body.left = newSummer(key), key, size
	}
	return transfer.Exactly(ctx, body, n), nil
}

// opening decrypts a content on its way, and compares it with the sum in its
// key where all of it is read.
type opening struct {
	body   io.ReadCloser
	cipher cipher.Stream

	sum  *summer // nil: it is only a part
	key  *fileKey
	left int64
}

// Read implements io.Reader. The last bytes are not handed out when the sum is
// another.
func (o *opening) Read(p []byte) (int, error) {
	n, err := o.body.Read(p)
	o.cipher.XORKeyStream(p[:n], p[:n])
	if o.sum == nil {
		return n, err
	}
	n = int(min(int64(n), o.left))
	_, _ = o.sum.Write(p[:n]) // never fails
	if o.left -= int64(n); o.left == 0 && n > 0 && o.sum.sum() != o.key.sum {
		return 0, fmt.Errorf("%w: its sum is another", backends.ErrCorrupt)
	}
	return n, err
}

// Close implements io.Closer.
func (o *opening) Close() error { return o.body.Close() }
