package main_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// Of two destinations that hold the same, one fails: the run goes on, and says
// so.
func TestOneOfSeveralFails(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.write("file", []byte("content"))
			parts := fmt.Sprintf(`[{"url": "file://%s"}, {"url": "file://%s"}]`, w.path("one"), w.path("two"))
			if err := os.WriteFile(w.path("parts.json"), []byte(parts), 0o600); err != nil {
				t.Fatal(err)
			}
			url := "multi://" + w.path("parts.json") + "?mode=mirror&onfail=continue"
			w.must(w.varve("--format", format, w.path("src"), url))
			if err := errors.Join(os.RemoveAll(w.path("two")), os.WriteFile(w.path("two"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			w.write("another", []byte("more"))
			r := w.varve(w.path("src"), url)
			if r.code != 0 || !strings.Contains(r.stdout+r.stderr, w.path("two")) {
				t.Errorf("ended with %d, and did not name the folder that is gone: %s%s", r.code, r.stdout, r.stderr)
			}
			w.must(w.varve("restore", url, w.path("restored")))
			w.same(w.path("src"), w.path("restored"))
		})
	}
}
