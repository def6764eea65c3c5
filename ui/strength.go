package ui

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// strength is what a passphrase is worth against a thief who has the drive.
type strength struct {
	sentence string
	share    float64 // of what is enough
	colour   fyne.ThemeColorName
}

const (
	// guesses is how many passphrases a thief with a few graphics cards tries
	// in a second, as slow as the format makes each: 2^20.
	guesses = 20
	// enough is how many doublings of guesses are out of anybody's reach.
	enough = 65
)

// strengthOf says honestly what a passphrase is worth. It counts what a
// guesser has to try, and believes neither repetition nor habit.
func strengthOf(passphrase string) strength {
	if passphrase == "" {
		return strength{lang.T("Four or five words that do not belong together are good."), 0, look.Quiet}
	}
	b := bits(passphrase)
	s := strength{share: min(1, b/enough)}
	switch {
	case b < 36:
		s.sentence, s.colour = lang.T("Weak: a thief with the drive finds it within a day."), look.Clay
	case b < 46:
		s.sentence, s.colour = lang.T("Weak: a thief with the drive finds it within weeks or months."), look.Clay
	case b < 56:
		s.sentence, s.colour = lang.T("Fair: it takes a thief years of computing. Longer is better."), look.Amber
	default:
		s.sentence, s.colour = lang.T("Strong: guessing it is out of reach."), look.Moss
	}
	return s
}

// leastWord is how many letters tell that words were typed.
const leastWord = 3

// perWord is what a word of a language is worth: it is one of some thousand.
const perWord = 12

// bits is the logarithm of how many guesses it takes: the way of words or of
// letters, whichever is shorter.
func bits(s string) float64 {
	lower := strings.ToLower(s)
	if slices.ContainsFunc(habits, func(h string) bool { return strings.Contains(lower, h) && len(lower) < len(h)+5 }) {
		return guesses / 2
	}
	byLetters := float64(distinctLength(s)) * math.Log2(float64(alphabet(s)))
	words, letters := map[string]bool{}, 0
	for w := range strings.FieldsFuncSeq(plain(lower), func(r rune) bool { return !unicode.IsLetter(r) }) {
		n := len([]rune(w))
		if n > 1 {
			words[w] = true
		}
		if n >= leastWord {
			letters += n + 1 // with what stands behind it
		}
	}
	length := len([]rune(s))
	if letters*4 < length*3 {
		return byLetters // too little of it is words
	}
	return min(byLetters, perWord*float64(len(words))+float64(length)/8)
}

// plain undoes the few digits that people put in place of letters.
func plain(s string) string {
	letters := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s")
	put := 0
	for _, r := range s {
		if strings.ContainsRune("013457@$", r) {
			put++
		}
	}
	if put*4 > len(s) {
		return s
	}
	return letters.Replace(s)
}

// habits are what people choose who were asked for a passphrase.
var habits = []string{
	"password", "passwort", "passphrase", "123456", "12345", "qwerty", "qwertz", "azerty", "letmein", "iloveyou",
	"abc123", "admin", "welcome", "monkey", "dragon", "football", "secret", "backup", "varve",
}

// distinctLength counts letters that do not just repeat or continue the ones
// before them.
func distinctLength(s string) int {
	n := 0
	var before rune
	for _, r := range s {
		if d := r - before; d < -1 || d > 1 {
			n++
		}
		before = r
	}
	return n
}

// alphabet is how many characters the passphrase may have been chosen from.
func alphabet(s string) int {
	n := 0
	for _, kind := range []struct {
		holds func(rune) bool
		many  int
	}{
		{func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLower(r) }, 26},
		{func(r rune) bool { return r < unicode.MaxASCII && unicode.IsUpper(r) }, 26},
		{unicode.IsDigit, 10},
		{func(r rune) bool {
			return r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r) || r == ' ')
		}, 33},
		{func(r rune) bool { return r > unicode.MaxASCII }, 60},
	} {
		if strings.ContainsFunc(s, kind.holds) {
			n += kind.many
		}
	}
	return max(n, 2)
}
