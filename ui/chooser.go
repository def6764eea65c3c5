package ui

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// chooser asks for a destination: a folder or a drive, or what the form of
// another kind says. It stands in a page, and keeps what was typed.
type chooser struct {
	ui   *UI
	task task
	page surroundings

	place   *look.Field
	drives  *fyne.Container
	kinds   *fyne.Container
	search  *look.Field
	forms   map[string]*placeForm // that were opened, by their titles
	form    *placeForm            // the one that is open, nil for a folder
	found   *finding              // nil while it is looked at
	barred  bool                  // it was found by the path alone
	looking context.CancelFunc
	verdict *fyne.Container
	stop    []context.CancelFunc
}

// task is what a destination is chosen for.
type task struct {
	title, hint string
	// example stands in the field of a folder, "" for the usual.
	example string
	// existing: a backup that is there is looked for, and nothing is stored.
	existing bool
	// member: it becomes one of several that make one.
	member bool
	// folders are to be backed up, and need is what they hold.
	folders func() []string
	need    func() Measure
	// judge has more to say about what was found, nil nothing.
	judge func(folder string, f *finding)
}

// judged is what was found, as the task takes it.
func (t *task) judged(folder string, f *finding) *finding {
	if t.judge != nil {
		t.judge(folder, f)
	}
	return f
}

// surroundings are the page that a chooser stands in.
type surroundings interface {
	// again shows the chooser anew, with the keyboard where the answer goes.
	again()
	// settle takes over that the answer is another.
	settle()
	// scroller is what the chooser scrolls in.
	scroller() *container.Scroll
	// keyringError is nil when secrets can be kept.
	keyringError() error
}

func newChooser(u *UI, t task, page surroundings) *chooser {
	c := &chooser{ui: u, task: t, page: page, forms: map[string]*placeForm{}}
	hint := lang.T("Folder for the backup, such as /media/drive")
	if t.existing {
		hint = lang.T("Folder that holds a backup")
	}
	c.place = look.NewField(cmp.Or(t.example, hint))
	c.place.OnChanged = func(string) { c.inspect() }
	c.drives, c.verdict, c.kinds = look.Grid(look.Within, tileWidth), look.Stacked(look.Within), look.Stacked(look.Within)
	c.search = look.NewField(lang.T("Search, such as Nextcloud, Wasabi or SSH"))
	c.search.Icon = look.IconSearch.In(look.Quiet)
	c.search.OnChanged = func(string) { c.showKinds() }
	c.findDrives()
	return c
}

// begin shows a place that is known, its folder or its form, unless the person was
// faster. Several destinations that are one have members.
func (c *chooser) begin(url string, options map[string]string, members []destination.Member) {
	if c.form != nil || c.place.Text != "" {
		return
	}
	if path := session.Path(url); path != url {
		c.place.SetText(path)
		return
	}
	if len(members) > 0 {
		c.adoptSeveral(url, members)
		c.page.again()
		return
	}
	if form, ok := destform.Read(c.ui.Kinds, url, options); ok {
		c.adopt(lang.T(form.Kind().Title), form)
		c.page.again()
	}
}

// end stops what goes on.
func (c *chooser) end() {
	for _, stop := range c.stop {
		stop()
	}
	if c.looking != nil {
		c.looking()
	}
	for _, f := range c.forms {
		f.end()
	}
}

// show is what the page has of the chooser.
func (c *chooser) show() fyne.CanvasObject {
	if c.form != nil {
		return c.form.show()
	}
	choose := look.WithIcon(lang.T("Choose a folder…"), look.IconFolder, func() { c.ui.chooseFolder(c.place.SetText) })
	c.showVerdict()
	c.showKinds()
	rows := look.Stacked(look.Between, look.Subheading(c.task.title), look.Hint(c.task.hint), look.Gap(4),
		look.Strong(lang.T("A folder or a drive")), c.drives, look.Entered(c.place, choose), c.verdict)
	rows.Add(look.Gap(look.Within))
	if many := len(c.ui.Kinds); many > fewKinds {
		rows.Add(c.search)
	}
	rows.Add(c.kinds)
	return rows
}

const (
	// tileWidth is how wide a card is at least.
	tileWidth = 280
	// fewKinds need no search.
	fewKinds = 6
)

// first is where the answer goes.
func (c *chooser) first() fyne.Focusable {
	if c.form == nil {
		return c.place
	}
	return c.form.first()
}

// back goes back one step inside the chooser; false means that there is none.
func (c *chooser) back() bool {
	switch {
	case c.form == nil:
		return false
	case c.form.list == nil || !c.form.list.back():
		c.leaveForm()
	}
	return true
}

// ready tells that there is an answer.
func (c *chooser) ready() bool {
	if a := c.asking(); a != nil {
		return a.complete()
	}
	f := c.finding()
	return f != nil && !f.bad
}

// asking is the chooser of a member that is asked for now, nil for none.
func (c *chooser) asking() *chooser {
	if c.form == nil || c.form.list == nil {
		return nil
	}
	return c.form.list.asking()
}

