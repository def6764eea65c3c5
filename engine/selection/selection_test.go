package selection

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

func TestJudge(t *testing.T) {
	const root = "/home/a"
	for _, row := range []struct {
		name  string
		rules []Condition
		path  string // a trailing "/" marks a folder
		want  Verdict
	}{
		{"no rule", nil, "x", Include},
		{"excluded", []Condition{ExcludeGlob("/home/a/x")}, "x", Exclude},
		{"below an excluded folder", []Condition{ExcludeGlob("/home/a/x")}, "x/y/z", Exclude},
		{"a name that begins alike", []Condition{ExcludeGlob("/home/a/x")}, "xy", Include},
		{"star stays in a name", []Condition{ExcludeGlob("/home/a/*/c")}, "x/b/c", Include},
		{"star", []Condition{ExcludeGlob("/home/a/*/c")}, "x/c", Exclude},
		{"two stars", []Condition{ExcludeGlob("**/c")}, "x/b/c", Exclude},
		{"two stars at the end", []Condition{ExcludeGlob("/home/a/**.o")}, "x/b/c.o", Exclude},
		{"question mark", []Condition{ExcludeGlob("/home/a/?")}, "xy", Include},
		{"set", []Condition{ExcludeGlob("/home/a/[a-c]x")}, "bx", Exclude},
		{"negated set", []Condition{ExcludeGlob("/home/a/[!a-c]x")}, "bx", Include},
		{"ignored case", []Condition{ExcludeGlob("ignorecase:/HOME/a/X")}, "x", Exclude},
		{"first wins", []Condition{IncludeGlob("/home/a/x/keep"), ExcludeGlob("/home/a/x")}, "x/keep/this", Include},
		{"folder above an included one", []Condition{IncludeGlob("/home/a/x/keep"), ExcludeGlob("**")}, "x/", Scan},
		{"file above an included one", []Condition{IncludeGlob("/home/a/x/keep"), ExcludeGlob("**")}, "x", Exclude},
		{"beside an included one", []Condition{IncludeGlob("/home/a/x/keep"), ExcludeGlob("**")}, "x/other/", Exclude},
		{"below two stars all is scanned", []Condition{IncludeGlob("/home/a/x/**.jpg"), ExcludeGlob("**")}, "x/y/z/", Scan},
		{"included by a later rule too", []Condition{IncludeGlob("/home/a/x/y"), IncludeGlob("/home/a/x"), ExcludeGlob("**")}, "x/", Include},
		{"only folders", []Condition{ExcludeGlob("/home/a/x/")}, "x", Include},
		{"only folders, a folder", []Condition{ExcludeGlob("/home/a/x/")}, "x/", Exclude},
		{"expression", []Condition{ExcludeRegexp(`\.(o|a)$`)}, "x/y.o", Exclude},
		{"expression elsewhere", []Condition{ExcludeRegexp(`\.(o|a)$`)}, "x/y.os", Include},
		{"no UTF-8", []Condition{ExcludeGlob("/home/a/\xff?")}, "\xff\xfe", Exclude},
		{"list", []Condition{Filelist(false, []string{"+ /home/a/x/y", "/home/a/x"})}, "x/y/1", Include},
		{"list, the rest", []Condition{Filelist(false, []string{"+ /home/a/x/y", "/home/a/x"})}, "x/z", Exclude},
		{"bracket that stays open", []Condition{ExcludeGlob("/home/a/[x")}, "[x", Exclude},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := New(root, row.rules)
			if err != nil {
				t.Fatal(err)
			}
			item := Item{Path: strings.TrimSuffix(row.path, "/"), Type: repository.File}
			if item.Path != row.path {
				item.Type = repository.Dir
			}
			if got, err := r.Judge(item); got != row.want || err != nil {
				t.Errorf("got %d, %v, want %d", got, err, row.want)
			}
		})
	}
}

