package folder_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/folder"
	"github.com/varve-backup/varve/engine/repository"
)

// fake is a version in memory.
type fake struct {
	entries  []repository.Entry
	content  map[string]string
	unsized  bool // its listing names no sizes
	mu       sync.Mutex
	closed   bool
	openings map[string]int
	fails    error // after half of a file
}

var day = time.Date(2026, 11, 9, 10, 12, 0, 0, time.UTC)

func newFake() *fake {
	f := &fake{content: map[string]string{
		"notes.txt": "pay the ferryman\n", "a b/100% & <ü>.md": strings.Repeat("line\n", 50_000), "a b/strange-\xff": "bytes",
		"page.html": "<script>alert(1)</script>",
	}, openings: map[string]int{}}
	for p, c := range f.content {
		f.entries = append(f.entries, repository.Entry{Path: p, Type: repository.File, Size: int64(len(c)), ModTime: day})
	}
	for _, p := range []string{"a b", "deep", "deep/er"} {
		f.entries = append(f.entries, repository.Entry{Path: p, Type: repository.Dir, ModTime: day})
	}
	for p, to := range map[string]string{
		"link": "notes.txt", "deep/up": "../link", "deep/er/abs": "/home/ada/notes.txt", "out": "../../etc/passwd", "round": "round",
		"to folder": "deep", "nowhere": "missing", "elsewhere": "/etc/passwd",
	} {
		f.entries = append(f.entries, repository.Entry{Path: p, Type: repository.Symlink, Target: to, ModTime: day})
	}
	f.entries = append(f.entries, repository.Entry{Path: "pipe", Type: repository.FIFO, ModTime: day})
	return f
}

func (f *fake) ReadDir(_ context.Context, p string) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		for _, e := range f.entries {
			if parent := strings.TrimPrefix(path.Dir("/"+e.Path), "/"); parent != p {
				continue
			}
			if f.unsized && e.Type == repository.File {
				e.Size = -1
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (f *fake) OpenFile(_ context.Context, e *repository.Entry) (folder.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fs.ErrClosed
	}
	f.openings[e.Path]++
	return &fakeFile{f: f, content: f.content[e.Path], sized: !f.unsized}, nil
}

func (f *fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

func (f *fake) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

type fakeFile struct {
	f       *fake
	content string
	mu      sync.Mutex
	sized   bool
}

func (x *fakeFile) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	half := int64(len(x.content) / 2)
	if x.f.fails != nil && off+int64(len(p)) > half {
		p = p[:max(0, half-off)]
		n, _ := strings.NewReader(x.content).ReadAt(p, off)
		return n, x.f.fails
	}
	n, err := strings.NewReader(x.content).ReadAt(p, off)
	if err != nil {
		x.mu.Lock()
		x.sized = true
		x.mu.Unlock()
	}
	return n, err
}

func (x *fakeFile) Size() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.sized {
		return -1
	}
	return int64(len(x.content))
}

func (x *fakeFile) Close() error { return nil }

// show opens a fake as a folder.
func show(t *testing.T, f *fake) *folder.Folder {
	t.Helper()
	shown, err := folder.Open(t.Context(), folder.Config{Version: f, Name: "Home of 9 Nov/2026", Root: "/home/ada"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shown.Close(); err != nil {
			t.Error(err)
		}
	})
	return shown
}

// ask asks for something below the address.
func ask(t *testing.T, method, address string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return answer, "broken off: " + err.Error()
	}
	return answer, string(body)
}

// at is the address of a path.
func at(f *folder.Folder, p string) string { return f.Address() + (&url.URL{Path: p}).EscapedPath() }

// multistatus is what PROPFIND answers.
type multistatus struct {
	Responses []struct {
		Href string `xml:"DAV: href"`
		Prop struct {
			Name       string    `xml:"DAV: displayname"`
			Length     *int64    `xml:"DAV: getcontentlength"`
			Modified   string    `xml:"DAV: getlastmodified"`
			Collection *struct{} `xml:"DAV: resourcetype>collection"`
		} `xml:"DAV: propstat>prop"`
	} `xml:"DAV: response"`
}

