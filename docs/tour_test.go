package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shownPicture = regexp.MustCompile(`\]\((screenshots/[^)]+)\)`)

// The tour shows or links every picture of a page and state in its light look,
// and none that there is not.
func TestTourShowsEveryState(t *testing.T) {
	text, err := os.ReadFile("tour.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range shownPicture.FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = true
		if _, err := os.Stat(m[1]); err != nil {
			t.Error(err)
		}
	}
	pictures, err := filepath.Glob("screenshots/*.png")
	if err != nil || len(pictures) == 0 {
		t.Fatalf("there are no pictures: %v", err)
	}
	for _, p := range pictures {
		if _, isDark := os.Stat(strings.TrimSuffix(p, "-dark.png") + "-light.png"); strings.HasSuffix(p, "-dark.png") && isDark == nil {
			continue
		}
		if !named[filepath.ToSlash(p)] {
			t.Errorf("%s is not in tour.md", p)
		}
	}
}
