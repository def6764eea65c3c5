package backends

import (
	"context"

	"github.com/varve-backup/varve/backends/address"
)

// Kind is a kind of destination: what its addresses look like, what can be
// set, and how it is opened.
type Kind struct {
	// Name is short and lower-case, as "s3"; Title is for people.
	Name, Title string
	// Schemes are those of its addresses, without prefixes; Form is what one
	// looks like, with words in brackets that may be left out.
	Schemes []string
	Form    string
	// Note is what a person must know beforehand, in a sentence or two.
	Note string
	// Foldered: its stores can be Foldered, and the address of its server or
	// account alone opens the topmost folder, with Config.Explore.
	Foldered bool
	// Options can be set; Flags are further names for some of them, those of
	// duplicity's command line without dashes.
	Options []Option
	Flags   []Option
	// Open opens a destination.
	Open func(ctx context.Context, a *address.Address, c Config) (Store, error)
}

// OptionType says which values an option has.
type OptionType int

// The types of options. The text form of a Switch is "true" or "false", that
// of Bytes a number with K, M or G, that of a Duration what Go parses.
const (
	Text OptionType = iota
	Switch
	Number
	Bytes
	Duration
	Path
)

// Option is one thing that can be set.
type Option struct {
	Name string
	Type OptionType
	// Title and Help are for people: a label, and a sentence.
	Title, Help string
	Default     string
	// Choices are values that are known; Closed: there are no others.
	Choices []Choice
	Closed  bool
	// Secret: never shown, kept in the keyring.
	Secret   bool
	Required bool
	// Advanced: hardly anybody needs it.
	Advanced bool
	// Env is read where it is not set.
	Env string
	// Only shows it for certain values of another option, as "provider=AWS".
	Only string
}

// Choice is a value of an Option.
type Choice struct{ Value, Help string }
