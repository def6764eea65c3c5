package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	for _, row := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"version", []string{"--version"}, 0, "varve-desktop ", ""},
		{"help", []string{"--help"}, 0, "", "-version"},
		{"unknown option", []string{"--hide"}, 2, "", "-hide"},
		{"argument", []string{"/home"}, 2, "", `"/home"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := run(row.args, &stdout, &stderr)
			if code != row.code || !strings.Contains(stdout.String(), row.stdout) || !strings.Contains(stderr.String(), row.stderr) {
				t.Errorf("got %d, %q, %q", code, stdout.String(), stderr.String())
			}
			if row.stdout == "" && stdout.Len() > 0 || row.stderr == "" && stderr.Len() > 0 {
				t.Errorf("got also %q, %q", stdout.String(), stderr.String())
			}
		})
	}
}

// A start that comes before the window is there is not lost.
func TestEarlyRequestsAreKept(t *testing.T) {
	r, opened := newRequests(), []string{}
	r.ask("one")
	r.ask("")
	r.serve(func(token string) { opened = append(opened, token) })
	if want := []string{"one", ""}; !slices.Equal(opened, want) {
		t.Errorf("opened for %q at first, want %q", opened, want)
	}
	r.ask("three")
	if want := []string{"one", "", "three"}; !slices.Equal(opened, want) {
		t.Errorf("opened for %q, want %q", opened, want)
	}
}
