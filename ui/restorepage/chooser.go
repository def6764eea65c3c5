package restorepage

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// option is one of several to choose from.
type option struct{ title, detail string }

// mostOptions is how many options are in sight at once.
const mostOptions = 9

// choose asks for one of several, of which there may be thousands.
func (f *Finder) choose(title string, options []option, chosen int, then func(i int)) {
	var hide func()
	take := func(i int) {
		hide()
		then(i)
	}
	list := look.NewList(func() int { return len(options) }, func() fyne.CanvasObject { return newOptionView() },
		nil)
	list.UpdateItem = func(i int, o fyne.CanvasObject) { o.(*optionView).show(options[i], i == chosen, list.Marks(i)) }
	list.HideSeparators = true
	list.OnTapped, list.OnOpened, list.OnTicked = take, take, take
	row := list.CreateItem().MinSize().Height + 4
	room := container.NewStack(look.Gap(row*float32(min(len(options), mostOptions))), list)
	hide = f.Window.Ask(title, room, look.Flow(0, look.NewButton(lang.T("Cancel"), func() { hide() })), frame.Page{First: list, Escape: func() { hide() }})
	list.SetAt(max(chosen, 0))
}

// optionView shows an option.
type optionView struct {
	widget.BaseWidget
	content, mark fyne.CanvasObject
	ground        *look.Back
	title, detail *look.Text
}

func newOptionView() *optionView {
	v := &optionView{title: look.Line("title", look.Ink), detail: look.SmallLine("detail", look.Quiet), mark: look.Picture(look.IconFine.In(look.Lake), 18)}
	v.ground = look.NewBack("", "", 6)
	v.content = container.NewStack(v.ground, look.InsetXY(look.Within, 4, look.Row(look.Between, 0, look.Stacked(0, v.title, v.detail), v.mark)))
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *optionView) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.content) }

func (v *optionView) show(o option, chosen, marked bool) {
	ground := fyne.ThemeColorName("")
	if marked {
		ground = look.LakeGround
	}
	v.ground.Paint(ground, "")
	look.Visible(v.mark, chosen)
	v.title.Set(o.title)
	v.detail.Set(o.detail)
	look.Visible(v.detail, o.detail != "")
	v.content.Refresh()
}
