// Package autostart has the desktop start a program when its owner logs in: by
// a file in the autostart folder, as freedesktop.org has it, or by a launch
// agent on macOS. Start with New.
package autostart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Config says what is started, and where that is written down.
type Config struct {
	// ID names the file: the program's name for desktops.
	ID string
	// Name is what a list of such programs shows.
	Name string
	// Program is a path, and Args are what it is started with.
	Program string
	Args    []string
	// Mac writes a launch agent.
	Mac bool
	// Dir is the folder of the files of this person, and System are those of
	// everybody, which Dir overrides. A launch agent has no such.
	Dir    string
	System []string
}

// Entry is one program's place among those that start at login.
type Entry struct{ config Config }

// New makes it; nothing is read or written yet.
func New(c Config) *Entry { return &Entry{c} }

// Path is the file.
func (e *Entry) Path() string { return filepath.Join(e.config.Dir, e.name()) }

func (e *Entry) name() string {
	if e.config.Mac {
		return e.config.ID + ".plist"
	}
	return e.config.ID + ".desktop"
}

// On tells whether the program is started at login.
func (e *Entry) On() (bool, error) {
	text, err := os.ReadFile(e.Path())
	switch {
	case err == nil:
		return e.config.Mac || starts(text), nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("reading what starts at login: %w", err)
	}
	return e.systemWide(), nil
}

// systemWide tells that everybody here has it started.
func (e *Entry) systemWide() bool {
	if e.config.Mac {
		return false
	}
	for _, dir := range e.config.System {
		if text, err := os.ReadFile(filepath.Join(dir, e.name())); err == nil {
			return starts(text)
		}
	}
	return false
}

// starts tells whether a file of the autostart folder has not been switched
// off, by this program or by a list of the desktop.
func starts(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if key == "Hidden" && value == "true" || key == "X-GNOME-Autostart-enabled" && value == "false" {
			return false
		}
	}
	return true
}

// Set has the program started at login, or not any more.
func (e *Entry) Set(on bool) error {
	var err error
	switch {
	case on && e.config.Mac:
		err = e.write(e.agent())
	case on:
		err = e.write(e.desktop(false))
	case e.systemWide():
		err = e.write(e.desktop(true))
	default:
		if err = os.Remove(e.Path()); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("changing what starts at login: %w", err)
	}
	return nil
}

// write replaces the file as a whole: a login may come at any moment.
func (e *Entry) write(text string) error {
	if err := os.MkdirAll(e.config.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(e.config.Dir, ".new-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), e.Path())
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// desktop is the file of the autostart folder.
func (e *Entry) desktop(hidden bool) string {
	words := []string{quote(e.config.Program)}
	for _, a := range e.config.Args {
		words = append(words, quote(a))
	}
	return "[Desktop Entry]\nType=Application\nVersion=1.5\nName=" + escape(e.config.Name) + "\nExec=" + escape(strings.Join(words, " ")) +
		"\nIcon=" + e.config.ID + fmt.Sprintf("\nTerminal=false\nHidden=%t\nX-GNOME-Autostart-enabled=%t\n", hidden, !hidden)
}

// quote is a word of a command line: in quotes, where it has to be, and with a
// percent sign that stands for itself.
func quote(word string) string {
	word = strings.ReplaceAll(word, "%", "%%")
	if !strings.ContainsAny(word, " \t\n\"'\\><~|&;$*?#()`") {
		return word
	}
	return `"` + strings.NewReplacer(`"`, `\"`, "`", "\\`", `$`, `\$`, `\`, `\\`).Replace(word) + `"`
}

// escape is a value of a file of the autostart folder.
func escape(value string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(value)
}

// agent is the property list of a launch agent.
func (e *Entry) agent() string {
	var words strings.Builder
	for _, w := range append([]string{e.config.Program}, e.config.Args...) {
		fmt.Fprintf(&words, "\t\t<string>%s</string>\n", escapeXML(w))
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + escapeXML(e.config.ID) + `</string>
	<key>ProgramArguments</key>
	<array>
` + words.String() + `	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>ProcessType</key>
	<string>Interactive</string>
</dict>
</plist>
`
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // memory takes everything
	return b.String()
}
