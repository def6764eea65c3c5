package servers

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// B2Server speaks Backblaze's protocol, as far as a client that stores, lists
// and deletes needs it. There is no other server for it than theirs. Names
// have versions, and deleting the newest shows the one beneath.
type B2Server struct {
	*httptest.Server
	// Account and Key open it.
	Account, Key string

	stage
	buckets map[string]string         // by name, the id; guarded by mu
	files   []*b2File                 // oldest first; guarded by mu
	large   map[string]*b2File        // unfinished, by id; guarded by mu
	next    int                       // guarded by mu
	parts   map[string]map[int]b2Part // of unfinished files; guarded by mu
}

type b2Part struct {
	body []byte
	sha1 string
}

// b2File is a version of a file, as the protocol describes it.
type b2File struct {
	ID        string            `json:"fileId"`
	Name      string            `json:"fileName"`
	Action    string            `json:"action"`
	Size      int64             `json:"contentLength"`
	Listed    int64             `json:"size"`
	Uploaded  int64             `json:"uploadTimestamp"`
	SHA1      string            `json:"contentSha1"`
	Type      string            `json:"contentType"`
	Info      map[string]string `json:"fileInfo"`
	BucketID  string            `json:"bucketId"`
	AccountID string            `json:"accountId"`

	body []byte
}

// B2 starts one, without buckets.
func B2(t testing.TB) *B2Server {
	t.Helper()
	s := &B2Server{
		Account: "0014b2account", Key: "K001secret-of-varve", buckets: map[string]string{}, large: map[string]*b2File{}, parts: map[string]map[int]b2Part{},
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// Versions counts what is stored, hidden versions and unfinished files too.
func (s *B2Server) Versions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files) + len(s.large)
}

// b2Error is how the protocol refuses.
type b2Error struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *b2Error) Error() string { return e.Message }

// b2Request holds what the calls may have in their bodies.
type b2Request struct {
	BucketID      string            `json:"bucketId"`
	BucketName    string            `json:"bucketName"`
	FileID        string            `json:"fileId"`
	FileName      string            `json:"fileName"`
	StartFileName string            `json:"startFileName"`
	StartFileID   string            `json:"startFileId"`
	MaxFileCount  int               `json:"maxFileCount"`
	Prefix        string            `json:"prefix"`
	Delimiter     string            `json:"delimiter"`
	ContentType   string            `json:"contentType"`
	FileInfo      map[string]string `json:"fileInfo"`
	PartSHA1      []string          `json:"partSha1Array"`
}

func (s *B2Server) serve(w http.ResponseWriter, r *http.Request) {
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if call == "b2_authorize_account" {
		s.authorize(w, r)
		return
	}
	if r.Header.Get("Authorization") != s.token() {
		refuse(w, &b2Error{http.StatusUnauthorized, "bad_auth_token", "Invalid authorization token"})
		return
	}
	if call == "upload" || call == "part" {
		s.upload(w, r, call == "part")
		return
	}
	if call == "b2_download_file_by_id" || strings.HasPrefix(r.URL.Path, "/file/") {
		s.download(w, r)
		return
	}
	var q b2Request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		refuse(w, &b2Error{http.StatusBadRequest, "bad_json", err.Error()})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := s.call(call, &q)
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, http.StatusOK, answer)
}

func (s *B2Server) token() string { return "token-of-" + s.Account }

func refuse(w http.ResponseWriter, e *b2Error) { reply(w, e.Status, e) }

// reply writes JSON.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

func (s *B2Server) authorize(w http.ResponseWriter, r *http.Request) {
	account, key, _ := r.BasicAuth()
	if account != s.Account || key != s.Key {
		refuse(w, &b2Error{http.StatusUnauthorized, "unauthorized", "invalid application key"})
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"accountId": s.Account, "authorizationToken": s.token(),
		"apiInfo": map[string]any{"storageApi": map[string]any{
			"apiUrl": s.URL, "downloadUrl": s.URL, "absoluteMinimumPartSize": 5_000_000, "recommendedPartSize": 100_000_000,
			"allowed": map[string]any{"buckets": nil, "capabilities": []string{"listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles"}},
		}},
	})
}