func propfind(t *testing.T, address string) (rows []string) {
	t.Helper()
	answer, body := ask(t, "PROPFIND", address, func(r *http.Request) { r.Header.Set("Depth", "1") })
	var m multistatus
	if answer.StatusCode != http.StatusMultiStatus || xml.Unmarshal([]byte(body), &m) != nil {
		t.Fatalf("PROPFIND %s: %s %s", address, answer.Status, body)
	}
	for _, r := range m.Responses {
		u, err := url.Parse(r.Href)
		if err != nil {
			t.Fatal(err)
		}
		row := path.Base(u.Path)
		switch {
		case r.Prop.Collection != nil:
			row += "/"
		case r.Prop.Length == nil:
			row += " ?"
		default:
			row += fmt.Sprintf(" %d", *r.Prop.Length)
		}
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}

func TestListing(t *testing.T) {
	s := show(t, newFake())
	want := []string{"Home of 9 Nov∕2026/", "a b/", "deep/", "elsewhere 30", "link 17", "notes.txt 17", "nowhere 26", "out 35", "page.html 25", "round 24", "to folder 23"}
	if got := propfind(t, s.Address()); !slices.Equal(got, want) {
		t.Errorf("listed are\n%q, want\n%q", got, want)
	}
	if got := propfind(t, at(s, "a b/")); !slices.Equal(got, []string{"100% & <ü>.md 250000", "a b/", "strange-\xff 5"}) {
		t.Errorf("listed are %q", got)
	}
	f := newFake()
	f.unsized = true
	s = show(t, f)
	if got := propfind(t, at(s, "a b")); !slices.Equal(got, []string{"100% & <ü>.md ?", "a b/", "strange-\xff ?"}) {
		t.Errorf("without sizes, listed are %q", got)
	}
	if len(f.openings) > 0 {
		t.Errorf("for a list, files were opened: %v", f.openings)
	}
}

func TestReading(t *testing.T) {
	for _, unsized := range []bool{false, true} {
		f := newFake()
		f.unsized = unsized
		s := show(t, f)
		for p, want := range f.content {
			if answer, got := ask(t, "GET", at(s, p), nil); got != want || answer.StatusCode != http.StatusOK {
				t.Errorf("%q: %s, %d bytes", p, answer.Status, len(got))
			}
			if answer, got := ask(t, "HEAD", at(s, p), nil); got != "" || answer.StatusCode != http.StatusOK {
				t.Errorf("HEAD of %q: %s", p, answer.Status)
			}
		}
		big := "a b/100% & <ü>.md"
		for header, want := range map[string]string{"bytes=5-9": "line\n", "bytes=-5": "line\n", "bytes=249998-": "e\n"} {
			answer, got := ask(t, "GET", at(s, big), func(r *http.Request) { r.Header.Set("Range", header) })
			if got != want || answer.StatusCode != http.StatusPartialContent {
				t.Errorf("%s: %s %q", header, answer.Status, got)
			}
		}
		if n := f.openings[big]; n != 1 {
			t.Errorf("it was opened %d times", n)
		}
	}
}

func TestLinks(t *testing.T) {
	s := show(t, newFake())
	for p, want := range map[string]string{
		"link": "pay the ferryman\n", "deep/up": "pay the ferryman\n", "deep/er/abs": "pay the ferryman\n",
		"out": "This is a link to ../../etc/passwd\n", "round": "This is a link to round\n", "to folder": "This is a link to deep\n",
		"nowhere": "This is a link to missing\n", "elsewhere": "This is a link to /etc/passwd\n",
	} {
		if _, got := ask(t, "GET", at(s, p), nil); got != want {
			t.Errorf("%s: %q", p, got)
		}
	}
}

// Nothing can be written, whatever is tried.
func TestReadOnly(t *testing.T) {
	s := show(t, newFake())
	for _, method := range []string{"PUT", "POST", "DELETE", "MKCOL", "MOVE", "COPY", "LOCK", "UNLOCK", "PROPPATCH", "PATCH", "TRACE"} {
		for _, p := range []string{"notes.txt", "new.txt", "a b/"} {
			answer, _ := ask(t, method, at(s, p), func(r *http.Request) { r.Header.Set("Destination", at(s, "other")) })
			if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") == "" {
				t.Errorf("%s %s: %s", method, p, answer.Status)
			}
		}
	}
	answer, _ := ask(t, "OPTIONS", s.Address(), nil)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("DAV") != "1" {
		t.Errorf("OPTIONS: %s, DAV %q", answer.Status, answer.Header.Get("DAV"))
	}
}

