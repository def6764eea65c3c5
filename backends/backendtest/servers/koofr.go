package servers

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the service sums with it
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"
)

// KoofrServer plays Koofr, and a server of somebody else that is made of it, as
// far as a client that stores, lists and deletes needs it. As there, names differ in more than their case, and one logs in
// with a password that is for the program alone.
type KoofrServer struct {
	*Impostor
	stage

	files map[string]*koofrFile // by path, in lower case; guarded by mu
	asked map[string]int        // by host; guarded by mu
}

// koofrFile is a file or a folder, as the service describes it.
type koofrFile struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Modified int64  `json:"modified"`
	Size     int    `json:"size"`
	Content  string `json:"contentType"`
	Hash     string `json:"hash"`

	body []byte
}

// The user, and the password for this program.
const (
	KoofrUser     = "me@example.org"
	KoofrPassword = "geheim-abcd-1234"
)

// koofrMount is the place for files that every account has; koofrSpace is its
// room, in MiB.
const (
	koofrMount = "m1"
	koofrSpace = 10 << 10
)

// Koofr starts it.
func Koofr(t testing.TB) *KoofrServer {
	t.Helper()
	s := &KoofrServer{asked: map[string]int{}, files: map[string]*koofrFile{"/": {Type: "dir"}}}
	mux := http.NewServeMux()
	mount := "/api/v2/mounts/" + koofrMount
	content := "/content/api/v2/mounts/" + koofrMount
	for pattern, call := range map[string]koofrCall{
		"GET /api/v2/mounts":                s.mounts,
		"GET " + mount:                      s.details,
		"GET " + mount + "/files/info":      s.info,
		"GET " + mount + "/files/list":      s.list,
		"POST " + mount + "/files/folder":   s.mkdir,
		"DELETE " + mount + "/files/remove": s.remove,
		"POST " + content + "/files/put":    s.put,
		"GET " + content + "/files/get":     s.get,
	} {
		mux.HandleFunc(pattern, s.handle(call))
	}
	s.Impostor = NewImpostor(t, mux, "app.koofr.net", "koofr.example.org")
	return s
}

// Asked counts the requests to a host.
func (s *KoofrServer) Asked(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[host]
}

// koofrNo is how it refuses.
type koofrNo struct {
	status int
	code   string
}

func (e *koofrNo) Error() string { return e.code }

// koofrMissing is what it says of paths that it does not know.
var koofrMissing = &koofrNo{http.StatusNotFound, "NotFound"}

// koofrCall answers a request about a path, while s.mu is held. Bytes are
// content.
type koofrCall func(r *http.Request, at string, body []byte) (any, *koofrNo)

func (s *KoofrServer) handle(call koofrCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := koofrRead(r)
		if err != nil {
			return // the client has gone
		}
		answer, no := s.answer(w, r, call, body)
		content, isContent := answer.([]byte)
		switch {
		case no != nil && no.status != 0:
			reply(w, no.status, map[string]any{"error": map[string]string{"code": no.code, "message": no.code}, "requestId": "1"})
		case no != nil: // it was answered
		case isContent:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		default:
			reply(w, http.StatusOK, answer)
		}
	}
}

// answer holds s.mu.
func (s *KoofrServer) answer(w http.ResponseWriter, r *http.Request, call koofrCall, body []byte) (any, *koofrNo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.Host]++
	if s.busy(w) {
		return nil, &koofrNo{}
	}
	if user, password, _ := r.BasicAuth(); user != KoofrUser || password != KoofrPassword {
		return nil, &koofrNo{http.StatusUnauthorized, "Unauthorized"}
	}
	return call(r, path.Clean("/"+r.URL.Query().Get("path")), body)
}

// koofrRead reads the body of a request, or the file in it.
func koofrRead(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	file, err := parts.NextPart()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if _, err := parts.NextPart(); err != io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return body, nil
}

