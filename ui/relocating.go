package ui

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// relocation is the page on which a person says where the versions of a backup
// are by now.
type relocation struct {
	ui      *UI
	job     session.JobState
	where   *chooser
	body    *fyne.Container
	page    *container.Scroll
	ways    *fyne.Container // when they are not there
	state   *look.Text
	take    *look.Button
	keyring error
	stop    []context.CancelFunc
	looking bool
}

// openWhere opens that page with the place that is known.
func (u *UI) openWhere(j session.JobState) {
	r := &relocation{ui: u, job: j, body: container.NewStack(), keyring: errNotAsked, state: look.Note("")}
	r.take = look.Primary(lang.T("Go on there"), r.enter)
	r.ways = r.otherWays()
	r.ways.Hide()
	r.where = newChooser(u, task{
		title:   lang.T("Where are the versions now?"),
		hint:    lang.T("For a drive or folder with another name, a server that moved, or a new password. Varve goes on there once it has found this backup's own versions."),
		example: lang.T("Folder where the backup is now"),
		folders: func() []string { return j.Folders }, need: func() Measure { return Measure{} }, judge: forMove(&j),
	}, r)
	var members []destination.Member
	r.stop = append(r.stop, u.Work(func(ctx context.Context) error {
		members = membersOf(j.Destination)
		return u.Session.Keyring(ctx)
	}, func(keyring error) { r.fill(keyring, members) }))
	back := look.NewButton(lang.T("Back"), r.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, r.state, r.take))
	heading := look.Stacked(4, look.Heading(lang.T("Where it is kept")), look.Hint(lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))))
	u.current = ""
	u.Open(frame.Page{Content: look.Stepped(heading, r.body, foot), Leave: r.end, Enter: r.enter, Escape: r.back})
	r.again()
}

// fill shows the place that is known, its folder or its form, once it is known
// whether passwords can be kept. Several destinations that are one have members.
func (r *relocation) fill(keyring error, members []destination.Member) {
	r.keyring = keyring
	r.where.answered()
	r.where.begin(r.job.Destination, r.job.Options, members)
}

// otherWays are offered when the versions are not at the place.
func (r *relocation) otherWays() *fyne.Container {
	bring := look.NewButton(lang.T("Copy it to a second place…"), func() { r.ui.addCopy(r.job.Job) })
	anew := look.NewButton(lang.T("Set up a new backup…"), r.ui.startWizard)
	return container.NewStack(look.On(look.Card, look.Rule, look.InCard, look.Stacked(look.Within,
		look.Strong(lang.T("If the versions are not there yet")),
		look.Say(lang.T("Copy this backup there as a second place, and choose it here when that is done: the whole history goes along. Or leave this backup as it is, and begin a new one there, with no history.")),
		look.Wrap(look.Within, bring, anew))))
}

func (r *relocation) end() {
	for _, stop := range r.stop {
		stop()
	}
	r.where.end()
}

func (r *relocation) back() {
	if !r.where.back() {
		r.ui.openJob(r.job.ID)
	}
}

// again implements surroundings.
func (r *relocation) again() {
	r.page = look.Scrolled(look.Stacked(look.Between, r.ways, r.where.show()))
	r.body.Objects = []fyne.CanvasObject{r.page}
	r.body.Refresh()
	r.settle()
	r.ui.Focus(r.where.first())
}

// settle implements surroundings.
func (r *relocation) settle() {
	if f := r.where.finding(); f != nil { // else it stays as it is while a person types
		r.offer(f.lacks && r.where.choice().Destination != session.Path(r.job.Destination))
	}
	r.take.SetText(r.where.nextLabel(lang.T("Go on there")))
	r.take.Enabled(r.where.ready() && !r.looking)
}

// offer shows the other ways, or hides them.
func (r *relocation) offer(on bool) {
	look.Visible(r.ways, on)
	r.body.Refresh()
}

// scroller implements surroundings.
func (r *relocation) scroller() *container.Scroll { return r.page }

// keyringError implements surroundings.
func (r *relocation) keyringError() error { return r.keyring }

// enter goes on at the place, or does what comes before.
func (r *relocation) enter() {
	if !r.where.enter() && !r.looking {
		r.move(time.Time{})
	}
}

// move goes on at the place, from the version that a person agreed to where the
// newest is not there.
func (r *relocation) move(agreed time.Time) {
	choice, keep := r.where.choice(), r.where.keep()
	r.looking = true
	r.state.Set(lang.T("Looking whether these are the same versions…"))
	r.settle()
	r.stop = append(r.stop, r.ui.Work(func(ctx context.Context) error {
		return r.ui.Session.Relocate(ctx, r.job.ID, choice, keep, agreed)
	}, r.looked))
}

// looked goes back to the job, or says why it does not go on there.
func (r *relocation) looked(err error) {
	r.looking = false
	r.state.Set("")
	r.settle()
	moved := err == nil || errors.Is(err, session.ErrOldLogin)
	if moved {
		r.ui.openJob(r.job.ID)
	}
	older, ok := errors.AsType[*session.OlderThere](err)
	switch {
	case ok:
		r.askOlder(older)
	case err != nil:
		r.ui.Fail(err)
	}
	if moved {
		return
	}
	r.offer(errors.Is(err, session.ErrNothingThere) || errors.Is(err, session.ErrAnotherThere) || errors.Is(err, session.ErrOlderThere))
}

// askOlder says which versions are not at the place, and asks whether to go on
// without them.
func (r *relocation) askOlder(older *session.OlderThere) {
	u := r.ui
	var m *modal
	leave := look.NewButton(lang.T("Not now"), func() { m.hide() })
	goOn := look.Primary(lang.T("Go on without them"), func() {
		m.hide()
		r.move(older.Newest)
	})
	missing := lang.N(older.Missing, "This is the same backup, but its newest version, of %s, is not there.",
		"This is the same backup, but its newest versions, up to that of %s, are not there.", words.Moment(older.Last, u.Now()))
	body := look.Stacked(look.Between, look.Say(missing+" "+lang.T("The newest that is there is of %s.", words.Moment(older.Newest, u.Now()))),
		look.Say(lang.T("If they are elsewhere, bring them there first. If they are gone, Varve can go on from what is there: the next version takes your folders as they are then.")))
	m = u.newModal(lang.T("Some versions are not there"), body, leave, goOn)
	m.keys = frame.Page{Escape: func() { m.hide() }, First: leave}
	m.show()
}

// forMove rewords what was found at a place that a backup shall go on at.
func forMove(j *session.JobState) func(folder string, f *finding) {
	return func(_ string, f *finding) {
		switch fresh := j.LastGood.IsZero(); {
		case f.bad, fresh && f.Versions == 0:
		case fresh:
			f.sentence, f.hints, f.bad = lang.T("Another backup is kept there. This one has no version yet, and needs a place of its own."), nil, true
		case f.Versions == 0:
			f.sentence, f.hints, f.bad = lang.T("There are no versions at this place."), nil, true
			f.lacks = true
		default:
			f.sentence = lang.N(f.Versions, "There is a backup with %s version. Whether it is this one is looked at before anything is changed.",
				"There is a backup with %s versions. Whether it is this one is looked at before anything is changed.", words.Number(int64(f.Versions)))
		}
	}
}
