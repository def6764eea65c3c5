// Package restorepage is the page on which a person finds a file in all that
// was ever backed up, looks at its versions, compares them, and says which one
// shall come back. It starts from the file: a folder lists everything that was
// ever seen in it, deleted items included.
//
// New makes a Finder, whose Page the window shows. What the catalog answers is
// read beside the main loop: see Finder.look, through which every change of
// what is shown goes.
package restorepage

import (
	"context"
	"io"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// Backend is what the page asks of a session; a *session.Session is one.
type Backend interface {
	Past(a session.Archive) session.Past
	Learn(a session.Archive, ask bool)
	StopLearning(a session.Archive)
	Learning(a session.Archive) session.Learning
	ReadFile(ctx context.Context, a session.Archive, v engine.Version, path string, ask bool, out io.Writer) error
	Forget(url string)
	Pins
	Folders
}

// Config is what a Finder needs.
type Config struct {
	Window  frame.Window
	Backend Backend
	Archive session.Archive
	// Archives are the backups of this computer; Switch opens another of them,
	// and Other leads to all other backups.
	Archives func() []session.Archive
	Switch   func(session.Archive)
	Other    func()
	// Restore asks where to, and brings back. Page shows the Finder again.
	Restore func(Request)
	// Browse shows what is at the address of a folder in the file manager.
	Browse func(address string)
}

// Request is what shall come back.
type Request struct {
	// Parts are what comes from which version.
	Parts []Part
	// Names are the last components of the paths, in the order of the parts.
	Names []string
	// Chosen tells that versions were chosen; otherwise each item comes back as it
	// was last seen, or all as of one version.
	Chosen bool
	// InPlace tells that the paths are below the folder that Archive.Root
	// names, so that they can go back to where they came from.
	InPlace bool
	// From is the line that all of it is of, the zero value when it is of
	// several.
	From engine.Line
}

// Part is what comes from one version.
type Part struct {
	Version engine.Version
	Paths   []string
}

// Finder is the page. Its methods are called on the main loop.
type Finder struct {
	Config
	past session.Past

	want   spot  // where the page is, or will be as soon as that is read
	seen   sight // what was read of it
	failed error // why it was not
	basket basket
	added  bool             // versions of it were chosen, rather than items ticked
	learnt session.Learning // as it was shown last
	asked  bool             // the destination was asked for what is new
	closed bool
	zone   *time.Location // that times are told in

	looking context.CancelFunc // ends the reading of what is shown
	busy    bool               // it is being read
	stale   bool               // and shall be read once more

	content  fyne.CanvasObject
	search   *look.Field
	from     *look.Button
	notice   *notice
	folders  *openFolders
	crumbs   *fyne.Container
	showing  *look.Button
	list     *look.List
	state    *fyne.Container
	standing *container.Scroll // holds it
	detail   *detail
	beside   fyne.CanvasObject // the detail in its place
	foot     fyne.CanvasObject
	count    *look.Text
	clear    *look.Button
	// contents lists the basket.
	contents *look.Button
	restore  *look.Button
}

// New opens a backup.
func New(c Config) *Finder {
	f := &Finder{Config: c, zone: zone.Here(), past: c.Backend.Past(c.Archive), basket: basket{}, looking: func() {}}
	f.want = spot{line: homeLine}
	f.build()
	f.countTicked()
	return f
}

// Page is what the window shows. It is where it was left.
func (f *Finder) Page() frame.Page {
	f.closed = false
	f.again()
	f.folders.show()
	p := frame.Page{
		Content: f.content, Refresh: f.refresh, Leave: f.leave,
		Escape: f.up, Enter: f.restoreTicked, Find: f.find, First: f.search,
	}
	if f.chosen() != nil {
		p.First = f.list
	}
	return p
}

// refresh shows what changed beside the page.
func (f *Finder) refresh() {
	if now := zone.Here(); now != f.zone {
		f.zone = now
		f.again() // a person took the computer elsewhere
	}
	f.followLearning()
	f.folders.show()
}

// leave ends what works for the page.
func (f *Finder) leave() {
	f.closed = true
	f.looking()
	f.busy, f.stale = false, false
	f.detail.leave()
}

func (f *Finder) build() {
	f.buildHead()
	f.buildList()
	f.state = container.NewStack()
	f.detail = newDetail(f)
	f.count = look.Hint("")
	f.clear = look.NewButton(lang.T("Clear"), f.untick)
	f.contents = look.NewButton(lang.T("Show…"), f.showBasket)
	f.restore = look.NewButton(lang.T("Restore"), f.restoreTicked)
	f.standing = container.NewVScroll(look.InsetXY(look.Between, look.Between, look.Stacked(0, f.state)))
	items := container.NewStack(f.list, f.standing)
	f.beside = look.InsetXY(0, look.Between-bleed, f.detail.content)
	body := container.New(&sides{}, items, look.NewBack(look.Rule, "", 0), f.beside)
	f.foot = look.Stacked(look.Between, look.Separator(), look.Told(f.count, look.Beside(look.Within, f.contents, f.clear, f.restore)))
	f.content = look.Framed(f.head(), look.Footed(body, f.foot))
}

// buildHead makes what stands above the list.
func (f *Finder) buildHead() {
	f.search = look.NewField(lang.T("Search every version…"))
	f.search.Icon = look.IconSearch.In(look.Quiet)
	f.search.OnChanged = f.searchFor
	f.search.OnSubmitted = func(string) { f.toList() }
	f.search.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name == fyne.KeyDown {
			f.toList()
		}
		return e.Name == fyne.KeyDown
	}
	f.from = look.Dropping(lang.T("From: %s", short(f.Archive.Name, 24)), f.chooseArchive)
	f.notice = newNotice()
	f.folders = &openFolders{f: f, content: look.Stacked(look.Within)}
	f.crumbs = look.Trail()
	f.showing = look.Dropping("", f.chooseShown)
	f.showing.Importance = widget.LowImportance
}

