package servers

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the service sums with it
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// JottacloudServer plays Jottacloud, as far as a client that stores, lists and
// deletes needs it. As there, a token renews a login once, names differ in
// more than their case, what is known already is not sent again, and an upload
// that broke goes on where it did.
type JottacloudServer struct {
	*Impostor
	stage

	files   map[string]*jottaFile   // by path below the mount point, in lower case; guarded by mu
	uploads map[string]*jottaUpload // by id; guarded by mu
	begun   int                     // uploads; guarded by mu
	renewed int                     // guarded by mu
	cut     bool                    // guarded by mu
	resumed int                     // guarded by mu
}

// jottaFile is a file or a folder.
type jottaFile struct {
	name, sum       string
	folder, trashed bool
	body            []byte
	changed         time.Time
}

// jottaUpload is a file on its way.
type jottaUpload struct {
	at, sum string
	size    int
	body    []byte
}

// Where the account's files are, and how much may be there.
const (
	jottaUser  = "12qh1wsht8cssxdtwl15rqh9"
	jottaMount = "/jfs/" + jottaUser + "/Jotta/Archive"
	jottaSpace = 10 << 30
	jottaHost  = "up-no-001.jottacloud.com"
	// jottaFull is a status of its own, for an account without room.
	jottaFull = 460
)

// The two ways in which it writes times.
const (
	jottaTime    = "2006-01-02-T15:04:05Z0700"
	jottaNewTime = "2006-01-02T15:04:05.000Z07:00"
)

// Jottacloud starts it. Its first access token is "access-0"; "refresh-0" gets
// "access-1" and "refresh-1", and so on.
func Jottacloud(t testing.TB) *JottacloudServer {
	t.Helper()
	s := &JottacloudServer{uploads: map[string]*jottaUpload{}, files: map[string]*jottaFile{"/": {folder: true}}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST id.jottacloud.com/auth/realms/jottacloud/protocol/openid-connect/token", s.token)
	for pattern, call := range map[string]jottaCall{
		"GET api.jottacloud.com/account/v1/customer": s.customer,
		"POST api.jottacloud.com/files/v1/allocate":  s.allocate,
		"POST " + jottaHost + "/{id}":                s.upload,
		"GET jfs.jottacloud.com/jfs/" + jottaUser:    s.account,
		"GET jfs.jottacloud.com" + jottaMount + "/":  s.read,
		"GET jfs.jottacloud.com" + jottaMount:        s.read,
		"POST jfs.jottacloud.com" + jottaMount + "/": s.change,
		"POST jfs.jottacloud.com" + jottaMount:       s.change,
	} {
		mux.HandleFunc(pattern, s.handle(call))
	}
	s.Impostor = NewImpostor(t, mux, "api.jottacloud.com", "jfs.jottacloud.com", "id.jottacloud.com", jottaHost)
	return s
}

// CutNext breaks the next upload in its middle.
func (s *JottacloudServer) CutNext() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = true
}

// Resumed counts the uploads that went on where they broke.
func (s *JottacloudServer) Resumed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resumed
}

// jottaCall answers a request, while s.mu is held: with what becomes JSON, an
// XML document, or the content of a file.
type jottaCall func(r *http.Request, body []byte) (any, jottaNo)

// jottaNo is how it refuses; 0: it does not.
type jottaNo int

// jottaXML is a document, jottaContent a file.
type (
	jottaXML     struct{ root any }
	jottaContent []byte
)

func (s *JottacloudServer) handle(call jottaCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := s.body(r)
		if err != nil {
			return // the client has gone
		}
		answer, no := s.answer(r, call, body)
		switch a := answer.(type) {
		case jottaContent:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a))
		case jottaXML:
			writeXML(w, http.StatusOK, a.root)
		case nil:
			refuseXML(w, int(no))
		default:
			reply(w, http.StatusOK, a)
		}
	}
}

// body reads a request. Of an upload that breaks, what came is kept.
func (s *JottacloudServer) body(r *http.Request) ([]byte, error) {
	s.mu.Lock()
	cut := s.cut && r.Host == jottaHost
	s.mu.Unlock()
	if !cut {
		return io.ReadAll(r.Body)
	}
	half, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength/2))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = false
	if u := s.uploads[path.Base(r.URL.Path)]; u != nil {
		u.body = half
	}
	panic(http.ErrAbortHandler)
}

func (s *JottacloudServer) answer(r *http.Request, call jottaCall, body []byte) (any, jottaNo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status != 0 {
		return nil, jottaNo(s.status)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer access-"))
	if err != nil || n < 0 || n > s.renewed {
		return nil, http.StatusUnauthorized
	}
	return call(r, body)
}

func writeXML(w http.ResponseWriter, status int, root any) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(root) // the client may have gone
}

func refuseXML(w http.ResponseWriter, status int) {
	writeXML(w, status, struct {
		XMLName xml.Name `xml:"error"`
		Code    int      `xml:"code"`
		Message string   `xml:"message"`
		Reason  string   `xml:"reason"`
	}{Code: status, Message: "no: " + http.StatusText(status), Reason: http.StatusText(status)})
}

