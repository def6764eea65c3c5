package rulesform

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// previewView shows what the rules do: in sum, and folder by folder.
type previewView struct {
	form *Form

	summary        fyne.CanvasObject
	kept, left     *look.Text
	state, trouble *look.Text
	stop, again    *look.Button
	bar            *look.Shares
	progress       *fyne.Container

	content fyne.CanvasObject
	hint    *look.Text
	list    *look.List
	tree    fyne.CanvasObject // holds the list
	rows    []folderRow
	top     *engine.PreviewFolder // that rows show
	open    map[*engine.PreviewFolder]bool
}

// folderRow is a line of the tree.
type folderRow struct {
	*engine.PreviewFolder
	name   string
	depth  int
	parent int // its row, -1 for none
}

func newPreviewView(f *Form) *previewView {
	v := &previewView{form: f, kept: look.Strong(""), left: look.Hint(""), state: look.Note(""), trouble: look.Coloured("", look.Clay), bar: look.NewShares(14)}
	v.stop = look.NewButton(lang.T("Stop"), f.giveUp)
	v.again = look.NewButton(lang.T("Count again"), f.again)
	v.progress = look.Row(look.Within, 0, v.state, v.stop, v.again)
	v.summary = look.On(look.Card, look.Rule, look.Between, look.Stacked(look.Within,
		v.kept, v.left, v.bar, v.progress, v.trouble))
	v.list = look.NewList(func() int { return len(v.rows) }, func() fyne.CanvasObject { return newFolderView() }, func(i int, o fyne.CanvasObject) { v.fill(i, o.(*folderView)) })
	v.list.OnTapped, v.list.OnOpened, v.list.OnSide = v.turn, v.turn, v.side
	v.hint = look.Hint("")
	v.tree = look.Tall(treeHeight, v.list)
	v.content = look.Stacked(look.Within, look.Strong(lang.T("What it does, folder by folder")), v.hint, v.tree)
	return v
}

// treeHeight is how much of the tree is in sight.
const treeHeight = 300

// show brings it in step with what was counted.
func (v *previewView) show() {
	f, c := v.form, &v.form.count
	p := &c.last
	colour := look.Ink
	if c.stale() && (c.known || c.given) {
		colour = look.Quiet
	}
	v.kept.Set(lang.T("Kept: %s.", tallyWords(p.Kept.Files, p.Kept.Bytes)))
	v.kept.Colour(colour)
	left := lang.T("Nothing is left out.")
	if p.Out.Files > 0 {
		left = lang.T("Left out: %s.", tallyWords(p.Out.Files, p.Out.Bytes))
	}
	v.left.Set(left)
	v.bar.Set(v.shares(p.Kept, v.ruleTallies(), colour != look.Ink))
	v.showState()
	if c.last.Top != v.top {
		v.top, v.open = c.last.Top, map[*engine.PreviewFolder]bool{}
		if v.top != nil {
			v.open[v.top] = true
		}
	}
	v.showTree()
	look.Visible(v.summary, len(f.folders) > 0)
}

// showState says how far the count is.
func (v *previewView) showState() {
	c := &v.form.count
	state := ""
	switch {
	case c.running:
		state = countingWords(c.met.Kept.Files + c.met.Out.Files)
	case c.given:
		state = lang.T("The count was stopped, and these numbers are not those of the rules as they are now.")
	case c.last.Unreadable > 0:
		state = lang.N(c.last.Unreadable, "%s item cannot be read, and the backup will name what it leaves out.",
			"%s items cannot be read, and the backup will name what it leaves out.", words.Number(c.last.Unreadable))
	}
	v.state.Set(state)
	look.Visible(v.progress, state != "" || c.err != nil)
	look.Visible(v.stop, c.running)
	look.Visible(v.again, !c.running && (c.given || c.err != nil))
	trouble := ""
	if c.err != nil {
		trouble = session.Explain(c.err).Sentence
	}
	v.trouble.Set(trouble)
	look.Visible(v.trouble, trouble != "")
}

func countingWords(files int64) string {
	return lang.N(files, "counting… %s file so far", "counting… %s files so far", words.Number(files))
}

// ruleTallies are what rules take out of everything.
func (v *previewView) ruleTallies() (out []engine.RuleTally) {
	c := &v.form.count
	for i, t := range c.last.Rules {
		if i < len(c.rules) && !c.rules[i].Include {
			out = append(out, engine.RuleTally{Rule: i, Tally: t})
		}
	}
	return out
}

// shares are the parts of a bar: what is kept, and what each rule takes out.
func (v *previewView) shares(kept engine.Tally, out []engine.RuleTally, grey bool) []look.Share {
	tone := func(c fyne.ThemeColorName) fyne.ThemeColorName {
		if grey {
			return theme.ColorNameDisabled
		}
		return c
	}
	shares := []look.Share{{Weight: float64(kept.Bytes), Colour: tone(look.Lake)}}
	for _, o := range out {
		shares = append(shares, look.Share{Weight: float64(o.Bytes), Colour: tone(v.form.toneOf(v.form.count.rules[o.Rule])), Low: true})
	}
	return shares
}