// mounted describes the place for files.
func (s *KoofrServer) mounted() map[string]any {
	used := 0
	for _, f := range s.files {
		used += f.Size
	}
	return map[string]any{
		"id": koofrMount, "name": "Koofr", "type": "device", "online": true, "isPrimary": true,
		"spaceTotal": koofrSpace, "spaceUsed": (used + 1<<20 - 1) >> 20,
	}
}

func (s *KoofrServer) mounts(*http.Request, string, []byte) (any, *koofrNo) {
	shared := map[string]any{"id": "m0", "name": "Of a friend", "type": "import", "online": true}
	return map[string]any{"mounts": []any{shared, s.mounted()}}, nil
}

func (s *KoofrServer) details(*http.Request, string, []byte) (any, *koofrNo) {
	return s.mounted(), nil
}

func (s *KoofrServer) info(_ *http.Request, at string, _ []byte) (any, *koofrNo) {
	if f := s.files[strings.ToLower(at)]; f != nil {
		return f, nil
	}
	return nil, koofrMissing
}

func (s *KoofrServer) list(_ *http.Request, at string, _ []byte) (any, *koofrNo) {
	if f := s.files[strings.ToLower(at)]; f == nil || f.Type != "dir" {
		return nil, koofrMissing
	}
	files := []*koofrFile{}
	for where, f := range s.files {
		if where != "/" && path.Dir(where) == strings.ToLower(at) {
			files = append(files, f)
		}
	}
	return map[string]any{"files": files}, nil
}

func (s *KoofrServer) mkdir(_ *http.Request, at string, body []byte) (any, *koofrNo) {
	var want struct{ Name string }
	if err := json.Unmarshal(body, &want); err != nil || want.Name == "" {
		return nil, &koofrNo{http.StatusBadRequest, "BadRequest"}
	}
	where := strings.ToLower(path.Join(at, want.Name))
	switch {
	case s.files[strings.ToLower(at)] == nil:
		return nil, koofrMissing
	case s.files[where] != nil:
		return nil, &koofrNo{http.StatusBadRequest, "AlreadyExists"}
	}
	s.files[where] = &koofrFile{Name: want.Name, Type: "dir", Modified: time.Now().UnixMilli()}
	return s.files[where], nil
}

func (s *KoofrServer) remove(_ *http.Request, at string, _ []byte) (any, *koofrNo) {
	where := strings.ToLower(at)
	if s.files[where] == nil {
		return nil, koofrMissing
	}
	delete(s.files, where)
	return map[string]any{}, nil
}

// put stores a file, over what has the name if that is wanted.
func (s *KoofrServer) put(r *http.Request, at string, body []byte) (any, *koofrNo) {
	name, q := r.URL.Query().Get("filename"), r.URL.Query()
	where := strings.ToLower(path.Join(at, name))
	switch old := s.files[where]; {
	case s.files[strings.ToLower(at)] == nil:
		return nil, koofrMissing
	case name == "" || strings.ContainsAny(name, "/\\\x00"):
		return nil, &koofrNo{http.StatusBadRequest, "BadRequest"}
	case old != nil && (old.Type == "dir" || q.Get("overwrite") != "true"):
		return nil, &koofrNo{http.StatusConflict, "Conflict"}
	case s.full:
		return nil, &koofrNo{http.StatusInsufficientStorage, "QuotaExceeded"}
	}
	sum := md5.Sum(body) //nolint:gosec // as above
	f := &koofrFile{
		Name: name, Type: "file", Modified: time.Now().UnixMilli(), Size: len(body), Content: "application/octet-stream",
		Hash: hex.EncodeToString(sum[:]), body: body,
	}
	s.files[where] = f
	return f, nil
}

func (s *KoofrServer) get(_ *http.Request, at string, _ []byte) (any, *koofrNo) {
	f := s.files[strings.ToLower(at)]
	if f == nil || f.Type == "dir" {
		return nil, koofrMissing
	}
	return append([]byte{}, f.body...), nil
}
