package main_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// formats are the two that an archive can have.
var formats = []string{"duplicity", "restic"}

// old is the time of the older version of a history.
const old = "2026-01-02T03:04:05"

// history makes an archive of two versions, of which one file is in the older
// only, one in the newer only, and one in both.
func (w *world) history(format string) {
	w.t.Helper()
	w.write("letters/a.txt", []byte("first"))
	w.write("letters/gone.txt", []byte("gone"))
	w.write("same", []byte("same"))
	w.write("bad-\xff", []byte("no UTF-8"))
	w.link("same", "link")
	w.must(w.varve("--format", format, "--current-time", old, w.path("src"), w.url()))
	w.write("letters/a.txt", []byte("second one"))
	w.remove("letters/gone.txt")
	w.write("letters/new.txt", []byte("new"))
	w.must(w.varve(w.path("src"), w.url()))
}

// eachFormat runs a test on a history of every format.
func eachFormat(t *testing.T, test func(t *testing.T, w *world)) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.history(format)
			test(t, w)
		})
	}
}

// document runs our program with --json and reads what it answers.
func (w *world) document(into any, args ...string) {
	w.t.Helper()
	r := w.must(w.varve(append(args, "--json")...))
	d := json.NewDecoder(strings.NewReader(r.stdout))
	if err := d.Decode(into); err != nil || d.More() {
		w.t.Fatalf("%q answers %q: %v", args, r.stdout, err)
	}
}

// reference names a version in a document.
type reference struct {
	ID   string
	Time time.Time
}

func oldTime(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05", old)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSnapshotsListsVersions(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		var d struct {
			Format    string
			Snapshots []struct {
				reference
				Stored                   int64
				Full, Partial, Encrypted bool
				Paths                    []string
			}
		}
		w.document(&d, "snapshots", w.url())
		if !strings.HasSuffix(t.Name(), d.Format) || len(d.Snapshots) != 2 {
			t.Fatalf("got %+v", d)
		}
		s := d.Snapshots[1]
		if !s.Time.Truncate(time.Second).Equal(oldTime(t)) || s.Stored == 0 || !s.Full || s.Partial || !s.Encrypted || s.ID == "" {
			t.Errorf("got %+v", s)
		}
		if d.Format == "restic" && !slices.Equal(s.Paths, []string{w.path("src")}) {
			t.Errorf("got the folders %q", s.Paths)
		}
		lines := strings.Split(w.must(w.varve("snapshots", w.url())).stdout, "\n")
		if len(lines) != 3 || !strings.Contains(lines[1], old) || !strings.Contains(lines[1], s.ID[:8]) {
			t.Errorf("got %q", lines)
		}
	})
}

func TestLsListsAFolder(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		for _, row := range []struct {
			args []string
			want string
		}{
			{nil, "bad-\uFFFD letters link same"},
			{[]string{"letters"}, "letters/a.txt letters/new.txt"},
			{[]string{"/letters/"}, "letters/a.txt letters/new.txt"},
			{[]string{"same"}, "same"},
			{[]string{"-t", old, "letters"}, "letters/a.txt letters/gone.txt"},
			{[]string{"--recursive"}, "bad-\uFFFD letters letters/a.txt letters/new.txt link same"},
			{[]string{"--recursive", "letters"}, "letters/a.txt letters/new.txt"},
		} {
			var d struct {
				Version reference
				Entries []struct {
					Path string
					Raw  []byte `json:"path_base64"`
					Type string
					Size *int64
				}
			}
			args := append([]string{"ls", w.url()}, row.args...)
			if len(row.args) > 0 && row.args[0] == "-t" {
				args = []string{"ls", "-t", old, w.url(), "letters"}
			}
			w.document(&d, args...)
			var paths []string
			for _, e := range d.Entries {
				paths = append(paths, e.Path)
				if (e.Type == "file") != (e.Size != nil) {
					t.Errorf("%s: a %s of %v bytes", e.Path, e.Type, e.Size)
				}
				if strings.HasPrefix(e.Path, "bad") && string(e.Raw) != "bad-\xff" {
					t.Errorf("the bytes of %s are %q", e.Path, e.Raw)
				}
			}
			if got := strings.Join(paths, " "); got != row.want {
				t.Errorf("%q: got %s, want %s", row.args, got, row.want)
			}
			if out := w.must(w.varve(args...)).stdout; strings.Count(out, "\n") != len(d.Entries) || strings.Contains(out, "\xff") {
				t.Errorf("%q: got the lines\n%s", row.args, out)
			}
		}
	})
}

