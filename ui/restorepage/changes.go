package restorepage

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// changes lists what is not the same in a folder in two versions.
type changes struct {
	f            *Finder
	line         int64
	folder       string
	versions     []engine.VersionSeen // newest first
	older, newer int

	reading   context.CancelFunc
	all       []engine.Difference
	more      bool
	rows      []engine.Difference // those that the words and the kind leave
	kind      engine.Change       // 0 for all
	pickOlder *look.Button
	pickNewer *look.Button
	kinds     *look.Button
	words     *look.Field
	count     *look.Text
	list      *look.List
	state     *fyne.Container
}

// mostListed bounds a comparison of versions.
const mostListed = 20_000

// openChanges compares a folder in two versions.
func (f *Finder) openChanges(line int64, folder string, versions []engine.VersionSeen, older, newer int) {
	c := &changes{f: f, line: line, folder: folder, versions: versions, older: older, newer: newer, reading: func() {}}
	f.Window.Open(c.page())
	c.read()
}

func (c *changes) page() frame.Page {
	c.pickOlder = look.Dropping("", func() { c.pick(lang.T("Compare the version of"), &c.older) })
	c.pickNewer = look.Dropping("", func() { c.pick(lang.T("with the version of"), &c.newer) })
	c.kinds = look.Dropping("", c.pickKind)
	c.words = look.NewField(lang.T("Only paths with…"))
	c.words.OnChanged = func(string) { c.narrow() }
	c.count = look.Hint("")
	c.list = look.NewList(func() int { return len(c.rows) }, func() fyne.CanvasObject { return newChangeView() },
		func(i int, o fyne.CanvasObject) { o.(*changeView).show(&c.rows[i], c.folder, c.list.Marks(i)) })
	c.list.OnTapped, c.list.OnOpened = c.open, c.open
	c.state = container.NewStack()
	title := titleOf(lang.T("What changed"), lang.T("in %s", c.f.folderName(c.line, c.folder)))
	chosen := look.Row(look.Within, 3, c.pickOlder, look.Picture(look.IconAfter.In(look.Quiet), 20), c.pickNewer, space())
	head := look.Stacked(look.Between, chosen, look.Row(look.Within, 0, c.words, c.kinds), c.count, look.Separator())
	foot := look.Stacked(look.Between, look.Separator(), look.Row(look.Within, 1, look.NewButton(lang.T("Back to the files"), c.back), space()))
	items := container.NewStack(c.list, look.InsetXY(0, look.Between, look.Stacked(0, c.state)))
	content := look.Framed(title, look.Footed(scrolledMiddle(head, items, look.Gap(0)), foot))
	return frame.Page{
		Content: content, Leave: func() { c.reading() }, Escape: c.back, First: c.list,
		Find: func() { c.f.Window.Focus(c.words) },
	}
}

func (c *changes) back() { c.f.Window.Open(c.f.Page()) }

func (c *changes) pick(title string, which *int) {
	var options []option
	for _, v := range c.versions {
		options = append(options, option{words.Sentence(words.Ago(v.Time, c.f.Window.Now())), changeCounts(v)})
	}
	c.f.choose(title, options, *which, func(i int) {
		*which = i
		if c.older < c.newer { // newest first
			c.older, c.newer = c.newer, c.older
		}
		c.read()
	})
}

// changeKinds are the choices of what is listed.
var changeKinds = [...]string{0: lang.Mark("All changes"), repository.Added: lang.Mark("Added"), repository.Modified: lang.Mark("Changed"), repository.Deleted: lang.Mark("Deleted")}

func (c *changes) pickKind() {
	var options []option
	for _, name := range changeKinds {
		options = append(options, option{lang.T(name), ""})
	}
	c.f.choose(lang.T("List"), options, int(c.kind), func(i int) {
		c.kind = engine.Change(i)
		c.narrow()
	})
}

// read reads the difference of both versions.
func (c *changes) read() {
	c.reading()
	older, newer := c.versions[c.older].Version, c.versions[c.newer].Version
	now := c.f.Window.Now()
	c.pickOlder.SetText(words.Sentence(words.Ago(older.Time, now)))
	c.pickNewer.SetText(words.Sentence(words.Ago(newer.Time, now)))
	c.all = nil
	c.narrow()
	c.say(look.Hint(lang.T("Comparing both versions…")))
	var all []engine.Difference
	var more bool
	past := c.f.past
	c.reading = c.f.Window.Work(func(ctx context.Context) (err error) {
		all, more, err = past.Diff(ctx, c.line, older.ID, newer.ID, c.folder, mostListed)
		return err
	}, func(err error) {
		if err != nil {
			x := session.Explain(err)
			c.say(c.f.problem(x.Sentence, x.Technical, lang.T("Try again"), c.read))
			return
		}
		c.all, c.more = all, more
		c.narrow()
	})
}

