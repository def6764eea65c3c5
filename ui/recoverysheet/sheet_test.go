package recoverysheet

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/ui/lang/langtest"
)

// update writes what the pages are now.
var update = flag.Bool("update", false, "write the golden files anew")

func adas() Sheet {
	return Sheet{
		Job: "Documents and Pictures", Folders: []string{"/home/ada/Documents", "/home/ada/Pictures"},
		URL: "file:///media/ada/Lake/Varve", Place: "Lake / Varve", Format: Deduplicated, Encrypted: true,
		User: "ada", Machine: "ada-laptop", Made: time.Date(2026, 11, 21, 10, 12, 0, 0, time.UTC),
	}
}

func TestPages(t *testing.T) {
	shown := adas()
	shown.Passphrase = "nine <green> boats & night"
	far := adas()
	far.URL, far.Place, far.Copies = "sftp://ada@nas.local/backup/laptop", "nas.local", []string{"file:///media/ada/Stick/Varve"}
	open := adas()
	open.Format, open.Encrypted, open.URL = Volumes, false, "file:///media/ada/Lake/it's mine"
	for name, s := range map[string]Sheet{"drive": adas(), "passphrase": shown, "server": far, "open": open} {
		compare(t, name, &s)
	}
	langtest.Speak(t, "de")
	compare(t, "german", &shown)
}

// compare holds the pages of a sheet to what is kept of them.
func compare(t *testing.T, name string, s *Sheet) {
	t.Helper()
	html, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for ext, got := range map[string]string{".txt": s.Text(), ".html": html} {
		path := filepath.Join("testdata", name+ext)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is\n%s", path, got)
		}
	}
}

// What is not ticked is nowhere on the page, and a name cannot pretend to be a
// line or an element of it.
func TestPageKeepsToItself(t *testing.T) {
	s := adas()
	s.Job = "<script>alert(1)</script>\nPassphrase  none\u2028x"
	s.Folders = []string{"/home/ada/a\nb"}
	html, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html, "<script>") {
		t.Error("a name is an element of the page")
	}
	if text := s.Text(); strings.Contains(text, "\nPassphrase  none") || strings.Contains(text, "/a\nb") {
		t.Errorf("a name is a line of the page:\n%s", text)
	}
	if lines := strings.Count(s.Text(), "\n"); lines > 60 {
		t.Errorf("%d lines are more than one sheet", lines)
	}
}

// The commands on the page bring back what real archives hold, each with its
// program alone.
func TestCommandsOnThePage(t *testing.T) {
	dir := t.TempDir()
	varve := filepath.Join(dir, "bin", "varve")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", varve, "../../cmd/varve")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building varve: %v\n%s", err, out)
	}
	content := bytes.Repeat([]byte("what Ada wrote\n"), 1000)
	source := filepath.Join(dir, "letters")
	if err := os.MkdirAll(source, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(source, "diary.txt"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PATH="+filepath.Dir(varve)+":"+os.Getenv("PATH"), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"PASSPHRASE=nine boats", "RESTIC_PASSWORD=nine boats")
	run := func(in, line string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir, cmd.Env = in, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s (programs are in the Debian packages of their names): %v\n%s", line, err, out)
		}
	}
	for name, row := range map[string]struct {
		format    Format
		encrypted bool
		options   string
		programs  int
	}{
		"deduplicated": {Deduplicated, true, "--format restic", 2},
		"volumes":      {Volumes, true, "", 2},
		"open":         {Volumes, false, "--no-encryption", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := adas()
			s.Format, s.Encrypted, s.URL = row.format, row.encrypted, "file://"+filepath.Join(dir, "it's "+name)
			run(dir, "varve backup "+row.options+" "+quote(source)+" "+quote(s.URL))
			commands := s.Commands()
			if len(commands) != row.programs {
				t.Errorf("the page has the commands %v", commands)
			}
			for _, c := range commands {
				if !strings.Contains(s.Text(), "    "+c.Line+"\n") {
					t.Errorf("the page does not show %s", c.Line)
				}
				in := t.TempDir()
				run(in, c.Line)
				if !found(t, filepath.Join(in, Target), content) {
					t.Errorf("%s did not bring the file back", c.Line)
				}
			}
		})
	}
}

// found tells whether a file with that content is below a folder.
func found(t *testing.T, root string, content []byte) (yes bool) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "diary.txt" {
			return err
		}
		got, err := os.ReadFile(path)
		yes = bytes.Equal(got, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return yes
}