func TestFindLooksThroughAllVersions(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		for pattern, want := range map[string]string{
			"*.txt":           "letters/a.txt:2 letters/gone.txt:1:deleted letters/new.txt:1",
			"?one.txt":        "letters/gone.txt:1:deleted",
			"letters/*":       "letters/a.txt:2 letters/gone.txt:1:deleted letters/new.txt:1",
			"/letters/?.txt":  "letters/a.txt:2",
			"*/?":             "",
			"bad-?":           "bad-\uFFFD:2",
			"nothing of this": "",
		} {
			var d struct {
				Matches []struct {
					Path     string
					Deleted  bool
					Versions []reference
				}
			}
			w.document(&d, "find", w.url(), pattern)
			var got []string
			for _, m := range d.Matches {
				text := fmt.Sprintf("%s:%d", m.Path, len(m.Versions))
				if m.Deleted {
					text += ":deleted"
				}
				got = append(got, text)
				if len(m.Versions) == 2 && m.Versions[0].Time.Before(m.Versions[1].Time) {
					t.Errorf("%s: the oldest version is the first", m.Path)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: got %q, want %s", pattern, got, want)
			}
		}
		if out := w.must(w.varve("find", w.url(), "gone*")).stdout; !strings.Contains(out, "deleted") || !strings.Contains(out, old) {
			t.Errorf("got %s", out)
		}
	})
}

func TestDiffTellsWhatChanged(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		var d struct {
			From, To reference
			Changes  []struct {
				Path, Change string
				What         []string
			}
		}
		w.document(&d, "diff", w.url(), old, "now")
		if got := fmt.Sprint(d.Changes); got != "[{letters/a.txt changed [content time]} {letters/gone.txt deleted []} {letters/new.txt added []}]" {
			t.Errorf("got %s", got)
		}
		if !d.From.Time.Before(d.To.Time) {
			t.Errorf("compared %v with %v", d.From, d.To)
		}
		out := w.must(w.varve("diff", w.url(), old, "now")).stdout
		if out != "M letters/a.txt  content, time\nD letters/gone.txt\nA letters/new.txt\n" {
			t.Errorf("got %s", out)
		}
		if r := w.must(w.varve("diff", w.url(), "now", "now")); r.stdout != "" || !strings.Contains(r.stderr, "Both mean") {
			t.Errorf("the same version differs: %+v", r)
		}
	})
}

func TestCatWritesOneFile(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		if out := w.must(w.varve("cat", w.url(), "/letters/a.txt")).stdout; out != "second one" {
			t.Errorf("got %q", out)
		}
		if out := w.must(w.varve("cat", "-t", old, w.url(), "letters/a.txt")).stdout; out != "first" {
			t.Errorf("got %q", out)
		}
		var d struct {
			Content string `json:"content_base64"`
			Size    int64
			Version reference
		}
		w.document(&d, "cat", "-t", old, w.url(), "letters/gone.txt")
		if got, err := base64.StdEncoding.DecodeString(d.Content); err != nil || string(got) != "gone" || d.Size != 4 || d.Version.ID == "" {
			t.Errorf("got %+v", d)
		}
	})
}

