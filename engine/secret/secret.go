// Package secret holds Text, a passphrase that cannot be printed by accident.
package secret

import "log/slog"

// Text is a passphrase. Every way of formatting or logging it shows only
// whether there is one; Reveal is the single way to the characters.
type Text struct{ s string }

// New wraps a passphrase.
func New(s string) Text { return Text{s} }

// Reveal returns the characters, for the one place that must have them.
func (t Text) Reveal() string { return t.s }

// IsEmpty reports that there is no passphrase.
func (t Text) IsEmpty() bool { return t.s == "" }

// String hides the characters from fmt.
func (t Text) String() string {
	if t.s == "" {
		return "(none)"
	}
	return "(secret)"
}

// GoString hides the characters from %#v.
func (t Text) GoString() string { return t.String() }

// LogValue hides the characters from slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText hides the characters from every encoder.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
