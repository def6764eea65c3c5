package retentionform

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// anew asks how often a version stands for itself, where versions build on those
// before them: they can be removed only together.
type anew struct {
	composer *Composer
	content  fyne.CanvasObject
	combo    *look.Combo
	says     *look.Text
}

// beginning is after how many days a version stands for itself.
type beginning struct {
	days int
	name string
}

var beginnings = []beginning{{0, "Never"}, {30, "Every 30 days"}, {90, "Every 90 days"}, {180, "Every 180 days"}, {365, "Every 365 days"}}

func newAnew(c *Composer) *anew {
	a := &anew{composer: c, says: look.Hint("")}
	var items []look.Item
	for _, b := range beginnings {
		items = append(items, look.Item{Value: b.name})
	}
	a.combo = look.NewCombo("", items, func(name string) {
		i := slices.IndexFunc(beginnings, func(b beginning) bool { return b.name == name })
		c.facts.FullEvery = beginnings[i].days
		c.changed()
	})
	a.content = look.Stacked(look.Within, look.Stacked(4, look.Caption("Store everything anew"), look.AtMost(2*rowWidth, look.Wide(rowWidth, a.combo))), a.says)
	return a
}

func (a *anew) show() {
	f := &a.composer.facts
	look.Visible(a.content, f.Chained)
	name := "Every " + words.Count(int64(f.FullEvery), "day")
	for _, b := range beginnings {
		if b.days == f.FullEvery {
			name = b.name
		}
	}
	a.combo.Set(name)
	if f.FullEvery == 0 {
		a.says.Set("Versions here build on one another, so none can go until everything is stored anew.")
		return
	}
	a.says.Set("Versions here build on one another. Old ones go together, once everything was stored anew and none of them is wanted.")
}
