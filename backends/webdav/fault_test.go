package webdav_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func wantClass(t *testing.T, err, class error) {
	t.Helper()
	backendtest.OneClass(t, err)
	if !errors.Is(err, class) {
		t.Errorf("got %v, want %v", err, class)
	}
}

func TestOpenRefused(t *testing.T) {
	apache := servers.Apache(t, password, false)
	digest := servers.Apache(t, password, true)
	nginx := servers.Nginx(t, password)
	trusted := backends.Config{CAFiles: []string{nginx.Certificate.CA}}
	if err := os.WriteFile(filepath.Join(apache.Root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, url string
		c         backends.Config
		want      error
	}{
		{"wrong password", "webdav://alice:wrong@" + apache.Host, backends.Config{}, backends.ErrAuth},
		{"wrong password, digest", "webdav://alice:wrong@" + digest.Host, backends.Config{}, backends.ErrAuth},
		{"unknown user", "webdav://bob:wrong@" + digest.Host, backends.Config{}, backends.ErrAuth},
		{"no user", "webdav://" + apache.Host, backends.Config{}, backends.ErrAuth},
		{"no password", "webdav://alice@" + apache.Host, backends.Config{}, backends.ErrAuth},
		{"missing folder", urlOf("webdav", apache) + "/none/below", backends.Config{}, backends.ErrNotExist},
		{"a file", urlOf("webdav", apache) + "/file", backends.Config{}, backends.ErrUnsupported},
		{"nobody there", fmt.Sprintf("webdav://127.0.0.1:%d", servers.FreePort(t)), backends.Config{}, backends.ErrOffline},
		{"unknown authority", urlOf("webdavs", nginx), backends.Config{}, backends.ErrCertificate},
		{"missing folder, nginx", urlOf("webdavs", nginx) + "/none", trusted, backends.ErrNotExist},
		{"no TLS", urlOf("webdavs", apache), backends.Config{}, backends.ErrCertificate},
		{"TLS wanted", urlOf("webdav", nginx), backends.Config{}, backends.ErrUnsupported},
		{"bad certificates", urlOf("webdavs", nginx), backends.Config{CAFiles: []string{nginx.Certificate.Key}}, backends.ErrConfig},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := tryOpen(t, row.url, row.c)
			wantClass(t, err, row.want)
			if strings.Contains(fmt.Sprint(err), "s3cret") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
	s := open(t, urlOf("webdavs", nginx), backends.Config{Insecure: true})
	if err := errors.Join(s.(backends.Prober).Writable(t.Context()), s.Close()); err != nil {
		t.Errorf("trusting anybody: %v", err)
	}
}

func TestPasswordFromEnvironmentAndPerson(t *testing.T) {
	server := servers.Apache(t, password, true)
	url := "webdav://alice@" + server.Host
	for _, name := range []string{"FTP_PASSWORD", "BACKEND_PASSWORD"} {
		s := open(t, url, backends.Config{Getenv: func(n string) string { return map[string]string{name: password}[n] }})
		s.Close()
	}
	var asked []bool
	s := open(t, url, backends.Config{Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
		if asked = append(asked, r.Again); r.Account != url {
			t.Errorf("asked for %s", r.Account)
		}
		return map[bool]string{true: password, false: "wrong"}[r.Again], nil
	}})
	s.Close()
	if !slices.Equal(asked, []bool{false, true}) {
		t.Errorf("asked again: %v", asked)
	}
}

// The password never goes to a server that takes a digest, not even at first.
func TestDigestShowsNoPassword(t *testing.T) {
	server := servers.Apache(t, password, true)
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		forward(w, r, server.Host)
	}))
	defer proxy.Close()
	s := open(t, "http://alice:"+strings.ReplaceAll(password, " ", "%20")+"@"+strings.TrimPrefix(proxy.URL, "http://"), backends.Config{})
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	for i, header := range seen {
		if i == 0 && header != "" || i > 0 && !strings.HasPrefix(header, "Digest ") {
			t.Errorf("request %d had %q", i, header)
		}
	}
}

// forward hands a request on.
func forward(w http.ResponseWriter, r *http.Request, host string) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI, out.Host = "http", host, "", host
	if to := out.Header.Get("Destination"); to != "" {
		out.Header.Set("Destination", strings.Replace(to, r.Host, host, 1))
	}
	answer, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	maps.Copy(w.Header(), answer.Header)
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// between starts a server that answers some requests itself and hands the
// others to Apache. answer returns whether it did. It returns the address, and
// the folder that Apache serves.
func between(t *testing.T, answer func(w http.ResponseWriter, r *http.Request) bool) (url, root string) {
	t.Helper()
	server := servers.Apache(t, password, false)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			forward(w, r, server.Host)
		}
	}))
	t.Cleanup(proxy.Close)
	return "http://alice:" + strings.ReplaceAll(password, " ", "%20") + "@" + strings.TrimPrefix(proxy.URL, "http://"), server.Root
}

