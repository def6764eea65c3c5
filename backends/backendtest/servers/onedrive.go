package servers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// OneDriveServer plays OneDrive, with one drive, as far as a client that
// stores, lists and deletes needs it.
type OneDriveServer struct {
	*Impostor
	stage

	items   map[string]*oneDriveItem    // by id; guarded by mu
	uploads map[string]*oneDriveSession // by name; guarded by mu
	next    int                         // guarded by mu
}

// oneDriveItem is a file or a folder.
type oneDriveItem struct {
	id, name, parent string
	folder           bool
	body             []byte
	changed          time.Time
}

// oneDriveSession is an upload in parts.
type oneDriveSession struct {
	parent, name string
	body         []byte
}

// The first token is "access-0"; oneDriveRefresh gets it again.
const (
	oneDriveAccess  = "access-0"
	oneDriveRefresh = "refresh"
	oneDriveDrive   = "drive1"
	oneDriveRoot    = "root1"
)

// OneDrive starts it.
func OneDrive(t testing.TB) *OneDriveServer {
	t.Helper()
	s := &OneDriveServer{uploads: map[string]*oneDriveSession{}, items: map[string]*oneDriveItem{oneDriveRoot: {id: oneDriveRoot, name: "root", folder: true}}}
	s.Impostor = NewImpostor(t, http.HandlerFunc(s.serve), "graph.microsoft.com", "login.microsoftonline.com")
	return s
}

func (i *oneDriveItem) describe() map[string]any {
	m := map[string]any{
		"id": i.id, "name": i.name, "size": len(i.body), "lastModifiedDateTime": i.changed.UTC().Format(time.RFC3339),
		"parentReference": map[string]string{"driveId": oneDriveDrive, "driveType": "business", "id": i.parent},
	}
	if i.folder {
		m["folder"] = map[string]int{"childCount": 0}
	} else {
		m["file"] = map[string]any{"mimeType": "application/octet-stream", "hashes": map[string]string{}}
	}
	return m
}

func oneDriveNo(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]any{"error": map[string]any{"code": code, "message": "no: " + code, "innererror": map[string]string{}}})
}

func (s *OneDriveServer) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	if r.Host == "login.microsoftonline.com" {
		oneDriveToken(w, body)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, is := strings.CutPrefix(r.URL.Path, "/upload/"); is {
		s.part(w, r, name, body)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+oneDriveAccess {
		oneDriveNo(w, http.StatusUnauthorized, "InvalidAuthenticationToken")
		return
	}
	drive := map[string]string{"id": oneDriveDrive, "driveType": "business", "name": "OneDrive"}
	switch at := strings.TrimPrefix(r.URL.Path, "/v1.0/"); at {
	case "me/drives":
		reply(w, http.StatusOK, map[string]any{"value": []any{drive}})
	case "me/drive":
		reply(w, http.StatusOK, drive)
	default:
		s.item(w, r, strings.TrimPrefix(at, "drives/"+oneDriveDrive+"/"), body)
	}
}

func oneDriveToken(w http.ResponseWriter, form []byte) {
	if !strings.Contains(string(form), "refresh_token="+oneDriveRefresh) {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	reply(w, http.StatusOK, map[string]any{"access_token": oneDriveAccess, "refresh_token": oneDriveRefresh, "token_type": "Bearer", "expires_in": 3600})
}

// find takes "root:/a/b:/content" or "items/ID:/name:/content" apart: the item,
// or the folder and the name that it would have, and what is asked of it.
func (s *OneDriveServer) find(at string) (item *oneDriveItem, parent, name, route string) {
	base, rest := oneDriveRoot, strings.TrimPrefix(at, "root")
	if id, is := strings.CutPrefix(at, "items/"); is {
		end := strings.IndexAny(id+"/", ":/")
		base, rest = id[:end], id[end:]
	}
	path, named := strings.CutPrefix(rest, ":/")
	if !named {
		return s.items[base], "", "", rest
	}
	path, route, _ = strings.Cut(path, ":")
	item = s.items[base]
	for leaf := range strings.SplitSeq(path, "/") {
		if item == nil {
			return nil, "", "", route
		}
		parent, name = item.id, leaf
		item = s.child(parent, leaf)
	}
	return item, parent, name, route
}

func (s *OneDriveServer) child(parent, name string) *oneDriveItem {
	for _, i := range s.items {
		if i.parent == parent && strings.EqualFold(i.name, name) {
			return i
		}
	}
	return nil
}

func (s *OneDriveServer) item(w http.ResponseWriter, r *http.Request, at string, body []byte) {
	item, parent, name, route := s.find(at)
	switch call := r.Method + " " + route; {
	case call == "POST /createUploadSession" && parent != "":
		s.next++
		id := "u" + strconv.Itoa(s.next)
		s.uploads[id] = &oneDriveSession{parent: parent, name: name}
		reply(w, http.StatusOK, map[string]string{"uploadUrl": "https://graph.microsoft.com/upload/" + id})
	case call == "PUT /content" && parent != "":
		s.store(w, parent, name, body)
	case item == nil:
		oneDriveNo(w, http.StatusNotFound, "itemNotFound")
	case call == "GET ", call == "PATCH ":
		reply(w, http.StatusOK, item.describe())
	case call == "GET /children":
		s.list(w, r, item)
	case call == "POST /children":
		var want struct{ Name string }
		if err := json.Unmarshal(body, &want); err != nil || s.child(item.id, want.Name) != nil {
			oneDriveNo(w, http.StatusConflict, "nameAlreadyExists")
			return
		}
		made := s.add(&oneDriveItem{name: want.Name, parent: item.id, folder: true})
		reply(w, http.StatusCreated, made.describe())
	case call == "GET /content":
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(item.body))
	case call == "DELETE ":
		delete(s.items, item.id)
		w.WriteHeader(http.StatusNoContent)
	default:
		oneDriveNo(w, http.StatusBadRequest, "invalidRequest")
	}
}

func (s *OneDriveServer) add(i *oneDriveItem) *oneDriveItem {
	s.next++
	i.id, i.changed = fmt.Sprintf("item%06d", s.next), time.Now()
	s.items[i.id] = i
	return i
}

// list answers with a page of what is in a folder.
func (s *OneDriveServer) list(w http.ResponseWriter, r *http.Request, folder *oneDriveItem) {
	const size = 20 // small, so that lists have several
	var all []*oneDriveItem
	after := r.URL.Query().Get("after")
	for _, i := range s.items {
		if i.parent == folder.id && i.id > after {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *oneDriveItem) int { return cmp.Compare(a.id, b.id) })
	answer := map[string]any{}
	if len(all) > size {
		all = all[:size]
		answer["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/drives/" + oneDriveDrive + "/items/" + folder.id + "/children?after=" + all[size-1].id
	}
	value := []any{}
	for _, i := range all {
		value = append(value, i.describe())
	}
	answer["value"] = value
	reply(w, http.StatusOK, answer)
}

// part takes a part of an upload.
func (s *OneDriveServer) part(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	u := s.uploads[name]
	if u == nil {
		oneDriveNo(w, http.StatusNotFound, "itemNotFound")
		return
	}
	if r.Method == http.MethodDelete {
		delete(s.uploads, name)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var from, to, total int
	if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total); err != nil || from != len(u.body) || to-from+1 != len(body) {
		oneDriveNo(w, http.StatusRequestedRangeNotSatisfiable, "invalidRange")
		return
	}
	if u.body = append(u.body, body...); len(u.body) < total {
		reply(w, http.StatusAccepted, map[string]any{"nextExpectedRanges": []string{strconv.Itoa(len(u.body)) + "-"}})
		return
	}
	delete(s.uploads, name)
	s.store(w, u.parent, u.name, u.body)
}

func (s *OneDriveServer) store(w http.ResponseWriter, parent, name string, body []byte) {
	if s.full {
		oneDriveNo(w, http.StatusInsufficientStorage, "quotaLimitReached")
		return
	}
	i := s.child(parent, name)
	if i == nil {
		i = s.add(&oneDriveItem{name: name, parent: parent})
	}
	i.body, i.changed = body, time.Now()
	reply(w, http.StatusCreated, i.describe())
}
