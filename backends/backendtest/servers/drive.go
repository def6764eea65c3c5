package servers

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/md5" //nolint:gosec // the service tells this sum
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
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
)

// DriveServer plays Google Drive, as far as a client that stores, lists and
// deletes needs it. As there, a folder may hold several files of one name.
type DriveServer struct {
	*Impostor
	expiring
	// Key is that of the service account svc@example.com, in PEM.
	Key string

	public  *rsa.PublicKey
	items   map[string]*driveItem   // by id; guarded by mu
	uploads map[string]*driveUpload // by id; guarded by mu
	next    int                     // guarded by mu
	busy    bool                    // guarded by mu
	resumed int                     // guarded by mu
}

// driveItem is a file or a folder.
type driveItem struct {
	id, name, mime, parent string
	body                   []byte
	created, modified      time.Time
}

// driveUpload is an upload in parts. Until it is whole, nothing shows it.
type driveUpload struct {
	id   string // of the file that it replaces; "" makes a new one
	meta driveMeta
	body []byte
}

// driveMeta is what a client says about a file.
type driveMeta struct {
	Name     string    `json:"name"`
	MimeType string    `json:"mimeType"`
	Parents  []string  `json:"parents"`
	Modified time.Time `json:"modifiedTime"`
}

const (
	driveFolder  = "application/vnd.google-apps.folder"
	driveRoot    = "root-id"
	driveRefresh = "refresh"
	driveLimit   = 1 << 30
)

// Drive starts it. Its first access token is "access-0"; "refresh" gets the
// one that is valid.
func Drive(t testing.TB) *DriveServer {
	t.Helper()
	s := &DriveServer{uploads: map[string]*driveUpload{}, expiring: expiring{access: "access-0"}}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s.public, s.Key = &key.PublicKey, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	s.items = map[string]*driveItem{driveRoot: {id: driveRoot, name: "My Drive", mime: driveFolder}}
	s.Impostor = NewImpostor(t, http.HandlerFunc(s.serve), "www.googleapis.com", "oauth2.googleapis.com")
	return s
}

// SetBusy makes it refuse files because there are too many calls.
func (s *DriveServer) SetBusy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

// Resumed counts the uploads in parts that were completed.
func (s *DriveServer) Resumed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resumed
}

// Twin puts a second file beside the one that has a name, which must be the
// only one. It is so much newer, and none is of the future.
func (s *DriveServer) Twin(t testing.TB, name, body string, newer time.Duration) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if i.name == name {
			at := i.modified.Add(min(newer, 0))
			i.modified = i.modified.Add(-max(newer, 0))
			s.add(&driveItem{name: name, mime: i.mime, parent: i.parent, body: []byte(body), created: i.created, modified: at})
			return
		}
	}
	t.Fatalf("there is no %s", name)
}

// Count tells how many files have a name.
func (s *DriveServer) Count(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if i.name == name {
			n++
		}
	}
	return n
}

func (i *driveItem) describe() map[string]any {
	const format = "2006-01-02T15:04:05.000Z"
	m := map[string]any{
		"kind": "drive#file", "id": i.id, "name": i.name, "mimeType": i.mime, "trashed": false,
		"createdTime": i.created.UTC().Format(format), "modifiedTime": i.modified.UTC().Format(format),
	}
	if i.parent != "" {
		m["parents"] = []string{i.parent}
	}
	if i.mime != driveFolder {
		sum := md5.Sum(i.body) //nolint:gosec // as above
		m["size"], m["md5Checksum"] = strconv.Itoa(len(i.body)), hex.EncodeToString(sum[:])
	}
	return m
}

func driveNo(w http.ResponseWriter, status int, reason string) {
	text := "no: " + reason
	reply(w, status, map[string]any{"error": map[string]any{
		"code": status, "message": text, "errors": []any{map[string]string{"domain": "global", "reason": reason, "message": text}},
	}})
}

func (s *DriveServer) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Host == "oauth2.googleapis.com" {
		s.token(w, body)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.access {
		driveNo(w, http.StatusUnauthorized, "authError")
		return
	}
	at, media := strings.CutPrefix(r.URL.Path, "/upload")
	id := strings.Trim(strings.TrimPrefix(at, "/drive/v3/files"), "/")
	if id == "root" {
		id = driveRoot
	}
	switch {
	case at == "/drive/v3/about":
		s.about(w)
	case !strings.HasPrefix(at, "/drive/v3/files"):
		driveNo(w, http.StatusNotFound, "notFound")
	case media:
		s.upload(w, r, id, body)
	case id != "":
		s.file(w, r, id, body)
	case r.Method == http.MethodGet:
		s.list(w, r)
	default:
		s.create(w, body)
	}
}

