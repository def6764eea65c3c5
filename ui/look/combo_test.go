package look

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// shownCombo is a combo of regions in a window, and what was chosen there.
func shownCombo(t *testing.T, n int) (c *Combo, chosen *[]string) {
	t.Helper()
	newApp(t)
	items := []Item{{"eu-central-1", "Frankfurt"}, {"us-east-1", "Virginia"}}
	for i := range n {
		items = append(items, Item{fmt.Sprintf("region-%d", i), "Nowhere"})
	}
	chosen = new([]string)
	c = NewCombo("Not set", items, func(v string) { *chosen = append(*chosen, v) })
	c.Free, c.Unset = true, true
	w := test.NewTempWindow(t, c)
	w.Resize(fyne.NewSize(600, 400))
	return c, chosen
}

func pressKeys(o fyne.Focusable, keys ...fyne.KeyName) {
	for _, k := range keys {
		o.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

// Hundreds of values are narrowed down by what they are and what they mean.
func TestComboSearches(t *testing.T) {
	c, chosen := shownCombo(t, 300)
	c.TypedRune('f')
	test.Type(c.open.query, "rank")
	if got := c.open.query.Text; got != "frank" {
		t.Errorf("typed is %q", got)
	}
	if got := c.open.shown; len(got) != 2 || got[0].Value != "eu-central-1" || got[1].Value != "frank" {
		t.Errorf("shown is %v", got)
	}
	pressKeys(c.open.query, fyne.KeyReturn)
	if c.Value() != "eu-central-1" || len(*chosen) != 1 || c.open != nil {
		t.Errorf("chosen is %q, %v", c.Value(), *chosen)
	}
	pressKeys(c, fyne.KeyDown)
	if got := c.open.title(0); got != "Not set" {
		t.Errorf("the first is %q", got)
	}
	pressKeys(c.open.query, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	if c.Value() != "us-east-1" {
		t.Errorf("two down is %q", c.Value())
	}
	pressKeys(c, fyne.KeyDown)
	pressKeys(c.open.query, fyne.KeyEscape)
	if c.Value() != "us-east-1" || c.open != nil || len(*chosen) != 2 {
		t.Errorf("after Escape: %q, %v", c.Value(), *chosen)
	}
}

func TestComboTakesOtherValues(t *testing.T) {
	c, _ := shownCombo(t, 0)
	c.Tapped(nil)
	c.open.query.SetText("moon-1")
	pressKeys(c.open.query, fyne.KeyReturn)
	if c.Value() != "moon-1" {
		t.Errorf("got %q", c.Value())
	}
	c.Free = false
	c.Tapped(nil)
	if c.open.query != nil {
		t.Error("two values want a search")
	}
	pressKeys(c.open.list, fyne.KeyEscape)
	if c.open != nil || c.Value() != "moon-1" {
		t.Error("Escape does not close the list")
	}
}

// Values of which nothing is said stand in rows of one line, and no room is left
// for others.
func TestComboOfPlainValues(t *testing.T) {
	detailed, _ := shownCombo(t, 0)
	detailed.Tapped(nil)
	c := NewCombo("", []Item{{Value: "1 minute"}, {Value: "5 minutes"}, {Value: "1 hour"}, {Value: "6 hours"}}, nil)
	test.NewTempWindow(t, Stacked(0, c)).Resize(fyne.NewSize(600, 600))
	c.Tapped(nil)
	row := c.open.rowHeight()
	if row >= detailed.open.rowHeight() {
		t.Errorf("a row of one line is %v high, one of two is %v", row, detailed.open.rowHeight())
	}
	if got := c.open.list.Size().Height; got != 4*row {
		t.Errorf("the list is %v high, four rows are %v", got, 4*row)
	}
}
