package recoverysheet

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/varve-backup/varve/ui/lang"
)

// width is how many letters a line of text has at most, where it can be broken.
const width = 78

// Text is the page as plain text.
func (s *Sheet) Text() string {
	var b strings.Builder
	title := lang.T("Recovery sheet: %s", oneLine(s.Job))
	fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", min(width, utf8.RuneCountInString(title))))
	for _, r := range s.rows() {
		name := r.Name
		for _, v := range r.Values {
			fmt.Fprintf(&b, "%-12s%s\n", name, oneLine(v))
			name = ""
		}
	}
	if s.hasPassphrase() {
		fmt.Fprintf(&b, "\n%-12s%s\n\n", lang.T("Passphrase"), s.line())
		b.WriteString(wrapped(s.secret()))
	}
	back := lang.T("How everything comes back")
	fmt.Fprintf(&b, "\n%s\n%s\n\n", back, strings.Repeat("-", utf8.RuneCountInString(back)))
	b.WriteString(wrapped(s.steps()))
	for _, c := range s.Commands() {
		fmt.Fprintf(&b, "\n%s:\n    %s\n", c.Program, oneLine(c.Line))
	}
	b.WriteString("\n" + wrapped(s.logins()))
	return b.String()
}

// line is the passphrase, or the line to write it on.
func (s *Sheet) line() string {
	if s.Passphrase != "" {
		return oneLine(s.Passphrase)
	}
	return strings.Repeat("_", 60)
}

// oneLine keeps what came from elsewhere from looking like another line of the
// page.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r >= 0x80 && r < 0xa0 {
			return utf8.RuneError
		}
		return r
	}, text)
}

// wrapped breaks a text into lines.
func wrapped(text string) string {
	var b strings.Builder
	at := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case at > 0 && at+1+n > width:
			b.WriteString("\n")
			at = 0
		case at > 0:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String() + "\n"
}