func (c *changes) say(o fyne.CanvasObject) {
	c.state.Objects = nil
	if o != nil {
		c.state.Objects = []fyne.CanvasObject{o}
	}
	c.state.Refresh()
}

// narrow lists what the words and the kind leave.
func (c *changes) narrow() {
	query := strings.ToLower(strings.TrimSpace(c.words.Text))
	var counts [4]int64
	c.rows = c.rows[:0]
	for _, d := range c.all {
		if !strings.Contains(strings.ToLower(d.Path), query) {
			continue
		}
		counts[d.Change]++
		if c.kind == 0 || d.Change == c.kind {
			c.rows = append(c.rows, d)
		}
	}
	c.kinds.SetText(lang.T(changeKinds[c.kind]))
	text := changeCounts(engine.VersionSeen{Added: counts[repository.Added], Changed: counts[repository.Modified], Deleted: counts[repository.Deleted]})
	if c.more {
		text = lang.T("The first %s changes: %s", words.Number(int64(len(c.all))), text)
	}
	c.count.Set(words.Sentence(text))
	c.list.KeepAt(-1)
	c.list.ScrollToTop()
	c.say(nil)
	if len(c.rows) == 0 {
		c.say(look.Hint(c.emptyWords()))
	}
}

func (c *changes) emptyWords() string {
	switch {
	case c.older == c.newer:
		return lang.T("Choose two different versions.")
	case len(c.all) > 0:
		return lang.T("No change fits. Choose All changes, or other letters.")
	}
	return lang.T("Nothing is different in this folder.")
}

// open leads to the item: what changed of it is in its strip.
func (c *changes) open(i int) {
	d := c.rows[i]
	c.f.want = spot{line: c.line, folder: parentOf(d.Path)}
	c.f.clearSearch()
	c.f.Window.Open(c.f.Page())
	c.f.lookAt(c.f.want, d.Path)
}

// changeView shows one change.
type changeView struct {
	widget.BaseWidget
	content          fyne.CanvasObject
	ground           *look.Back
	sign, path, what *look.Text
	icon             *look.Drawing
}

func newChangeView() *changeView {
	v := &changeView{sign: look.StrongTag("+").Mono(), path: look.Line("path", look.Ink), what: look.SmallTag("what", look.Quiet), icon: look.Picture(look.IconFile, 20)}
	v.ground = look.NewBack("", "", 6)
	line := look.Row(look.Within, 2, look.Wide(14, v.sign), v.icon, v.path, v.what)
	v.content = container.NewStack(v.ground, look.InsetXY(look.Within, 0, look.High(look.RowHeight-4, line)))
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *changeView) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.content) }

func (v *changeView) show(d *engine.Difference, folder string, marked bool) {
	ground := fyne.ThemeColorName("")
	if marked {
		ground = look.LakeGround
	}
	v.ground.Paint(ground, "")
	line := lineOfChange(d.Change)
	v.sign.Set(line.Sign)
	colour := look.Ink
	if line.Colour != "" {
		colour = line.Colour
	}
	v.sign.Colour(colour)
	path := strings.TrimPrefix(strings.TrimPrefix(d.Path, folder), "/")
	if path == "" {
		path = nameOf(folder)
	}
	v.path.Set(words.Printable(path))
	v.icon.Set(iconOf(&row{path: d.Path, entry: d.Entry, deleted: d.Change == repository.Deleted}))
	v.what.Set(whatChanged(d))
	v.content.Refresh()
}

// whatChanged says in words what happened to an item.
func whatChanged(d *engine.Difference) string {
	switch d.Change {
	case repository.Added:
		return lang.T("added")
	case repository.Deleted:
		return lang.T("deleted")
	}
	var what []string
	for _, a := range d.What {
		if a == engine.AspectTime && len(d.What) > 1 {
			continue // a new content has a new time
		}
		what = append(what, aspectName(a))
	}
	return lang.T("%s changed", words.List(what))
}

// aspectName is what of an item changed, as it stands in a sentence.
func aspectName(a engine.Aspect) string {
	switch a {
	case engine.AspectType:
		return lang.T("kind")
	case engine.AspectContent:
		return lang.T("content")
	case engine.AspectTime:
		return lang.T("time")
	case engine.AspectPermissions:
		return lang.T("permissions")
	case engine.AspectOwner:
		return lang.T("owner")
	case engine.AspectTarget:
		return lang.T("target")
	case engine.AspectDevice:
		return lang.T("device number")
	case engine.AspectAttributes:
		return lang.T("attributes")
	case engine.AspectFlags:
		return lang.T("flags")
	}
	return string(a)
}
