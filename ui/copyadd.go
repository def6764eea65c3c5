package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// newCopy is the page on which a second place is chosen.
type newCopy struct {
	ui      *UI
	job     settings.Job
	moved   *settings.Copy // the one that gets another place, nil for a new one
	where   *chooser
	body    *fyne.Container
	page    *container.Scroll
	state   *look.Text
	add     *look.Button
	keyring error
	stop    context.CancelFunc
	adding  bool
}

// addCopy opens that page for a new one.
func (u *UI) addCopy(j settings.Job) { u.moveCopy(j, nil) }

// moveCopy opens that page with the place that is known of a copy, and for a new
// one if there is none.
func (u *UI) moveCopy(j settings.Job, moved *settings.Copy) {
	n := &newCopy{ui: u, job: j, moved: moved, body: container.NewStack(), keyring: errNotAsked, state: look.Note("")}
	n.add = look.Primary(lang.T("Copy there"), n.enter)
	n.where = newChooser(u, task{
		title: lang.T("Where shall the copy be kept?"), hint: lang.T("Best is a place that no fire, flood or thief reaches together with the first: a drive that is kept elsewhere, or a server."),
		folders: func() []string { return j.Folders }, need: func() Measure { return Measure{} }, judge: forCopy(&j),
		example: lang.T("Folder for the copy, such as /media/drive/copy"),
	}, n)
	var members []destination.Member
	n.stop = u.Work(func(ctx context.Context) error {
		if moved != nil {
			members = membersOf(moved.Destination)
		}
		return u.Session.Keyring(ctx)
	}, func(err error) {
		n.keyring = err
		n.where.answered()
		if moved != nil {
			n.where.begin(moved.Destination, moved.Options, members)
		}
	})
	back := look.NewButton(lang.T("Back"), n.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, n.state, n.add))
	u.current = ""
	u.Open(frame.Page{
		Content: look.Stepped(n.heading(), n.body, foot), Leave: n.end, Enter: n.enter, Escape: n.back,
	})
	n.again()
}

func (n *newCopy) heading() fyne.CanvasObject {
	if n.moved == nil {
		return look.Heading(lang.T("Copy to a second place"))
	}
	return look.Stacked(4, look.Heading(lang.T("Where the copy is kept")), look.Hint(lang.T("%s to %s", n.job.Name, copyName(n.moved))))
}

func (n *newCopy) end() {
	n.stop()
	n.where.end()
}

func (n *newCopy) back() {
	if !n.where.back() {
		n.ui.openCopies(n.job)
	}
}

// again implements surroundings.
func (n *newCopy) again() {
	n.page = look.Scrolled(n.where.show())
	n.body.Objects = []fyne.CanvasObject{n.page}
	n.body.Refresh()
	n.settle()
	n.ui.Focus(n.where.first())
}

// settle implements surroundings.
func (n *newCopy) settle() {
	n.add.SetText(n.where.nextLabel(lang.T("Copy there")))
	n.add.Enabled(n.where.ready() && !n.adding)
}

// scroller implements surroundings.
func (n *newCopy) scroller() *container.Scroll { return n.page }

// keyringError implements surroundings.
func (n *newCopy) keyringError() error { return n.keyring }

// enter adds the place, or does what comes before.
func (n *newCopy) enter() {
	if n.where.enter() || n.adding {
		return
	}
	choice, keep := n.where.choice(), n.where.keep()
	n.adding = true
	n.state.Set(lang.T("Looking whether anything there would be in the way…"))
	n.settle()
	n.ui.Work(func(ctx context.Context) error {
		if n.moved != nil {
			return n.ui.Session.MoveCopy(ctx, n.moved.ID, choice, keep)
		}
		_, err := n.ui.Session.AddCopy(ctx, n.job.ID, choice, keep)
		return err
	}, func(err error) {
		n.adding = false
		n.state.Set("")
		n.settle()
		if err == nil || errors.Is(err, session.ErrOldLogin) {
			n.ui.openCopies(n.job)
		}
		if err != nil {
			n.ui.Fail(err)
		}
	})
}
