package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// folderRow is a row of a folderSheet.
type folderRow struct {
	widget.BaseWidget
	content fyne.CanvasObject
	ground  *look.Back
	name    *look.Text
}

func newFolderRow() *folderRow {
	r := &folderRow{ground: look.NewBack("", "", 6), name: look.Line("name", look.Ink)}
	row := look.Row(look.Within, 1, look.Picture(look.IconFolder.In(look.Lake), 20), r.name, look.Picture(look.IconAfter.In(look.Quiet), 16))
	whole := container.NewStack(r.ground, look.InsetXY(look.Within, 0, look.High(look.RowHeight, row)))
	r.content = container.New(layout.NewCustomPaddedLayout(1, 1, 0, look.Within), whole) // the frame of the keyboard is cut at the edge of what scrolls
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *folderRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }

// fill shows the i-th folder.
func (s *folderSheet) fill(i int, r *folderRow) {
	if i >= len(s.found.Names) {
		return
	}
	edge := fyne.ThemeColorName("")
	if s.list.Marks(i) {
		edge = look.Lake
	}
	r.ground.Paint("", edge)
	r.name.Set(words.Printable(s.found.Names[i]))
}
