package ui

import (
	"strings"
	"testing"
)

// The judgement is honest: no passphrase that a guesser tries early counts.
func TestStrength(t *testing.T) {
	for _, row := range []struct{ passphrase, want string }{
		{"", "Four or five words"},
		{"password", "Weak"},
		{"Password1!", "Weak"},
		{"passphrase2026", "Weak"},
		{"aaaaaaaaaaaaaaaaaaaaaaaa", "Weak"},
		{"abcdefghijklmnop", "Weak"},
		{"lake", "Weak"},
		{"lake lake lake lake lake", "Weak"},
		{"Tr0ub4dor", "Weak"},
		{"Tr0ub4dor&3x", "Weak"},
		{"k4v9tq1zr0", "Fair"},
		{"lake boats nine green", "Fair"},
		{"seven green boats at night", "Strong"},
		{"x7#Kp2!vQz9m", "Strong"},
		{"zwölf grüne Boote bei Nacht", "Strong"},
	} {
		if got := strengthOf(row.passphrase); !strings.HasPrefix(got.sentence, row.want) {
			t.Errorf("%q (%.0f bits): got %q, want %s", row.passphrase, bits(row.passphrase), got.sentence, row.want)
		}
	}
}
