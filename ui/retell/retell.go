// Package retell says in the person's language what was said in English before:
// by the engine, which knows no other, and by the history, which is kept in
// English because a person may choose another language later.
package retell

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/varve-backup/varve/ui/lang"
)

// Text says a text anew. One that is not known here is technical, and stays as
// it is.
func Text(english string) string {
	if lang.Used().Tag == lang.English().Tag {
		return english
	}
	if said := lang.T(english); said != english {
		return said
	}
	for _, f := range forms() {
		if said, ok := f.retell(english); ok {
			return said
		}
	}
	return english
}

// form is a text with places for what it tells of.
type form struct {
	// key is the text, with %s at each place.
	key string
	// at says what stands in each place.
	at []place
	// plural says it for a number, nil where T does.
	plural func(n int64, args ...any) string

	shape *regexp.Regexp
}

// place is what may stand in a text, and how it is said; nil is a text of its own.
type place struct {
	shape string
	say   func(string) string
}

// forms are all that are known.
var forms = sync.OnceValue(func() []form {
	all := slices.Concat(rules(), periods(), explanations(), guards(), faults(), history(), prompts(), notices(), findings())
	for i := range all {
		all[i].shape = shapeOf(&all[i])
	}
	return all
})

// shapeOf is what the texts of a form look like.
func shapeOf(f *form) *regexp.Regexp {
	shape, at := regexp.QuoteMeta(strings.ReplaceAll(f.key, "%%", "%")), 0
	for strings.Contains(shape, "%s") {
		shape = strings.Replace(shape, "%s", "("+f.at[at].shape+")", 1)
		at++
	}
	return regexp.MustCompile("(?s)^" + shape + "$")
}

func (f *form) retell(english string) (said string, ok bool) {
	found := f.shape.FindStringSubmatch(english)
	if found == nil {
		return "", false
	}
	var args []any
	for i, text := range found[1:] {
		say := Text
		if f.at[i].say != nil {
			say = f.at[i].say
		}
		args = append(args, say(text))
	}
	if f.plural != nil {
		return f.plural(number(found[1]), args...), true
	}
	return fmt.Sprintf(lang.T(f.key), args...), true
}

// number is one that was written for people.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // its shape is one of digits, and the largest number is many
	return n
}
