package retention

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse reads a policy. The empty text keeps every version. An error is an
// *Error, which tells the place in the text.
func Parse(text string) (Policy, error) {
	p := &parser{text: text, named: map[string]piece{}}
	if err := p.read(); err != nil {
		e, _ := errors.AsType[*Error](err)
		e.Text = text
		return Policy{}, e
	}
	return p.policy, nil
}

// parser holds a text while it is read.
type parser struct {
	text   string
	policy Policy
	frames []piece          // where each frame stands
	named  map[string]piece // where each rule that has a name stands
	kind   string           // which of the four ways to choose was met
}

// piece is a part of the text.
type piece struct {
	at   int
	text string
}

// cut parts it at the first occurrence of a byte.
func (s piece) cut(sep byte) (before, after piece, found bool) {
	i := strings.IndexByte(s.text, sep)
	if i < 0 {
		return s, piece{s.at + len(s.text), ""}, false
	}
	return piece{s.at, s.text[:i]}, s.from(i + 1), true
}

// from drops what stands in front.
func (s piece) from(i int) piece { return piece{s.at + i, s.text[i:]} }

// trim drops blanks around it.
func (s piece) trim() piece {
	left := strings.TrimLeft(s.text, blanks)
	return piece{s.at + len(s.text) - len(left), strings.TrimRight(left, blanks)}
}

const blanks = " \t\r\n"

// wrong makes an error of the whole piece.
func (s piece) wrong(format string, args ...any) error {
	return &Error{Offset: s.at, Length: len(s.text), Frame: -1, Problem: fmt.Sprintf(format, args...)}
}

// wrongAt makes an error of one character of it.
func (s piece) wrongAt(i int, format string, args ...any) error {
	_, n := utf8.DecodeRuneInString(s.text[i:])
	return piece{s.at + i, s.text[i : i+n]}.wrong(format, args...)
}

func (p *parser) read() error {
	rest, more := piece{0, p.text}, true
	for more {
		var entry piece
		entry, rest, more = rest.cut(',')
		if entry.text == "" {
			continue
		}
		if err := p.entry(entry); err != nil {
			return err
		}
	}
	return p.finish()
}

// entry reads what stands between two commas.
func (p *parser) entry(e piece) error {
	if name, value, ok := e.cut('='); ok {
		return p.rule(name.trim(), value.trim())
	}
	if err := p.choose("frames", e); err != nil {
		return err
	}
	return p.frame(e)
}

// choose notes which way of choosing is used.
func (p *parser) choose(kind string, at piece) error {
	if p.kind != "" && p.kind != kind {
		return at.wrong(exclusive)
	}
	p.kind = kind
	return nil
}

func (p *parser) frame(e piece) (err error) {
	left, right, ok := e.cut(':')
	if !ok {
		if _, err := readSpan(e); err != nil && !isUnlimited(e.text) {
			return err
		}
		return piece{e.at + len(e.text), ""}.wrong("a colon and an interval are missing, as in %s:1D", strings.Trim(e.text, blanks))
	}
	if i := strings.IndexByte(right.text, ':'); i >= 0 {
		return right.wrongAt(i, "a frame has one colon: 7D:1D")
	}
	var f Frame
	if f.Forever = isUnlimited(left.text); !f.Forever {
		f.Reach, err = readSpan(left)
	}
	if err == nil && !isUnlimited(right.text) {
		f.Every, err = readSpan(right)
	}
	if err != nil {
		return err
	}
	if err := f.check(false); err != nil {
		return locate(err, e)
	}
	p.policy.Frames, p.frames = append(p.policy.Frames, f), append(p.frames, e)
	return nil
}

func isUnlimited(s string) bool { return s == "U" || s == "u" }

// locate finds the half of a frame that an error is of.
func locate(err *Error, frame piece) error {
	half, right, _ := frame.cut(':')
	if err.Half == 2 {
		half = right
	}
	half = half.trim()
	err.Offset, err.Length, err.Frame = half.at, len(half.text), -1
	return err
}

// ParseSpan reads a length of time such as "1D12h", as one is written in a
// policy. Its errors are *Error.
func ParseSpan(text string) (Span, error) {
	s, err := readSpan(piece{0, text})
	if e, ok := errors.AsType[*Error](err); ok {
		e.Text = text
	}
	return s, err
}

// readSpan reads a length of time as Duplicati does: signed numbers with their
// units, or a number alone, which counts seconds. Nothing is no time.
func readSpan(s piece) (Span, error) {
	var span Span
	rest := s.trim()
	whole := rest
	if n, err := strconv.Atoi(rest.text); err == nil && n >= -longestReach && n <= longestReach {
		return Span{Seconds: n}, nil
	}
	for rest.text != "" {
		digits := len(rest.text) - len(strings.TrimLeft(strings.TrimLeft(rest.text, "+-"), "0123456789"))
		n, err := strconv.Atoi(rest.text[:digits])
		if errors.Is(err, strconv.ErrRange) || n > longestReach || n < -longestReach {
			return span, piece{rest.at, rest.text[:digits]}.wrong(tooFar)
		}
		behind := rest.from(digits).trim()
		switch {
		case err != nil:
			return span, noNumber(rest)
		case behind.text == "":
			return span, behind.wrong("a unit is missing: %s", allUnits)
		}
		i := strings.IndexByte(letters, behind.text[0])
		if i < 0 {
			return span, noUnit(behind)
		}
		*span.parts()[i] += n
		if l := span.Length(); l > longestReach || l < -longestReach {
			return span, whole.wrong(tooFar)
		}
		rest = behind.from(1).trim()
	}
	return span, nil
}

