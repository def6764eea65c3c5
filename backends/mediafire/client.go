package mediafire

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// client speaks the Core API, version 1.5.
type client struct {
	web              *http.Client
	base             string
	email, password  string
	application, key string

	mu    sync.Mutex
	token string
}

// reply is all that is looked at in any answer.
type reply struct {
	Message      string `json:"message"`
	Error        int    `json:"error"`
	Result       string `json:"result"`
	SessionToken string `json:"session_token"`
	FolderKey    string `json:"folder_key"`
	Content      struct {
		More    string   `json:"more_chunks"`
		Files   []file   `json:"files"`
		Folders []folder `json:"folders"`
	} `json:"folder_content"`
	Links []struct {
		Direct string `json:"direct_download"`
	} `json:"links"`
	StorageExceeded string `json:"storage_limit_exceeded"`
	Resumable       struct {
		Ready string `json:"all_units_ready"`
		Units number `json:"number_of_units"`
		Size  number `json:"unit_size"`
	} `json:"resumable_upload"`
	Upload struct {
		Result    number `json:"result"`
		Key       string `json:"key"`
		Status    number `json:"status"`
		FileError string `json:"fileerror"`
		QuickKey  string `json:"quickkey"`
		Size      number `json:"size"`
	} `json:"doupload"`
}

type file struct {
	Key     string `json:"quickkey"`
	Name    string `json:"filename"`
	Size    number `json:"size"`
	Created string `json:"created"`
}

type folder struct {
	Key  string `json:"folderkey"`
	Name string `json:"name"`
}

// number is one that may stand in quotes; an empty one is 0.
type number int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*n = number(v)
	return err
}

// largestReply bounds an answer: a list comes in pieces of a thousand.
const largestReply = 16 << 20

// parse reads an answer.
func parse(b []byte) (*reply, error) {
	var outer struct {
		Response *reply `json:"response"`
	}
	if err := json.Unmarshal(b, &outer); err != nil {
		return nil, err
	}
	if outer.Response == nil {
		return nil, errors.New("there is no response in it")
	}
	for _, f := range outer.Response.Content.Files {
		if f.Size < 0 {
			return nil, errors.New("a file has a size below nothing")
		}
	}
	return outer.Response, nil
}

// errSession: the session is over; another login begins a new one.
var errSession = fmt.Errorf("%w: the session is over", backends.ErrTemporary)

// class is what a number of MediaFire's means.
func class(number int) error {
	switch number {
	case 103, 104, 105:
		return errSession
	case 107, 108:
		return backends.ErrAuth
	case 101, 102, 109:
		return backends.ErrConfig
	case 110, 112:
		return backends.ErrNotExist
	case 114:
		return backends.ErrPermission
	case 117, 118:
		return backends.ErrInvalidName
	}
	return backends.ErrTemporary
}

// login begins a session.
func (c *client) login(ctx context.Context) error {
	sum := sha1.Sum([]byte(c.email + c.password + c.application + c.key))
	r, err := c.send(ctx, "user/get_session_token.php", url.Values{
		"email": {c.email}, "password": {c.password}, "application_id": {c.application}, "signature": {hex.EncodeToString(sum[:])}, "token_version": {"1"},
	}, nil)
	if err != nil {
		return err
	}
	if r.SessionToken == "" {
		return fmt.Errorf("%w: MediaFire gave no session", backends.ErrTemporary)
	}
	c.mu.Lock()
	c.token = r.SessionToken
	c.mu.Unlock()
	return nil
}

// call makes a call within the session, and begins another where that is over:
// it lasts ten minutes.
func (c *client) call(ctx context.Context, method string, values url.Values) (*reply, error) {
	return c.within(ctx, func(token string) (*reply, error) {
		values.Set("session_token", token)
		return c.send(ctx, method, values, nil)
	})
}

// within runs a call with the token of the session.
func (c *client) within(ctx context.Context, call func(token string) (*reply, error)) (*reply, error) {
	c.mu.Lock()
	token := c.token
	c.mu.Unlock()
	r, err := call(token)
	if !errors.Is(err, errSession) {
		return r, err
	}
	if err := c.login(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	token = c.token
	c.mu.Unlock()
	return call(token)
}

// unit is a piece of a file on its way.
type unit struct {
	body   io.Reader
	size   int64
	header http.Header
}

// send makes one request: of a form, or of a piece of a file with the values in
// its address.
func (c *client) send(ctx context.Context, method string, values url.Values, u *unit) (*reply, error) {
	values.Set("response_format", "json")
	address, body := c.base+"/api/1.5/"+method, io.Reader(strings.NewReader(values.Encode()))
	if u != nil {
		address, body = address+"?"+values.Encode(), u.body
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrConfig, bare(err))
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if u != nil {
		r.Header = u.header.Clone()
		r.ContentLength = u.size
		r.Header.Set("Content-Type", "application/octet-stream")
	}
	answer, err := c.web.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, transfer.NetError(bare(err))
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, largestReply))
	if err != nil {
		return nil, transfer.NetError(err)
	}
	return judge(answer, b)
}

// judge says whether an answer is one of success. Errors have a number, beside
// a status that says little.
func judge(answer *http.Response, b []byte) (*reply, error) {
	r, err := parse(b)
	switch {
	case err == nil && r.Result == "Success":
		return r, nil
	case err == nil && r.Error != 0:
		return nil, fmt.Errorf("%w: MediaFire: %s (%d)", class(r.Error), oneLine(r.Message), r.Error)
	}
	if serr := transfer.Status(answer, ""); serr != nil {
		return nil, serr
	}
	return nil, fmt.Errorf("%w: MediaFire's answer is not understood", backends.ErrTemporary)
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	return text[:min(len(text), 200)]
}

// bare is an error without the address of its request, which holds a token.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// create makes a folder that nobody else sees.
func (c *client) create(ctx context.Context, parent, name string) (string, error) {
	r, err := c.call(ctx, "folder/create.php", url.Values{"parent_key": {parent}, "foldername": {name}})
	if err != nil {
		return "", err
	}
	_, err = c.call(ctx, "folder/update.php", url.Values{"folder_key": {r.FolderKey}, "privacy": {"private"}})
	return r.FolderKey, err
}

// contents yields the pieces of a folder's list.
func (c *client) contents(ctx context.Context, key, kind string, visit func(*reply) (goOn bool)) error {
	for chunk := 1; ; chunk++ {
		r, err := c.call(ctx, "folder/get_content.php", url.Values{
			"folder_key": {key}, "content_type": {kind}, "chunk": {strconv.Itoa(chunk)}, "chunk_size": {"1000"},
		})
		if err != nil {
			return err
		}
		if !visit(r) || r.Content.More != "yes" || len(r.Content.Files)+len(r.Content.Folders) == 0 {
			return nil
		}
	}
}

// child finds a folder in another.
func (c *client) child(ctx context.Context, parent, name string) (key string, err error) {
	err = c.contents(ctx, parent, "folders", func(r *reply) bool {
		for _, f := range r.Content.Folders {
			if f.Name == name {
				key = f.Key
			}
		}
		return key == ""
	})
	if err == nil && key == "" {
		err = fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, name)
	}
	return key, err
}
