package tahoe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

const rootCap = "URI:DIR2:verysecret:x"

// fakeNode speaks as much of a node's documented interface as is used here.
type fakeNode struct {
	mu    sync.Mutex
	files map[string][]byte // by path below the root
	dirs  map[string]bool
	fail  atomic.Int32 // the status of every answer, unless it is 0
	lost  atomic.Int64 // bytes that it loses of each file
}

func (f *fakeNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest, ok := strings.CutPrefix(r.URL.Path, "/uri/"+rootCap)
	path := strings.Trim(rest, "/")
	if status := int(f.fail.Load()); status != 0 {
		http.Error(w, "about "+rootCap+"\nTraceback", status)
		return
	}
	if !ok {
		http.Error(w, "bad cap", http.StatusBadRequest)
		return
	}
	f.serve(w, r, path)
}

func (f *fakeNode) serve(w http.ResponseWriter, r *http.Request, path string) {
	switch {
	case r.Method == http.MethodPut:
		f.mu.Unlock()
		b, err := io.ReadAll(r.Body) // a node looks at a request when it has all of it
		f.mu.Lock()
		if err != nil {
			return
		}
		if f.dirs[path] {
			http.Error(w, "there was already a child by that name", http.StatusConflict)
			return
		}
		f.mkdir(path[:max(strings.LastIndexByte(path, '/'), 0)])
		f.files[path] = b
		fmt.Fprintf(w, "URI:CHK:key:hash:3:10:%d", int64(len(b))-f.lost.Load())
	case r.Method == http.MethodPost && r.URL.Query().Get("t") == "mkdir":
		f.mkdir(path)
	case r.Method == http.MethodDelete && f.files[path] != nil:
		delete(f.files, path)
	case r.Method == http.MethodGet && r.URL.Query().Get("t") == "json" && (f.files[path] != nil || f.dirs[path]):
		_ = json.NewEncoder(w).Encode(f.describe(path, true))
	case r.Method == http.MethodGet && f.files[path] != nil:
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.files[path])))
	default:
		http.Error(w, "No such child: x", http.StatusNotFound)
	}
}

func (f *fakeNode) mkdir(path string) {
	for ; path != ""; path = path[:max(strings.LastIndexByte(path, '/'), 0)] {
		f.dirs[path] = true
	}
}

func (f *fakeNode) describe(path string, deep bool) any {
	link := map[string]any{"tahoe": map[string]any{"linkmotime": 1790000000.5}}
	if b, ok := f.files[path]; ok {
		return []any{"filenode", map[string]any{"size": len(b), "mutable": false, "metadata": link}}
	}
	children := map[string]any{}
	add := func(name string) {
		rest, ok := strings.CutPrefix(name, path+"/")
		if path == "" {
			rest, ok = name, name != ""
		}
		if ok && !strings.Contains(rest, "/") {
			children[rest] = f.describe(name, false)
		}
	}
	if deep {
		for name := range f.files {
			add(name)
		}
		for name := range f.dirs {
			add(name)
		}
	}
	return []any{"dirnode", map[string]any{"mutable": true, "children": children, "metadata": link}}
}

// start starts a node, and makes the folder with its settings.
func start(t testing.TB) (*fakeNode, backends.Config) {
	t.Helper()
	f := &fakeNode{files: map[string][]byte{}, dirs: map[string]bool{"": true}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	servers.WriteFile(t, filepath.Join(dir, "node.url"), server.URL+"/\n", 0o600)
	if err := os.Mkdir(filepath.Join(dir, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	servers.WriteFile(t, filepath.Join(dir, "private", "aliases"), "# comment\nother: URI:DIR2:o\nbackup: "+rootCap+"\n", 0o600)
	return f, backends.Config{Create: true, Options: map[string]string{"node-directory": dir}}
}

func at(t testing.TB, raw string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Kind().Open(t.Context(), a, c)
}

func TestStore(t *testing.T) {
	_, c := start(t)
	var n atomic.Int32
	backendtest.Suite{KeepsConnections: true, Open: func(t testing.TB) backends.Store {
		s, err := at(t, fmt.Sprintf("tahoe://backup/a folder/%d", n.Add(1)), c)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}.Run(t)
}

func TestOpenErrors(t *testing.T) {
	_, c := start(t)
	missing, nowhere, bad, offline := c, c, c, c
	missing.Create = false
	nowhere.Options = map[string]string{"node-directory": t.TempDir()}
	bad.Options = map[string]string{"node-directory": c.Options["node-directory"], "capability": "URI:nonsense"}
	offline.Options = map[string]string{"node-url": fmt.Sprintf("http://127.0.0.1:%d", servers.FreePort(t)), "capability": rootCap}
	for name, row := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"missing folder": {"tahoe://backup/x", missing, backends.ErrNotExist}, "unknown alias": {"tahoe://none/x", c, backends.ErrConfig},
		"no node": {"tahoe://backup/x", nowhere, backends.ErrConfig}, "bad capability": {"tahoe://backup/x", bad, backends.ErrConfig},
		"nobody there": {"tahoe://backup/x", offline, backends.ErrOffline},
	} {
		_, err := at(t, row.address, row.config)
		if !errors.Is(err, row.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		backendtest.OneClass(t, err)
	}
}

// Whatever a node answers, the capability is not shown.
func TestStatusOfErrors(t *testing.T) {
	f, c := start(t)
	s, err := at(t, "tahoe://backup", c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for status, want := range map[int]error{
		400: backends.ErrConfig, 401: backends.ErrAuth, 403: backends.ErrPermission, 410: backends.ErrTemporary, 429: backends.ErrTemporary,
		500: backends.ErrTemporary, 503: backends.ErrTemporary, 507: backends.ErrFull,
	} {
		f.fail.Store(int32(status))
		_, gerr := s.Get(t.Context(), "x", 0, -1)
		for call, err := range map[string]error{"Put": s.Put(t.Context(), "x", backends.BytesSource("x")), "Delete": s.Delete(t.Context(), "x"), "Get": gerr} {
			if !errors.Is(err, want) || strings.Contains(err.Error(), "verysecret") {
				t.Errorf("%s, %d: %v, want %v", call, status, err, want)
			}
			backendtest.OneClass(t, err)
		}
	}
}

func TestNodeThatLosesBytes(t *testing.T) {
	f, c := start(t)
	s, err := at(t, "tahoe://backup", c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.lost.Store(1)
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); !errors.Is(err, backends.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

func TestWritable(t *testing.T) {
	f, c := start(t)
	s, err := at(t, "tahoe://backup", c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	prober, _ := backends.As[backends.Prober](s)
	if err := prober.Writable(t.Context()); err != nil || len(f.files) != 0 {
		t.Errorf("%v, left behind: %v", err, f.files)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`["filenode", {"size": 7, "metadata": {"tahoe": {"linkmotime": 1.5}}}]`))
	f.Add([]byte(`["dirnode", {"children": {"a": ["filenode", {"size": 7}], "b": ["dirnode", {}], "c": ["unknown", {}]}}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parse(b)
		if err == nil && (d.size < 0 || d.folder && d.size != 0) {
			t.Errorf("%+v", d)
		}
	})
}