const (
	letters  = "YMWDhms"
	allUnits = "s, m (minutes), h, D, W, M (30 days) or Y (365 days)"
)

// noNumber explains a part that begins with no number.
func noNumber(s piece) error {
	switch {
	case isUnlimited(s.text):
		return s.wrong("U stands alone, without blanks around it")
	case strings.ContainsRune(letters, rune(s.text[0])):
		return s.wrongAt(0, "a number is missing in front of %c", s.text[0])
	}
	return s.wrongAt(0, "a number is expected here, as in 7D")
}

// noUnit explains a character that is no unit.
func noUnit(s piece) error {
	wrong, _ := utf8.DecodeRuneInString(s.text)
	for _, right := range letters {
		if strings.EqualFold(string(wrong), string(right)) {
			return s.wrongAt(0, "there is no unit %c; did you mean %c? The units are %s", wrong, right, allUnits)
		}
	}
	return s.wrongAt(0, "%q is no unit: %s", wrong, allUnits)
}

// rule reads a rule that has a name.
func (p *parser) rule(name, value piece) error {
	if _, there := p.named[name.text]; there && name.text != "keep-tag" {
		return name.wrong("%s is there twice", name.text)
	}
	p.named[name.text] = piece{name.at, p.text[name.at : value.at+len(value.text)]}
	switch name.text {
	case "keep-versions", "keep-time":
		return p.simple(name, value)
	case "at-least":
		return readCount(value, &p.policy.AtLeast)
	case "tolerance":
		span, err := readSpan(value)
		if err == nil && (span.Length() < 0 || span.Length() > longestTolerance || value.text == "") {
			err = value.wrong(badTolerance)
		}
		p.policy.Tolerance = &span
		return err
	case "slots":
		return p.slots(value)
	}
	return p.keep(name, value)
}

// simple reads Duplicati's two other rules.
func (p *parser) simple(name, value piece) (err error) {
	if name.text == "keep-versions" {
		n, err := strconv.ParseInt(value.text, 10, 32)
		p.policy.Versions = max(int(n), 0)
		switch {
		case err != nil:
			return value.wrong("a number of versions is expected here")
		case n <= 0:
			return nil // Duplicati's -1 and 0 keep all, and stand beside any rule
		}
	}
	if err := p.choose(name.text, name); err != nil || name.text == "keep-versions" {
		return err
	}
	if p.policy.Time, err = readSpan(value); err == nil && p.policy.Time.Length() <= shortestTime {
		err = value.wrong(tooShortTime)
	}
	return err
}

func readCount(value piece, n *int) error {
	var err error
	if *n, err = strconv.Atoi(value.text); err != nil || *n < 1 || *n > math.MaxInt32 {
		return value.wrong("a number from 1 on is expected here")
	}
	return nil
}

// slots reads the name of a time zone.
func (p *parser) slots(value piece) (err error) {
	zone := value.text
	if strings.EqualFold(zone, "local") {
		zone = "Local"
	}
	if p.policy.Slots, err = time.LoadLocation(zone); err != nil || zone == "" {
		return value.wrong("there is no time zone of this name: write one such as Europe/Berlin, UTC, or local")
	}
	return nil
}

// keep reads restic's and Borg's rules.
func (p *parser) keep(name, value piece) error {
	k := &p.policy.Keep
	for _, r := range k.rules() {
		if name.text != r.text() && name.text != r.withinText() {
			continue
		}
		if err := p.choose("keep", name); err != nil {
			return err
		}
		if name.text == r.withinText() {
			return readWithin(value, r.within)
		}
		if value.text == "unlimited" || value.text == "-1" {
			*r.count = -1
			return nil
		}
		return readCount(value, r.count)
	}
	if name.text != "keep-tag" {
		return name.wrong("there is no rule of this name: there are keep-versions, keep-time, keep-last, keep-hourly, keep-daily, keep-weekly, " +
			"keep-monthly, keep-yearly, keep-within, keep-tag, at-least, tolerance and slots")
	}
	if err := p.choose("keep", name); err != nil {
		return err
	}
	if value.text == "" {
		return value.wrong("a tag is missing")
	}
	k.Tags = append(k.Tags, strings.ReplaceAll(value.text, "&", ","))
	return nil
}

func readWithin(value piece, span *Span) (err error) {
	if *span, err = readSpan(value); err == nil && span.Length() <= 0 {
		err = value.wrong("a length of time is expected here, such as 30D")
	}
	return err
}

// finish looks at what only the whole text tells, and orders the frames.
func (p *parser) finish() error {
	if p.policy.Slots != nil {
		for i := range p.policy.Frames {
			if err := p.policy.Frames[i].check(true); err != nil {
				return locate(err, p.frames[i])
			}
		}
	}
	p.policy.Frames = p.policy.sorted()
	if err := p.policy.Validate(); err != nil {
		e, _ := errors.AsType[*Error](err)
		at := p.named["tolerance"]
		if e.Problem == idleSlots {
			at = p.named["slots"]
		}
		return at.wrong("%s", e.Problem)
	}
	return nil
}