// A damaged file is not passed off as good, in a document least of all.
func TestCatRefusesDamage(t *testing.T) {
	for format, pattern := range map[string]string{"duplicity": "duplicity-full.*.vol1.difftar.gpg", "restic": "data/*/*"} {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.write("big", noise(1, 300_000))
			w.must(w.varve("--format", format, w.path("src"), w.url()))
			var big []byte
			var place string
			for _, p := range w.glob(pattern) {
				w.change(strings.TrimPrefix(p, w.path("repo")+"/"), func(path string, b []byte) {
					if len(b) > len(big) {
						place, big = path, b
					}
				})
			}
			big[len(big)/2] ^= 1
			w.put(place, big)
			for _, args := range [][]string{{"cat", w.url(), "big"}, {"cat", w.url(), "big", "--json"}} {
				r := w.varve(args...)
				if r.code != 21 || json.Valid([]byte(r.stdout)) {
					t.Errorf("%q ended with %d: %s", args, r.code, r.stderr)
				}
			}
		})
	}
}

func TestStatsCounts(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		var d struct {
			Versions             int
			Newest               reference
			Files, Bytes, Stored int64
		}
		w.document(&d, "stats", w.url())
		if d.Versions != 2 || d.Files != 4 || d.Bytes != int64(len("second one"+"new"+"same"+"no UTF-8")) || d.Stored == 0 || d.Newest.ID == "" {
			t.Errorf("got %+v", d)
		}
		if out := w.must(w.varve("stats", w.url())).stdout; !strings.Contains(out, "Versions:        2") {
			t.Errorf("got %s", out)
		}
	})
}

// An archive that the real program of its format wrote answers the same way.
func TestLookIntoWhatOthersWrote(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			w.write("a/x.txt", []byte("one"))
			w.write("a/y.txt", []byte("two"))
			w.age(0)
			w.others(format)
			w.write("a/x.txt", []byte("changed"))
			w.remove("a/y.txt")
			middle := time.Now()
			time.Sleep(1100 * time.Millisecond) // the programs know whole seconds
			w.others(format)
			if out := w.must(w.varve("diff", w.url(), fmt.Sprint(middle.Unix()), "now")).stdout; !strings.Contains(out, "M a/x.txt") ||
				!strings.Contains(out, "D a/y.txt") || strings.Count(out, "\n") != 2 {
				t.Errorf("got %s", out)
			}
			if out := w.must(w.varve("cat", w.url(), "a/x.txt")).stdout; out != "changed" {
				t.Errorf("got %s", out)
			}
			var d struct{ Snapshots []reference }
			if w.document(&d, "snapshots", w.url()); len(d.Snapshots) != 2 {
				t.Errorf("got %+v", d)
			}
			for _, args := range [][]string{{"find", w.url(), "*.txt"}, {"stats", w.url()}, {"ls", "--recursive", w.url()}} {
				w.must(w.varve(args...))
			}
		})
	}
}

// others lets the real program back up.
func (w *world) others(format string) {
	w.t.Helper()
	if format == "duplicity" {
		w.must(w.duplicity(w.path("src"), w.url()))
		return
	}
	_ = w.restic("init") // it may be there
	w.must(w.restic("backup", w.path("src")))
}

// restic runs the real one.
func (w *world) restic(args ...string) result {
	w.t.Helper()
	if _, err := exec.LookPath("restic"); err != nil {
		w.t.Fatal("restic is missing: Debian package restic")
	}
	w.env = append(w.env, "RESTIC_PASSWORD=varve-fixture")
	return w.run("restic", append([]string{"-q", "--no-cache", "-r", w.path("repo")}, args...)...)
}

