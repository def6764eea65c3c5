package retell

import (
	"regexp"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/words"
)

// What stands in the places of a text.
func count() place { return place{`\d+`, func(s string) string { return words.Number(number(s)) }} }

// name is what a person or a program called something.
func name() place { return place{`.*`, func(s string) string { return s }} }

// tags are names that the engine joins.
func tags() place {
	return place{`.+`, func(s string) string { return words.List(strings.Split(s, " and ")) }}
}

// why is a text of its own.
func why() place { return place{`.+`, nil} }

const spans = `-?\d+ [a-z]+(?: -?\d+ [a-z]+)*(?: \(\d+ days\))?|no time`

func span() place { return place{spans, spanWords} }

func versions() place {
	return place{`\d+ (?:whole )?versions?`, func(s string) string {
		n, noun, _ := strings.Cut(s, " ")
		return words.Count(number(n), strings.TrimSuffix(noun, "s"))
	}}
}

const unitNames = `second|minute|hour|day|week|month|year`

// unit is a unit of the calendar, or several of it.
func unit() place { return place{unitNames + "|" + spans, spanWords} }

func ages() place {
	return place{`(?i:at any age|(?:up to|more than) [^,]+ back|between [^,]+ and [^,]+ back)`, nil}
}

func newestOf() place { return place{`the newest of its (?:` + unitNames + `)`, nil} }

// once is how often a version stays.
func once() place {
	return place{`one version per (?:` + unitNames + "|" + spans + `)`, nil}
}

// Moments, as the engine writes them and as the history does.
func date() place { return moment(`\d{4}-\d\d-\d\d \d\d:\d\d`, "2006-01-02 15:04") }

func longDate() place { return moment(`\d+ [A-Z][a-z]+ \d{4} \d\d:\d\d`, "2 January 2006 15:04") }

func second() place { return moment(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, time.DateTime) }

// those are versions that something is wrong with.
func those() place { return place{`the versions? .+`, nil} }

func moment(shape, layout string) place {
	return place{shape, func(s string) string {
		t, err := time.Parse(layout, s)
		if err != nil {
			return s
		}
		return lang.Time(t, "2 Jan 2006 15:04")
	}}
}

// Span is a length of time.
func Span(s retention.Span) string { return spanWords(s.Words()) }

var spanPart = regexp.MustCompile(`(-?\d+) ([a-z]+)`)

// spanWords says a length of time such as "12 months (360 days)", or the name of
// a unit.
func spanWords(s string) string {
	if !spanPart.MatchString(s) {
		return lang.T(s)
	}
	return spanPart.ReplaceAllStringFunc(s, func(part string) string {
		n, noun, _ := strings.Cut(part, " ")
		return words.Count(number(n), strings.TrimSuffix(noun, "s"))
	})
}
