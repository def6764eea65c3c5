package main

import (
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
func TestEarlyRequestIsKept(t *testing.T) {
	r, opened := newRequests(), 0
	r.ask()
	r.ask()
	r.serve(func() { opened++ })
	if opened != 1 {
		t.Errorf("opened %d times for early requests, want once", opened)
	}
	if r.ask(); opened != 2 {
		t.Errorf("opened %d times, want twice", opened)
	}
}

func TestSplitDisplay(t *testing.T) {
	for _, row := range []struct {
		display, host string
		number        int
		bad           bool
	}{
		{":0", "", 0, false},
		{":12.1", "", 12, false},
		{"unix:3", "unix", 3, false},
		{"far.example:10.0", "far.example", 10, false},
		{"[::1]:2", "[::1]", 2, false},
		{"", "", 0, true},
		{"screen", "", 0, true},
		{":", "", 0, true},
		{":-1", "", 0, true},
		{":99999", "", 0, true},
	} {
		host, number, err := splitDisplay(row.display)
		if (err != nil) != row.bad || err == nil && (host != row.host || number != row.number) {
			t.Errorf("%q: got %q, %d, %v", row.display, host, number, err)
		}
	}
}
