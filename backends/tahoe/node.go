package tahoe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// enter looks whether the folder is there, and makes it where that is wanted.
func (s *Store) enter(ctx context.Context, create bool) error {
	d, err := s.describe(ctx, "")
	if create && errors.Is(err, backends.ErrNotExist) {
		return s.call(ctx, http.MethodPost, "", "t=mkdir")
	}
	if err == nil && !d.folder {
		err = fmt.Errorf("%w: it is a file", backends.ErrNotExist)
	}
	return err
}

// request makes a request about a name in the folder, or "" for the folder.
func (s *Store) request(ctx context.Context, method, name, query string, body io.Reader) (*http.Request, error) {
	parts := []string{strings.TrimSuffix(s.node.String(), "/"), "uri", url.PathEscape(s.root)}
	for part := range strings.SplitSeq(s.folder+"/"+name, "/") {
		if part != "" {
			parts = append(parts, url.PathEscape(part))
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.Join(parts, "/")+"?"+query, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", backends.ErrConfig, s.hide(bare(err).Error()))
	}
	r.Header.Set("Accept-Encoding", "identity")
	return r, nil
}

// do sends a request. Its address holds the capability: no error shows it.
func (s *Store) do(r *http.Request) (*http.Response, error) {
	answer, err := s.client.Do(r)
	if err != nil {
		if r.Context().Err() != nil {
			return nil, context.Cause(r.Context())
		}
		return nil, transfer.NetError(bare(err))
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer answer.Body.Close()
	words := s.hide(transfer.Words(answer.Body))
	switch answer.StatusCode {
	case http.StatusGone:
		// The servers that hold the pieces are not all there.
		return nil, fmt.Errorf("%w: the grid cannot put it together: %s", backends.ErrTemporary, firstLine(words))
	case http.StatusBadRequest:
		return nil, fmt.Errorf("%w: the node does not understand the capability or the name: %s", backends.ErrConfig, firstLine(words))
	case http.StatusConflict:
		return nil, fmt.Errorf("%w: there is a folder of that name", backends.ErrInvalidName)
	}
	return nil, transfer.Status(answer, words)
}

// bare is an error without the address of its request.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hide takes the capability out of what a node says.
func (s *Store) hide(words string) string {
	for _, form := range []string{s.root, url.PathEscape(s.root), url.QueryEscape(s.root)} {
		words = strings.ReplaceAll(words, form, "…")
	}
	return words
}

func firstLine(words string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	line = strings.ToValidUTF8(line, "?")
	return line[:min(len(line), 200)]
}

// call sends a request whose answer is of no interest.
func (s *Store) call(ctx context.Context, method, name, query string) error {
	r, err := s.request(ctx, method, name, query, nil)
	if err != nil {
		return err
	}
	answer, err := s.do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// description is what a node says about a file or folder.
type description struct {
	folder   bool
	size     int64
	at       time.Time
	children map[string]description
}

// largestAnswer bounds the description of a folder.
const largestAnswer = 256 << 20

func (s *Store) describe(ctx context.Context, name string) (description, error) {
	r, err := s.request(ctx, http.MethodGet, name, "t=json", nil)
	if err != nil {
		return description{}, err
	}
	answer, err := s.do(r)
	if err != nil {
		return description{}, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err != nil {
		if ctx.Err() != nil {
			return description{}, context.Cause(ctx)
		}
		return description{}, transfer.NetError(err)
	}
	d, err := parse(b)
	if err != nil {
		return description{}, fmt.Errorf("%w: the node's answer is not understood: %w", backends.ErrTemporary, err)
	}
	return d, nil
}

// details are what the second part of a description holds.
type details struct {
	Size     *int64                        `json:"size"`
	Children map[string][2]json.RawMessage `json:"children"`
	Metadata struct {
		Tahoe struct {
			LinkTime float64 `json:"linkmotime"`
		} `json:"tahoe"`
	} `json:"metadata"`
}

// parse reads a description: ["filenode", {…}] or ["dirnode", {…}].
func parse(b []byte) (description, error) {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil {
		return description{}, err
	}
	d, inside, err := parsePair(pair)
	if err != nil || !d.folder {
		return d, err
	}
	d.children = make(map[string]description, len(inside.Children))
	for name, pair := range inside.Children {
		child, _, err := parsePair(pair)
		if errors.Is(err, errUnknown) {
			continue
		}
		if err != nil {
			return description{}, fmt.Errorf("at %q: %w", name, err)
		}
		d.children[name] = child
	}
	return d, nil
}

// errUnknown is about something that is neither a file nor a folder.
var errUnknown = errors.New("it is neither a file nor a folder")

func parsePair(pair [2]json.RawMessage) (d description, inside details, err error) {
	var kind string
	if err := json.Unmarshal(pair[0], &kind); err != nil {
		return d, inside, err
	}
	if kind != "filenode" && kind != "dirnode" {
		return d, inside, errUnknown
	}
	if err := json.Unmarshal(pair[1], &inside); err != nil {
		return d, inside, err
	}
	d.folder = kind == "dirnode"
	if t := inside.Metadata.Tahoe.LinkTime; t > 0 && t < math.MaxInt32*2 {
		d.at = time.UnixMicro(int64(t * 1e6))
	}
	if d.folder {
		return d, inside, nil
	}
	if inside.Size == nil || *inside.Size < 0 {
		return d, inside, errors.New("a file has no size")
	}
	d.size = *inside.Size
	return d, inside, nil
}
