package retentionform

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
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

// beginnings are after how many days a version may stand for itself.
var beginnings = []int{0, 30, 90, 180, 365}

func beginningWords(days int) string {
	if days == 0 {
		return lang.T("Never")
	}
	return lang.N(days, "Every %s day", "Every %s days", words.Number(int64(days)))
}

func newAnew(c *Composer) *anew {
	a := &anew{composer: c, says: look.Hint("")}
	var items []look.Item
	for _, b := range beginnings {
		items = append(items, look.Item{Value: beginningWords(b)})
	}
	a.combo = look.NewCombo("", items, func(name string) {
		i := slices.IndexFunc(beginnings, func(days int) bool { return beginningWords(days) == name })
		c.facts.FullEvery = beginnings[i]
		c.changed()
	})
	a.content = look.Stacked(look.Within, look.Stacked(4, look.Caption(lang.T("Store everything anew")), look.AtMost(2*rowWidth, look.Wide(rowWidth, a.combo))), a.says)
	return a
}

func (a *anew) show() {
	f := &a.composer.facts
	look.Visible(a.content, f.Chained)
	a.combo.Set(beginningWords(f.FullEvery))
	if f.FullEvery == 0 {
		a.says.Set(lang.T("Versions here build on one another, so none can go until everything is stored anew."))
		return
	}
	a.says.Set(lang.T("Versions here build on one another. Old ones go together, once everything was stored anew and none of them is wanted."))
}