// Only who knows the address comes in, and only by it.
func TestSecret(t *testing.T) {
	s := show(t, newFake())
	u, err := url.Parse(s.Address())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if host, _, err := net.SplitHostPort(u.Host); err != nil || host != "127.0.0.1" || len(parts) != 2 || len(parts[0]) < 26 {
		t.Fatalf("the address is %s", s.Address())
	}
	if other := show(t, newFake()); strings.Contains(other.Address(), parts[0]) {
		t.Error("the secret is the same twice")
	}
	wrong := strings.Repeat("A", len(parts[0]))
	for _, p := range []string{"/", "/" + wrong + "/" + parts[1] + "/", "/" + parts[0] + "/", "/" + parts[0] + "/x/", "/" + parts[0][:20] + "/" + parts[1] + "/", "/../" + parts[0] + "/" + parts[1]} {
		if answer, body := ask(t, "GET", (&url.URL{Scheme: "http", Host: u.Host, Path: p}).String(), nil); answer.StatusCode != http.StatusNotFound || strings.Contains(body, "notes") {
			t.Errorf("%s: %s", p, answer.Status)
		}
	}
	for _, host := range []string{"rebound.example", "localhost:" + u.Port(), "127.0.0.1"} {
		answer, body := ask(t, "GET", s.Address(), func(r *http.Request) { r.Host = host })
		if answer.StatusCode != http.StatusMisdirectedRequest || strings.Contains(body, "notes") {
			t.Errorf("as %s: %s", host, answer.Status)
		}
	}
	answer, _ := ask(t, "GET", at(s, "page.html"), nil)
	if got := answer.Header.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") {
		t.Errorf("a page may run its programs: %q", got)
	}
}

// No question reads the whole version.
func TestDepth(t *testing.T) {
	s := show(t, newFake())
	for _, depth := range []string{"", "infinity", "2"} {
		answer, body := ask(t, "PROPFIND", s.Address(), func(r *http.Request) {
			if depth != "" {
				r.Header.Set("Depth", depth)
			}
		})
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "propfind-finite-depth") {
			t.Errorf("depth %q: %s", depth, answer.Status)
		}
	}
	large := func(r *http.Request) {
		r.Header.Set("Depth", "0")
		r.Body = io.NopCloser(bytes.NewReader(bytes.Repeat([]byte(" "), 200<<10)))
	}
	if answer, _ := ask(t, "PROPFIND", s.Address(), large); answer.StatusCode < 400 {
		t.Errorf("a question of 200 KB: %s", answer.Status)
	}
}

// A browser gets a page.
func TestPage(t *testing.T) {
	s := show(t, newFake())
	_, body := ask(t, "GET", at(s, "a b/"), nil)
	for _, want := range []string{`href="./100%25%20&amp;%20%3C%C3%BC%3E.md"`, "100% &amp; &lt;ü&gt;.md", `href="./strange-%FF"`, "250 000"} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %s in %s", want, body)
		}
	}
	if answer, _ := ask(t, "GET", at(s, "a b"), nil); answer.StatusCode != http.StatusMovedPermanently {
		t.Errorf("without its slash: %s", answer.Status)
	}
	if answer, _ := ask(t, "GET", at(s, "a b/no"), nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("what is not there: %s", answer.Status)
	}
}

// What is damaged does not come as if it were whole.
func TestDamage(t *testing.T) {
	for _, unsized := range []bool{false, true} {
		f := newFake()
		f.unsized, f.fails = unsized, errors.New("it is damaged")
		if _, body := ask(t, "GET", at(show(t, f), "a b/100% & <ü>.md"), nil); !strings.HasPrefix(body, "broken off") {
			t.Errorf("%d bytes came", len(body))
		}
	}
}

func TestEnd(t *testing.T) {
	f := newFake()
	s := show(t, f)
	ask(t, "GET", s.Address(), nil)
	if err := s.Close(); err != nil || !f.isClosed() {
		t.Errorf("closed: %v, %v", f.isClosed(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.Split(s.Address(), "/")[2]); err == nil {
		c.Close()
		t.Error("somebody answers still")
	}
	f = newFake()
	idle, err := folder.Open(t.Context(), folder.Config{Version: f, Idle: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	<-idle.Done()
	if !f.isClosed() {
		t.Error("a folder that nobody asks does not end")
	}
}