// head puts together what stands above the list.
func (f *Finder) head() fyne.CanvasObject {
	where := look.High(look.RowHeight, look.Row(look.Within, 0, f.crumbs, f.showing))
	return look.Stacked(look.Within, look.Entered(f.search, f.from), f.notice.content, f.folders.content, look.Stacked(0, where, look.Separator()))
}

// say shows something in place of the rows, nil nothing.
func (f *Finder) say(o fyne.CanvasObject) {
	f.state.Objects = nil
	if o != nil {
		f.state.Objects = []fyne.CanvasObject{o}
	}
	look.Visible(f.standing, o != nil)
	f.standing.Refresh()
}

// chooseArchive offers the other backups.
func (f *Finder) chooseArchive() {
	var options []option
	chosen := -1
	archives := f.Archives()
	for i, a := range archives {
		if a.URL == f.Archive.URL && a.Name == f.Archive.Name {
			chosen = i
		}
		options = append(options, option{a.Name, placeOf(a)})
	}
	options = append(options, option{lang.T("Another backup…"), ""})
	f.choose(lang.T("Restore from"), options, chosen, func(i int) {
		if i == len(archives) {
			f.Other()
			return
		}
		f.Switch(archives[i])
	})
}

// find puts the keyboard into the search.
func (f *Finder) find() { f.Window.Focus(f.search) }

// toList puts the keyboard into the list, at its first row.
func (f *Finder) toList() {
	if len(f.seen.rows) == 0 {
		return
	}
	f.Window.Focus(f.list)
	f.list.SetAt(max(0, f.list.At()))
	f.moved(f.list.At())
}

// up leads out of the search, to the folder above, and back to the present.
func (f *Finder) up() {
	to := f.want
	switch {
	case to.query != "":
		f.search.SetText("")
		return
	case to.folder != "":
		from := to.folder
		to.folder = parentOf(to.folder)
		f.lookAt(to, from)
	case to.at.ID != "":
		to.at = engine.Version{}
		f.look(to)
	case len(f.seen.lines) > 1 && to.line != allLines:
		to.line = allLines
		f.look(to)
	}
}

// sides puts the list at the left and the detail at the right of a line. A
// detail that is hidden leaves all the room to the list.
type sides struct{}

const (
	leastDetail, mostDetail = 290, 640
	besideLine              = 12
	// bleed is how far the detail reaches beyond its edges.
	bleed = 4
)

// MinSize implements fyne.Layout.
func (*sides) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[2].MinSize()
	return fyne.NewSize(a.Width+leastDetail+2*besideLine+1, max(a.Height, b.Height))
}

// Layout implements fyne.Layout.
func (*sides) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	look.Visible(objects[1], objects[2].Visible())
	if !objects[2].Visible() {
		objects[0].Resize(s)
		return
	}
	// Large letters may need more than its share.
	needed := min(objects[2].MinSize().Width-2*bleed, s.Width*0.55)
	detail := max(leastDetail, needed, min(mostDetail, s.Width*0.43))
	list := s.Width - detail - 2*besideLine - 1
	objects[0].Resize(fyne.NewSize(list, s.Height))
	objects[1].Move(fyne.NewPos(list+besideLine, 0))
	objects[1].Resize(fyne.NewSize(1, s.Height))
	objects[2].Move(fyne.NewPos(list+2*besideLine+1-bleed, 0))
	objects[2].Resize(fyne.NewSize(detail+2*bleed, s.Height))
}

// lineOf finds a line.
func lineOf(lines []engine.Line, id int64) (engine.Line, bool) {
	i := slices.IndexFunc(lines, func(l engine.Line) bool { return l.ID == id })
	if i < 0 {
		return engine.Line{}, false
	}
	return lines[i], true
}

// space fills a row.
func space() fyne.CanvasObject { return layout.NewSpacer() }
