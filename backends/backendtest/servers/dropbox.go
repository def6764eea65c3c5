package servers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// DropboxServer plays Dropbox, as far as a client that stores, lists and
// deletes needs it. As there, names differ in more than their case.
type DropboxServer struct {
	*Impostor
	expiring

	files map[string]*dropboxEntry // by path, in lower case; guarded by mu
}

// dropboxEntry is a file or a folder, as the service describes it.
type dropboxEntry struct {
	Tag      string `json:".tag"`
	Name     string `json:"name"`
	Lower    string `json:"path_lower"`
	Display  string `json:"path_display"`
	ID       string `json:"id"`
	Size     int    `json:"size,omitempty"`
	Hash     string `json:"content_hash,omitempty"`
	Rev      string `json:"rev,omitempty"`
	Client   string `json:"client_modified,omitempty"`
	Server   string `json:"server_modified,omitempty"`
	Download bool   `json:"is_downloadable"`

	body []byte
}

// Dropbox starts it. Its first access token is "access-0"; "refresh" gets the
// next.
func Dropbox(t testing.TB) *DropboxServer {
	t.Helper()
	s := &DropboxServer{files: map[string]*dropboxEntry{}, expiring: expiring{access: "access-0"}}
	s.Impostor = NewImpostor(t, http.HandlerFunc(s.serve), "api.dropboxapi.com", "content.dropboxapi.com")
	return s
}

// dropboxError is how it refuses: a status, and a path through its types.
type dropboxError struct {
	status int
	tags   []string
}

func dropboxNo(status int, tags ...string) *dropboxError { return &dropboxError{status, tags} }

func (e *dropboxError) write(w http.ResponseWriter) {
	var inner any = map[string]any{".tag": e.tags[len(e.tags)-1]}
	for _, tag := range slices.Backward(e.tags[:len(e.tags)-1]) {
		// A lookup error lies under its own name, a write error under "reason".
		inner = map[string]any{".tag": tag, tag: inner, "reason": inner}
	}
	reply(w, e.status, map[string]any{"error_summary": strings.Join(e.tags, "/") + "/..", "error": inner})
}

func (s *DropboxServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	access := s.access
	s.mu.Unlock()
	if r.URL.Path == "/oauth2/token" || r.URL.Path == "/1/oauth2/token" {
		if r.FormValue("refresh_token") != "refresh" {
			reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "refresh token is invalid or revoked"})
			return
		}
		reply(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "bearer", "expires_in": 14400})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+access {
		dropboxNo(http.StatusUnauthorized, "expired_access_token").write(w)
		return
	}
	var arg struct {
		Path   string `json:"path"`
		Cursor string `json:"cursor"`
	}
	text := []byte(r.Header.Get("Dropbox-API-Arg"))
	if len(text) == 0 {
		var err error
		if text, err = io.ReadAll(r.Body); err != nil {
			return // the client has gone
		}
	}
	if err := json.Unmarshal(text, &arg); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if arg.Path != "" {
		arg.Path = path.Clean(arg.Path) // the library writes "//a" for a folder at the top, which the service takes
	}
	switch call := strings.TrimPrefix(r.URL.Path, "/2/files/"); call {
	case "upload":
		s.upload(w, r, arg.Path)
	case "download":
		s.download(w, r, arg.Path)
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		answer, no := s.call(call, arg.Path, arg.Cursor)
		if no != nil {
			no.write(w)
			return
		}
		reply(w, http.StatusOK, answer)
	}
}

// call answers what has no content. s.mu is held.
func (s *DropboxServer) call(name, at, cursor string) (any, *dropboxError) {
	e := s.files[strings.ToLower(at)]
	switch name {
	case "get_metadata":
		if e == nil {
			return nil, dropboxNo(http.StatusConflict, "path", "not_found")
		}
		return e, nil
	case "create_folder_v2":
		if e != nil {
			return nil, dropboxNo(http.StatusConflict, "path", "conflict", "folder")
		}
		return map[string]any{"metadata": s.folder(at)}, nil
	case "delete_v2":
		if e == nil {
			return nil, dropboxNo(http.StatusConflict, "path_lookup", "not_found")
		}
		delete(s.files, e.Lower)
		return map[string]any{"metadata": e}, nil
	case "list_folder":
		if at != "" && (e == nil || e.Tag != "folder") {
			return nil, dropboxNo(http.StatusConflict, "path", "not_found")
		}
		return s.page(strings.ToLower(at), ""), nil
	case "list_folder/continue":
		folder, after, _ := strings.Cut(cursor, "\x00")
		return s.page(folder, after), nil
	}
	return nil, dropboxNo(http.StatusBadRequest, "no_such_call")
}

// dropboxPage is small, so that lists have several.
const dropboxPage = 50

func (s *DropboxServer) page(folder, after string) any {
	all := []*dropboxEntry{}
	for lower, e := range s.files {
		if path.Dir(lower) == path.Clean("/"+folder) && lower > after {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *dropboxEntry) int { return strings.Compare(a.Lower, b.Lower) })
	more := len(all) > dropboxPage
	if more {
		all = all[:dropboxPage]
		after = all[dropboxPage-1].Lower
	}
	return map[string]any{"entries": all, "cursor": folder + "\x00" + after, "has_more": more}
}

// folder makes a folder, and those above it.
func (s *DropboxServer) folder(at string) *dropboxEntry {
	lower := strings.ToLower(at)
	if at == "/" || at == "." || at == "" {
		return nil
	}
	if e := s.files[lower]; e != nil {
		return e
	}
	s.folder(path.Dir(at))
	e := &dropboxEntry{Tag: "folder", Name: path.Base(at), Lower: lower, Display: at, ID: "id:" + lower}
	s.files[lower] = e
	return e
}

func (s *DropboxServer) upload(w http.ResponseWriter, r *http.Request, at string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		dropboxNo(http.StatusConflict, "path", "insufficient_space").write(w)
		return
	}
	s.folder(path.Dir(at))
	now := time.Now().UTC().Format(time.RFC3339)
	e := &dropboxEntry{
		Tag: "file", Name: path.Base(at), Lower: strings.ToLower(at), Display: at, ID: "id:" + hex.EncodeToString([]byte(strings.ToLower(at))),
		Size: len(body), Hash: dropboxHash(body), Rev: fmt.Sprintf("%015x", len(body)+1), Client: now, Server: now, Download: true, body: body,
	}
	s.files[e.Lower] = e
	reply(w, http.StatusOK, e)
}

// dropboxHash is the sum of the sums of blocks of 4 MiB.
func dropboxHash(body []byte) string {
	var sums []byte
	for block := range slices.Chunk(body, 4<<20) {
		sum := sha256.Sum256(block)
		sums = append(sums, sum[:]...)
	}
	all := sha256.Sum256(sums)
	return hex.EncodeToString(all[:])
}

func (s *DropboxServer) download(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	var e *dropboxEntry
	for _, f := range s.files {
		if f.ID == id || f.Lower == strings.ToLower(id) {
			e = f
		}
	}
	s.mu.Unlock()
	if e == nil {
		dropboxNo(http.StatusConflict, "path", "not_found").write(w)
		return
	}
	described, err := json.Marshal(e)
	if err != nil {
		panic("servers: a file cannot be described: " + err.Error())
	}
	w.Header().Set("Dropbox-API-Result", string(asciiJSON(described)))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(e.body))
}

// asciiJSON writes what is not ASCII as escapes, as headers want it.
func asciiJSON(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		if r < 0x7f {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "\\u%04x", unit)
		}
	}
	return b.Bytes()
}