func (s *JottacloudServer) token(w http.ResponseWriter, r *http.Request) {
	given := r.FormValue("refresh_token")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.FormValue("grant_type") != "refresh_token" || r.FormValue("client_id") == "" || given != "refresh-"+strconv.Itoa(s.renewed) {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Maximum allowed refresh token reuse exceeded"})
		return
	}
	s.renewed++
	n := strconv.Itoa(s.renewed)
	reply(w, http.StatusOK, map[string]any{"access_token": "access-" + n, "refresh_token": "refresh-" + n, "token_type": "Bearer", "expires_in": 3600})
}

func (s *JottacloudServer) customer(*http.Request, []byte) (any, jottaNo) {
	return map[string]any{"username": jottaUser, "email": "me@example.org"}, 0
}

func (s *JottacloudServer) account(*http.Request, []byte) (any, jottaNo) {
	used := 0
	for _, f := range s.files {
		used += len(f.body)
	}
	return jottaXML{struct {
		XMLName  xml.Name `xml:"user"`
		Username string   `xml:"username"`
		Capacity int      `xml:"capacity"`
		Usage    int      `xml:"usage"`
	}{Username: jottaUser, Capacity: jottaSpace, Usage: used}}, 0
}

// jottaPath is what a request is about, below the mount point.
func jottaPath(r *http.Request) string {
	return path.Clean("/" + strings.TrimPrefix(r.URL.Path, jottaMount))
}

// jottaDescribed is a file or a folder in a document.
type jottaDescribed struct {
	XMLName  xml.Name
	Name     string            `xml:"name,attr"`
	Deleted  string            `xml:"deleted,attr,omitempty"`
	Revision *jottaRevision    `xml:"currentRevision"`
	Folders  []*jottaDescribed `xml:"folders>folder"`
	Files    []*jottaDescribed `xml:"files>file"`
}

type jottaRevision struct {
	Number   int    `xml:"number"`
	State    string `xml:"state"`
	Created  string `xml:"created"`
	Modified string `xml:"modified"`
	Mime     string `xml:"mime"`
	Size     int    `xml:"size"`
	MD5      string `xml:"md5"`
	Updated  string `xml:"updated"`
}

func (f *jottaFile) describe() *jottaDescribed {
	d := &jottaDescribed{XMLName: xml.Name{Local: "folder"}, Name: f.name}
	if f.trashed {
		d.Deleted = f.changed.UTC().Format(jottaTime)
	}
	if f.folder {
		return d
	}
	at := f.changed.UTC().Format(jottaTime)
	d.XMLName.Local = "file"
	d.Revision = &jottaRevision{
		Number: 1, State: "COMPLETED", Created: at, Modified: at, Updated: at, Mime: "application/octet-stream", Size: len(f.body), MD5: f.sum,
	}
	return d
}

func (s *JottacloudServer) read(r *http.Request, _ []byte) (any, jottaNo) {
	at := jottaPath(r)
	f := s.files[strings.ToLower(at)]
	mode := r.URL.Query().Get("mode")
	switch {
	case f == nil:
		return nil, http.StatusNotFound
	case mode == "liststream" && f.folder:
		return jottaXML{s.stream(strings.ToLower(at))}, 0
	case f.folder:
		return jottaXML{s.inside(strings.ToLower(at), f)}, 0
	case mode == "bin":
		return append(jottaContent{}, f.body...), 0
	}
	return jottaXML{f.describe()}, 0
}

// inside describes a folder with what is in it.
func (s *JottacloudServer) inside(at string, f *jottaFile) *jottaDescribed {
	d := f.describe()
	if at == "/" {
		d.XMLName.Local = "mountPoint"
	}
	for where, c := range s.files {
		switch {
		case where == "/" || path.Dir(where) != at:
		case c.folder:
			d.Folders = append(d.Folders, c.describe())
		default:
			d.Files = append(d.Files, c.describe())
		}
	}
	return d
}

// jottaStreamed is a file or a folder in a list of everything.
type jottaStreamed struct {
	Path     string `xml:"path"`
	Name     string `xml:"filename,omitempty"`
	MD5      string `xml:"md5,omitempty"`
	Size     int    `xml:"size"`
	Modified string `xml:"modified"`
	Created  string `xml:"created"`
}

// jottaStream is such a list.
type jottaStream struct {
	XMLName xml.Name        `xml:"liststream"`
	Folders []jottaStreamed `xml:"folder"`
	Files   []jottaStreamed `xml:"file"`
	Stats   struct {
		Folders int `xml:"folders"`
		Files   int `xml:"files"`
	} `xml:"stats"`
}

