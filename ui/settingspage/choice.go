package settingspage

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
)

// item is one answer: how it is kept, and how it is called.
type item struct{ value, name string }

// choice is several cards of which one is chosen.
type choice struct {
	value   string
	cards   *fyne.Container
	options []*look.Option
	items   []item
	chose   func(value string)
}

// newChoice makes one; chose is called when a person chooses another card. A
// value that is none of the items counts as the first.
func newChoice(least float32, value string, chose func(string), items ...item) *choice {
	c := &choice{value: items[0].value, cards: look.Grid(look.Within, least), items: items, chose: chose}
	for _, i := range items {
		if i.value == value {
			c.value = value
		}
		o := look.NewOption(i.name, func() { c.choose(i.value) })
		c.options = append(c.options, o)
		c.cards.Add(o)
	}
	c.mark()
	return c
}

func (c *choice) choose(value string) {
	if value == c.value {
		return
	}
	c.value = value
	c.mark()
	c.chose(value)
}

// put chooses without asking anybody.
func (c *choice) put(value string) {
	c.value = value
	c.mark()
}

func (c *choice) mark() {
	for i, o := range c.options {
		o.Choose(c.items[i].value == c.value)
	}
}

// chosen is the card that is chosen.
func (c *choice) chosen() *look.Option {
	for i, o := range c.options {
		if c.items[i].value == c.value {
			return o
		}
	}
	return c.options[0]
}

// kept is a choice that is kept under a name, with cards of that width at least.
// then is called when another one was kept.
func (p *page) kept(g *group, least float32, name string, then func(), items ...item) *choice {
	c := newChoice(least, p.preference(g, name), nil, items...)
	c.chose = func(value string) {
		p.keep(g, name, value, func(err error) {
			if err != nil {
				c.put(p.preference(g, name))
				return
			}
			then()
		})
	}
	return c
}