// showTree makes the rows anew.
func (v *previewView) showTree() {
	v.rows = nil
	hint := lang.T("High and in one colour is what is kept, low is what is left out, each rule in its colour.")
	switch {
	case v.top == nil && v.form.count.running:
		hint = lang.T("The folders are shown as soon as all is counted.")
	case v.top == nil:
		hint = lang.T("Nothing is counted yet.")
	default:
		v.addRows(v.top, words.Printable(places.Tilde(v.form.count.last.Root)), 0, -1)
		if v.form.count.last.Clipped {
			hint += " " + lang.T("Folders deep down are counted in those above them.")
		}
	}
	v.hint.Set(hint)
	v.list.Refresh()
	look.Visible(v.tree, len(v.rows) > 0) // an empty list would take the keyboard
}

func (v *previewView) addRows(p *engine.PreviewFolder, name string, depth, parent int) {
	at := len(v.rows)
	v.rows = append(v.rows, folderRow{p, name, depth, parent})
	if !v.open[p] {
		return
	}
	for _, inner := range p.Folders {
		v.addRows(inner, words.Printable(inner.Name), depth+1, at)
	}
}

// turn opens a row or closes it.
func (v *previewView) turn(i int) {
	p := v.rows[i].PreviewFolder
	v.open[p] = !v.open[p]
	v.showTree()
}

// side opens a row, closes it, or goes to the one that holds it.
func (v *previewView) side(direction int) {
	i := v.list.At()
	if i < 0 || i >= len(v.rows) {
		return
	}
	r := v.rows[i]
	switch open := v.open[r.PreviewFolder]; {
	case direction > 0 && !open, direction < 0 && open:
		v.turn(i)
	case direction < 0 && r.parent >= 0:
		v.list.SetAt(r.parent)
	}
}

// folderView shows a line of the tree.
type folderView struct {
	widget.BaseWidget
	content    fyne.CanvasObject
	ground     *look.Back
	indent     *fyne.Container
	turn       *look.Drawing
	name, kept *look.Text
	out        *look.Brief
	bar        *look.Shares
	depth      float32
}

func newFolderView() *folderView {
	r := &folderView{
		ground: look.NewBack("", "", 6), turn: look.Picture(look.IconAfter.In(look.Quiet), 16), name: look.Line("name", look.Ink),
		kept: look.SmallTag("", look.Quiet), out: look.NewBrief(look.SmallLine("", look.Quiet)), bar: look.NewShares(10),
	}
	r.indent = container.New(&indented{r}, look.Row(look.Within, 1, look.Wide(16, r.turn), look.Stacked(2, look.Row(look.Within, 0, r.name, r.kept), r.out), look.Wide(barWidth, look.High(10, r.bar))))
	r.content = container.NewStack(r.ground, look.InsetXY(look.Within, 4, r.indent))
	r.ExtendBaseWidget(r)
	return r
}

// barWidth is that of a folder's bar.
const barWidth = 90

// indented shifts a row to the right, as deep as it lies.
type indented struct{ row *folderView }

// MinSize implements fyne.Layout.
func (l *indented) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

// Layout implements fyne.Layout.
func (l *indented) Layout(o []fyne.CanvasObject, s fyne.Size) {
	x := min(l.row.depth*16, s.Width/4)
	o[0].Move(fyne.NewPos(x, 0))
	o[0].Resize(fyne.NewSize(s.Width-x, s.Height))
}

// CreateRenderer implements fyne.Widget.
func (r *folderView) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(r.content)
}

// fill shows the i-th row.
func (v *previewView) fill(i int, r *folderView) {
	if i >= len(v.rows) {
		return
	}
	x := v.rows[i]
	edge := fyne.ThemeColorName("")
	if v.list.Marks(i) {
		edge = look.Lake
	}
	r.ground.Paint("", edge)
	r.depth = float32(x.depth)
	turn := look.IconAfter
	if v.open[x.PreviewFolder] {
		turn = look.IconDown
	}
	r.turn.Set(turn.In(look.Quiet))
	look.Visible(r.turn, len(x.Folders) > 0)
	stale := v.form.count.stale()
	colour := look.Ink
	if stale || x.Kept.Files == 0 {
		colour = look.Quiet
	}
	r.name.Set(x.name)
	r.name.Colour(colour)
	kept := lang.T("nothing is kept")
	if x.Kept.Files > 0 {
		kept = tallyWords(x.Kept.Files, x.Kept.Bytes)
	}
	r.kept.Set(kept)
	r.out.Tell(v.blame(x.PreviewFolder)...)
	r.bar.Set(v.shares(x.Kept, x.Out, stale))
	r.content.Refresh()
}

// blame says what takes something out of a folder, and again with less and less
// of it.
func (v *previewView) blame(p *engine.PreviewFolder) (ways []string) {
	rules := v.form.count.rules
	if len(p.Out) == 0 || slices.ContainsFunc(p.Out, func(o engine.RuleTally) bool { return o.Rule >= len(rules) }) {
		return []string{lang.T("All of it is kept.")}
	}
	const most = 3
	for named := min(most, len(p.Out)); named > 0; named-- {
		var parts []string
		for _, o := range p.Out[:named] {
			parts = append(parts, words.Size(o.Bytes)+" "+v.form.nameOf(rules[o.Rule]))
		}
		if n := len(p.Out) - named; n > 0 {
			parts = append(parts, lang.T("and %s more", words.Number(int64(n))))
		}
		ways = append(ways, lang.T("Left out: %s", strings.Join(parts, ", ")))
	}
	var all int64
	for _, o := range p.Out {
		all += o.Bytes
	}
	return append(ways, lang.T("Left out: %s", words.Size(all)))
}