// stream lists everything below a folder, but for what is in the trash.
func (s *JottacloudServer) stream(at string) *jottaStream {
	list := &jottaStream{}
	for _, where := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[where]
		if f.trashed || where != at && !strings.HasPrefix(where, strings.TrimSuffix(at, "/")+"/") {
			continue
		}
		entry := jottaStreamed{Path: path.Join("/Archive", s.spelled(where))}
		if f.folder {
			list.Folders = append(list.Folders, entry)
			continue
		}
		entry.Path, entry.Name = path.Dir(entry.Path), f.name
		entry.MD5, entry.Size = f.sum, len(f.body)
		entry.Modified = f.changed.UTC().Format(jottaNewTime)
		entry.Created = entry.Modified
		list.Files = append(list.Files, entry)
	}
	list.Stats.Folders, list.Stats.Files = len(list.Folders), len(list.Files)
	return list
}

// spelled is a path as its makers wrote it.
func (s *JottacloudServer) spelled(where string) string {
	if where == "/" {
		return where
	}
	return path.Join(s.spelled(path.Dir(where)), s.files[where].name)
}

// change makes a folder, or deletes a file for good or into the trash.
func (s *JottacloudServer) change(r *http.Request, _ []byte) (any, jottaNo) {
	at, q := jottaPath(r), r.URL.Query()
	where := strings.ToLower(at)
	f := s.files[where]
	switch {
	case q.Get("mkDir") == "true" && f != nil && !f.folder:
		return nil, http.StatusConflict
	case q.Get("mkDir") == "true":
		return jottaXML{s.folder(at).describe()}, 0
	case f == nil:
		return nil, http.StatusNotFound
	case q.Get("rm") == "true" && !f.folder:
		delete(s.files, where)
		return jottaXML{f.describe()}, 0
	case q.Get("dl") == "true" && !f.folder:
		f.trashed = true
		return jottaXML{f.describe()}, 0
	}
	return nil, http.StatusBadRequest
}

// folder makes a folder, and those above it.
func (s *JottacloudServer) folder(at string) *jottaFile {
	where := strings.ToLower(at)
	if f := s.files[where]; f != nil {
		return f
	}
	s.folder(path.Dir(at))
	s.files[where] = &jottaFile{name: path.Base(at), folder: true, changed: time.Now()}
	return s.files[where]
}

// allocate begins an upload, or makes a file of what is known.
func (s *JottacloudServer) allocate(_ *http.Request, body []byte) (any, jottaNo) {
	var want struct {
		Bytes     int
		Md5, Path string
	}
	err := json.Unmarshal(body, &want)
	at, below := strings.CutPrefix(want.Path, "/jfs/Jotta/Archive/")
	switch sum, sumErr := hex.DecodeString(want.Md5); {
	case err != nil || sumErr != nil || len(sum) != md5.Size || !below || want.Bytes < 0:
		return nil, http.StatusBadRequest
	case s.full:
		return nil, jottaFull
	}
	answer := map[string]any{"name": path.Base(at), "path": want.Path, "bytes": want.Bytes, "state": "COMPLETED"}
	for _, f := range s.files {
		if !f.folder && f.sum == want.Md5 && len(f.body) == want.Bytes {
			s.store("/"+at, want.Md5, f.body)
			return answer, 0
		}
	}
	id := s.begin(jottaUpload{at: "/" + at, sum: want.Md5, size: want.Bytes})
	answer["state"], answer["upload_id"], answer["resume_pos"] = "INCOMPLETE", id, len(s.uploads[id].body)
	answer["upload_url"] = "https://" + jottaHost + "/" + id
	return answer, 0
}

// begin begins an upload, or goes on with one of the same that broke.
func (s *JottacloudServer) begin(want jottaUpload) string {
	for id, u := range s.uploads {
		if len(u.body) > 0 && u.at == want.at && u.sum == want.sum && u.size == want.size {
			return id
		}
	}
	s.begun++
	id := "u" + strconv.Itoa(s.begun)
	s.uploads[id] = &want
	return id
}

// upload takes what was announced, or the rest of it.
func (s *JottacloudServer) upload(r *http.Request, body []byte) (any, jottaNo) {
	id := r.PathValue("id")
	u := s.uploads[id]
	if u == nil {
		return nil, http.StatusNotFound
	}
	if from := len(u.body); from > 0 {
		if r.Header.Get("Range") != "bytes="+strconv.Itoa(from)+"-"+strconv.Itoa(u.size-1) {
			return nil, http.StatusRequestedRangeNotSatisfiable
		}
		s.resumed++
	}
	whole := append(u.body, body...)
	delete(s.uploads, id)
	if sum := md5.Sum(whole); hex.EncodeToString(sum[:]) != u.sum || len(whole) != u.size { //nolint:gosec // as above
		return nil, http.StatusUnprocessableEntity
	}
	s.store(u.at, u.sum, whole)
	return map[string]any{"path": u.at, "content_id": u.sum, "bytes": u.size, "md5": u.sum, "modified": time.Now().UnixMilli()}, 0
}

func (s *JottacloudServer) store(at, sum string, body []byte) {
	s.folder(path.Dir(at))
	s.files[strings.ToLower(at)] = &jottaFile{name: path.Base(at), sum: sum, body: body, changed: time.Now()}
}
