package selection

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// rounds is how many random lists of rules the real program is asked about, the
// same ones each time; VARVE_SELECTION_ROUNDS asks for more, and for others.
const rounds = 50

// Random rules over a small tree select what the real duplicity selects, and
// are refused when it refuses them.
func TestSelectionAgreesWithDuplicity(t *testing.T) {
	if _, err := exec.LookPath("duplicity"); err != nil {
		t.Fatal("duplicity is missing: Debian package duplicity")
	}
	// A name without characters that a pattern could mean.
	root := filepath.Join(t.TempDir(), "src")
	makeTree(t, root)
	seed, n := uint64(20261122), rounds
	if v, err := strconv.Atoi(os.Getenv("VARVE_SELECTION_ROUNDS")); err == nil {
		seed, n = rand.Uint64(), v
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	for round := range n {
		options, conditions := randomRules(t, rnd, root)
		want, refused := askDuplicity(t, root, options)
		got, err := selected(t, root, conditions)
		switch {
		case (err != nil) != (refused != ""):
			t.Errorf("seed %d round %d %+v:\n we say %v\nduplicity %s", seed, round, conditions, err, refused)
		case !slices.Equal(got, want):
			t.Errorf("seed %d round %d %+v:\n got %q\nwant %q", seed, round, conditions, got, want)
		}
	}
}

// makeTree makes the tree that the rules choose from.
func makeTree(t *testing.T, root string) {
	t.Helper()
	for _, path := range []string{
		"a/b/c.txt", "a/b/d.o", "a/bb/c.txt", "a/x", "e/b/c.o", "e/F/g.TXT", "h", "e/b/i/j.txt", "a/empty/",
		"s p/[x]", "s p/-", "old/.mark", "old/f", "old/g/h", "é/ü.txt", "e/F/a^b", "A/B/C.TXT",
	} {
		full := filepath.Join(root, path)
		if strings.HasSuffix(path, "/") {
			full = filepath.Join(full, "x")
		}
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
	long := time.Unix(1000000000, 0)
	for _, path := range []string{"old/f", "a/x", "a/bb", "e/F/g.TXT"} {
		if err := os.Chtimes(filepath.Join(root, path), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("h", filepath.Join(root, "a/link")); err != nil {
		t.Fatal(err)
	}
}

// patterns stand behind the root.
var patterns = []string{
	"", "/", "/**", "/*", "/a", "/a/", "/a/b", "/a/b/", "/a/*/c.txt", "/e/**", "/**.o", "/**.txt", "/?", "/a/b*", "/e/[bF]", "/e/[!b]", "/e/b/i",
	"/a/empty", "/a/empty/", "/**/b", "/**/b/", "/a/x/", "/*/b", "/a/**/c.txt", "/s p", "/s p/[[]x]", "/e/F/a^b", "/e/F/[a^]*", "/é", "/?/?.txt", "/old/*",
	"/a**", "/**a", "/*/*/*", "/a/b/c.txt/", "/e/b/**/j.txt", "/[a-e]/b", "/**/[c-d].*", "/h/below", "/nothing", "/a//b", "/a/./b", "/a/link", "/*.*", "/e/*/", "/**/",
}

// anywhere are patterns as they stand.
var anywhere = []string{"**", "**/b", "**.txt", "*", "**b**", "**/b/", "/", "**/empty", "**/old/f", "ignorecase:**.txt", "ignorecase:**/F", "ignorecase:**/B/**", "IgnoreCase:**/[B-D].TXT", "ignorecase:**/É", "a/b", "/elsewhere", "**/[!a-z]*"}

// expressions are searched for.
var expressions = []string{`\.o$`, `/b/`, `/b$`, `src/a`, `[A-Z]`, `^a`, `(txt|o)$`, `src$`}

func randomPattern(rnd *rand.Rand, root string) string {
	if rnd.IntN(5) == 0 {
		return anywhere[rnd.IntN(len(anywhere))]
	}
	return root + patterns[rnd.IntN(len(patterns))]
}

// randomRules returns the same rules as options and as conditions.
func randomRules(t *testing.T, rnd *rand.Rand, root string) (options []string, conditions []Condition) {
	for range 1 + rnd.IntN(4) {
		include, word := rnd.IntN(2) == 0, "--exclude"
		if include {
			word = "--include"
		}
		switch rnd.IntN(10) {
		case 0:
			e := expressions[rnd.IntN(len(expressions))]
			options = append(options, word+"-regexp", e)
			conditions = append(conditions, Condition{Kind: Regexp, Include: include, Pattern: e})
		case 1:
			path, lines := randomList(t, rnd, root)
			options = append(options, word+"-filelist", path)
			conditions = append(conditions, Filelist(include, lines))
		case 2:
			options = append(options, "--exclude-if-present", ".mark")
			conditions = append(conditions, ExcludeIfPresent(".mark"))
		case 3:
			options = append(options, "--exclude-older-than", "1100000000")
			conditions = append(conditions, ExcludeOlderThan(time.Unix(1100000000, 0)))
		default:
			p := randomPattern(rnd, root)
			options = append(options, word, p)
			conditions = append(conditions, Condition{Kind: Glob, Include: include, Pattern: p})
		}
	}
	if rnd.IntN(3) > 0 {
		options = append(options, "--exclude", "**")
		conditions = append(conditions, ExcludeGlob("**"))
	}
	return options, conditions
}

// randomList writes a list of files, and returns it and what we read in it.
func randomList(t *testing.T, rnd *rand.Rand, root string) (path string, lines []string) {
	t.Helper()
	var b strings.Builder
	for range 1 + rnd.IntN(3) {
		sign := []string{"", "", "+ ", "- ", " ", "+", "# "}[rnd.IntN(7)]
		quote := []string{"", "", "", "'", `"`}[rnd.IntN(5)]
		b.WriteString(sign + quote + randomPattern(rnd, root) + quote + []string{"\n", " \n", "\n\n", "\r\n"}[rnd.IntN(4)])
	}
	path = filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	lines, err := ReadFilelist(strings.NewReader(b.String()), false)
	if err != nil {
		t.Fatal(err)
	}
	return path, lines
}

// askDuplicity returns what the real program selects, or why it refuses.
func askDuplicity(t *testing.T, root string, options []string) (paths []string, refused string) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"full", "--dry-run", "--no-encryption", "--archive-dir", dir + "/cache", "-v8", "--no-print-statistics"}
	cmd := exec.Command("duplicity", append(append(args, options...), root, "file://"+dir+"/repo")...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		_, reason, _ := strings.Cut(string(out), "Using temporary directory")
		return nil, "refuses: " + reason + string(out[max(0, len(out)-600):])
	}
	for line := range strings.Lines(string(out)) {
		if p, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "A "); ok && p != "." {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths, ""
}

// selected walks as the source does: what is scanned counts only when
// something below it is included.
func selected(t *testing.T, root string, conditions []Condition) ([]string, error) {
	t.Helper()
	r, err := New(root, conditions)
	if err != nil {
		return nil, err
	}
	var paths []string
	var walk func(rel string) bool
	walk = func(rel string) (any bool) {
		entries, err := os.ReadDir(filepath.Join(root, rel))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			item := itemOf(t, root, strings.TrimPrefix(fmt.Sprintf("%s/%s", rel, e.Name()), "/"))
			v, _ := r.Judge(item)
			if v == Exclude || e.IsDir() && !walk(item.Path) && v == Scan {
				continue
			}
			any = true
			paths = append(paths, item.Path)
		}
		return any
	}
	if v, _ := r.Judge(itemOf(t, root, "")); v != Exclude {
		walk("")
	}
	slices.Sort(paths)
	return paths, nil
}

// itemOf describes what lies at path as the source does.
func itemOf(t *testing.T, root, path string) Item {
	t.Helper()
	full := filepath.Join(root, path)
	info, err := os.Lstat(full)
	if err != nil {
		t.Fatal(err)
	}
	item := Item{Path: path, Type: repository.File, ModTime: info.ModTime()}
	switch {
	case info.IsDir():
		item.Type = repository.Dir
		item.Has = func(name string) bool {
			_, err := os.Lstat(filepath.Join(full, name))
			return err == nil
		}
	case info.Mode()&os.ModeSymlink != 0:
		item.Type = repository.Symlink
	}
	return item
}
