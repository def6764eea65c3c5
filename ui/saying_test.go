package ui

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/varve-backup/varve/ui/lang/langtest"
)

// sayings are the texts of a catalogue. Scenes are written in English: this is
// how they find their way in another language.
type sayings []saying

// reads tells that a control shows a text.
func (all sayings) reads(shown, english string) bool {
	return slices.ContainsFunc(all.of("whole", english), func(s saying) bool { return s.whole.MatchString(shown) })
}

// tells tells that a part of a text stands somewhere in what is shown.
func (all sayings) tells(shown, english string) bool {
	return slices.ContainsFunc(all.of("part", english), func(s saying) bool { return s.part.MatchString(shown) })
}

// sayingsFound is what of found before, which is asked for each thing in a window.
var sayingsFound = map[[2]string]sayings{}

// of are the sayings that may mean a text, or of which it may be a part.
func (all sayings) of(kind, english string) sayings {
	if len(all) == 0 {
		return nil
	}
	if known, is := sayingsFound[[2]string{kind, english}]; is {
		return known
	}
	var exact, found sayings
	part := digits.ReplaceAllString(english, gap)
	for _, s := range all {
		switch {
		case s.key == english:
			exact = append(exact, s)
		case kind == "part" && strings.Contains(s.key, part), (kind == "whole" || !strings.HasPrefix(s.key, gap)) && s.english.MatchString(english):
			found = append(found, s)
		}
	}
	if exact != nil {
		found = exact
	}
	sayingsFound[[2]string{kind, english}] = found
	return found
}

// saying is a text of the catalogue.
type saying struct {
	key                  string // with gaps for its verbs
	english, whole, part *regexp.Regexp
}

// spoken are the texts of the language that speak chose, none for English.
var spoken sayings

const gap = "\x00"

var (
	verb    = regexp.MustCompile(`%(\[\d+\])?[sdvqx]`)
	digits  = regexp.MustCompile(`\d+`)
	plurals = regexp.MustCompile(`s(\W|$)`)
	wordy   = regexp.MustCompile(`[a-z]{2}`)
)

// german is read once: there are many scenes.
var german = sync.OnceValues(func() (sayings, error) { return catalogue("de") })

// speak has the program and the scenes speak English or German until the test
// ends.
func speak(t *testing.T, tag string) {
	t.Helper()
	langtest.Speak(t, tag)
	if tag != "de" {
		return
	}
	all, err := german()
	if err != nil {
		t.Fatal(err)
	}
	spoken = all
	t.Cleanup(func() { spoken = nil })
}

// catalogue reads how texts are said, each plural form as a text of its own.
func catalogue(tag string) (all sayings, err error) {
	names, err := filepath.Glob(filepath.Join("lang/translations", tag, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var texts map[string]any
		if err := json.Unmarshal(b, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for english, said := range texts {
			all = append(all, sayingsOf(english, said)...)
		}
	}
	return all, nil
}

func sayingsOf(english string, said any) (all sayings) {
	key := verb.ReplaceAllString(english, gap)
	if !wordy.MatchString(key) {
		return nil // it would be found in anything
	}
	forms, plural := said.(map[string]any)
	asked := pattern(english)
	if plural {
		asked = plurals.ReplaceAllString(asked, "s?$1") // "1 item" is not a key
	} else {
		forms = map[string]any{"other": said}
	}
	for _, form := range forms {
		text := pattern(form.(string))
		all = append(all, saying{key, whole(asked), whole(text), regexp.MustCompile(text)})
	}
	return all
}

// pattern matches a text with anything in the places of its verbs.
func pattern(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(verb.ReplaceAllString(text, gap)), gap, ".*")
}

func whole(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }
