package mediafire

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
)

// fake speaks as much of the documented Core API as is used here.
type fake struct {
	url string

	mu      sync.Mutex
	next    int
	token   string
	folders map[string][2]string // key: parent and name
	files   map[string]stored
	pieces  map[string][]byte // by the address and sums of an upload
	polled  map[string]int
	purged  int
	full    bool
	fails   int // the number of the error of every call, unless it is 0
	broken  string
	private map[string]bool
}

type stored struct {
	folder, name string
	content      []byte
	created      string
}

const unitSize = 100_000

func start(t testing.TB) *fake {
	t.Helper()
	f := &fake{folders: map[string][2]string{}, files: map[string]stored{}, pieces: map[string][]byte{}, polled: map[string]int{}, private: map[string]bool{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fake) id(prefix string) string {
	f.next++
	return fmt.Sprintf("%s%06d", prefix, f.next)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if key, ok := strings.CutPrefix(r.URL.Path, "/download/"); ok {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.files[key].content)))
		return
	}
	values := r.URL.Query()
	if len(values) == 0 {
		values, _ = url.ParseQuery(string(body))
	}
	method := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/api/1.5/"), ".php")
	answer, number := f.answer(method, values, r.Header, body)
	if f.fails != 0 && method != "user/get_session_token" {
		number = f.fails
	}
	if number != 0 {
		answer = map[string]any{"result": "Error", "error": number, "message": "The token " + strconv.Itoa(number) + "\nis not"}
		w.WriteHeader(http.StatusForbidden)
	} else {
		answer["result"] = "Success"
	}
	if f.broken != "" {
		fmt.Fprint(w, f.broken)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"response": answer})
}

func (f *fake) answer(method string, v url.Values, h http.Header, body []byte) (map[string]any, int) {
	if method != "user/get_session_token" && v.Get("session_token") != f.token {
		return nil, 105
	}
	switch method {
	case "user/get_session_token":
		sum := sha1.Sum([]byte("me@mail" + "pw" + "42" + "key"))
		if v.Get("signature") != hex.EncodeToString(sum[:]) {
			return nil, 107
		}
		f.token = f.id("token")
		return map[string]any{"session_token": f.token}, 0
	case "folder/create":
		key := f.id("folder")
		f.folders[key] = [2]string{v.Get("parent_key"), v.Get("foldername")}
		return map[string]any{"folder_key": key}, 0
	case "folder/update":
		f.private[v.Get("folder_key")] = v.Get("privacy") == "private"
	case "folder/get_content":
		return f.contents(v)
	case "upload/check":
		size, _ := strconv.ParseInt(v.Get("size"), 10, 64)
		exceeded := map[bool]string{true: "yes", false: "no"}[f.full]
		return map[string]any{"storage_limit_exceeded": exceeded, "resumable_upload": map[string]any{
			"all_units_ready": "no", "number_of_units": strconv.FormatInt((size+unitSize-1)/unitSize, 10), "unit_size": strconv.Itoa(unitSize),
		}}, 0
	case "upload/resumable":
		return f.unit(v, h, body)
	case "upload/poll_upload":
		return f.poll(v.Get("key"))
	case "file/get_links":
		return map[string]any{"links": []any{map[string]any{"direct_download": f.url + "/download/" + v.Get("quick_key")}}}, 0
	case "file/delete", "file/purge":
		delete(f.files, v.Get("quick_key"))
		if method == "file/purge" {
			f.purged++
		}
	default:
		return nil, 100
	}
	return map[string]any{}, 0
}

// contents lists a folder, ten at a time.
func (f *fake) contents(v url.Values) (map[string]any, int) {
	var files, folders []any
	for _, key := range slices.Sorted(maps.Keys(f.files)) {
		s := f.files[key]
		if s.folder == v.Get("folder_key") && v.Get("content_type") == "files" {
			files = append(files, map[string]any{"quickkey": key, "filename": s.name, "size": strconv.Itoa(len(s.content)), "created": s.created})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.folders)) {
		s := f.folders[key]
		if s[0] == v.Get("folder_key") && v.Get("content_type") == "folders" {
			folders = append(folders, map[string]any{"folderkey": key, "name": s[1]})
		}
	}
	chunk, _ := strconv.Atoi(v.Get("chunk"))
	from, to, more := (chunk-1)*10, chunk*10, "no"
	if len(files)+len(folders) > to {
		more = "yes"
	}
	page := func(all []any) []any { return all[min(from, len(all)):min(to, len(all))] }
	return map[string]any{"folder_content": map[string]any{"more_chunks": more, "files": page(files), "folders": page(folders)}}, 0
}

func (f *fake) unit(v url.Values, h http.Header, body []byte) (map[string]any, int) {
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != h.Get("x-unit-hash") {
		return nil, 100
	}
	name, _ := url.PathUnescape(h.Get("x-filename"))
	upload := v.Get("folder_key") + "\x00" + name + "\x00" + h.Get("x-filehash")
	f.pieces[upload] = append(f.pieces[upload], body...)
	if strconv.Itoa(len(f.pieces[upload])) != h.Get("x-filesize") {
		return map[string]any{"doupload": map[string]any{"result": "0", "key": ""}}, 0
	}
	key := f.id("upload")
	f.pieces[key] = f.pieces[upload]
	f.folders["\x00"+key] = [2]string{"", upload}
	delete(f.pieces, upload)
	return map[string]any{"doupload": map[string]any{"result": "0", "key": key}}, 0
}

