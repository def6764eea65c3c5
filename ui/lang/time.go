package lang

import (
	"strings"
	"time"
)

// Time is t in the layout of time.Format, in the order and with the names of
// the language: the layout is a text like any other, and so are the names of
// months and weekdays.
func Time(t time.Time, layout string) string {
	if at, name := firstName(layout); at == 0 && name == layout {
		return T(t.Format(layout)) // the layout is a name itself, and means no other
	}
	var b strings.Builder
	for layout = T(layout); layout != ""; {
		i, name := firstName(layout)
		b.WriteString(t.Format(layout[:i]))
		if name == "" {
			break
		}
		b.WriteString(T(t.Format(name)))
		layout = layout[i+len(name):]
	}
	return b.String()
}

// firstName finds the first name of a month or weekday in a layout, "" when
// there is none.
func firstName(layout string) (at int, name string) {
	at = len(layout)
	// The long names go first: the short ones are their beginnings.
	for _, n := range [...]string{"Monday", "January", "Mon", "Jan"} {
		if i := strings.Index(layout, n); i >= 0 && i < at {
			at, name = i, n
		}
	}
	return at, name
}

// Decimal is a number's text with the decimal mark of the language instead of
// the point.
func Decimal(number string) string {
	return strings.Replace(number, ".", mark(), 1)
}

// mark is the decimal mark. Its key says what it is for: a point alone would
// tell a translator nothing.
func mark() string {
	const key = "decimal mark ."
	if said := T(key); said != key {
		return said
	}
	return "."
}
