package servers

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // the service sums with it
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// PCloudServer plays pCloud, as far as a client that stores, lists, renames
// and deletes needs it. As there, what goes wrong is told in answers with the
// status 200, tokens do not end by themselves, the two regions have different
// sums, and the topmost folder does not list what is below it at once.
type PCloudServer struct {
	*Impostor
	expiring

	items map[int]*pcloudItem // by number; guarded by mu
	next  int                 // guarded by mu
}

// pcloudItem is a file or a folder.
type pcloudItem struct {
	id, parent int
	name       string
	folder     bool
	body       []byte
	changed    time.Time
}

// The regions, and where content comes from; the room of an account.
const (
	pcloudUS      = "api.pcloud.com"
	pcloudEU      = "eapi.pcloud.com"
	pcloudContent = "p-def1.pcloud.com"
	pcloudSpace   = 10 << 30
)

// PCloud starts it. Its access token is "access-0".
func PCloud(t testing.TB) *PCloudServer {
	t.Helper()
	s := &PCloudServer{expiring: expiring{access: "access-0"}, items: map[int]*pcloudItem{0: {name: "/", folder: true}}}
	s.Impostor = NewImpostor(t, http.HandlerFunc(s.serve), pcloudUS, pcloudEU, pcloudContent)
	return s
}

// pcloudNo is how it refuses.
type pcloudNo int

// What it refuses with.
const (
	pcloudNoRecursion   pcloudNo = 1101
	pcloudNoSuchCall    pcloudNo = 1102
	pcloudBadName       pcloudNo = 2001
	pcloudExists        pcloudNo = 2004
	pcloudNoFolder      pcloudNo = 2005
	pcloudOverQuota     pcloudNo = 2008
	pcloudNoFile        pcloudNo = 2009
	pcloudInvalidAccess pcloudNo = 2094
)

func (e pcloudNo) Error() string { return fmt.Sprintf("pCloud says no, with number %d.", int(e)) }

// pcloudCall answers a request, while s.mu is held.
type pcloudCall func(r *http.Request, q url.Values, body []byte) (map[string]any, error)

func (s *PCloudServer) serve(w http.ResponseWriter, r *http.Request) {
	q, body, err := pcloudRead(r)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy(w) {
		return
	}
	if r.Host == pcloudContent {
		s.content(w, r)
		return
	}
	answer, err := s.call(r, q, body)
	if err != nil {
		no, known := errors.AsType[pcloudNo](err)
		if !known {
			no = pcloudNoSuchCall
		}
		answer = map[string]any{"result": int(no), "error": err.Error()}
	} else {
		answer["result"] = 0
	}
	reply(w, http.StatusOK, answer)
}

// pcloudRead reads a request: what it asks for is in its address or in a form,
// and a file in its body or, likewise, in the form.
func pcloudRead(r *http.Request) (url.Values, []byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		body, err := io.ReadAll(r.Body)
		return r.URL.Query(), body, err
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return nil, nil, err
	}
	f, _, err := r.FormFile("content")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	return r.Form, body, err
}

func (s *PCloudServer) call(r *http.Request, q url.Values, body []byte) (map[string]any, error) {
	if r.Header.Get("Authorization") != "Bearer "+s.access {
		return nil, pcloudInvalidAccess
	}
	call := map[string]pcloudCall{
		"listfolder": s.list, "createfolder": s.mkdir, "uploadfile": s.upload, "getfilelink": s.link, "checksumfile": s.sums,
		"deletefile": s.remove, "renamefile": s.rename, "userinfo": s.user,
	}[strings.TrimPrefix(r.URL.Path, "/")]
	if call == nil {
		return nil, pcloudNoSuchCall
	}
	return call(r, q, body)
}

// folder finds the folder that a parameter names.
func (s *PCloudServer) folder(q url.Values, parameter string) (*pcloudItem, error) {
	id, err := strconv.Atoi(q.Get(parameter))
	if i := s.items[id]; err == nil && i != nil && i.folder {
		return i, nil
	}
	return nil, pcloudNoFolder
}

// file finds the file that a request names.
func (s *PCloudServer) file(q url.Values) (*pcloudItem, error) {
	id, err := strconv.Atoi(q.Get("fileid"))
	if i := s.items[id]; err == nil && i != nil && !i.folder {
		return i, nil
	}
	return nil, pcloudNoFile
}

func (s *PCloudServer) child(folder *pcloudItem, name string) *pcloudItem {
	for _, i := range s.items {
		if i.id != 0 && i.parent == folder.id && i.name == name {
			return i
		}
	}
	return nil
}

func (s *PCloudServer) describe(i *pcloudItem, depth int) map[string]any {
	m := map[string]any{"name": i.name, "isfolder": i.folder, "parentfolderid": i.parent, "ismine": true, "modified": i.changed.UTC().Format(time.RFC1123Z)}
	if !i.folder {
		m["id"], m["fileid"], m["size"] = "f"+strconv.Itoa(i.id), i.id, len(i.body)
		return m
	}
	m["id"], m["folderid"] = "d"+strconv.Itoa(i.id), i.id
	if depth == 0 {
		return m
	}
	contents := []any{}
	for _, c := range s.items {
		if c.id != 0 && c.parent == i.id {
			contents = append(contents, s.describe(c, depth-1))
		}
	}
	m["contents"] = contents
	return m
}

