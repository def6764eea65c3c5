package main_test

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// serve shows a version as a folder until the test ends, and returns where.
func (w *world) serve(args ...string) (address string, stop func()) {
	w.t.Helper()
	cmd := w.start(binary, append([]string{"serve"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	stop = func() {
		if cmd.ProcessState != nil {
			return
		}
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := cmd.Wait(); err != nil {
			w.t.Errorf("serve: %v", err)
		}
	}
	w.t.Cleanup(stop)
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(address), stop
}

// needs is a program that the test cannot do without.
func needs(t *testing.T, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%v: install the package %s", err, debian)
	}
}

// Real clients of WebDAV see a version as it was, in either format, and change
// nothing.
func TestServe(t *testing.T) {
	needs(t, "rclone", "rclone")
	eachFormat(t, func(t *testing.T, w *world) {
		w.write("large.bin", noise(5, 3<<20))
		w.must(w.varve(w.path("src"), w.url()))
		now, stop := w.serve(w.url())
		rclone := []string{"--config", "/dev/null", "--webdav-url", now, "--webdav-vendor", "other", "--links"}
		w.must(w.run("rclone", append([]string{"copy", ":webdav:", w.path("copied")}, rclone...)...))
		w.must(w.varve("restore", w.url(), w.path("back")))
		// A link to a file is shown as that file.
		if err := os.Remove(w.path("back/link")); err != nil {
			t.Fatal(err)
		}
		w.must(w.run("cp", "-p", w.path("back/same"), w.path("back/link")))
		w.must(w.run("diff", "-r", w.path("copied"), w.path("back")))
		if code, body := get(t, now+"large.bin", "Range", "bytes=1000000-1000009"); code != http.StatusPartialContent || body != string(noise(5, 3<<20)[1000000:1000010]) {
			t.Errorf("ten bytes of a file: %d %q", code, body)
		}
		if code, body := get(t, now+"bad-%FF"); code != http.StatusOK || body != "no UTF-8" {
			t.Errorf("a name that is no UTF-8: %d %q", code, body)
		}
		before := w.stored(w.path("repo"))
		w.serveRefuses(now, rclone)
		w.serveOld()
		stop()
		if c, err := http.Get(now); err == nil {
			c.Body.Close()
			t.Error("after its end, somebody answers")
		}
		if after := w.stored(w.path("repo")); !maps.Equal(after, before) {
			t.Errorf("%d files became %d others", len(before), len(after))
		}
	})
}

// serveRefuses tries to write, and to come in by other names.
func (w *world) serveRefuses(address string, rclone []string) {
	w.t.Helper()
	if r := w.run("rclone", append([]string{"copyto", os.Args[0], ":webdav:new"}, rclone...)...); r.code == 0 {
		w.t.Error("a file was written")
	}
	if r := w.run("rclone", append([]string{"purge", ":webdav:letters"}, rclone...)...); r.code == 0 {
		w.t.Error("a folder was removed")
	}
	parts := strings.SplitAfter(address, "/")
	if code, body := get(w.t, strings.Join(parts[:3], "")+"/"); code != http.StatusNotFound {
		w.t.Errorf("without the secret: %d %s", code, body)
	}
	if code, body := get(w.t, address, "Host", "rebound.example"); code != http.StatusMisdirectedRequest {
		w.t.Errorf("by another name: %d %s", code, body)
	}
}

// get asks for something, with a line of the head perhaps.
func get(t testing.TB, address string, head ...string) (code int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(head) == 2 {
		r.Header.Set(head[0], head[1])
		r.Host = r.Header.Get("Host")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// serveOld looks at an older version.
func (w *world) serveOld() {
	w.t.Helper()
	older, _ := w.serve("-t", old, w.url())
	if code, body := get(w.t, older+"letters/gone.txt"); code != http.StatusOK || body != "gone" {
		w.t.Errorf("of the older version: %d %q", code, body)
	}
	if code, _ := get(w.t, older+"letters/new.txt"); code != http.StatusNotFound {
		w.t.Errorf("a file that is younger: %d", code)
	}
}

// Real duplicity tells no sizes, and its versions are whole all the same.
func TestServeWhatDuplicityWrote(t *testing.T) {
	needs(t, "rclone", "rclone")
	w := newWorld(t)
	w.write("letters/a.txt", []byte("first"))
	w.write("large.bin", noise(6, 2<<20))
	w.must(w.duplicity("full", w.path("src"), w.url()))
	address, _ := w.serve(w.url())
	w.must(w.run("rclone", "copy", ":webdav:", w.path("copied"), "--config", "/dev/null", "--webdav-url", address, "--webdav-vendor", "other", "--ignore-size"))
	w.must(w.run("diff", "-r", w.path("copied"), w.path("src")))
}

func TestServeRefusals(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"serve"}, {"serve", "/folder"}, {"serve", w.url(), "path"}, {"serve", "--json", w.url()}} {
		if r := w.varve(args...); r.code != 2 || strings.Count(r.stderr, "\n") > 2 {
			t.Errorf("%q: %d %s", args, r.code, r.stderr)
		}
	}
	if r := w.varve("serve", w.url()); r.code == 0 || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("of nothing: %d %s", r.code, r.stderr)
	}
}
