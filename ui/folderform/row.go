package folderform

import (
	"errors"
	"io/fs"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/words"
)

// row shows a folder of the tree.
type row struct {
	widget.BaseWidget
	content            fyne.CanvasObject
	ground             *look.Back
	turn, icon         *look.Drawing
	tick               *look.Tick
	name               *look.Text
	files, size, state *look.Text
	depth              int
}

func newRow() *row {
	r := &row{
		ground: look.NewBack("", "", 6), turn: look.Picture(look.IconAfter.In(look.Quiet), 16), icon: look.Picture(look.IconFolder.In(look.Lake), 20),
		tick: look.NewTick(), name: look.Line("name", look.Ink), files: look.SmallTag("", look.Quiet), size: look.Tag("", look.Quiet), state: look.SmallTag("", look.Amber),
	}
	r.content = container.NewStack(r.ground, container.New(&rowLayout{r}, r.turn, r.tick, r.icon, r.name, r.state, r.files, r.size))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }

// rowLayout puts the parts of a row in their columns. Where it gets narrow, the
// name wins, and the number of files goes.
type rowLayout struct{ row *row }

const (
	indent    = 20
	mostDeep  = 8   // levels that are indented
	sizeWidth = 84  // of the column with sizes, for letters of the usual size
	fileWidth = 110 // of that with numbers of files
	nameWidth = 180 // that a name gets before the number of files does
)

// MinSize implements fyne.Layout.
func (l *rowLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, max(look.RowHeight, theme.Size(look.Body)*2))
}

// Layout implements fyne.Layout.
func (l *rowLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	r, letters := l.row, look.Letters()
	place := func(o fyne.CanvasObject, x, width float32) {
		height := min(size.Height, o.MinSize().Height)
		o.Move(fyne.NewPos(x, (size.Height-height)/2))
		o.Resize(fyne.NewSize(width, height))
	}
	x := float32(look.Within + indent*min(l.row.depth, mostDeep))
	for _, o := range []fyne.CanvasObject{r.turn, r.tick, r.icon} {
		if o.Visible() || o == r.turn {
			place(o, x, o.MinSize().Width)
			x += o.MinSize().Width + 6
		}
	}
	right := size.Width - look.Within
	tag := func(o *look.Text, width float32, on bool) {
		look.Visible(o, on && o.String() != "")
		if !o.Visible() {
			return
		}
		width = max(width*letters, o.MinSize().Width)
		place(o, right-width, width)
		right -= width + look.Within
	}
	tag(r.size, sizeWidth, true)
	tag(r.files, fileWidth, right-x-fileWidth*letters > nameWidth*letters)
	tag(r.state, 0, right-x-r.state.MinSize().Width > nameWidth*letters/2)
	place(r.name, x, max(0, right-x))
}

// fill shows the i-th row.
func (f *Form) fill(i int, r *row) {
	if i >= len(f.rows) {
		return
	}
	x := f.rows[i]
	edge := fyne.ThemeColorName("")
	if f.list.Marks(i) {
		edge = look.Lake
	}
	r.ground.Paint("", edge)
	r.depth = x.Depth
	if x.More > 0 {
		f.fillMore(r, x)
		look.Lay(r.content)
		return
	}
	f.tree.See(x.Folder)
	f.count()
	look.Visible(r.turn, !x.Empty() || x.Err != nil)
	turn := look.IconAfter
	if x.IsOpen() {
		turn = look.IconDown
	}
	r.turn.Set(turn.In(look.Quiet))
	r.tick.Show()
	r.icon.Show()
	r.tick.OnChanged = func(bool) { f.toggle(i) }
	colour := look.Lake
	switch x.State() {
	case foldertree.Whole:
		r.tick.Set(true)
	case foldertree.Partly:
		r.tick.SetPartly()
	case foldertree.None:
		r.tick.Set(false)
		colour = look.Quiet
	}
	r.icon.Set(look.IconFolder.In(colour))
	name := words.Printable(x.Name())
	if x.Parent() == nil {
		name = words.Printable(places.Tilde(x.Path))
	}
	r.name.Set(name)
	r.name.Colour(look.Ink)
	r.state.Set(state(x.Folder))
	r.files.Set("")
	r.size.Set("")
	if m := x.Holds(); x.Err == nil && (m.Done || x.Parent() != nil || x.State() != foldertree.None) {
		r.size.Set(sizeWords(m))
		if m.Done || m.Files > 0 {
			r.files.Set(words.Count(m.Files, "file"))
		}
	}
	r.files.Right()
	r.size.Right()
	look.Lay(r.content)
}

func (f *Form) fillMore(r *row, x foldertree.Row) {
	r.turn.Hide()
	r.tick.Hide()
	r.icon.Hide()
	r.name.Set(lang.T("Show more: %s folders follow", words.Number(int64(x.More))))
	r.name.Colour(look.Lake)
	r.state.Set("")
	r.files.Set("")
	r.size.Set("")
}

// sizeWords are "…" for what is not counted yet.
func sizeWords(m foldertree.Measure) string {
	switch {
	case m.Done:
		return words.Size(m.Bytes)
	case m.Bytes > 0:
		return words.Size(m.Bytes) + "…"
	}
	return "…"
}

// state says what a person should know of a folder.
func state(x *foldertree.Folder) string {
	switch {
	case x.Err != nil:
		return lang.T("cannot be read: %s", Why(x.Err))
	case x.Parent() != nil && x.State() != foldertree.None && x.Holds().Unreadable > 0:
		return lang.T("%s cannot be read", words.Number(x.Holds().Unreadable))
	}
	return ""
}

// Why is the end of an error, as a person says it.
func Why(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return lang.T("it belongs to somebody else")
	case errors.Is(err, fs.ErrNotExist):
		return lang.T("it is not there")
	case errors.Is(err, ErrNoFolder):
		return lang.T("it is a file")
	}
	return lang.T("the disk does not answer")
}