func TestRefusedByTheServer(t *testing.T) {
	type rule struct {
		method string
		status int
	}
	var now atomic.Pointer[rule]
	url, root := between(t, func(w http.ResponseWriter, r *http.Request) bool {
		rule := now.Load()
		if rule == nil || r.Method != rule.method {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(rule.status)
		return true
	})
	s := open(t, url, backends.Config{})
	defer s.Close()
	for _, row := range []struct {
		name string
		rule rule
		want error
	}{
		{"full", rule{"PUT", 507}, backends.ErrFull},
		{"too large", rule{"PUT", 413}, backends.ErrTooLarge},
		{"forbidden", rule{"PUT", 403}, backends.ErrPermission},
		{"locked", rule{"PUT", 423}, backends.ErrTemporary},
		{"busy", rule{"PUT", 429}, backends.ErrTemporary},
		{"broken", rule{"PUT", 500}, backends.ErrTemporary},
		{"login lost", rule{"PUT", 401}, backends.ErrAuth},
		{"elsewhere", rule{"PUT", 301}, backends.ErrConfig},
		{"only a part", rule{"MOVE", 207}, backends.ErrTemporary},
		{"no MOVE", rule{"MOVE", 405}, backends.ErrUnsupported},
		{"MOVE forbidden", rule{"MOVE", 403}, backends.ErrPermission},
		{"lies about storing", rule{"PUT", 201}, backends.ErrCorrupt},
		{"lies about moving", rule{"MOVE", 201}, backends.ErrCorrupt},
	} {
		t.Run(row.name, func(t *testing.T) {
			now.Store(&row.rule)
			wantClass(t, s.Put(t.Context(), "x", backends.BytesSource("0123456789")), row.want)
			now.Store(nil)
			if left, _ := filepath.Glob(filepath.Join(root, "*")); len(left) > 0 {
				t.Errorf("%q stayed", left)
			}
		})
	}
	if err := s.Put(t.Context(), "x", backends.BytesSource("0123456789")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A server that is asked too much says when to come again.
func TestStorm(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		url, _ := between(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut {
				return false
			}
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			return true
		})
		s := open(t, url, backends.Config{})
		busy, is := errors.AsType[*backends.BusyError](s.Put(t.Context(), "x", backends.BytesSource("1")))
		if !is || busy.After != 7*time.Second {
			t.Errorf("%d: got %v", status, busy)
		}
		s.Close()
	}
}

// Servers that shorten what they take, and say 201.
func TestShortened(t *testing.T) {
	url, _ := between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			r.Body, r.ContentLength = io.NopCloser(io.LimitReader(r.Body, 5)), 5
		}
		return false
	})
	s := open(t, url, backends.Config{})
	defer s.Close()
	wantClass(t, s.Put(t.Context(), "x", backends.BytesSource("0123456789")), backends.ErrCorrupt)
}

// Some servers answer a range with all, some with another range, and some do
// not say how long it is.
func TestRangesOfBadServers(t *testing.T) {
	const content = "0123456789"
	var answer atomic.Pointer[func(w http.ResponseWriter, r *http.Request)]
	url, _ := between(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet {
			return false
		}
		(*answer.Load())(w, r)
		return true
	})
	s := open(t, url, backends.Config{})
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource(content)); err != nil {
		t.Fatal(err)
	}
	part := func(span, text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes "+span)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, text)
		}
	}
	for _, row := range []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string // "" for an error
	}{
		{"good", part("3-5/10", "345"), "345"},
		{"all of it", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content) }, "345"},
		{"of unknown length", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, content[:4])
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, content[4:])
		}, "345"},
		{"another part", part("2-4/10", "234"), ""},
		{"a longer part", part("3-6/10", "3456"), ""},
		{"a part of less", part("3-4/5", "34"), "34"},
		{"a shorter part", part("3-4/10", "34"), ""},
		{"no range", part("nonsense", "345"), ""},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, content[:4])
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			answer.Store(&row.answer)
			got, err := read(t, s, "x", 3, 3)
			if row.want == "" {
				wantClass(t, err, backends.ErrTemporary)
			} else if got != row.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func read(t *testing.T, s backends.Store, name string, off, n int64) (string, error) {
	r, err := s.Get(t.Context(), name, off, n)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}

