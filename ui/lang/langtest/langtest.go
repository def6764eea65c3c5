// Package langtest has a made-up language for tests, in which each text stands
// between two marks: what has none was not said through package lang.
package langtest

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/varve-backup/varve/ui/lang"
)

// The marks.
const (
	Open  = "⟦"
	Close = "⟧"
)

// Mark has everything said between marks until the test ends. dir is where
// package lang lies, seen from the test.
func Mark(t testing.TB, dir string) {
	t.Helper()
	texts, single := map[string]any{}, ones(t, filepath.Dir(filepath.Clean(dir)))
	for _, text := range keys(t, dir) {
		said := marked(text.key)
		texts[text.key] = said
		if text.plural {
			texts[text.key] = map[string]string{"one": marked(cmp.Or(single[text.key], text.key)), "other": said}
		}
	}
	texts["decimal mark ."] = ","
	catalogue, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lang.Parse("en-XA", strings.NewReader(string(catalogue)))
	if err != nil {
		t.Fatal(err)
	}
	Use(t, l)
}

// verb is what stands in a text for something else, which has marks of its own
// if it was said, too.
var verb = regexp.MustCompile(`%(?:\[\d+\])?[sdvqx]`)

func marked(text string) string {
	var b strings.Builder
	mark := func(s string) {
		if s != "" {
			b.WriteString(Open + s + Close)
		}
	}
	end := 0
	for _, at := range verb.FindAllStringIndex(text, -1) {
		mark(text[end:at[0]])
		b.WriteString(text[at[0]:at[1]])
		end = at[1]
	}
	mark(text[end:])
	return b.String()
}

// Plain is a text without marks.
func Plain(text string) string { return strings.NewReplacer(Open, "", Close, "").Replace(text) }

// Use speaks a language until the test ends.
func Use(t testing.TB, l *lang.Language) {
	t.Helper()
	before := lang.Used()
	lang.Use(l)
	t.Cleanup(func() { lang.Use(before) })
}

// Speak speaks a language that the program ships until the test ends.
func Speak(t testing.TB, tag string) {
	t.Helper()
	all, err := lang.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	Use(t, lang.Choose(all, tag))
}

// said finds both forms of texts about numbers in code.
var said = regexp.MustCompile(`lang\.N\([^"]*?("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*")`)

// ones are what is said of a single thing, by what is said of several.
func ones(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range said.FindAllStringSubmatch(string(code), -1) {
			one, err1 := strconv.Unquote(m[1])
			other, err2 := strconv.Unquote(m[2])
			if err1 == nil && err2 == nil {
				all[other] = one
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

type key struct {
	key    string
	plural bool
}

// keys are all texts, which a test of package lang holds to be those that have
// a German one.
func keys(t testing.TB, dir string) (all []key) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "translations/de/*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no texts in %s: %v", dir, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]json.RawMessage
		if err := json.Unmarshal(b, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for text, value := range texts {
			all = append(all, key{text, value[0] == '{'})
		}
	}
	return all
}

// Rest is what of a text stands outside of all marks.
func Rest(text string) string {
	var b strings.Builder
	deep := 0
	for _, r := range text {
		switch string(r) {
		case Open:
			deep++
		case Close:
			deep--
			b.WriteString(" ")
		default:
			if deep == 0 {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
