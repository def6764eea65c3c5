package selection

import (
	"errors"
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

func FuzzGlob(f *testing.F) {
	for _, p := range []string{"/a/**/b[!c]*", "ignorecase:**", "[", "[]]", "/a/[^", "//", "**[a-"} {
		f.Add(p, "a/b/c")
	}
	f.Fuzz(func(_ *testing.T, pattern, path string) {
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
