package restore

import (
	"fmt"
	"slices"
)

// Clash says what happens when an item is restored where something is already.
// A folder that is restored onto a folder is no clash: it is filled.
type Clash uint8

// The ways out. Refuse is the zero value: nothing that exists is touched.
const (
	// Refuse: the target must be absent or an empty folder.
	Refuse Clash = iota
	// Replace: what exists is overwritten, and a folder that stands where an
	// item of another type belongs is removed with all that is in it. What
	// has the content of the item already stays, and gets the attributes that
	// differ.
	Replace
	// KeepBoth: the restored item gets a name of its own.
	KeepBoth
	// Skip: what exists stays, and the item is not restored.
	Skip
	// ReplaceOlder: as Replace, where what exists is older than the item; never
	// a folder by something else. A file of the same size and time counts as
	// being the same, and is not looked into.
	ReplaceOlder
)

var clashWords = [...]string{"refuse", "replace", "keep-both", "skip", "replace-older"}

// String returns the word that MarshalText writes.
func (c Clash) String() string { return word(clashWords[:], int(c)) }

// MarshalText implements encoding.TextMarshaler.
func (c Clash) MarshalText() ([]byte, error) { return marshal(clashWords[:], int(c)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Clash) UnmarshalText(text []byte) error {
	i, err := unmarshal(clashWords[:], text)
	if err == nil {
		*c = Clash(i)
	}
	return err
}

// Owner says to whom restored items belong. Only root can give files away: for
// everybody else they stay theirs, whatever is chosen, without a word. Of the
// group that holds where the user is not in it.
type Owner uint8

// The choices.
const (
	// ByName: to the user and group of that name here, or else to the number.
	ByName Owner = iota
	// ByNumber: to the number.
	ByNumber
	// None: to whoever restores.
	None
)

var ownerWords = [...]string{"name", "number", "none"}

// String returns the word that MarshalText writes.
func (o Owner) String() string { return word(ownerWords[:], int(o)) }

// MarshalText implements encoding.TextMarshaler.
func (o Owner) MarshalText() ([]byte, error) { return marshal(ownerWords[:], int(o)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Owner) UnmarshalText(text []byte) error {
	i, err := unmarshal(ownerWords[:], text)
	if err == nil {
		*o = Owner(i)
	}
	return err
}

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}

func marshal(words []string, i int) ([]byte, error) {
	if i >= len(words) {
		return nil, fmt.Errorf("there is no choice number %d", i)
	}
	return []byte(words[i]), nil
}

func unmarshal(words []string, text []byte) (int, error) {
	i := slices.Index(words, string(text))
	if i < 0 {
		return 0, fmt.Errorf("%q is none of %q", text, words)
	}
	return i, nil
}
