package retention

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Pin keeps a version whatever the rules say.
type Pin struct {
	Reason string
	// Until is when it ends, zero for never. Archives keep the day of it.
	Until time.Time
}

// Holds reports that there is a pin, and that it has not ended. nil holds
// nothing.
func (p *Pin) Holds(now time.Time) bool {
	return p != nil && (p.Until.IsZero() || now.Before(p.Until))
}

// Outlasts reports that a pin holds longer than another one; any holds longer
// than nil.
func (p *Pin) Outlasts(other *Pin) bool {
	switch {
	case p == nil:
		return false
	case other == nil:
		return true
	case p.Until.IsZero() || other.Until.IsZero():
		return p.Until.IsZero() && !other.Until.IsZero()
	}
	return p.Until.After(other.Until)
}

// Same reports that two pins keep a version for as long, by the day, and for
// the same reason.
func (p *Pin) Same(other *Pin) bool {
	if p == nil || other == nil {
		return p == other
	}
	return p.Reason == other.Reason && p.Day() == other.Day()
}

// Day is the last day of a pin as archives keep it, "" for one without an end.
func (p *Pin) Day() string {
	if p.Until.IsZero() {
		return ""
	}
	return p.Until.Format(time.DateOnly)
}

// UntilDay is when a pin ends that is kept by its last day: at the end of that,
// in zone, so that the day is the same wherever it is read.
func UntilDay(day string, zone *time.Location) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, err
	}
	return EndOfDay(t, zone), nil
}

// EndOfDay is the last second of the day that t shows, in zone.
func EndOfDay(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 59, 0, zone)
}

// MaxReason bounds the reason of a pin, in bytes.
const MaxReason = 500

// The reasons that no pin has.
var (
	ErrLongReason = errors.New("the reason is too long")
	ErrReason     = errors.New("the reason is no text")
)

// CleanReason makes one line of a reason, without spaces around it.
func CleanReason(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrReason
	}
	text = oneLine(text)
	if len(text) > MaxReason {
		return "", ErrLongReason
	}
	return text, nil
}

// ReasonOf is what another program wrote as a reason, as far as it can be one.
func ReasonOf(text string) string {
	text = oneLine(strings.ToValidUTF8(text, "?"))
	if len(text) > MaxReason {
		text = strings.ToValidUTF8(text[:MaxReason-len("…")], "") + "…"
	}
	return text
}

func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
