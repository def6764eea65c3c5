package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// sync runs it from src to repo, confirmed, without further rounds.
func (w *world) sync(args ...string) result {
	w.t.Helper()
	return w.varve(append([]string{"sync", w.path("src"), w.url(), "-y", "--retry", "0"}, args...)...)
}

// answered runs it with an answer on the standard input.
func (w *world) answered(answer string, args ...string) (code int, stderr string) {
	w.t.Helper()
	cmd := w.start(binary, args...)
	cmd.Stdin = strings.NewReader(answer)
	var said strings.Builder
	cmd.Stderr = &said
	_ = cmd.Run() // the code tells
	return cmd.ProcessState.ExitCode(), said.String()
}

// stored are the files of a folder with their contents, but Varve's own.
func (w *world) stored(dir string) map[string]string {
	w.t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".varve-") {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path) // it is below
		found[name] = string(b)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// at sets when a file was changed.
func (w *world) changedAt(path string, at time.Time) {
	w.t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		w.t.Fatal(err)
	}
}

// SyncTool's exit codes, and where ours differ on purpose.
func TestSyncExitCodes(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(w *world) result
		code int
		says string
	}{
		{"copied", func(w *world) result { return w.sync() }, 0, ""},
		{"addresses of folders", func(w *world) result { return w.varve("sync", w.path("src"), w.path("repo"), "-y") }, 0, ""},
		{"nothing to do needs no answer", func(w *world) result {
			w.must(w.sync())
			return w.varve("sync", w.path("src"), w.url())
		}, 0, ""},
		{"a dry run needs no answer", func(w *world) result { return w.varve("sync", w.path("src"), w.url(), "--dry-run") }, 0, ""},
		{"files that cannot be stored", func(w *world) result {
			w.must(w.run("mkdir", "-p", w.path("repo/a"), w.path("repo/b")))
			return w.sync()
		}, 2, "was not copied"},
		{"300 such files", func(w *world) result {
			for i := range 300 {
				w.write(fmt.Sprintf("many/%d", i), []byte("x"))
				w.must(w.run("mkdir", "-p", w.path(fmt.Sprintf("repo/many/%d", i))))
			}
			return w.sync()
		}, 254, "was not copied"},
		{"one address", func(w *world) result { return w.varve("sync", w.url()) }, 1, "two addresses"},
		{"no pair", func(w *world) result { return w.sync("--src-options", "x") }, 1, "NAME=VALUE"},
		{"an option that neither has", func(w *world) result { return w.sync("-o", "region=x") }, 1, "neither"},
		{"an option that the side does not have", func(w *world) result { return w.sync("--dst-option", "region=x") }, 1, "the destination"},
		{"an unknown address", func(w *world) result { return w.varve("sync", "nosuch://x", w.url(), "-y") }, 1, "no kind"},
		{"no source", func(w *world) result {
			w.must(w.sync())
			w.must(w.run("rm", "-rf", w.path("src")))
			return w.sync()
		}, 1, "the source"},
		{"an empty source", func(w *world) result {
			w.must(w.sync())
			w.must(w.run("sh", "-c", "rm -r "+w.path("src/*")))
			return w.sync()
		}, 1, "--allow-empty-source"},
		{"an empty source that is meant", func(w *world) result {
			w.must(w.sync())
			w.must(w.run("sh", "-c", "rm -r "+w.path("src/*")))
			return w.sync("--allow-empty-source")
		}, 0, ""},
		{"too many would go", func(w *world) result {
			w.must(w.sync())
			w.must(w.run("rm", w.path("src/a"), w.path("src/b")))
			return w.sync()
		}, 1, "--max-delete"},
		{"many may go", func(w *world) result {
			w.must(w.sync())
			w.must(w.run("rm", w.path("src/a"), w.path("src/b")))
			return w.sync("--max-delete", "67")
		}, 0, ""},
		{"no folder is to be made", func(w *world) result { return w.sync("--auto-create-folders=false") }, 1, "the destination"},
		{"into itself", func(w *world) result { return w.varve("sync", w.path("src"), w.path("src/folder"), "-y") }, 1, "inside the other"},
		{"no room", func(w *world) result {
			w.write("large", make([]byte, 40<<20))
			return w.varve("sync", w.path("src"), w.smallDisk(), "-y")
		}, 1, "the destination is full"},
		{"no room, and begun all the same", func(w *world) result {
			w.write("large", make([]byte, 40<<20))
			return w.varve("sync", w.path("src"), w.smallDisk(), "-y", "--retry", "0", "--dst-options", "quota-disable=true")
		}, 1, "was not copied"},
		{"a log that cannot be", func(w *world) result { return w.sync("--log-file", w.path("src/a/log")) }, 1, "log"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for name, content := range map[string]string{"a": "1", "b": "22", "folder/c": "333"} {
				w.write(name, []byte(content))
			}
			r := row.do(w)
			if r.code != row.code || !strings.Contains(r.stderr, row.says) || strings.Contains(r.stderr, "panic") || row.code == 0 && r.stderr != "" {
				t.Errorf("ended with %d: %s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}

// Only a y goes on. Passwords are in no question, no error and no log.
func TestSyncAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("a", []byte("1"))
	for _, row := range []struct {
		answer string
		code   int
	}{{"", 255}, {"n\n", 255}, {"yes\n", 255}, {" y\n", 255}, {"\n", 255}, {"Y\n", 0}, {"y", 0}} {
		w.must(w.run("rm", "-rf", w.path("repo")))
		code, said := w.answered(row.answer, "sync", w.path("src"), w.url())
		if code != row.code || !strings.Contains(said, "Copy 1 file and replace 0 (1 B), from") {
			t.Errorf("%q: ended with %d: %s", row.answer, code, said)
		}
		if _, err := os.Stat(w.path("repo/a")); (err == nil) != (code == 0) {
			t.Errorf("%q: %v", row.answer, err)
		}
	}
	w.write("a", []byte("2"))
	w.changedAt(w.path("src/a"), time.Now().Add(-time.Hour))
	for _, answers := range []string{"n\n", "y\nn\n", "y\ny\n"} {
		code := 255
		if answers == "y\ny\n" {
			code = 0
		}
		if got, said := w.answered(answers, "sync", w.path("src"), w.url(), "--verify-contents"); got != code || !strings.Contains(said, "Compare the content of 1 file") {
			t.Errorf("%q: ended with %d: %s", answers, got, said)
		}
	}
	if got := w.stored(w.path("repo"))["a"]; got != "2" {
		t.Errorf("it holds %q", got)
	}
	s := servers.Apache(t, "s3cret", false)
	at := fmt.Sprintf("webdav://alice:s3cret@%s/x", s.Host)
	code, said := w.answered("n\n", "sync", w.path("src"), at, "--log-file", w.path("log"), "-v9")
	logged, _ := os.ReadFile(w.path("log"))
	if code != 255 || !strings.Contains(said, "alice:xxxxx@") || strings.Contains(said+string(logged), "s3cret") {
		t.Errorf("ended with %d: %s%s", code, said, logged)
	}
	r := w.varve("sync", strings.Replace(at, "s3cret", "wr0ng", 1), w.path("other"), "-y")
	if r.code != 1 || strings.Contains(r.stderr, "wr0ng") {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}

var oldName = regexp.MustCompile(`^\d{14}\.old\.[ab]$`)

// What the switches do, each beside what is done without.
func TestSyncOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("a", []byte("11"))
	w.write("b", []byte("22"))
	w.write("c", []byte("33"))
	if r := w.sync("--parse-arguments-only"); r.code != 0 || r.stdout+r.stderr != "" {
		t.Errorf("ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
	r := w.must(w.sync("-d"))
	if _, err := os.Stat(w.path("repo")); err == nil || !strings.Contains(r.stdout, `would be copied "a"`) || !strings.Contains(r.stdout, "Would copy 3 files") {
		t.Errorf("a dry run: %s", r.stdout)
	}
	r = w.must(w.sync("--progress", "--progress-rate", "3600", "--log-file", w.path("logs/new/log"), "--log-level", "verbose"))
	logged, err := os.ReadFile(w.path("logs/new/log"))
	if err != nil || !strings.Contains(string(logged), `copied "a"`) || !strings.Contains(r.stderr, "Copying: 3/3") || !strings.Contains(r.stdout, "Copied 3 files") {
		t.Errorf("%v: %s%s%s", err, logged, r.stdout, r.stderr)
	}
	if r := w.must(w.sync("--force", "--log-level", "warning")); strings.Contains(r.stdout, "replaced \"") {
		t.Errorf("too much was said: %s", r.stdout)
	}
	if r := w.must(w.sync("-f")); !strings.Contains(r.stdout, "replaced 3 ") {
		t.Errorf("--force: %s", r.stdout)
	}

	// A byte changed at the destination, where no time tells of it.
	w.put(w.path("repo/c"), []byte("3x"))
	if r := w.must(w.sync()); !strings.Contains(r.stdout, "replaced 0") {
		t.Errorf("got %s", r.stdout)
	}
	if r := w.must(w.sync("--verify-contents", "--verify-get-after-put")); !strings.Contains(r.stdout, "replaced 1") || w.stored(w.path("repo"))["c"] != "33" {
		t.Errorf("--verify-contents: %s", r.stdout)
	}

	w.write("a", []byte("111"))
	w.remove("b")
	var done struct {
		Copied, Replaced, Removed, Expired, Same, Bytes int64
		SetAside                                        int64 `json:"set_aside"`
		Changes                                         []struct{ Action, Name, To string }
		Problems                                        []any
	}
	r = w.must(w.sync("--retention", "--json"))
	if err := json.Unmarshal([]byte(r.stdout), &done); err != nil || done.Replaced != 1 || done.SetAside != 2 || done.Removed != 0 || done.Same != 1 || done.Bytes != 3 || len(done.Changes) != 2 || done.Problems == nil {
		t.Errorf("%v: %s", err, r.stdout)
	}
	for _, c := range done.Changes {
		if !oldName.MatchString(c.To) || c.Action != map[string]string{"a": "replace", "b": "keep"}[c.Name] {
			t.Errorf("got %+v", c)
		}
	}
	for _, args := range [][]string{{"--retention"}, {}, {"--expire-old", "1D"}} {
		if r := w.must(w.sync(args...)); len(w.stored(w.path("repo"))) != 4 {
			t.Errorf("%q: %s", args, r.stdout)
		}
	}
	for name := range w.stored(w.path("repo")) {
		if oldName.MatchString(name) {
			w.must(w.run("mv", w.path("repo/"+name), w.path("repo/2020"+name[4:])))
		}
	}
	if r := w.must(w.sync("--expire-old", "1D")); len(w.stored(w.path("repo"))) != 2 || !strings.Contains(r.stdout, "2 old removed") {
		t.Errorf("--expire-old: %s", r.stdout)
	}
	if r := w.varve("full", w.path("src"), w.url(), "--verify-get-after-put"); r.code != 2 || !strings.Contains(r.stderr, "belongs to sync") {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}

// front stands in front of a server and may answer in its place.
func front(t *testing.T, host string, answer func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	proxy := &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: host})
		r.Out.Host = r.In.Host
		// A file that is renamed stays at the server, whatever it is called.
		if to := r.Out.Header.Get("Destination"); to != "" {
			r.Out.Header.Set("Destination", strings.Replace(to, r.In.Host, host, 1))
		}
		r.Out.Host = host
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// Two servers with a password each; options of both, and of one.
func TestSyncSidesAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("a", []byte("1"))
	one, two := servers.Apache(t, "first", false), servers.Apache(t, "second", false)
	at := func(s *servers.WebDAVServer) string { return fmt.Sprintf("webdav://alice@%s/x", s.Host) }
	w.env = append(w.env, "SRC_FTP_PASSWORD=first", "DST_FTP_PASSWORD=first", "FTP_PASSWORD=neither", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	w.must(w.varve("sync", w.path("src"), at(one), "-y"))
	w.env = append(w.env, "DST_FTP_PASSWORD=second")
	w.must(w.varve("sync", at(one), at(two), "-y", "--timeout", "20"))
	if got := w.stored(filepath.Join(two.Root, "x")); got["a"] != "1" {
		t.Errorf("it holds %q", got)
	}
	s := servers.SSH(t, servers.SSHOptions{})
	minio := servers.MinIO(t)
	w.env = append(w.env, "DST_AWS_ACCESS_KEY_ID="+minio.Key, "DST_AWS_SECRET_ACCESS_KEY="+minio.Secret, "SRC_AWS_ACCESS_KEY_ID="+minio.Key, "SRC_AWS_SECRET_ACCESS_KEY="+minio.Secret)
	bucket := fmt.Sprintf("s3://%s/bucket/x", minio.Host)
	w.must(w.varve("sync", w.path("src"), s.Address("sftp", "x"), "-y", "--dst-options", "ssh-options="+s.Options(), "connections=2"))
	// What only one of them has is that one's.
	w.must(w.varve("sync", s.Address("sftp", "x"), bucket, "-y", "--src-option", "ssh-options="+s.Options(), "--s3-unencrypted-connection"))
	w.must(w.varve("sync", bucket, w.path("back"), "-y", "--global-options", "s3-unencrypted-connection=true"))
	if got := w.stored(w.path("back")); got["a"] != "1" {
		t.Errorf("it holds %q", got)
	}
	// One side's own wins.
	if r := w.varve("sync", bucket, w.path("back"), "-y", "--s3-unencrypted-connection", "--src-options", "s3-unencrypted-connection=false", "num-retries=1"); r.code != 1 {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}

// Calls and rounds are repeated as often as was asked for, and a file that
// could not be deleted is told: SyncTool ends with 0 then.
func TestSyncRepeats(t *testing.T) {
	t.Parallel()
	s := servers.Apache(t, "s3cret", false)
	var refused atomic.Int64
	refuse := atomic.Pointer[func(r *http.Request) int]{}
	host := front(t, s.Host, func(w http.ResponseWriter, r *http.Request) bool {
		f := refuse.Load()
		if f == nil {
			return false
		}
		code := (*f)(r)
		if code != 0 {
			refused.Add(1)
			w.WriteHeader(code)
		}
		return code != 0
	})
	w := newWorld(t)
	w.env = append(w.env, "FTP_PASSWORD=s3cret")
	w.write("a", []byte("1"))
	w.write("b", []byte("2"))
	w.write("c", []byte("3"))
	url := "webdav://alice@" + host + "/x"
	run := func(f func(r *http.Request) int, args ...string) (result, time.Duration) {
		refused.Store(0)
		refuse.Store(&f)
		begun := time.Now()
		r := w.varve(append([]string{"sync", w.path("src"), url, "-y", "--retry", "0"}, args...)...)
		return r, time.Since(begun)
	}
	put := func(code int) func(r *http.Request) int {
		return func(r *http.Request) int {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/x/") {
				return code
			}
			return 0
		}
	}
	if r, _ := run(put(503), "--backend-retries", "3", "--backend-retry-delay", "1"); r.code != 3 || refused.Load() != 9 {
		t.Errorf("ended with %d after %d: %s", r.code, refused.Load(), r.stderr)
	}
	// Three waits of 300 ms, less than half as long by chance at most, are 450
	// ms at least; when each is twice the last one, they are 1050.
	if _, took := run(put(503), "--backend-retries", "4", "--backend-retry-delay", "300"); took < 1050*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	if r, took := run(put(503), "--backend-retries", "4", "--backend-retry-delay", "300", "--backend-retry-with-exponential-backoff=false"); took < 450*time.Millisecond || r.code != 3 {
		t.Errorf("ended with %d after %v", r.code, took)
	}
	// The first round is refused for good, the second one is not.
	var puts atomic.Int64
	r, took := run(func(r *http.Request) int {
		if put(403)(r) == 403 && puts.Add(1) <= 3 {
			return 403
		}
		return 0
	}, "--retry", "1")
	if r.code != 0 || took < 5*time.Second || !strings.Contains(r.stdout, "tried again in 5s") {
		t.Errorf("ended with %d after %v: %s%s", r.code, took, r.stdout, r.stderr)
	}
	w.remove("c")
	r, _ = run(func(r *http.Request) int {
		if r.Method == http.MethodDelete {
			return 403
		}
		return 0
	})
	if r.code != 1 || !strings.Contains(r.stderr, `"c" was not removed`) {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}

// A mirror of an archive is one: the other programs prove it. Killed at any
// moment, the next run ends it.
func TestSyncOfArchives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 6 {
		w.write(fmt.Sprint("file", i), noise(uint64(i), 700_000))
	}
	for format, prove := range map[string]func(url string){
		"duplicity": func(url string) { w.must(w.duplicity("verify", "--compare-data", url, w.path("src"))) },
		"restic": func(url string) {
			w.must(w.run("restic", "-r", strings.TrimPrefix(url, "file://"), "check", "--read-data"))
		},
	} {
		from, to := "file://"+w.path(format), "file://"+w.path(format+"-mirror")
		if format == "restic" {
			w.env = append(w.env, "RESTIC_PASSWORD=varve-fixture")
		}
		for round := range 2 {
			w.write("changing", noise(uint64(50+round), 1_000_000))
			w.must(w.varve("--format", format, "--volsize", "1", w.path("src"), from))
			w.killWithin(120*time.Millisecond, []string{"sync", from, to, "-y"})
			w.must(w.varve("sync", from, to, "-y"))
		}
		prove(to)
		if format == "restic" {
			w.must(w.varve("forget", "--keep-last", "1", "--prune", "--max-unused", "0", from))
			w.must(w.varve("sync", from, to, "-y", "--max-delete", "100"))
			prove(to)
		}
		w.must(w.varve("restore", to, w.path("back-"+format)))
		w.same(w.path("src"), w.path("back-"+format))
	}
}