// call answers what has a body of JSON. s.mu is held.
func (s *B2Server) call(name string, q *b2Request) (any, *b2Error) {
	switch name {
	case "b2_list_buckets":
		return map[string]any{"buckets": s.listBuckets(q.BucketName)}, nil
	case "b2_create_bucket":
		if s.buckets[q.BucketName] != "" {
			return nil, &b2Error{http.StatusBadRequest, "duplicate_bucket_name", "Bucket name is already in use."}
		}
		s.buckets[q.BucketName] = s.id("bucket")
		return s.listBuckets(q.BucketName)[0], nil
	case "b2_get_upload_url":
		return map[string]string{"bucketId": q.BucketID, "uploadUrl": s.URL + "/upload?bucket=" + q.BucketID, "authorizationToken": s.token()}, nil
	case "b2_get_upload_part_url":
		return map[string]string{"fileId": q.FileID, "uploadUrl": s.URL + "/part?file=" + q.FileID, "authorizationToken": s.token()}, nil
	case "b2_list_file_names", "b2_list_file_versions":
		return s.list(q, name == "b2_list_file_versions"), nil
	case "b2_hide_file":
		return s.add(&b2File{Name: q.FileName, Action: "hide", BucketID: q.BucketID}), nil
	case "b2_delete_file_version":
		return s.remove(q)
	case "b2_start_large_file":
		f := s.describe(&b2File{Name: q.FileName, Action: "start", BucketID: q.BucketID, Type: q.ContentType, Info: q.FileInfo})
		s.large[f.ID], s.parts[f.ID] = f, map[int]b2Part{}
		return f, nil
	case "b2_cancel_large_file":
		delete(s.large, q.FileID)
		return q, nil
	case "b2_finish_large_file":
		return s.finish(q)
	}
	return nil, &b2Error{http.StatusBadRequest, "bad_request", "no such call: " + name}
}

func (s *B2Server) listBuckets(name string) []map[string]string {
	all := []map[string]string{}
	for _, n := range slices.Sorted(maps.Keys(s.buckets)) {
		if name == "" || n == name {
			all = append(all, map[string]string{"bucketId": s.buckets[n], "bucketName": n, "bucketType": "allPrivate", "accountId": s.Account})
		}
	}
	return all
}

func (s *B2Server) id(kind string) string {
	s.next++
	return fmt.Sprintf("%s-%06d", kind, s.next)
}

// describe fills in what the server knows.
func (s *B2Server) describe(f *b2File) *b2File {
	f.ID, f.AccountID, f.Uploaded = s.id("file"), s.Account, time.Now().UnixMilli()
	f.Size, f.Listed = int64(len(f.body)), int64(len(f.body))
	return f
}

func (s *B2Server) add(f *b2File) *b2File {
	s.files = append(s.files, s.describe(f))
	return f
}

func (s *B2Server) remove(q *b2Request) (any, *b2Error) {
	i := slices.IndexFunc(s.files, func(f *b2File) bool { return f.ID == q.FileID && f.Name == q.FileName })
	if i < 0 {
		return nil, &b2Error{http.StatusBadRequest, "file_not_present", "File not present: " + q.FileName}
	}
	s.files = slices.Delete(s.files, i, i+1)
	return q, nil
}

func (s *B2Server) finish(q *b2Request) (any, *b2Error) {
	f := s.large[q.FileID]
	if f == nil {
		return nil, &b2Error{http.StatusBadRequest, "bad_request", "No active upload for: " + q.FileID}
	}
	for i, want := range q.PartSHA1 {
		part, ok := s.parts[q.FileID][i+1]
		if !ok || part.sha1 != want {
			return nil, &b2Error{http.StatusBadRequest, "bad_request", "sha1 did not match"}
		}
		f.body = append(f.body, part.body...)
	}
	delete(s.large, f.ID)
	delete(s.parts, f.ID)
	f.Action, f.SHA1 = "upload", "none"
	id := f.ID
	s.add(f).ID = id
	return f, nil
}

