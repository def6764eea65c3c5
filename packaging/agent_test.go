package packaging_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The unit that make installs starts the program that make installs, and the
// system's own program has nothing against it.
func TestUnitOfTheAgent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has systemd; TestPropertyListOfTheAgent is for macOS")
	}
	prefix := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "make", "-C", "..", "units", "PREFIX="+prefix).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	unit := filepath.Join(prefix, "lib/systemd/user/varve-agent.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ExecStart=" + prefix + "/bin/varve agent", "NoNewPrivileges=yes", "WantedBy=default.target", "Restart=on-failure"} {
		if !slices.Contains(strings.Split(string(text), "\n"), line) {
			t.Errorf("the unit lacks %s", line)
		}
	}
	program := filepath.Join(prefix, "bin/varve")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze is missing: Debian package systemd")
	}
	cmd := exec.CommandContext(t.Context(), verify, "--user", "--man=no", "verify", unit)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
	out, err = cmd.CombinedOutput()
	// It also speaks of units of the system that it runs on.
	if err != nil || strings.Contains(string(out), "varve-agent") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A property list is XML in which keys and values take turns.
func TestPropertyListOfTheAgent(t *testing.T) {
	f, err := os.Open("launchd/io.github.varve_backup.varve.agent.plist")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := xml.NewDecoder(f)
	var path, found []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				found = append(found, strings.Join(path[1:], "/")+" "+text)
			}
		}
	}
	for _, want := range []string{
		"dict/key Label", "dict/string io.github.varve_backup.varve.agent", "dict/array/string /usr/local/bin/varve", "dict/array/string agent",
		"dict/key RunAtLoad", "dict/dict/key SuccessfulExit",
	} {
		if !slices.Contains(found, want) {
			t.Errorf("the list lacks %q: %q", want, found)
		}
	}
}
