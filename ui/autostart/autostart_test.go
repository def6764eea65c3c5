package autostart

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func entry(t *testing.T, change func(*Config)) *Entry {
	t.Helper()
	c := Config{ID: "org.example.varve", Name: "Varve", Program: "/usr/bin/varve-desktop", Args: []string{"--minimized"}, Dir: filepath.Join(t.TempDir(), "config", "autostart")}
	if change != nil {
		change(&c)
	}
	return New(c)
}

func isOn(t *testing.T, e *Entry, want bool) {
	t.Helper()
	if on, err := e.On(); err != nil || on != want {
		t.Errorf("on is %v (%v), want %v", on, err, want)
	}
}

func set(t *testing.T, e *Entry, on bool) {
	t.Helper()
	if err := e.Set(on); err != nil {
		t.Fatal(err)
	}
	isOn(t, e, on)
}

func content(t *testing.T, e *Entry) string {
	t.Helper()
	text, err := os.ReadFile(e.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOnAndOff(t *testing.T) {
	for name, mac := range map[string]bool{"freedesktop": false, "macOS": true} {
		t.Run(name, func(t *testing.T) {
			e := entry(t, func(c *Config) { c.Mac = mac })
			isOn(t, e, false)
			set(t, e, false)
			set(t, e, true)
			set(t, e, true)
			set(t, e, false)
			if _, err := os.Stat(e.Path()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file is still there: %v", err)
			}
		})
	}
}

func TestStartsMinimised(t *testing.T) {
	e := entry(t, nil)
	set(t, e, true)
	if text := content(t, e); !strings.Contains(text, "\nExec=/usr/bin/varve-desktop --minimized\n") {
		t.Errorf("the file says\n%s", text)
	}
}

// What a list of the desktop switched off is off, and can be switched on here.
func TestSwitchedOffElsewhere(t *testing.T) {
	for _, line := range []string{"Hidden=true", "X-GNOME-Autostart-enabled=false", "Hidden = true"} {
		e := entry(t, nil)
		set(t, e, true)
		text := "[Desktop Entry]\nType=Application\nExec=varve-desktop\n" + line + "\n"
		if err := os.WriteFile(e.Path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		isOn(t, e, false)
		set(t, e, true)
	}
}

// What everybody has is switched off for one person by a file of that person's.
func TestSystemWide(t *testing.T) {
	all := t.TempDir()
	e := entry(t, func(c *Config) { c.System = []string{filepath.Join(all, "none"), all} })
	if err := os.WriteFile(filepath.Join(all, "org.example.varve.desktop"), []byte("[Desktop Entry]\nExec=varve-desktop\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	isOn(t, e, true)
	set(t, e, false)
	if text := content(t, e); !strings.Contains(text, "\nHidden=true\n") {
		t.Errorf("the file says\n%s", text)
	}
	set(t, e, true)
}

func TestCommandLinesAreQuoted(t *testing.T) {
	for program, want := range map[string]string{
		"/opt/varve":        `/opt/varve`,
		"/opt/my varve":     `"/opt/my varve"`,
		"/opt/100%":         `/opt/100%%`,
		`/opt/a"b$c` + "`d": `"/opt/a\\"b\\$c\\` + "`d\"",
		`/opt/a\b`:          `"/opt/a\\\\b"`,
		"/opt/a\nb":         `"/opt/a\nb"`,
	} {
		e := entry(t, func(c *Config) { c.Program, c.Args = program, nil })
		set(t, e, true)
		if text := content(t, e); !slices.Contains(strings.Split(text, "\n"), "Exec="+want) {
			t.Errorf("%q: want %s in\n%s", program, want, text)
		}
	}
}

func TestPropertyList(t *testing.T) {
	e := entry(t, func(c *Config) { c.Mac, c.Program = true, "/Applications/A & B/varve-desktop" })
	set(t, e, true)
	d := xml.NewDecoder(strings.NewReader(content(t, e)))
	var texts []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok && strings.TrimSpace(string(c)) != "" {
			texts = append(texts, string(c))
		}
	}
	want := []string{"Label", "org.example.varve", "ProgramArguments", "/Applications/A & B/varve-desktop", "--minimized", "RunAtLoad", "ProcessType", "Interactive"}
	if !slices.Equal(texts, want) {
		t.Errorf("it says %q, want %q", texts, want)
	}
}

// A folder that cannot be written is an error, and nothing is left there.
func TestFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := entry(t, func(c *Config) { c.Dir = filepath.Join(file, "autostart") })
	if err := e.Set(true); err == nil {
		t.Error("it is written where no folder can be")
	}
	if _, err := e.On(); err == nil {
		t.Error("it can be read where no folder can be")
	}
}

func TestUsual(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "mine"))
	t.Setenv("XDG_CONFIG_DIRS", filepath.Join(home, "a")+":"+filepath.Join(home, "b"))
	e, err := Usual("org.example.varve", "Varve", "--minimized")
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(home, "mine/autostart/org.example.varve.desktop")
	if runtime.GOOS == "darwin" {
		want = filepath.Join(home, "Library/LaunchAgents/org.example.varve.plist")
	}
	if e.Path() != want {
		t.Errorf("the file is %s, want %s", e.Path(), want)
	}
	set(t, e, true)
	if me, err := os.Executable(); err != nil || !strings.Contains(content(t, e), me) {
		t.Errorf("the file does not start this program (%v):\n%s", err, content(t, e))
	}
}