// What cannot be answered is told in one line, with nothing on the output.
func TestLookRefuses(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		w.must(w.run("mkdir", w.path("empty")))
		empty := "file://" + w.path("empty")
		for _, row := range []struct {
			line string
			code int
			says string
		}{
			{"snapshots", 2, "takes one URL"},
			{"snapshots URL more", 2, "takes one URL"},
			{"ls", 2, "a URL and perhaps a path"},
			{"ls URL a b", 2, "a URL and perhaps a path"},
			{"ls folder", 2, "file:///folder"},
			{"ls URL no/such", 19, "no/such"},
			{"ls URL -t yesterday", 2, "not a time"},
			{"find URL", 2, "a URL and a pattern"},
			{"diff URL now", 2, "two times"},
			{"diff URL now later", 2, "not a time"},
			{"cat URL", 2, "a URL and a path"},
			{"cat URL letters", 15, "is a folder"},
			{"cat URL link", 15, "symlink"},
			{"cat URL no/such", 19, "no/such"},
			{"cat URL letters/gone.txt", 19, "letters/gone.txt"},
			{"stats", 2, "takes one URL"},
			{"stats URL --recursive", 2, "--recursive belongs to ls"},
			{"stats URL --remove-all", 2, "--remove-all belongs to unlock"},
			{"verify URL folder --json", 2, "no --json"},
			{"key", 2, "list, add, remove or passwd"},
			{"key lost URL", 2, "list, add, remove or passwd"},
			{"key remove URL", 2, "the name of a key"},
			{"unlock", 2, "takes one URL"},
			{"stats URL-not-there", 52, "not found"},
			{"ls EMPTY", 30, "no backup"},
			{"diff EMPTY now now", 30, "no backup"},
			{"key list EMPTY", 30, "no backup"},
			{"snapshots URL --passphrase-file no-such", 31, "reading the passphrase"},
			{"snapshots URL --passphrase-command false", 31, "ended with exit status 1"},
			{"snapshots URL --passphrase-command true", 31, "none on the first line"},
			{"snapshots URL --passphrase-command x --passphrase-file y", 2, "contradict"},
		} {
			for _, options := range [][]string{nil, {"--json"}} {
				if row.code == 2 && (options != nil || strings.HasSuffix(t.Name(), "restic")) {
					continue // what is said of the line itself depends on nothing
				}
				line := strings.NewReplacer("URL", w.url(), "EMPTY", empty).Replace(row.line)
				r := w.varve(append(strings.Fields(line), options...)...)
				lines := strings.Count(strings.TrimSuffix(r.stderr, "varve --help shows how it is used.\n"), "\n")
				if r.code != row.code || !strings.Contains(r.stderr, row.says) || lines != 1 || r.stdout != "" {
					t.Errorf("%s %s ended with %d: %s%s\nwant %d and one line with %q", row.line, options, r.code, r.stdout, r.stderr, row.code, row.says)
				}
			}
		}
	})
}

// Where there is no version, there is nothing to list and nothing wrong.
func TestEmptyDestination(t *testing.T) {
	w := newWorld(t)
	w.must(w.run("mkdir", w.path("repo")))
	for line, want := range map[string]string{
		"snapshots URL":        "There is no backup.",
		"snapshots URL --json": `{"format":"duplicity","snapshots":[]}`,
		"find URL x --json":    `{"pattern":"x","matches":[]}`,
		"stats URL":            "Versions:        0",
	} {
		if out := w.must(w.varve(strings.Fields(strings.ReplaceAll(line, "URL", w.url()))...)).stdout; !strings.HasPrefix(out, want) {
			t.Errorf("%s: got %s", line, out)
		}
	}
}

// When the newest version cannot be listed, nothing is said to be deleted.
func TestFindWithoutTheNewest(t *testing.T) {
	w := newWorld(t)
	w.history("duplicity")
	w.must(w.run("rm", "-r", w.path("ours")))
	w.change("duplicity-new-signatures.*", func(path string, _ []byte) { w.must(w.run("rm", path)) })
	for _, options := range [][]string{nil, {"--json"}} {
		r := w.varve(append([]string{"find", w.url(), "gone.txt"}, options...)...)
		if r.code != 10 || !strings.Contains(r.stdout, "letters/gone.txt") || strings.Contains(r.stdout, "deleted") || !strings.Contains(r.stderr, "signatures") {
			t.Errorf("%q: got %+v", options, r)
		}
	}
	for _, line := range [][]string{{"diff", w.url(), old, "now"}, {"diff", w.url(), "now", old}} {
		if r := w.varve(line...); r.code != 21 || !strings.Contains(r.stderr, "signatures") || r.stdout != "" {
			t.Errorf("%q: got %+v", line, r)
		}
	}
	if r := w.varve("ls", w.url()); r.code != 21 || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("got %+v", r)
	}
}
