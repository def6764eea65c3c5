package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The small program does what it can by itself, and leaves the rest to the one
// beside it.
func TestCompanion(t *testing.T) {
	w := newWorld(t)
	small, large := w.path("bin/varve"), w.path("bin/varve-cloud")
	build := exec.Command("go", "build", "-tags", "varve_core", "-o", small, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.env = append(w.env, "PATH=/usr/bin:/bin")
	w.write("file", []byte("content"))
	w.must(w.run(small, "--archive-dir", w.path("ours"), w.path("src"), w.url()))
	for _, line := range [][]string{{"destinations"}, {"test", "s3://127.0.0.1:1/bucket"}, {"test", "multi:///nosuch.json"}} {
		if r := w.run(small, line...); r.code != 8 || !strings.Contains(r.stderr, "varve-cloud") || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%q without the other program ended with %d: %s%s", line, r.code, r.stdout, r.stderr)
		}
	}
	for url, want := range map[string]string{
		"ad://x": "Amazon Drive closed", "nosuch://host/x": "nosuch:// is no kind that Varve knows; there are file, sftp,", "s4://bucket": "s3, s3+http, b2,",
	} {
		for _, line := range [][]string{{"test", url}, {"--archive-dir", w.path("ours"), w.path("src"), url}, {"restore", url, w.path("back")}} {
			if r := w.run(small, line...); r.code != 8 || !strings.Contains(r.stderr, want) || strings.Contains(r.stderr, "varve-cloud") {
				t.Errorf("%q ended with %d: %s", line, r.code, r.stderr)
			}
		}
	}
	if err := exec.Command("ln", "-s", binary, large).Run(); err != nil {
		t.Fatal(err)
	}
	if out := w.must(w.run(small, "destinations")).stdout; !strings.Contains(out, "s3://") || !strings.Contains(out, "file://") {
		t.Error(out)
	}
	if r := w.run(small, "test", "multi:///nosuch.json"); strings.Contains(r.stderr, filepath.Base(large)) {
		t.Error(r.stderr)
	}
}
