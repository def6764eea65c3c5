package restorepage

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// inBasket names what the detail shows, in the version that is chosen; ok is
// false when there is nothing that could be added.
func (d *detail) inBasket() (i item, ok bool) {
	if d.chosen < 0 || d.path == "" {
		return item{}, false
	}
	v := d.history.versionOf(d.chosen)
	return itemOf(d.line, d.path, &v), true
}

// addToBasket puts the chosen version into the basket, or takes it out.
func (d *detail) addToBasket() {
	i, ok := d.inBasket()
	if !ok {
		return
	}
	if _, there := d.f.basket[i]; there {
		delete(d.f.basket, i)
	} else {
		d.f.basket[i] = d.history.versionOf(d.chosen)
		d.f.added = true
	}
	d.f.list.Refresh()
	d.f.countTicked()
}

// showBasket says on its button whether the chosen version is in the basket.
func (d *detail) showBasket() {
	i, ok := d.inBasket()
	look.Visible(d.add, ok)
	label := lang.T("Add")
	if _, there := d.f.basket[i]; there {
		label = lang.T("Take out")
	}
	if d.add.Text != label {
		d.add.SetText(label)
	}
}

// showBasket lists what is to come back, each with its version.
func (f *Finder) showBasket() {
	var hide func()
	rows := look.Stacked(look.Within)
	for _, i := range f.basket.sorted() {
		rows.Add(f.basketRow(i, func() {
			hide()
			delete(f.basket, i)
			f.list.Refresh()
			f.countTicked()
			if len(f.basket) > 0 {
				f.showBasket()
			}
		}))
	}
	closing := look.Primary(lang.T("Close"), func() { hide() })
	hide = f.Window.Ask(lang.T("What is to come back"), look.Rolled(rows), look.Flow(look.Within, closing),
		frame.Page{First: closing, Escape: func() { hide() }, Enter: func() { hide() }})
}

// basketRow is one of its lines.
func (f *Finder) basketRow(i item, takeOut func()) fyne.CanvasObject {
	when := lang.T("As of %s", words.Moment(f.basket[i].Time, f.Window.Now()))
	return look.Row(look.Within, 0, look.Stacked(2, look.Line(words.Printable(i.path), look.Ink), look.Note(when)),
		look.NewButton(lang.T("Take out"), takeOut))
}
