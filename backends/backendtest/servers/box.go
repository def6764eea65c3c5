package servers

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the service sums with it
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// BoxServer plays Box, as far as a client that stores, lists and deletes needs
// it. As there, a token renews a login once, names differ in more than their
// case, and content comes from a host of its own.
type BoxServer struct {
	*Impostor
	stage

	items    map[string]*boxItem    // by id; guarded by mu
	sessions map[string]*boxSession // by id; guarded by mu
	next     int                    // guarded by mu
	begun    int                    // uploads in parts; guarded by mu
	renewed  int                    // guarded by mu

	application *rsa.PublicKey // guarded by mu; nil: there is none
}

// boxItem is a file or a folder.
type boxItem struct {
	id, name, parent, sum string
	folder                bool
	body                  []byte
	changed               time.Time
}

// boxSession is an upload in parts.
type boxSession struct {
	file         *boxItem // that gets a new version; nil: there is none
	name, parent string
	body         []byte
	parts        map[string]boxPart // by id
	asked        bool               // whether it was said to be whole
}

// boxPart is a part as the service describes it.
type boxPart struct {
	ID     string `json:"part_id"`
	Offset int    `json:"offset"`
	Size   int    `json:"size"`
	Sum    string `json:"sha1"`
}

// boxRoot is the folder of everything, and boxSpace the room of an account.
// Less than boxSessionMin is not taken in parts.
const (
	boxRoot       = "0"
	boxSpace      = 10 << 30
	boxPartSize   = 8 << 20
	boxSessionMin = 20_000_000
)

// Box starts it. Its first access token is "access-0"; "refresh-0" gets
// "access-1" and "refresh-1", and so on.
func Box(t testing.TB) *BoxServer {
	t.Helper()
	s := &BoxServer{sessions: map[string]*boxSession{}, items: map[string]*boxItem{boxRoot: {id: boxRoot, name: "All Files", folder: true}}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST app.box.com/api/oauth2/token", s.token)
	mux.HandleFunc("POST api.box.com/oauth2/token", s.claimed)
	mux.HandleFunc("GET dl.boxcloud.com/{id}", s.download)
	for pattern, call := range map[string]boxCall{
		"GET api.box.com/2.0/users/me":                                  s.user,
		"GET api.box.com/2.0/folders/{id}/items":                        s.list,
		"POST api.box.com/2.0/folders":                                  s.mkdir,
		"OPTIONS api.box.com/2.0/files/content/{$}":                     s.preflight,
		"GET api.box.com/2.0/files/{id}":                                s.info,
		"DELETE api.box.com/2.0/files/{id}":                             s.remove,
		"GET api.box.com/2.0/files/{id}/content":                        s.content,
		"POST upload.box.com/api/2.0/files/content":                     s.upload,
		"POST upload.box.com/api/2.0/files/{id}/content":                s.upload,
		"POST upload.box.com/api/2.0/files/upload_sessions":             s.begin,
		"POST upload.box.com/api/2.0/files/{id}/upload_sessions":        s.begin,
		"PUT upload.box.com/api/2.0/files/upload_sessions/{id}":         s.part,
		"DELETE upload.box.com/api/2.0/files/upload_sessions/{id}":      s.abort,
		"POST upload.box.com/api/2.0/files/upload_sessions/{id}/commit": s.commit,
	} {
		mux.HandleFunc(pattern, s.handle(call))
	}
	s.Impostor = NewImpostor(t, mux, "api.box.com", "app.box.com", "upload.box.com", "dl.boxcloud.com")
	return s
}

// Sessions counts the uploads in parts that there were, and those of them that
// nobody ended.
func (s *BoxServer) Sessions() (begun, left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun, len(s.sessions)
}

// boxCall answers a request, while s.mu is held.
type boxCall func(r *http.Request, body []byte) (any, error)

// boxError is how it refuses.
type boxError struct {
	status   int
	code     string
	conflict any // what has the name already
}

func (e *boxError) Error() string { return e.code }

// boxMissing is what it says of ids that it does not know.
var boxMissing = &boxError{http.StatusNotFound, "not_found", nil}

// boxWait and boxMoved are answers with nothing but a header.
type (
	boxWait  struct{}
	boxMoved struct{ to string }
)

func (s *BoxServer) handle(call boxCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.known(r.Header.Get("Authorization")) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid."`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer, err := call(r, body)
		boxReply(w, r, answer, err)
	}
}

