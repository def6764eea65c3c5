package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/source"
)

var someNames = []string{"a", "b", "c.o", "d.iso", "keep", "node_modules", ".cache", "CACHEDIR.TAG", "x y", "[z]"}

// plant makes a random tree, and returns its files.
func plant(t *testing.T, random *rand.Rand, root string, depth int) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	for _, name := range someNames {
		path := filepath.Join(root, name)
		switch n := random.IntN(10); {
		case n < 4 && depth > 0:
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
			for inner, size := range plant(t, random, path, depth-1) {
				files[name+"/"+inner] = size
			}
		case n < 7:
			size := random.Int64N(50)
			if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
			files[name] = size
		}
	}
	return files
}

func someRules(random *rand.Rand, root string) (rules []selection.Condition) {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range random.IntN(6) {
		name := selection.Quote(pick(someNames...))
		switch random.IntN(8) {
		case 0:
			rules = append(rules, selection.ExcludeIfPresent("CACHEDIR.TAG"))
		case 1:
			rules = append(rules, selection.ExcludeFolder(filepath.Join(root, pick(someNames...), pick(someNames...))))
		case 2:
			rules = append(rules, selection.IncludeFolder(filepath.Join(root, pick(someNames...), pick(someNames...), pick(someNames...))))
		case 3:
			rules = append(rules, selection.IncludeGlob("**/"+name))
		case 4:
			rules = append(rules, selection.ExcludeRegexp(`/[a-c][^/]*$`))
		case 5:
			rules = append(rules, selection.ExcludeGlob("**/"+name+"/"))
		default:
			rules = append(rules, selection.ExcludeGlob(pick("**/", selection.Quote(root)+"/", "**/*/")+name))
		}
	}
	return rules
}

// A preview says of every file what a backup does with it, and blames a rule
// that says so.
func TestPreviewAgreesWithTheBackup(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		root := t.TempDir()
		files := plant(t, random, root, 3)
		folders := []string{root}
		if random.IntN(2) == 0 {
			folders = []string{filepath.Join(root, "a"), filepath.Join(root, "b"), filepath.Join(root, "keep/a")}
		}
		planned, rules, err := FoldersPlan(folders, someRules(random, root))
		if err != nil {
			t.Fatal(err)
		}
		checkPreview(t, planned, rules, files, fmt.Sprintf("seed %d, folders %q, rules %+v", seed, folders, rules))
	}
}

func checkPreview(t *testing.T, root string, conditions []selection.Condition, files map[string]int64, about string) {
	t.Helper()
	rules, err := selection.New(root, conditions)
	if err != nil {
		t.Fatalf("%s: %v", about, err)
	}
	backedUp := map[string]bool{}
	tree, err := source.Open(root, source.Options{Select: rules.Judge})
	if err != nil {
		return // none of the folders is there
	}
	defer tree.Close()
	for e, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == repository.File {
			backedUp[e.Path] = true
		}
	}
	v := &previewer{plan: PreviewPlan{Root: root, Rules: conditions}, root: root, rules: rules, tell: func(Counted) {}}
	v.result.Rules = make([]Tally, len(conditions))
	kept, seen := map[string]bool{}, map[string]bool{}
	v.each = func(path string, rule int, keeps bool) {
		if seen[path] {
			t.Fatalf("%s: %s was met twice", about, path)
		}
		seen[path] = true
		if keeps {
			kept[path] = true
		} else if by := blamed(root, path, rules); by != rule {
			t.Fatalf("%s: %s is taken out by rule %d, and not by %d", about, path, by, rule)
		}
	}
	if err := v.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(kept, backedUp) {
		t.Fatalf("%s: %v would be kept, and %v are", about, slices.Sorted(maps.Keys(kept)), slices.Sorted(maps.Keys(backedUp)))
	}
	sum := v.result.Top.Kept
	for _, o := range v.result.Top.Out {
		sum.add(o.Tally)
	}
	if want := (Tally{v.result.Kept.Files + v.result.Out.Files, v.result.Kept.Bytes + v.result.Out.Bytes}); sum != want || sum.Files != int64(len(seen)) {
		t.Fatalf("%s: the folders hold %v, all is %v, and %d were met", about, sum, want, len(seen))
	}
	for path := range files {
		inside, ok := strings.CutPrefix(path, strings.TrimPrefix(root, root))
		if len(conditions) == 0 && ok && !seen[inside] {
			t.Fatalf("%s: %s was not met", about, path)
		}
	}
}

// blamed is the rule that takes a file out, or the outermost folder that it
// lies in.
func blamed(root, path string, rules *selection.Rules) int {
	parts := strings.Split(path, "/")
	for i := range parts {
		p := strings.Join(parts[:i+1], "/")
		kind := repository.Dir
		if i == len(parts)-1 {
			kind = repository.File
		}
		condition, verdict := rules.Explain(selection.Item{Path: p, Type: kind, Has: func(name string) bool {
			_, err := os.Lstat(filepath.Join(root, p, name))
			return err == nil
		}})
		if verdict == selection.Exclude {
			return condition
		}
	}
	return -2
}
