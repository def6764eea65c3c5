package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestDestinations(t *testing.T) {
	w := newWorld(t)
	if out := w.must(w.varve("destinations")).stdout; !strings.Contains(out, "Folder or drive") || !strings.Contains(out, "file://") {
		t.Error(out)
	}
	if out := w.must(w.varve("destinations", "file")).stdout; !strings.Contains(out, "num-retries (5)") {
		t.Error(out)
	}
	if r := w.varve("destinations", "nosuch"); r.code != 2 || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}

// A test leaves nothing behind, and says in one line why a place is not good.
func TestTestOfADestination(t *testing.T) {
	w := newWorld(t)
	if out := w.must(w.varve("test", w.url())).stdout; !strings.Contains(out, "It works") || !strings.Contains(out, "free there") {
		t.Error(out)
	}
	if left, _ := filepath.Glob(w.path("repo/*")); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"test ad://x", 8, "Amazon Drive closed"},
		{"test nosuch://x", 8, "no kind that Varve knows"},
		{"test --timeout x URL", 8, "whole number"},
		{"test --option nosuch=1 URL", 8, "has no option"},
		{"test --option nosuch URL", 2, "NAME=VALUE"},
		{"test --s3-region-nam x URL", 2, "there is no option"},
		{"test", 2, "one URL"},
		{"collection-status --num-retries=2 file:///nosuch/folder", 52, "not found at the destination"},
	} {
		r := w.varve(strings.Fields(strings.ReplaceAll(c.line, "URL", w.url()))...)
		if r.code != c.code || !strings.Contains(r.stderr, c.want) || strings.Contains(r.stderr, "..") {
			t.Errorf("%s ended with %d: %s", c.line, r.code, r.stderr)
		}
	}
}

// A login that was made elsewhere is pasted. Without a keyring it is shown.
func TestAuthorizePasted(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	cmd := w.start(binary, "authorize", "--paste", "dpbx")
	cmd.Stdin = strings.NewReader(`{"access_token":"x","refresh_token":"y","expiry":"2026-01-01T00:00:00Z"}` + "\n")
	out, err := cmd.Output()
	if err == nil || cmd.ProcessState.ExitCode() != 10 || !strings.Contains(string(out), "refresh_token") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %s", err, out)
	}
	if r := w.varve("authorize", "s3"); r.code != 8 || !strings.Contains(r.stderr, "no login in a browser") {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
}