func boxReply(w http.ResponseWriter, r *http.Request, answer any, err error) {
	if err != nil {
		no, known := errors.AsType[*boxError](err)
		if !known {
			no = &boxError{http.StatusBadRequest, "bad_request", nil}
		}
		e := map[string]any{"type": "error", "status": no.status, "code": no.code, "message": err.Error(), "request_id": "1"}
		if no.conflict != nil {
			e["context_info"] = map[string]any{"conflicts": no.conflict}
		}
		reply(w, no.status, e)
		return
	}
	switch a := answer.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
	case boxWait:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusAccepted)
	case boxMoved:
		http.Redirect(w, r, a.to, http.StatusFound)
	default:
		status := http.StatusOK
		if r.Method == http.MethodPost {
			status = http.StatusCreated
		}
		reply(w, status, a)
	}
}

// known tells the tokens that were given out.
func (s *BoxServer) known(authorization string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(authorization, "Bearer access-"))
	return err == nil && n >= 0 && n <= s.renewed
}

func (s *BoxServer) token(w http.ResponseWriter, r *http.Request) {
	given := r.FormValue("refresh_token")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.FormValue("grant_type") != "refresh_token" || given != "refresh-"+strconv.Itoa(s.renewed) {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Refresh token has expired"})
		return
	}
	s.renewed++
	n := strconv.Itoa(s.renewed)
	reply(w, http.StatusOK, map[string]any{
		"access_token": "access-" + n, "refresh_token": "refresh-" + n, "token_type": "bearer", "expires_in": 3600, "restricted_to": []string{},
	})
}

func (s *BoxServer) user(*http.Request, []byte) (any, error) {
	used := 0
	for _, i := range s.items {
		used += len(i.body)
	}
	return map[string]any{"type": "user", "id": "1", "login": "me@example.org", "space_amount": boxSpace, "space_used": used}, nil
}

func (i *boxItem) describe() map[string]any {
	changed := i.changed.UTC().Format(time.RFC3339)
	m := map[string]any{
		"type": "file", "id": i.id, "sequence_id": "0", "etag": "0", "sha1": i.sum, "name": i.name, "size": len(i.body), "item_status": "active",
		"created_at": changed, "modified_at": changed, "content_created_at": changed, "content_modified_at": changed, "shared_link": nil,
	}
	if i.folder {
		m["type"] = "folder"
		delete(m, "sha1")
	}
	return m
}

func (s *BoxServer) child(parent, name string) *boxItem {
	for _, i := range s.items {
		if i.parent == parent && strings.EqualFold(i.name, name) {
			return i
		}
	}
	return nil
}