// list answers with a page: by name, and of one name the newest first.
func (s *B2Server) list(q *b2Request, versions bool) any {
	all := slices.Clone(s.files)
	if versions {
		all = slices.AppendSeq(all, maps.Values(s.large))
	}
	all = slices.DeleteFunc(all, func(f *b2File) bool { return f.BucketID != q.BucketID || !strings.HasPrefix(f.Name, q.Prefix) })
	slices.SortStableFunc(all, func(a, b *b2File) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(b.ID, a.ID)) })
	if !versions {
		all = slices.CompactFunc(all, func(a, b *b2File) bool { return a.Name == b.Name })
		all = slices.DeleteFunc(all, func(f *b2File) bool { return f.Action != "upload" })
	}
	all = b2Folders(all, q)
	begin := slices.IndexFunc(all, func(f *b2File) bool {
		return f.Name > q.StartFileName || f.Name == q.StartFileName && (q.StartFileID == "" || f.ID <= q.StartFileID)
	})
	if begin < 0 {
		begin = len(all)
	}
	page := all[begin:]
	answer := map[string]any{"nextFileName": nil, "nextFileId": nil}
	if n := cmp.Or(q.MaxFileCount, 100); len(page) > n {
		answer["nextFileName"], answer["nextFileId"] = page[n].Name, page[n].ID
		page = page[:n]
	}
	answer["files"] = page
	return answer
}

// b2Folders puts one entry in the place of what lies behind a delimiter.
func b2Folders(all []*b2File, q *b2Request) []*b2File {
	if q.Delimiter == "" {
		return all
	}
	var short []*b2File
	for _, f := range all {
		folder, _, inside := strings.Cut(f.Name[len(q.Prefix):], q.Delimiter)
		if !inside {
			short = append(short, f)
			continue
		}
		name := q.Prefix + folder + q.Delimiter
		if len(short) == 0 || short[len(short)-1].Name != name {
			short = append(short, &b2File{Name: name, Action: "folder", BucketID: f.BucketID})
		}
	}
	return short
}

// upload takes a file or a part. Its sum may follow the content.
func (s *B2Server) upload(w http.ResponseWriter, r *http.Request, part bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	want := r.Header.Get("X-Bz-Content-Sha1")
	if want == "hex_digits_at_end" && len(body) >= 40 {
		want, body = string(body[len(body)-40:]), body[:len(body)-40]
	}
	sum := sha1.Sum(body)
	if got := hex.EncodeToString(sum[:]); got != want {
		refuse(w, &b2Error{http.StatusBadRequest, "bad_request", "Checksum did not match data received"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		refuse(w, &b2Error{http.StatusForbidden, "cap_exceeded", "Storage cap exceeded"})
		return
	}
	if part {
		s.takePart(w, r, b2Part{body, want})
		return
	}
	name, err := url.PathUnescape(r.Header.Get("X-Bz-File-Name"))
	if err != nil {
		refuse(w, &b2Error{http.StatusBadRequest, "bad_request", err.Error()})
		return
	}
	reply(w, http.StatusOK, s.add(&b2File{
		Name: name, Action: "upload", SHA1: want, Type: r.Header.Get("Content-Type"), BucketID: r.URL.Query().Get("bucket"), body: body,
	}))
}

func (s *B2Server) takePart(w http.ResponseWriter, r *http.Request, p b2Part) {
	id := r.URL.Query().Get("file")
	n, err := strconv.Atoi(r.Header.Get("X-Bz-Part-Number"))
	if err != nil || s.parts[id] == nil {
		refuse(w, &b2Error{http.StatusBadRequest, "bad_request", "no such part"})
		return
	}
	s.parts[id][n] = p
	reply(w, http.StatusOK, map[string]any{"fileId": id, "partNumber": n, "contentLength": len(p.body), "contentSha1": p.sha1})
}

// download sends a file, or a part of it.
func (s *B2Server) download(w http.ResponseWriter, r *http.Request) {
	f := s.find(r)
	if f == nil {
		refuse(w, &b2Error{http.StatusNotFound, "not_found", "File not present"})
		return
	}
	h := w.Header()
	h.Set("X-Bz-File-Id", f.ID)
	h.Set("X-Bz-File-Name", url.PathEscape(f.Name))
	h.Set("X-Bz-Content-Sha1", f.SHA1)
	h.Set("X-Bz-Upload-Timestamp", strconv.FormatInt(f.Uploaded, 10))
	h.Set("Content-Type", cmp.Or(f.Type, "application/octet-stream"))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.body)))
}

func (s *B2Server) find(r *http.Request) *b2File {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, path := r.URL.Query().Get("fileId"), strings.TrimPrefix(r.URL.Path, "/file/")
	bucket, name, _ := strings.Cut(path, "/")
	for _, f := range slices.Backward(s.files) {
		if id != "" && f.ID == id || id == "" && f.BucketID == s.buckets[bucket] && f.Name == name {
			if f.Action != "upload" {
				return nil
			}
			return f
		}
	}
	return nil
}
