package mega

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

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
	var to struct {
		Address string `json:"p"`
	}
	if err := s.client.call(ctx, command{"a": "u", "s": src.Size(), "ssl": 2}, &to); err != nil {
		return err
	}
	u := &sending{client: s.client, to: secure(to.Address), size: src.Size()}
	copy(u.key.key[:], random(len(u.key.key)))
	copy(u.key.nonce[:], random(len(u.key.nonce)))
	token, err := u.all(ctx, in)
	if err != nil {
		return err
	}
	return s.name(ctx, name, token, u)
}

// secure is an address of a transfer, by TLS: MEGA gives out others as well.
func secure(address string) string {
	if rest, plain := strings.CutPrefix(address, "http://"); plain {
		return "https://" + rest
	}
	return address
}

// sending is an upload.
type sending struct {
	client *client
	to     string
	size   int64
	key    fileKey
}

// atOnce is how much goes in one request, or a piece more: enough that waiting
// for the answer costs little, and that what was broken off costs little too.
const atOnce = 4 << 20

// all sends a file, and returns what stands for it.
func (u *sending) all(ctx context.Context, in io.Reader) (token string, err error) {
	sum, stream := newSummer(&u.key), u.key.stream(0)
	b := make([]byte, 0, min(u.size, atOnce+growing*firstPiece))
	at, piece := int64(0), 0
	for at < u.size || token == "" {
		b = b[:0]
		for len(b) < atOnce && at+int64(len(b)) < u.size {
			n := int(min(int64(pieceAt(piece)), u.size-at-int64(len(b))))
			b = b[:len(b)+n]
			if _, err := io.ReadFull(in, b[len(b)-n:]); err != nil {
				return "", err
			}
			piece++
		}
		if at+int64(len(b)) == u.size {
			if err := ended(in); err != nil {
				return "", err
			}
		}
		_, _ = sum.Write(b) // never fails
		stream.XORKeyStream(b, b)
		if token, err = u.part(ctx, at, b); err != nil {
			return "", err
		}
		if at += int64(len(b)); at == u.size && token == "" {
			return "", fmt.Errorf("%w: MEGA did not say what became of the upload", backends.ErrTemporary)
		}
	}
	u.key.sum = sum.sum()
	return token, nil
}

// ended makes sure that a source has no more.
func ended(in io.Reader) error {
	var more [1]byte
	if _, err := io.ReadFull(in, more[:]); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// part sends a part of a file, again where the connection broke.
func (u *sending) part(ctx context.Context, at int64, b []byte) (token string, err error) {
	wait := pause
	for try := 1; ; try++ {
		token, err = u.post(ctx, at, b)
		if try == tries || !again(err) || ctx.Err() != nil {
			return token, err
		}
		if err := sleep(ctx, wait); err != nil {
			return "", err
		}
		wait *= 2
	}
}

// longestToken bounds what stands for a file.
const longestToken = 1024

func (u *sending) post(ctx context.Context, at int64, b []byte) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/%d", u.to, at), bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("%w: %w", backends.ErrTemporary, bare(err))
	}
	answer, err := u.client.do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	token, err := io.ReadAll(io.LimitReader(answer.Body, longestToken))
	if err != nil {
		return "", broken(ctx, err)
	}
	if err := ofTransfer(answer); err != nil {
		return "", err
	}
	if no, is := asRefusal(token); is {
		return "", no
	}
	return string(token), nil
}

// bandwidth is what MEGA answers to who has transferred too much for a while.
const bandwidth = 509

// ofTransfer gives an answer of a server of contents its class.
func ofTransfer(answer *http.Response) error {
	if answer.StatusCode == bandwidth {
		return fmt.Errorf("%w: MEGA lets nothing more through for now", backends.ErrTemporary)
	}
	return transfer.Status(answer, "")
}

// name gives a name to what was uploaded, and takes it from what had it. A
// folder that somebody has deleted meanwhile is made again, but for the topmost.
func (s *Store) name(ctx context.Context, name, token string, u *sending) error {
	end, err := s.change(ctx)
	if err != nil {
		return err
	}
	defer end()
	old := s.files(name)
	n, err := s.add(ctx, name, token, u)
	if errors.Is(err, errNotThere) {
		if err = s.follow(ctx); err == nil {
			old = s.files(name)
			n, err = s.add(ctx, name, token, u)
		}
	}
	if err == nil && n.size != u.size {
		err = errors.Join(fmt.Errorf("%w: it holds %d bytes instead of %d", backends.ErrCorrupt, n.size, u.size), s.drop(ctx, []*node{n}))
	}
	if err != nil {
		return err
	}
	return s.drop(ctx, old)
}

// add makes a file of what was uploaded. The caller holds changing.
func (s *Store) add(ctx context.Context, name, token string, u *sending) (*node, error) {
	parts := s.parts(name)
	last := len(parts) - 1
	attr, err := sealName(u.key.key[:], parts[last])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrInvalidName, err)
	}
	parent, err := s.folder(ctx, parts[:last], len(s.root))
	if err != nil {
		return nil, err
	}
	return s.make(ctx, parent, command{"h": token, "t": isFile, "a": attr, "k": encode(seal(s.client.masterKey(), u.key.fold()))})
}