// free tells why nothing can get a name, other than a file that has it.
func (s *BoxServer) free(parent, name string, file *boxItem) error {
	switch other := s.child(parent, name); {
	case s.items[parent] == nil || !s.items[parent].folder:
		return boxMissing
	case utf8.RuneCountInString(name) > 255:
		return &boxError{http.StatusBadRequest, "item_name_too_long", nil}
	case name == "", name == ".", name == "..", strings.ContainsAny(name, `/\`), strings.HasSuffix(name, " "), strings.ContainsFunc(name, unicode.IsControl):
		return &boxError{http.StatusBadRequest, "item_name_invalid", nil}
	case other != nil && other != file:
		return &boxError{http.StatusConflict, "item_name_in_use", other.describe()}
	}
	return nil
}

// room tells why a file cannot be stored.
func (s *BoxServer) room() error {
	if s.full {
		return &boxError{http.StatusForbidden, "storage_limit_exceeded", nil}
	}
	return nil
}

// file finds the file that a request is about.
func (s *BoxServer) file(r *http.Request) (*boxItem, error) {
	i := s.items[r.PathValue("id")]
	if i == nil || i.folder {
		return nil, boxMissing
	}
	return i, nil
}

// list answers with a page of what is in a folder.
func (s *BoxServer) list(r *http.Request, _ []byte) (any, error) {
	const size = 20 // small, so that lists have several
	folder, after := s.items[r.PathValue("id")], r.URL.Query().Get("marker")
	if folder == nil || !folder.folder {
		return nil, boxMissing
	}
	var all []*boxItem
	for _, i := range s.items {
		if i.parent == folder.id && i.id > after {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *boxItem) int { return cmp.Compare(a.id, b.id) })
	answer, entries := map[string]any{"limit": size}, []any{}
	if len(all) > size {
		all = all[:size]
		answer["next_marker"] = all[size-1].id
	}
	for _, i := range all {
		entries = append(entries, i.describe())
	}
	answer["entries"] = entries
	return answer, nil
}

// boxTarget is where something is to be, in the requests that say so.
type boxTarget struct {
	Name   string
	Parent struct{ ID string }
	Size   *int64
}

func (s *BoxServer) mkdir(_ *http.Request, body []byte) (any, error) {
	var want boxTarget
	if err := json.Unmarshal(body, &want); err != nil {
		return nil, err
	}
	if err := s.free(want.Parent.ID, want.Name, nil); err != nil {
		if no, is := errors.AsType[*boxError](err); is && no.conflict != nil {
			no.conflict = []any{no.conflict} // a list, of folders
		}
		return nil, err
	}
	return s.add(&boxItem{name: want.Name, parent: want.Parent.ID, folder: true}).describe(), nil
}

func (s *BoxServer) add(i *boxItem) *boxItem {
	s.next++
	i.id, i.changed = fmt.Sprintf("%09d", s.next), time.Now()
	s.items[i.id] = i
	return i
}

// preflight tells whether a file could be stored.
func (s *BoxServer) preflight(_ *http.Request, body []byte) (any, error) {
	var want boxTarget
	if err := json.Unmarshal(body, &want); err != nil {
		return nil, err
	}
	if err := s.free(want.Parent.ID, want.Name, nil); err != nil {
		return nil, err
	}
	if want.Size != nil {
		if err := s.room(); err != nil {
			return nil, err
		}
	}
	return map[string]string{"upload_token": "", "upload_url": "https://upload.box.com/api/2.0/files/content"}, nil
}

func (s *BoxServer) info(r *http.Request, _ []byte) (any, error) {
	i, err := s.file(r)
	if err != nil {
		return nil, err
	}
	return i.describe(), nil
}

func (s *BoxServer) remove(r *http.Request, _ []byte) (any, error) {
	i, err := s.file(r)
	if err == nil {
		delete(s.items, i.id)
	}
	return nil, err
}

// content says where the content is.
func (s *BoxServer) content(r *http.Request, _ []byte) (any, error) {
	i, err := s.file(r)
	if err != nil {
		return nil, err
	}
	return boxMoved{"https://dl.boxcloud.com/" + url.PathEscape(i.id)}, nil
}

func (s *BoxServer) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	i, err := s.file(r)
	var body []byte
	if err == nil {
		body = i.body
	}
	s.mu.Unlock()
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// upload stores a form: what the file is, and behind that its content.
func (s *BoxServer) upload(r *http.Request, body []byte) (any, error) {
	want, content, err := boxForm(r.Header.Get("Content-Type"), body)
	if err != nil {
		return nil, err
	}
	var file *boxItem
	if r.PathValue("id") != "" {
		if file, err = s.file(r); err != nil {
			return nil, err
		}
		want.Parent.ID = file.parent
	}
	if err := cmp.Or(s.room(), s.free(want.Parent.ID, want.Name, file)); err != nil {
		return nil, err
	}
	return s.store(file, want.Parent.ID, want.Name, content), nil
}

var errBoxForm = errors.New("the form is not whole")

func boxForm(kind string, body []byte) (want boxTarget, content []byte, err error) {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return want, nil, err
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	first, err := form.NextPart()
	if err != nil || first.FormName() != "attributes" {
		return want, nil, errBoxForm
	}
	if err := json.NewDecoder(first).Decode(&want); err != nil {
		return want, nil, err
	}
	second, err := form.NextPart()
	if err != nil {
		return want, nil, err
	}
	if content, err = io.ReadAll(second); err != nil {
		return want, nil, err
	}
	if _, err := form.NextPart(); !errors.Is(err, io.EOF) {
		return want, nil, errBoxForm
	}
	return want, content, nil
}

// store makes a file, or a new version of one.
func (s *BoxServer) store(i *boxItem, parent, name string, body []byte) any {
	if i == nil || s.items[i.id] != i {
		i = s.add(&boxItem{name: name, parent: parent})
	}
	sum := sha1.Sum(body) //nolint:gosec // as above
	i.name, i.body, i.sum, i.changed = name, body, hex.EncodeToString(sum[:]), time.Now()
	return map[string]any{"total_count": 1, "entries": []any{i.describe()}}
}

// begin begins an upload in parts.
func (s *BoxServer) begin(r *http.Request, body []byte) (any, error) {
	var want struct {
		Folder string `json:"folder_id"`
		Name   string `json:"file_name"`
		Size   int    `json:"file_size"`
	}
	if err := json.Unmarshal(body, &want); err != nil {
		return nil, err
	}
	if want.Size < boxSessionMin || want.Size > boxSpace {
		return nil, &boxError{http.StatusBadRequest, "file_size_too_small", nil}
	}
	var file *boxItem
	if r.PathValue("id") != "" {
		var err error
		if file, err = s.file(r); err != nil {
			return nil, err
		}
		want.Folder, want.Name = file.parent, file.name
	}
	if err := cmp.Or(s.room(), s.free(want.Folder, want.Name, file)); err != nil {
		return nil, err
	}
	s.begun++
	id := "S" + strconv.Itoa(s.begun)
	s.sessions[id] = &boxSession{file: file, name: want.Name, parent: want.Folder, body: make([]byte, want.Size), parts: map[string]boxPart{}}
	return map[string]any{
		"id": id, "type": "upload_session", "num_parts_processed": 0, "part_size": boxPartSize,
		"total_parts": (want.Size + boxPartSize - 1) / boxPartSize, "session_expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}, nil
}

// session finds the upload that a request is about.
func (s *BoxServer) session(r *http.Request) (*boxSession, error) {
	if u := s.sessions[r.PathValue("id")]; u != nil {
		return u, nil
	}
	return nil, boxMissing
}

// boxDigest tells whether the header has the sum of what came.
func boxDigest(r *http.Request, body []byte) (sum string, err error) {
	raw := sha1.Sum(body) //nolint:gosec // as above
	if r.Header.Get("Digest") != "sha="+base64.StdEncoding.EncodeToString(raw[:]) {
		return "", &boxError{http.StatusPreconditionFailed, "sha1_mismatch", nil}
	}
	return hex.EncodeToString(raw[:]), nil
}

func (s *BoxServer) part(r *http.Request, body []byte) (any, error) {
	u, err := s.session(r)
	if err != nil {
		return nil, err
	}
	var from, to, total int
	_, err = fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total)
	if err != nil || total != len(u.body) || from < 0 || from%boxPartSize != 0 || to-from+1 != len(body) || to != min(from+boxPartSize, total)-1 {
		return nil, &boxError{http.StatusRequestedRangeNotSatisfiable, "range_mismatch", nil}
	}
	sum, err := boxDigest(r, body)
	if err != nil {
		return nil, err
	}
	copy(u.body[from:], body)
	p := boxPart{ID: fmt.Sprintf("%08X", from/boxPartSize), Offset: from, Size: len(body), Sum: sum}
	u.parts[p.ID] = p
	return map[string]any{"part": p}, nil
}

func (s *BoxServer) abort(r *http.Request, _ []byte) (any, error) {
	_, err := s.session(r)
	delete(s.sessions, r.PathValue("id"))
	return nil, err
}

// commit makes a file of the parts. As there, it is not always ready at once.
func (s *BoxServer) commit(r *http.Request, body []byte) (any, error) {
	u, err := s.session(r)
	if err != nil {
		return nil, err
	}
	var want struct{ Parts []boxPart }
	if err := json.Unmarshal(body, &want); err != nil {
		return nil, err
	}
	at := 0
	for _, p := range want.Parts {
		if u.parts[p.ID] != p || p.Offset != at {
			return nil, &boxError{http.StatusBadRequest, "parts_mismatch", nil}
		}
		at += p.Size
	}
	if at != len(u.body) {
		return nil, &boxError{http.StatusBadRequest, "parts_mismatch", nil}
	}
	if _, err := boxDigest(r, u.body); err != nil {
		return nil, err
	}
	if !u.asked {
		u.asked = true
		return boxWait{}, nil
	}
	if err := s.free(u.parent, u.name, u.file); err != nil {
		return nil, err
	}
	delete(s.sessions, r.PathValue("id"))
	return s.store(u.file, u.parent, u.name, u.body), nil
}