// enter does what the key of that name means before there is an answer; false
// means that the page goes on.
func (c *chooser) enter() bool {
	switch {
	case c.asking() != nil:
		if c.ready() {
			c.form.list.take()
		} else if f := c.asking().form; f != nil {
			f.missing()
		}
	case c.ready():
		return false
	case c.form != nil:
		c.form.trial.run()
	}
	return true
}

// nextLabel is what the button that leads on says, when it is "Continue"
// otherwise.
func (c *chooser) nextLabel(otherwise string) string {
	if c.asking() != nil {
		return c.form.list.takeLabel()
	}
	return otherwise
}

// complete tells that a member can be taken.
func (c *chooser) complete() bool {
	if c.form != nil {
		return c.form.form.Complete()
	}
	return c.found != nil && !c.found.bad
}

// showKinds lists what there is besides folders.
func (c *chooser) showKinds() {
	c.kinds.Objects = nil
	known := c.ui.Kinds
	if c.task.member {
		known = destform.MemberKinds(known)
	}
	another := look.NewTile(look.IconLink, lang.T("Another address…"), lang.T("Type a whole address, as duplicity takes it"), func() {
		c.openForm(lang.T("Another address"), func() *destform.Form { return destform.Another(c.ui.Kinds) })
	})
	placed := false
	for _, g := range destform.Offers(known, c.search.Text) {
		cards := look.Grid(look.Within, tileWidth)
		for _, o := range g.Offers {
			cards.Add(look.NewTile(iconOf(g.Sort, &o), o.Title, o.Line, func() { c.openForm(o.Title, o.Form) }))
		}
		if g.Sort == destform.Special {
			cards.Add(another)
			placed = true
		}
		c.addGroup(g.Title, cards)
	}
	if len(c.kinds.Objects) == 0 && c.search.Text != "" {
		c.kinds.Add(look.Hint(lang.T("Nothing of that name is known. If it has an address, type that.")))
	}
	if !placed {
		c.addGroup("", look.Grid(look.Within, tileWidth, another))
	}
	if c.task.member {
		c.kinds.Add(look.Note(lang.T("A service that has a second secret besides its password is not among these: a list has no room for it.")))
	}
	c.kinds.Refresh()
}

func (c *chooser) addGroup(title string, cards fyne.CanvasObject) {
	if title != "" {
		c.kinds.Add(look.Gap(look.Within))
		c.kinds.Add(look.Strong(title))
	}
	c.kinds.Add(cards)
}

// sortIcons stand on the cards.
var sortIcons = map[destform.Sort]look.Icon{
	destform.Server: look.IconServer, destform.Storage: look.IconBucket, destform.Drive: look.IconCloud, destform.Special: look.IconLink,
}

// iconOf stands on the card of an offer.
func iconOf(s destform.Sort, o *destform.Offer) look.Icon {
	if o.Kind.Name == destination.Several {
		return look.IconOverview
	}
	return sortIcons[s]
}

// openForm opens the form of a kind, as it was left.
func (c *chooser) openForm(title string, form func() *destform.Form) {
	if c.forms[title] == nil {
		f := form()
		if c.task.member {
			f = f.ForMember()
		}
		c.forms[title] = newPlaceForm(c, title, f)
	}
	c.form = c.forms[title]
	c.page.again()
	c.page.settle()
}

// leaveForm goes back to the cards. The form stays as it is.
func (c *chooser) leaveForm() {
	c.form.trial.pause()
	c.form = nil
	c.page.again()
	c.inspect()
}

// folder is the folder that was chosen, where none of the forms is open.
func (c *chooser) folder() string { return places.Untilde(strings.TrimSpace(c.place.Text)) }

// choice is the destination that was chosen.
func (c *chooser) choice() session.Choice {
	if c.form != nil {
		return c.form.choice()
	}
	return session.Choice{Destination: c.folder()}
}

// keep tells that logins go into the keyring.
func (c *chooser) keep() bool {
	return c.form != nil && c.form.keep.Checked && c.page.keyringError() == nil
}

// finding is what is known of the destination, nil for nothing.
func (c *chooser) finding() *finding {
	if c.form != nil {
		return c.form.trial.passed
	}
	return c.found
}

// answered takes over that the keyring has answered: what becomes of passwords
// is known now.
func (c *chooser) answered() {
	for _, f := range c.forms {
		f.answered()
	}
}

// icon stands for the destination.
func (c *chooser) icon() look.Icon {
	switch {
	case c.form != nil && c.form.list != nil:
		return look.IconOverview
	case c.form != nil:
		return look.IconServer
	}
	return look.IconDrive
}

// nameOf is how a destination that was chosen is called.
func nameOf(c session.Choice) string {
	if len(c.Members) == 0 {
		return places.Name(c.Destination)
	}
	var names []string
	for _, m := range c.Members {
		names = append(names, memberName(m))
	}
	return words.List(names)
}