// The connection is cut in the middle of an upload and of a download; the next
// call works again, and nothing stays behind.
func TestCut(t *testing.T) {
	server := servers.Apache(t, password, true)
	l := link.New(t, server.Host, link.Options{})
	s := open(t, "webdav://alice:"+strings.ReplaceAll(password, " ", "%20")+"@"+l.Addr, backends.Config{})
	defer s.Close()
	content := backends.BytesSource(bytes.Repeat([]byte("0123456789"), 500_000))
	l.CutAfter(1 << 20)
	wantClass(t, s.Put(t.Context(), "x", content), backends.ErrTemporary)
	for end := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		left, _ := filepath.Glob(filepath.Join(server.Root, "*"))
		if len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%q stayed", left)
		}
	}
	if err := s.Put(t.Context(), "x", content); err != nil {
		t.Fatalf("afterwards: %v", err)
	}
	l.CutAfter(1 << 20)
	_, err := read(t, s, "x", 0, -1)
	wantClass(t, err, backends.ErrTemporary)
	if got, err := read(t, s, "x", 0, -1); len(got) != len(content) || err != nil {
		t.Errorf("afterwards: %d bytes, %v", len(got), err)
	}
}

// A server that says nothing any more ends a call after the timeout.
func TestStall(t *testing.T) {
	server := servers.Apache(t, password, true)
	l := link.New(t, server.Host, link.Options{})
	s := open(t, "webdav://alice:"+strings.ReplaceAll(password, " ", "%20")+"@"+l.Addr, backends.Config{Timeout: 2 * time.Second})
	defer s.Close()
	l.Stall()
	_, err := s.Stat(t.Context(), "x")
	wantClass(t, err, backends.ErrTemporary)
	l.Resume()
}

// When a nonce gets old the server says so, and another login is made.
func TestNonceGetsOld(t *testing.T) {
	server := servers.Apache(t, password, true)
	var old atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if old.Load() && r.Header.Get("Authorization") != "" {
			old.Store(false)
			_, _ = io.Copy(io.Discard, r.Body)
			out, err := http.Get("http://" + server.Host)
			if err != nil {
				t.Error(err)
				return
			}
			out.Body.Close()
			w.Header().Set("WWW-Authenticate", out.Header.Get("WWW-Authenticate")+", stale=true")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		forward(w, r, server.Host)
	}))
	defer proxy.Close()
	s := open(t, "http://alice:"+strings.ReplaceAll(password, " ", "%20")+"@"+strings.TrimPrefix(proxy.URL, "http://"), backends.Config{})
	defer s.Close()
	old.Store(true)
	if err := s.Put(t.Context(), "x", backends.BytesSource("0123")); err != nil || old.Load() {
		t.Error(err)
	}
}

func TestBearerToken(t *testing.T) {
	var seen atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, `<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop><resourcetype><collection/></resourcetype>`+
			`<quota-available-bytes>5</quota-available-bytes><quota-used-bytes>7</quota-used-bytes></prop></propstat></response></multistatus>`)
	}))
	defer server.Close()
	s := open(t, server.URL, backends.Config{Options: map[string]string{"bearer-token": "abc"}})
	defer s.Close()
	if got := seen.Load(); got != "Bearer abc" {
		t.Errorf("got %q", got)
	}
	if free, total, err := s.(backends.Spacer).Space(t.Context()); free != 5 || total != 12 || err != nil {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
}

func TestSweepAndRename(t *testing.T) {
	server := servers.Nginx(t, password)
	s := open(t, urlOf("webdavs", server)+"/d", backends.Config{Create: true, CAFiles: []string{server.Certificate.CA}})
	defer s.Close()
	dir := filepath.Join(server.Root, "d")
	old, fresh := filepath.Join(dir, "varve-put-0.tmp"), filepath.Join(dir, "varve-put-1.tmp")
	if err := errors.Join(os.WriteFile(old, nil, 0o666), os.WriteFile(fresh, nil, 0o666), os.Chtimes(old, time.Time{}, time.Now().Add(-48*time.Hour)),
		s.(backends.Sweeper).Sweep(t.Context()), s.Put(t.Context(), "a", backends.BytesSource("1")),
		s.(backends.Renamer).Rename(t.Context(), "a", "folder/b")); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if want := []string{filepath.Join(dir, "folder"), fresh}; !slices.Equal(left, want) {
		t.Errorf("%q are left, want %q", left, want)
	}
	if o, err := s.Stat(t.Context(), "folder/b"); o.Size != 1 || err != nil {
		t.Errorf("got %+v, %v", o, err)
	}
	// A folder is no object, and DELETE would take what is in it.
	if err := s.Delete(t.Context(), "folder"); err != nil {
		t.Error(err)
	}
	if _, err := s.Stat(t.Context(), "folder/b"); err != nil {
		t.Error(err)
	}
	_, _, err := s.(backends.Spacer).Space(t.Context())
	wantClass(t, err, backends.ErrUnsupported)
}