func (s *DriveServer) token(w http.ResponseWriter, form []byte) {
	values, err := url.ParseQuery(string(form))
	if err != nil || values.Get("refresh_token") != driveRefresh && !s.signed(values.Get("assertion")) {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
		return
	}
	reply(w, http.StatusOK, map[string]any{"access_token": s.access, "token_type": "Bearer", "expires_in": 3599})
}

// signed tells whether a request for a token is from the service account.
func (s *DriveServer) signed(assertion string) bool {
	cut := strings.LastIndexByte(assertion, '.')
	_, claims, _ := strings.Cut(assertion[:max(cut, 0)], ".")
	signature, err := base64.RawURLEncoding.DecodeString(assertion[cut+1:])
	if err != nil {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(claims)
	var who struct{ Iss string }
	if err == nil {
		err = json.Unmarshal(text, &who)
	}
	sum := sha256.Sum256([]byte(assertion[:max(cut, 0)]))
	return err == nil && who.Iss == "svc@example.com" && rsa.VerifyPKCS1v15(s.public, crypto.SHA256, sum[:], signature) == nil
}

func (s *DriveServer) about(w http.ResponseWriter) {
	used := 0
	for _, i := range s.items {
		used += len(i.body)
	}
	text := strconv.Itoa(used)
	reply(w, http.StatusOK, map[string]any{"storageQuota": map[string]string{
		"limit": strconv.Itoa(driveLimit), "usage": text, "usageInDrive": text, "usageInDriveTrash": "0",
	}})
}

// file answers what is asked of one item.
func (s *DriveServer) file(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	i := s.items[id]
	switch {
	case i == nil:
		driveNo(w, http.StatusNotFound, "notFound")
	case r.Method == http.MethodGet && r.URL.Query().Get("alt") == "media":
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(i.body))
	case r.Method == http.MethodGet:
		reply(w, http.StatusOK, i.describe())
	case r.Method == http.MethodDelete:
		s.remove(i)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPatch:
		s.patch(w, r, i, body)
	default:
		driveNo(w, http.StatusBadRequest, "badRequest")
	}
}

// remove takes an item away, with what is in it.
func (s *DriveServer) remove(i *driveItem) {
	delete(s.items, i.id)
	for _, inside := range s.items {
		if inside.parent == i.id {
			s.remove(inside)
		}
	}
}

// patch renames and moves.
func (s *DriveServer) patch(w http.ResponseWriter, r *http.Request, i *driveItem, body []byte) {
	var meta driveMeta
	if err := json.Unmarshal(body, &meta); err != nil {
		driveNo(w, http.StatusBadRequest, "parseError")
		return
	}
	if to := r.URL.Query().Get("addParents"); to != "" {
		if s.items[to] == nil {
			driveNo(w, http.StatusNotFound, "notFound")
			return
		}
		i.parent = to
	}
	i.take(meta)
	reply(w, http.StatusOK, i.describe())
}

// take changes what the client says something about.
func (i *driveItem) take(meta driveMeta) {
	i.name, i.mime = cmp.Or(meta.Name, i.name), cmp.Or(meta.MimeType, i.mime, "application/octet-stream")
	i.modified = meta.Modified
	if i.modified.IsZero() {
		i.modified = time.Now()
	}
}

// create makes what has no content: a folder.
func (s *DriveServer) create(w http.ResponseWriter, body []byte) {
	var meta driveMeta
	if err := json.Unmarshal(body, &meta); err != nil {
		driveNo(w, http.StatusBadRequest, "parseError")
		return
	}
	s.store(w, "", meta, nil)
}

// store makes or replaces a file, when it is whole.
func (s *DriveServer) store(w http.ResponseWriter, id string, meta driveMeta, body []byte) {
	if !s.welcome(w, id, meta) {
		return
	}
	i := s.items[id]
	if i == nil {
		i = s.add(&driveItem{parent: append(meta.Parents, driveRoot)[0], created: time.Now()})
	}
	i.take(meta)
	i.body = body
	reply(w, http.StatusOK, i.describe())
}

func (s *DriveServer) add(i *driveItem) *driveItem {
	s.next++
	i.id = fmt.Sprintf("item%06d", s.next)
	s.items[i.id] = i
	return i
}

