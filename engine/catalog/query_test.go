package catalog

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, row := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"*", "a/b", false},
		{"a?c", "abc", true},
		{"a?c", "a/c", false},
		{"?", "é", true},
		{"?", "\xff", true},
		{"??", "é", false},
		{"*?b", "éb", true},
		{"a*b*c", "a1b2b3c", true},
		{"a*b*c", "a1b2b3", false},
		{"*.txt", "a.txt.txt", true},
		{"*/*.txt", "dir/a.txt", true},
		{"*/*.txt", "dir/sub/a.txt", false},
		{"[a]", "[a]", true},
		{"[a]", "a", false},
		{"a**", "a", true},
	} {
		if got := Match(row.pattern, row.name); got != row.want {
			t.Errorf("%q and %q: got %v, want %v", row.pattern, row.name, got, row.want)
		}
	}
}

// A pattern of many stars does not take long.
func TestMatchManyStars(t *testing.T) {
	if Match(strings.Repeat("*a", 1000)+"b", strings.Repeat("a", 10_000)) {
		t.Error("it matches")
	}
}