func TestConditionsOfOneKindOfItem(t *testing.T) {
	r, err := New("/", []Condition{
		ExcludeIfPresent(".nobackup"), ExcludeDeviceFiles(), ExcludeOlderThan(time.Unix(1000, 0)), ExcludeOtherFileSystems(),
	})
	if err != nil {
		t.Fatal(err)
	}
	young := time.Unix(2000, 0)
	marked := func(name string) bool { return name == ".nobackup" }
	for _, row := range []struct {
		item Item
		want Verdict
	}{
		{Item{Path: "a", Type: repository.Dir, Has: marked}, Exclude},
		{Item{Path: "a", Type: repository.Dir, Has: func(string) bool { return false }}, Include},
		{Item{Path: "null", Type: repository.CharDevice}, Exclude},
		{Item{Path: "sda", Type: repository.BlockDevice}, Exclude},
		{Item{Path: "fifo", Type: repository.FIFO}, Include},
		{Item{Path: "old", Type: repository.File, ModTime: time.Unix(999, 0)}, Exclude},
		{Item{Path: "old folder", Type: repository.Dir, ModTime: time.Unix(999, 0)}, Include},
		{Item{Path: "young", Type: repository.File, ModTime: young}, Include},
		{Item{Path: "mnt", Type: repository.Dir, ModTime: young, OtherFileSystem: true}, Exclude},
	} {
		if got, _ := r.Judge(row.item); got != row.want {
			t.Errorf("%s: got %d, want %d", row.item.Path, got, row.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		rule Condition
		want error
	}{
		"outside":             {ExcludeGlob("/home/b/x"), ErrOutside},
		"relative":            {ExcludeGlob("a/x"), ErrOutside},
		"nothing":             {ExcludeGlob(""), ErrPattern},
		"expression":          {ExcludeRegexp("("), ErrPattern},
		"path for a name":     {ExcludeIfPresent("a/b"), ErrPattern},
		"unknown":             {Condition{Kind: "moon"}, ErrPattern},
		"a last rule for all": {IncludeGlob("/home/a/x"), ErrRedundant},
	} {
		if _, err := New("/home/a", []Condition{row.rule}); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func TestReadFilelist(t *testing.T) {
	got, err := ReadFilelist(strings.NewReader("# comment\n\n  /a/b  \n- \"/a/with space\"\n+ /a/c\n'/q'\n"), false)
	if want := []string{"/a/b", "- /a/with space", "+ /a/c", "/q"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	got, err = ReadFilelist(strings.NewReader("/a\nb\x00- /c\x00"), true)
	if want := []string{"/a\nb", "- /c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// Random rules over a small tree select what the real duplicity selects.
func TestSelectionAgreesWithDuplicity(t *testing.T) {
	if _, err := exec.LookPath("duplicity"); err != nil {
		t.Fatal("duplicity is missing: Debian package duplicity")
	}
	root := filepath.Join(t.TempDir(), "src")
	for _, path := range []string{"a/b/c.txt", "a/b/d.o", "a/bb/c.txt", "a/x", "e/b/c.o", "e/F/g.TXT", "h", "e/b/i/j.txt", "a/empty/"} {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "/") {
			continue
		}
		if err := os.WriteFile(full, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "a/empty"), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for round := range 12 {
		rules := randomRules(rnd, root)
		want, ok := askDuplicity(t, root, rules)
		if !ok {
			continue
		}
		if got := selected(t, root, rules); !slices.Equal(got, want) {
			t.Errorf("seed %d round %d %+v:\n got %q\nwant %q", seed, round, rules, got, want)
		}
	}
}

func randomRules(rnd *rand.Rand, root string) []Condition {
	patterns := []string{"/a", "/a/b", "/a/*/c.txt", "/e/**", "/**.o", "/**.txt", "/?", "/a/b*", "/e/[bF]", "/e/b/i", "/a/empty", "/**/b"}
	var rules []Condition
	for range 1 + rnd.IntN(4) {
		p := root + patterns[rnd.IntN(len(patterns))]
		if rnd.IntN(2) == 0 {
			rules = append(rules, IncludeGlob(p))
		} else {
			rules = append(rules, ExcludeGlob(p))
		}
	}
	return append(rules, ExcludeGlob("**"))
}

// askDuplicity returns what the real program selects; ok is false when it
// refuses the rules.
func askDuplicity(t *testing.T, root string, rules []Condition) ([]string, bool) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"full", "--no-encryption", "--archive-dir", dir + "/cache", "-v1", "--no-print-statistics"}
	for _, r := range rules {
		word := "--exclude"
		if r.Include {
			word = "--include"
		}
		args = append(args, word, r.Pattern)
	}
	if out, err := exec.Command("duplicity", append(args, root, "file://"+dir+"/repo")...).CombinedOutput(); err != nil {
		t.Logf("duplicity refuses %+v: %s", rules, out)
		return nil, false
	}
	out, err := exec.Command("duplicity", "list-current-files", "--archive-dir", dir+"/cache", "-v1", "file://"+dir+"/repo").Output()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(out)) {
		if len(line) > 25 {
			if p := strings.TrimSpace(line[25:]); p != "." {
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return paths, true
}

// selected walks as the source does: what is scanned counts only when
// something below it is included.
func selected(t *testing.T, root string, conditions []Condition) []string {
	t.Helper()
	r, err := New(root, conditions)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	var walk func(rel string) bool
	walk = func(rel string) (any bool) {
		entries, err := os.ReadDir(filepath.Join(root, rel))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := strings.TrimPrefix(fmt.Sprintf("%s/%s", rel, e.Name()), "/")
			item := Item{Path: path, Type: repository.File}
			if e.IsDir() {
				item.Type = repository.Dir
			}
			v, _ := r.Judge(item)
			if v == Exclude || e.IsDir() && !walk(path) && v == Scan {
				continue
			}
			any = true
			paths = append(paths, path)
		}
		return any
	}
	walk("")
	slices.Sort(paths)
	return paths
}

func FuzzGlob(f *testing.F) {
	for _, p := range []string{"/a/**/b[!c]*", "ignorecase:**", "[", "[]]", "/a/[^", "//", "**[a-"} {
		f.Add(p, "a/b/c")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		r, err := New("/a", []Condition{IncludeGlob(pattern), ExcludeGlob("**")})
		if err == nil {
			r.Explain(Item{Path: path, Type: repository.Dir})
		}
	})
}

func FuzzFilelist(f *testing.F) {
	f.Add([]byte("# x\n+ '/a b'\n- \"\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, null bool) {
		lines, err := ReadFilelist(strings.NewReader(string(b)), null)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l == "" {
				t.Fatal("an empty pattern")
			}
		}
	})
}