// welcome tells whether a file may come, and answers when not.
func (s *DriveServer) welcome(w http.ResponseWriter, id string, meta driveMeta) bool {
	missing := func(id string) bool { return s.items[id] == nil }
	switch {
	case id != "" && missing(id), slices.ContainsFunc(meta.Parents, missing):
		driveNo(w, http.StatusNotFound, "notFound")
	case s.busy:
		driveNo(w, http.StatusForbidden, "userRateLimitExceeded")
	case s.full && meta.MimeType != driveFolder:
		driveNo(w, http.StatusForbidden, "storageQuotaExceeded")
	default:
		return true
	}
	return false
}

// upload takes content: at once, or what begins or continues one in parts.
func (s *DriveServer) upload(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	query := r.URL.Query()
	if name := query.Get("upload_id"); name != "" {
		s.part(w, r, name, body)
		return
	}
	switch query.Get("uploadType") {
	case "multipart":
		meta, content, err := driveParts(r.Header.Get("Content-Type"), body)
		if err != nil {
			driveNo(w, http.StatusBadRequest, "parseError")
			return
		}
		s.store(w, id, meta, content)
	case "resumable":
		u := &driveUpload{id: id}
		if err := json.Unmarshal(body, &u.meta); err != nil {
			driveNo(w, http.StatusBadRequest, "parseError")
			return
		}
		if !s.welcome(w, id, u.meta) {
			return
		}
		s.next++
		name := "upload" + strconv.Itoa(s.next)
		s.uploads[name] = u
		w.Header().Set("Location", "https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable&upload_id="+name)
		w.WriteHeader(http.StatusOK)
	default:
		driveNo(w, http.StatusBadRequest, "badRequest")
	}
}

// driveParts takes an upload apart: what is said about the file, and the file.
func driveParts(kind string, body []byte) (meta driveMeta, content []byte, err error) {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return meta, nil, err
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	first, err := parts.NextPart()
	if err == nil {
		err = json.NewDecoder(first).Decode(&meta)
	}
	if err != nil {
		return meta, nil, err
	}
	second, err := parts.NextPart()
	if err == nil {
		content, err = io.ReadAll(second)
	}
	if err == nil {
		if _, end := parts.NextPart(); !errors.Is(end, io.EOF) {
			err = io.ErrUnexpectedEOF // the client broke off
		}
	}
	return meta, content, err
}

// part takes a part of an upload.
func (s *DriveServer) part(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	const unit = 256 << 10 // of all parts but the last
	u := s.uploads[name]
	if u == nil {
		driveNo(w, http.StatusNotFound, "notFound")
		return
	}
	var from, to, total int
	_, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total)
	if err != nil || from != len(u.body) || to-from+1 != len(body) || to+1 < total && len(body)%unit != 0 {
		driveNo(w, http.StatusBadRequest, "badRequest")
		return
	}
	if u.body = append(u.body, body...); len(u.body) < total {
		w.Header().Set("Range", "bytes=0-"+strconv.Itoa(to))
		w.WriteHeader(http.StatusPermanentRedirect) // which means here: go on
		return
	}
	delete(s.uploads, name)
	s.resumed++
	s.store(w, u.id, u.meta, u.body)
}

// list answers with a page of what a query finds, the oldest first: of the
// order, the service promises nothing.
func (s *DriveServer) list(w http.ResponseWriter, r *http.Request) {
	const size = 20 // small, so that lists have several
	q, after := r.URL.Query().Get("q"), r.URL.Query().Get("pageToken")
	match, folders, err := parseDriveQuery(q)
	if err != nil {
		driveNo(w, http.StatusBadRequest, "invalid")
		return
	}
	for _, f := range folders {
		if s.items[f] == nil {
			driveNo(w, http.StatusNotFound, "notFound")
			return
		}
	}
	var all []*driveItem
	for _, i := range s.items {
		if i.id != driveRoot && i.id > after && match(i) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *driveItem) int { return cmp.Compare(a.id, b.id) })
	answer := map[string]any{"kind": "drive#fileList", "incompleteSearch": false}
	if len(all) > size {
		all = all[:size]
		answer["nextPageToken"] = all[size-1].id
	}
	files := []any{}
	for _, i := range all {
		files = append(files, i.describe())
	}
	answer["files"] = files
	reply(w, http.StatusOK, answer)
}