func (s *PCloudServer) list(_ *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	i, err := s.folder(q, "folderid")
	if err != nil {
		return nil, err
	}
	depth := 1
	if q.Get("recursive") == "1" {
		depth = -1 // as deep as it goes
	}
	if depth < 0 && i.id == 0 {
		return nil, pcloudNoRecursion
	}
	return map[string]any{"metadata": s.describe(i, depth)}, nil
}

func (s *PCloudServer) add(i *pcloudItem) *pcloudItem {
	s.next++
	i.id, i.changed = s.next, time.Now()
	s.items[i.id] = i
	return i
}

// pcloudName tells the names that can be had.
func pcloudName(name string) error {
	if name == "" || strings.ContainsAny(name, "/\x00") || len(name) > 1020 {
		return pcloudBadName
	}
	return nil
}

func (s *PCloudServer) mkdir(_ *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	parent, err := s.folder(q, "folderid")
	name := q.Get("name")
	if err := errors.Join(err, pcloudName(name)); err != nil {
		return nil, err
	}
	if s.child(parent, name) != nil {
		return nil, pcloudExists
	}
	return map[string]any{"metadata": s.describe(s.add(&pcloudItem{name: name, parent: parent.id, folder: true}), 0)}, nil
}

// upload takes a file. As the library tells of the service, it may leave half
// of one that it refuses.
func (s *PCloudServer) upload(r *http.Request, q url.Values, body []byte) (map[string]any, error) {
	parent, err := s.folder(q, "folderid")
	name := q.Get("filename")
	if err := errors.Join(err, pcloudName(name)); err != nil {
		return nil, err
	}
	i := s.child(parent, name)
	if i == nil {
		i = s.add(&pcloudItem{name: name, parent: parent.id})
	}
	if i.folder {
		return nil, pcloudExists
	}
	if s.full {
		i.body = body[:len(body)/2]
		return nil, pcloudOverQuota
	}
	i.body, i.changed = body, time.Now()
	return map[string]any{"fileids": []int{i.id}, "metadata": []any{s.describe(i, 0)}, "checksums": []any{pcloudSums(r, i)}}, nil
}

// pcloudSums are those of the region.
func pcloudSums(r *http.Request, i *pcloudItem) map[string]any {
	one := sha1.Sum(i.body) //nolint:gosec // as above
	m := map[string]any{"sha1": hex.EncodeToString(one[:])}
	if r.Host == pcloudEU {
		sum := sha256.Sum256(i.body)
		m["sha256"] = hex.EncodeToString(sum[:])
	} else {
		sum := md5.Sum(i.body) //nolint:gosec // as above
		m["md5"] = hex.EncodeToString(sum[:])
	}
	return m
}

func (s *PCloudServer) sums(r *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	i, err := s.file(q)
	if err != nil {
		return nil, err
	}
	m := pcloudSums(r, i)
	m["metadata"] = s.describe(i, 0)
	return m, nil
}

func (s *PCloudServer) link(_ *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	i, err := s.file(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"hosts": []string{pcloudContent}, "path": "/" + strconv.Itoa(i.id), "size": len(i.body),
		"expires": time.Now().Add(time.Hour).UTC().Format(time.RFC1123Z),
	}, nil
}

func (s *PCloudServer) content(w http.ResponseWriter, r *http.Request) {
	i, err := s.file(url.Values{"fileid": {strings.TrimPrefix(r.URL.Path, "/")}})
	if err != nil {
		w.WriteHeader(http.StatusGone)
		return
	}
	body := i.body
	s.mu.Unlock() // a client that reads slowly stops nobody else
	defer s.mu.Lock()
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (s *PCloudServer) remove(_ *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	i, err := s.file(q)
	if err != nil {
		return nil, err
	}
	delete(s.items, i.id)
	return map[string]any{"metadata": s.describe(i, 0)}, nil
}

// rename moves a file, over one that has the name already.
func (s *PCloudServer) rename(_ *http.Request, q url.Values, _ []byte) (map[string]any, error) {
	i, err := s.file(q)
	if err != nil {
		return nil, err
	}
	parent, err := s.folder(q, "tofolderid")
	name := q.Get("toname")
	if err := errors.Join(err, pcloudName(name)); err != nil {
		return nil, err
	}
	old := s.child(parent, name)
	if old != nil && old.folder {
		return nil, pcloudExists
	}
	if old != nil && old != i {
		delete(s.items, old.id)
	}
	i.parent, i.name = parent.id, name
	return map[string]any{"metadata": s.describe(i, 0)}, nil
}

func (s *PCloudServer) user(*http.Request, url.Values, []byte) (map[string]any, error) {
	used := 0
	for _, i := range s.items {
		used += len(i.body)
	}
	return map[string]any{"email": "me@example.org", "quota": pcloudSpace, "usedquota": used}, nil
}

// Items counts the files that there are, with those that nobody meant to keep.
func (s *PCloudServer) Items(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if !i.folder && strings.Contains(i.name, name) {
			n++
		}
	}
	return n
}