// poll puts a file of several pieces together when it is asked for the second
// time, and a small one at once.
func (f *fake) poll(key string) (map[string]any, int) {
	if f.polled[key]++; f.polled[key] == 1 && len(f.pieces[key]) > unitSize {
		return map[string]any{"doupload": map[string]any{"result": "0", "status": "5", "fileerror": ""}}, 0
	}
	parts := strings.Split(f.folders["\x00"+key][1], "\x00")
	for quick, s := range f.files {
		if s.folder == parts[0] && s.name == parts[1] {
			delete(f.files, quick)
		}
	}
	quick := f.id("file")
	f.files[quick] = stored{parts[0], parts[1], f.pieces[key], "2026-11-21 14:00:00"}
	return map[string]any{"doupload": map[string]any{
		"result": "0", "status": "99", "fileerror": "", "quickkey": quick, "size": strconv.Itoa(len(f.pieces[key])),
	}}, 0
}

func at(t testing.TB, f *fake, raw string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if c.Options == nil {
		c.Options = map[string]string{"application-id": "42", "application-key": "key"}
	}
	return open(t.Context(), f.url, a, c)
}

const place = "mf://me%40mail:pw@mediafire.com/back up"

func TestStore(t *testing.T) {
	f := start(t)
	var n atomic.Int32
	backendtest.Suite{Slow: true, KeepsConnections: true, Open: func(t testing.TB) backends.Store {
		s, err := at(t, f, fmt.Sprintf("%s/%d", place, n.Add(1)), backends.Config{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}.Run(t)
	for key, of := range f.folders {
		if of[0] == top && !f.private[key] {
			t.Errorf("folder %q can be seen by everybody", of[1])
		}
	}
}

func TestErrors(t *testing.T) {
	f := start(t)
	for name, row := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"wrong password":    {"mf://me%40mail:no@mediafire.com/x", backends.Config{}, backends.ErrAuth},
		"missing folder":    {place, backends.Config{}, backends.ErrNotExist},
		"no application id": {place, backends.Config{Options: map[string]string{"mf-purge": "true"}}, backends.ErrConfig},
		"no user":           {"mf://mediafire.com/x", backends.Config{}, backends.ErrConfig},
	} {
		_, err := at(t, f, row.address, row.config)
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		backendtest.OneClass(t, err)
	}
	s, err := at(t, f, place, backends.Config{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func() error { return s.Put(t.Context(), "x", backends.BytesSource("123")) }
	for number, want := range map[int]error{100: backends.ErrTemporary, 105: backends.ErrTemporary, 114: backends.ErrPermission, 118: backends.ErrInvalidName} {
		f.fails = number
		err := put()
		if !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", number, err, want)
		}
		backendtest.OneClass(t, err)
	}
	f.fails, f.full = 0, true
	if err := put(); !errors.Is(err, backends.ErrFull) {
		t.Errorf("full: %v, want ErrFull", err)
	}
	f.full, f.broken = false, "<html>"
	if err := put(); !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("no answer: %v, want ErrTemporary", err)
	}
}

// A session that is over is begun anew, and nobody notices.
func TestSessionEnds(t *testing.T) {
	f := start(t)
	s, err := at(t, f, place, backends.Config{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.token = "another"
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
		t.Error(err)
	}
}

func TestPurgeAndWritable(t *testing.T) {
	f := start(t)
	for purge, want := range map[string]int{"false": 0, "true": 1} {
		options := map[string]string{"application-id": "42", "application-key": "key", "mf-purge": purge}
		s, err := at(t, f, place, backends.Config{Create: true, Options: options})
		if err != nil {
			t.Fatal(err)
		}
		f.purged = 0
		prober, _ := backends.As[backends.Prober](s)
		if err := prober.Writable(t.Context()); err != nil || f.purged != want || len(f.files) != 0 {
			t.Errorf("purge %s: %v, %d purged, %d left", purge, err, f.purged, len(f.files))
		}
		s.Close()
	}
}

// A password is asked for where the address has none.
func TestAsking(t *testing.T) {
	f := start(t)
	_, err := at(t, f, "mf://me%40mail@mediafire.com/", backends.Config{
		Getenv: func(string) string { return "" },
		Secret: func(context.Context, backends.SecretRequest) (string, error) { return "pw", nil },
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"response":{"result":"Success","folder_content":{"more_chunks":"no","files":[{"quickkey":"k","filename":"n","size":"7"}]}}}`))
	f.Add([]byte(`{"response":{"doupload":{"result":"0","status":99,"size":""}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(b)
		if err == nil && r == nil {
			t.Error("neither an answer nor an error")
		}
	})
}
