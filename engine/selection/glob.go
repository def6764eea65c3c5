package selection

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/repository"
)

// glob matches whole paths: "*" and "?" stay inside a component, "**" does
// not, "[...]" is a set of characters. What lies below a match matches too.
type glob struct {
	include bool
	// whole matches the path, or a folder above it.
	whole *regexp.Regexp
	// above matches folders that hold a match, for including ones.
	above *regexp.Regexp
	// folders: a pattern that ends in "/" matches no file.
	folders bool
	// quick answers for whole where that is possible without it.
	quick quick
}

// ignoreCase stands in front of a pattern whose letters match both cases.
const ignoreCase = "ignorecase:"

func newGlob(pattern string, include bool) (*glob, error) {
	g := &glob{include: include}
	flags := ""
	if len(pattern) >= len(ignoreCase) && strings.EqualFold(pattern[:len(ignoreCase)], ignoreCase) {
		pattern, flags = pattern[len(ignoreCase):], "i"
	}
	if pattern == "" || strings.Contains(pattern, "//") {
		return nil, fmt.Errorf("%w: %q", ErrPattern, pattern)
	}
	switch {
	case pattern == "/":
		pattern = "/**"
	case strings.HasSuffix(pattern, "/"):
		pattern, g.folders = strings.TrimRight(pattern, "/"), true
	}
	text := toText(pattern)
	g.quick = newQuick(text, flags != "", g.folders)
	var err error
	if g.whole, err = regexp.Compile("(?s" + flags + ")^(?:" + translate(text) + ")($|/)"); err != nil {
		return nil, fmt.Errorf("%w: %q", ErrPattern, pattern)
	}
	if g.above, err = regexp.Compile("(?s" + flags + ")^(?:" + strings.Join(prefixes(text), "|") + ")$"); err != nil {
		return nil, fmt.Errorf("%w: %q", ErrPattern, pattern)
	}
	return g, nil
}

// judge answers for an item; path is its whole path in the form of toText.
func (g *glob) judge(path string, item Item) (Verdict, bool) {
	matches, takes := g.match(path, item)
	switch {
	case !matches:
		return Scan, g.include && (g.quick.anywhere || g.above.MatchString(path))
	case g.include:
		return Include, takes
	default:
		return Exclude, takes
	}
}

// match reports that the pattern fits a path, and whether that counts.
func (g *glob) match(path string, item Item) (matches, takes bool) {
	if matches, known := g.quick.match(path); known {
		return matches, matches
	}
	m := g.whole.FindStringSubmatchIndex(path)
	return m != nil, m != nil && g.takes(path, m, item)
}

// takes reports that the match counts: one of the item itself, where only
// folders are meant, does not for a file.
func (g *glob) takes(path string, match []int, item Item) bool {
	itself := match[2] == match[3] && match[1] == len(path)
	return !g.folders || !itself || item.Type == repository.Dir
}

// prefixes are the expressions of all folders above what a pattern matches.
// Behind "**" everything may be.
func prefixes(pattern string) []string {
	if i := strings.Index(pattern, "**"); i >= 0 {
		pattern = pattern[:i+2]
	}
	var all []string
	if strings.HasPrefix(pattern, "/") {
		all = append(all, "/")
	}
	for i := range len(pattern) {
		if pattern[i] == '/' && i > 0 {
			all = append(all, translate(pattern[:i]))
		}
	}
	return append(all, translate(pattern))
}

// Quote makes a pattern that matches one path, with all below it, and nothing
// else.
func Quote(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}

// translate makes a regular expression of a glob.
func translate(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		switch {
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(".*")
			size = 2
		case r == '*':
			b.WriteString("[^/]*")
		case r == '?':
			b.WriteString("[^/]")
		case r == '[':
			size = translateSet(&b, pattern[i:])
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		i += size
	}
	return b.String()
}

// translateSet translates "[...]" and returns its length; a bracket that is
// not closed is a plain one.
func translateSet(b *strings.Builder, s string) int {
	end := 1
	if end < len(s) && (s[end] == '!' || s[end] == '^') {
		end++
	}
	if end < len(s) && s[end] == ']' {
		end++
	}
	n := strings.IndexByte(s[min(end, len(s)):], ']')
	if n < 0 {
		b.WriteString(`\[`)
		return 1
	}
	set := s[1 : end+n]
	b.WriteByte('[')
	if set[0] == '!' || set[0] == '^' {
		b.WriteByte('^')
		set = set[1:]
	}
	b.WriteString(strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`).Replace(set))
	b.WriteByte(']')
	return end + n + 1
}

// toText gives every byte that is no UTF-8 a character of its own, so that
// expressions can speak of it.
func toText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = 0x10ff00 + rune(s[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}
