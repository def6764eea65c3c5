package destform

import (
	"slices"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// Way is one of few values, which are all shown at once.
type Way struct{ Value, Label, Help string }

// The options of several destinations that are one.
const (
	KeyMode   = "mode"
	KeyOnFail = "onfail"
	Mirror    = "mirror"
	Stripe    = "stripe"
)

// NewList makes the form of several destinations that are one, without these
// themselves. Copies are chosen already: they are what makes a backup safer.
func NewList(k destination.Kind) *Form {
	return &Form{kind: k, list: true, values: map[string]string{KeyMode: Mirror}}
}

// ReadList is the form of several destinations as their address has it.
func ReadList(k destination.Kind, url string) *Form {
	f := NewList(k)
	a, err := destination.Parse(url)
	if err != nil {
		return f // an address that is none says nothing about them
	}
	for _, name := range destination.SeveralOptions() {
		f.Set(name, a.Query.Get(name))
	}
	return f
}

// IsList tells that the form is of several destinations, whose address is not
// typed.
func (f *Form) IsList() bool { return f.list }

var modes = []Way{
	{Mirror, lang.Mark("Each gets everything"), lang.Mark("Copies of the whole backup. To restore, one of them is enough.")},
	{Stripe, lang.Mark("Each gets a share"), lang.Mark("More room, and no copies. To restore, all of them are needed.")},
}

// failures are the ways to go on when a destination fails, by the mode.
var failures = map[string][]Way{
	Mirror: {
		{"continue", lang.Mark("Go on with the others"), lang.Mark("Afterwards the run names the one that did not take part.")},
		{"abort", lang.Mark("Stop the backup"), lang.Mark("A version counts only when all of them have it.")},
	},
	Stripe: {
		{"continue", lang.Mark("Go on with the others"), lang.Mark("What one cannot take, the next one does.")},
		{"abort", lang.Mark("Stop the backup"), lang.Mark("No destination takes the share of another.")},
	},
}

// reword words the options of several destinations.
func (f *Form) reword(field *Field) {
	switch field.Key {
	case KeyMode:
		field.Title, field.Ways = lang.Mark("What goes where"), modes
	case KeyOnFail:
		field.Title, field.Ways = lang.Mark("When one of them fails"), failures[f.Value(KeyMode)]
	case "subpath":
		field.Title, field.Help, field.Hint = lang.Mark("Behind each address"), lang.Mark("Put behind the address of each destination as it is, such as /laptop."), "/laptop"
	}
	if len(field.Ways) > 0 {
		field.Help = ""
		if i := slices.IndexFunc(field.Ways, func(w Way) bool {
			return w.Value == f.Value(field.Key) || f.Value(field.Key) == "" && w.Value == field.Default
		}); i >= 0 {
			field.Help = field.Ways[i].Help
		}
	}
}
