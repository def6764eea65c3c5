package selection

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
)

func TestFolders(t *testing.T) {
	rules := []Condition{
		ExcludeGlob("**/*.o"), ExcludeFolder("/home/a/x/raw"), IncludeFolder("/home/a/x/raw/best"), IncludeGlob("**/keep.o"), IncludeGlob("/home/a"), ExcludeGlob("**"),
		IncludeFolder("/home/a/x"), IncludeFolder("/home/a/y[1]"),
	}
	r, err := New("/home/a", rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		path      string // a trailing "/" marks a folder
		condition int
		want      Verdict
	}{
		{"x/", 4, Include},
		{"x/1", 4, Include},
		{"x/1.o", 0, Exclude},
		{"x/raw/", 2, Scan},
		{"x/raw", 1, Exclude},
		{"x/raw/1", 1, Exclude},
		{"x/raw/other/", 1, Exclude},
		{"x/raw/keep.o", 1, Exclude},
		{"x/raw/best/", 4, Include},
		{"x/raw/best/1", 4, Include},
		{"x/raw/best/1.o", 0, Exclude},
		{"xy/", -1, Exclude},
		{"z", -1, Exclude},
		{"y[1]/2", 4, Include},
		{"y1/2", -1, Exclude},
	} {
		item := Item{Path: strings.TrimSuffix(row.path, "/"), Type: repository.File}
		if item.Path != row.path {
			item.Type = repository.Dir
		}
		if c, v := r.Explain(item); c != row.condition || v != row.want {
			t.Errorf("%s: got %d by %d, want %d by %d", row.path, v, c, row.want, row.condition)
		}
	}
	if _, err := New("/", []Condition{ExcludeFolder("home")}); err == nil {
		t.Error("a folder that is not absolute was taken")
	}
}

// What is answered without an expression is what the expression answers.
func TestQuickAnswersAreThoseOfExpressions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"**", "/", "*", "a", "b.o", ".o", "?", "[ab]", "/a", "\xff"}
	word := func(from []string, most int) (s string) {
		for range 1 + random.IntN(most) {
			s += from[random.IntN(len(from))]
		}
		return s
	}
	counted := 0
	for range 3_000 {
		g, err := newGlob(word(pieces, 5), random.IntN(2) == 0)
		if err != nil {
			continue
		}
		slow := *g
		slow.quick = quick{}
		for range 5 {
			path := toText("/" + strings.ReplaceAll(word([]string{"a", "b", "b.o", "/", "/a", "\xff", ".o"}, 6), "//", "/"))
			item := Item{Type: []repository.Type{repository.File, repository.Dir}[random.IntN(2)]}
			if _, known := g.quick.match(path); known {
				counted++
			}
			v1, ok1 := g.judge(path, item)
			v2, ok2 := slow.judge(path, item)
			if v1 != v2 || ok1 != ok2 {
				t.Fatalf("%q (quick: %+v): got %d, %v, want %d, %v", path, g.quick, v1, ok1, v2, ok2)
			}
		}
	}
	if counted < 1_500 {
		t.Errorf("only %d were answered quickly", counted)
	}
}