// findDrives lists the drives that are plugged in.
func (c *chooser) findDrives() {
	var drives []Drive
	c.stop = append(c.stop, c.ui.Work(func(context.Context) error {
		drives = c.ui.Computer.Drives()
		return nil
	}, func(error) {
		c.drives.Objects = nil
		for _, d := range drives {
			c.drives.Add(c.driveRow(d))
		}
		if len(drives) == 0 {
			c.drives.Add(look.Note(lang.T("No drive is plugged in. One that you plug in now is listed when you come back to this step.")))
		}
		c.drives.Refresh()
	}))
}

func (c *chooser) driveRow(d Drive) fyne.CanvasObject {
	bar := look.NewBar(4)
	if d.Total > 0 {
		bar.Set(float64(d.Total-d.Free) / float64(d.Total))
		bar.Colour(look.Quiet)
	}
	use := look.NewButton(lang.T("Use"), func() { c.place.SetText(filepath.Join(d.Path, "Varve")) })
	text := look.Stacked(4, look.Line(places.Name(d.Path), look.Ink), look.Note(lang.T("%s of %s free", words.Size(d.Free), words.Size(d.Total))), bar)
	return look.On(look.Card, look.Rule, look.Between, look.Row(look.Between, 1, look.Picture(look.IconDrive.In(look.Lake), 24), text, use))
}

// inspect looks at the folder while it is typed.
func (c *chooser) inspect() {
	if c.looking != nil {
		c.looking()
	}
	c.found = nil
	defer c.settleFolder()
	path := c.folder()
	if path == "" {
		return
	}
	folders := c.task.folders()
	c.found = c.refused(path, folders)
	if c.barred = c.found != nil; c.barred {
		return
	}
	var found engine.Found
	var room, source Room
	c.looking = c.ui.Work(func(ctx context.Context) (err error) {
		found, err = c.ui.Session.Inspect(ctx, session.Choice{Destination: path})
		room = c.ui.Computer.Room(path)
		if len(folders) > 0 {
			source = c.ui.Computer.Room(folders[0])
		}
		return err
	}, func(err error) {
		if c.task.existing {
			c.found = describeExisting(found, path, err)
		} else {
			c.found = c.task.judged(path, describe(found, room, source, c.task.need(), err))
		}
		c.settleFolder()
	})
}

// reconsider looks at the folder anew where other folders that are backed up
// make it one that cannot be chosen, or can again.
func (c *chooser) reconsider() {
	path := c.folder()
	if path != "" && c.barred != (c.refused(path, c.task.folders()) != nil) {
		c.inspect()
	}
}

// pause ends a test that runs, as the page is left for another.
func (c *chooser) pause() {
	if c.form != nil {
		c.form.trial.pause()
	}
	if a := c.asking(); a != nil {
		a.pause()
	}
}

// refused says what is wrong with a path before it is looked at, nil nothing.
func (c *chooser) refused(path string, folders []string) *finding {
	switch {
	case destination.IsURL(path):
		return &finding{sentence: lang.T("This is an address. Choose its kind below, or “Another address…”."), bad: true}
	case !filepath.IsAbs(path):
		return &finding{sentence: lang.T("Type the whole path, from / on."), bad: true}
	case slices.ContainsFunc(folders, func(f string) bool { return foldertree.Within(path, f) }):
		return &finding{sentence: lang.T("This lies inside a folder that is backed up. Choose another place."), bad: true}
	}
	return nil
}

// settleFolder shows the answer and leaves the cursor where it is.
func (c *chooser) settleFolder() {
	c.showVerdict()
	c.page.settle()
}

func (c *chooser) showVerdict() {
	c.verdict.Objects = nil
	switch {
	case c.found != nil:
		icon, colour := look.IconFine, look.Moss
		if c.found.bad {
			icon, colour = look.IconBroken, look.Clay
		}
		c.verdict.Add(look.Marked(icon, colour, look.Coloured(c.found.sentence, colour)))
		for _, h := range c.found.hints {
			c.verdict.Add(look.Marked(look.IconNotice, look.Amber, look.Say(h)))
		}
	case c.folder() != "":
		c.verdict.Add(look.Hint(lang.T("Looking at it…")))
	}
	c.verdict.Refresh()
}

// scrollTo brings something of the page into sight.
func (c *chooser) scrollTo(o fyne.CanvasObject) {
	page := c.page.scroller()
	top := topOf(page, o)
	bottom := top + o.MinSize().Height
	y := page.Offset.Y
	switch height := page.Size().Height; {
	case bottom > y+height:
		y = min(bottom-height, top)
	case top < y:
		y = top
	default:
		return
	}
	page.ScrollToOffset(fyne.NewPos(0, max(0, y)))
}

// topOf is where something stands in a page that scrolls.
func topOf(page *container.Scroll, o fyne.CanvasObject) float32 {
	page.Refresh() // what was added has its height from here on
	driver := fyne.CurrentApp().Driver()
	return driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(page.Content).Y
}
