// Package lang says what the program says in the person's language. The text
// in the code is English and is the key; a catalogue holds the same text in
// another language. A text without a translation is said in English.
package lang

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Language is one that the program can speak.
type Language struct {
	// Tag is its BCP 47 name, such as "de".
	Tag string
	// Name is what its speakers call it.
	Name string

	tag  language.Tag
	text map[string]phrase
}

// English is what the code is written in.
func English() *Language { return &Language{Tag: "en", Name: "English", tag: language.English} }

// spoken is the language that is used now, nil for English. It is the one
// state of the package: a language belongs to the person, not to a window,
// and handing it to every text would bury what the code does.
var spoken atomic.Pointer[Language]

// Use makes l the language of every text from now on.
func Use(l *Language) { spoken.Store(l) }

// Used is the language of now.
func Used() *Language {
	return cmp.Or(spoken.Load(), English())
}

// T is a text, with args put into its verbs. A translation may use them in
// another order: "%[2]s".
func T(text string, args ...any) string {
	if l := spoken.Load(); l != nil {
		if p, ok := l.text[text]; ok {
			text = p.other
		}
	}
	return format(text, args)
}

// N is a text about n things: one is said of a single thing and other, which
// is the key, of all other numbers. The number itself is among args, as words
// say it, when the text names it.
func N[I int | int64](n I, one, other string, args ...any) string {
	if l := spoken.Load(); l != nil {
		if p, ok := l.text[other]; ok {
			return format(p.of(l.tag, int64(n)), args)
		}
	}
	if n == 1 {
		return format(one, args)
	}
	return format(other, args)
}

// Mark names a text that is said later, through T.
func Mark(text string) string { return text }

func format(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// phrase is a text in one language, in the forms that it has for numbers.
type phrase struct {
	zero, one, two, few, many, other string
}

func (p phrase) of(tag language.Tag, n int64) string {
	if n < 0 {
		n = -n
	}
	forms := map[plural.Form]string{plural.Zero: p.zero, plural.One: p.one, plural.Two: p.two, plural.Few: p.few, plural.Many: p.many}
	form := plural.Cardinal.MatchPlural(tag, int(n%10_000_000), 0, 0, 0, 0)
	return cmp.Or(forms[form], p.other)
}

// Choose is the language of offered that suits the wishes best, the first of
// them being the strongest; it is English when none does. A wish is what
// LANGUAGE or LANG say: "de_AT.UTF-8".
func Choose(offered []*Language, wishes ...string) *Language {
	tags := []language.Tag{language.English}
	for _, l := range offered {
		tags = append(tags, l.tag)
	}
	var wanted []language.Tag
	for _, w := range wishes {
		if tag, err := language.Parse(plain(w)); err == nil {
			wanted = append(wanted, tag)
		}
	}
	_, i, sure := language.NewMatcher(tags).Match(wanted...)
	if i == 0 || sure == language.No {
		return English()
	}
	return offered[i-1]
}

// plain is a locale without its encoding and its variant.
func plain(locale string) string {
	if i := slices.IndexFunc([]byte(locale), func(b byte) bool { return b == '.' || b == '@' }); i >= 0 {
		return locale[:i]
	}
	return locale
}
