package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/undo"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Undoing puts back what restores replaced. See session.Undo.
type Undoing interface {
	Undos(ctx context.Context) ([]undo.Kept, error)
	Undo(id string, dryRun bool) session.Work
}

// withUndos looks for the restores that can be undone, and calls then with
// them.
func (u *UI) withUndos(then func([]undo.Kept, error)) {
	var all []undo.Kept
	u.Work(func(ctx context.Context) (err error) {
		all, err = u.Session.Undos(ctx)
		return err
	}, func(err error) { then(all, err) })
}

// unknownUndos says that they are not known.
func unknownUndos(err error) fyne.CanvasObject {
	return look.Note(lang.T("It is not known what can be undone: %s", err.Error()))
}

// undoOffer offers to undo a restore that has just ended. It is empty until that
// is known.
func (u *UI) undoOffer(s engine.Summary) fyne.CanvasObject {
	rows := look.Stacked(look.Within)
	if s.Unkept > 0 {
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.N(s.Unkept,
			"There was no room to keep %s item that was replaced. It cannot be put back.",
			"There was no room to keep %s items that were replaced. They cannot be put back.", words.Number(s.Unkept)))))
	}
	if s.Undo == "" {
		return rows
	}
	u.withUndos(func(all []undo.Kept, err error) {
		i := slices.IndexFunc(all, func(k undo.Kept) bool { return k.ID == s.Undo })
		switch {
		case err != nil:
			rows.Add(unknownUndos(err))
		case i >= 0:
			rows.Add(look.Boxed(u.undoRow(&all[i], lang.T("This can be undone"), u.backToFiles)))
		}
		rows.Refresh()
	})
	return rows
}

// undoRow tells what undoing a restore does, until when that can be, and how
// much room it takes; back leads back from there.
func (u *UI) undoRow(k *undo.Kept, title string, back func()) fyne.CanvasObject {
	kept := *k
	texts := look.Stacked(2, look.Subheading(title), look.Hint(undoWords(&kept.Tally)), look.Note(keptWords(&kept)))
	var begin *look.Button
	begin = look.NewButton(lang.T("Undo…"), func() {
		begin.Enabled(false)
		u.askUndo(kept, back, func() { begin.Enabled(true) })
	})
	begin.Enabled(!kept.Busy)
	return look.Row(look.InCard, 0, texts, container.NewCenter(begin))
}

// undoWords say what undoing does.
func undoWords(t *undo.Tally) string {
	var said []string
	if n := t.Replaced; n > 0 {
		said = append(said, lang.N(n, "%s item is put back as it was.", "%s items are put back as they were.", words.Number(n)))
	}
	if n := t.Created; n > 0 {
		said = append(said, lang.N(n, "%s item that the restore added is removed.", "%s items that the restore added are removed.", words.Number(n)))
	}
	if n := t.Described; n > 0 {
		said = append(said, lang.N(n, "%s item gets its permissions and times back.", "%s items get their permissions and times back.", words.Number(n)))
	}
	return strings.Join(said, " ")
}

// undoneWords say what undoing did.
func undoneWords(r *undo.Result) string {
	var said []string
	if n := r.Replaced; n > 0 {
		said = append(said, lang.N(n, "%s item is back as it was.", "%s items are back as they were.", words.Number(n)))
	}
	if n := r.Created; n > 0 {
		said = append(said, lang.N(n, "%s item that the restore had added is gone.", "%s items that the restore had added are gone.", words.Number(n)))
	}
	if n := r.Described; n > 0 {
		said = append(said, lang.N(n, "%s item has its permissions and times back.", "%s items have their permissions and times back.", words.Number(n)))
	}
	if n := r.Lost; n > 0 {
		said = append(said, lang.N(n, "%s item could not be kept when it was replaced.", "%s items could not be kept when they were replaced.", words.Number(n)))
	}
	if len(said) == 0 {
		return lang.T("Nothing was changed.")
	}
	return strings.Join(said, " ")
}

// keptWords say until when a restore can be undone, and how much room that
// takes.
func keptWords(k *undo.Kept) string {
	s := lang.T("Possible until %s.", lang.Time(zone.Of(k.Until), "2 January 2006"))
	if k.Room > 0 {
		s = lang.T("Possible until %s. What was there takes %s until then.", lang.Time(zone.Of(k.Until), "2 January 2006"), words.Size(k.Room))
	}
	switch {
	case k.Begun:
		s = lang.T("Undone in part.") + " " + s
	case k.Ended.IsZero():
		s = lang.T("This restore did not come to its end.") + " " + s
	}
	return s
}

// reasonWords say why an item stays as it is.
func reasonWords(err error) string {
	for _, row := range []struct {
		err  error
		text string
	}{
		{undo.ErrChanged, lang.Mark("Changed after the restore, so it stays as it is.")},
		{undo.ErrNotEmpty, lang.Mark("Something came into this folder after the restore, so it stays.")},
		{undo.ErrNoFolder, lang.Mark("The folder that it was in is gone.")},
		{undo.ErrNotKept, lang.Mark("What was there is no longer kept.")},
	} {
		if errors.Is(err, row.err) {
			return lang.T(row.text)
		}
	}
	return lang.T("It could not be put back: %s", err.Error())
}

// stays is what an undo leaves alone.
type stays struct {
	items  []engine.FileProblem
	result undo.Result
}

// note keeps what is told. The run has ended before it is read.
func (s *stays) note(e engine.Event) {
	switch e := e.(type) {
	case engine.FileProblem:
		if len(s.items) < mostProblems {
			s.items = append(s.items, e)
		}
	case engine.Finished:
		s.result = e.Summary.Undone
	}
}

// askUndo looks what undoing would do, and asks. asked is called when there is
// something to answer.
func (u *UI) askUndo(k undo.Kept, back, asked func()) {
	s := &stays{}
	work := u.Session.Undo(k.ID, true)
	u.Work(func(ctx context.Context) error { return work.Run(ctx, s.note) }, func(err error) {
		asked()
		if err != nil {
			u.Fail(err)
			return
		}
		u.confirmUndo(k, s, back)
	})
}

// mostNamed is how many items a question names.
const mostNamed = 5

// confirmUndo names what goes back, and what stays.
func (u *UI) confirmUndo(k undo.Kept, s *stays, back func()) {
	does := undo.Tally{Replaced: s.result.Replaced, Created: s.result.Created, Described: s.result.Described}
	rows := look.Stacked(look.Between)
	if does.Changes() > 0 {
		rows.Add(look.Say(undoWords(&does)))
	} else {
		rows.Add(look.Say(lang.T("Nothing can be put back now.")))
	}
	if n := s.result.Stayed; n > 0 {
		left := look.Stacked(2, look.Say(lang.N(n, "%s item stays as it is, because it is not as the restore left it:",
			"%s items stay as they are, because they are not as the restore left them:", words.Number(n))))
		for _, p := range s.items[:min(len(s.items), mostNamed)] {
			left.Add(look.Line(words.Middle(words.Printable(p.Path), 60), look.Ink))
		}
		if n > mostNamed {
			left.Add(look.Note(lang.T("And %s more.", words.Number(n-mostNamed))))
		}
		rows.Add(look.Marked(look.IconNotice, look.Amber, left))
	}
	if s.result.Lost > 0 {
		rows.Add(look.Note(lang.N(s.result.Lost, "%s item could not be kept when it was replaced.", "%s items could not be kept when they were replaced.", words.Number(s.result.Lost))))
	}
	rows.Add(look.Note(lang.T("In %s", places.Tilde(k.Root))))
	var m *modal
	hide := func() { m.hide() }
	start := func() {
		m.hide()
		u.startUndo(k, back)
	}
	cancel := look.NewButton(lang.T("Cancel"), hide)
	m = u.newModal(lang.T("Undo this restore?"), rows, cancel)
	m.keys = frame.Page{Escape: hide, First: cancel}
	if does.Changes() > 0 {
		yes := look.Primary(lang.T("Undo the restore"), start)
		m = u.newModal(lang.T("Undo this restore?"), rows, cancel, yes)
		m.keys = frame.Page{Escape: hide, Enter: start, First: yes}
	}
	m.show()
}

// undoView is an undo that runs, and then its result. It goes on when another
// page is shown.
type undoView struct {
	ui      *UI
	kept    undo.Kept
	back    func()
	job     session.Work
	stop    context.CancelFunc
	running bool
	here    bool // it is shown
	stays   stays
	err     error
}

// startUndo undoes in the background, and shows how far it is.
func (u *UI) startUndo(k undo.Kept, back func()) {
	v := &undoView{ui: u, kept: k, back: back, job: u.Session.Undo(k.ID, false), running: true}
	ctx, cancel := context.WithCancel(u.Context)
	v.stop = cancel
	u.restore, u.undoing = nil, v
	u.Open(v.page())
	u.Work(func(context.Context) error {
		defer cancel()
		return v.job.Run(ctx, v.stays.note)
	}, v.done)
}

// done shows the result where the run was shown.
func (v *undoView) done(err error) {
	v.running, v.err = false, err
	if v.here {
		v.ui.Open(v.page())
		return
	}
	v.ui.update()
}

// finished leads back to where one came from.
func (v *undoView) finished() {
	v.ui.undoing = nil
	v.back()
}

// page shows the run, or its result.
func (v *undoView) page() frame.Page {
	if !v.running {
		return v.resultPage()
	}
	v.here = true
	bar, file := look.NewBar(8), look.SmallLine("", look.Quiet)
	sample := func() {
		p := v.job.Progress()
		if p.TotalFiles > 0 {
			bar.Set(float64(p.Files) / float64(p.TotalFiles))
		}
		file.Set(words.Middle(words.Printable(p.Current), 80))
	}
	sample()
	stop := look.NewButton(lang.T("Stop"), func() { v.stop() })
	body := look.Boxed(look.Stacked(look.Between, look.Subheading(lang.T("In %s", places.Tilde(v.kept.Root))), bar, file,
		look.Row(look.InCard, 1, stop, look.Note(lang.T("Stopping is safe: undoing goes on later from there.")))))
	sampling := v.ui.sample(sample)
	return frame.Page{Content: look.Page(look.Heading(lang.T("Undoing the restore")), look.Stacked(0, body)), Leave: func() {
		v.here = false
		sampling()
	}}
}

// headline says in a word how it ended, and how bad that is.
func (v *undoView) headline() (string, look.Icon, fyne.ThemeColorName) {
	switch {
	case v.err != nil && session.Explain(v.err).Kind == engine.Cancelled:
		return lang.T("Undoing was stopped"), look.IconStopped, look.Amber
	case v.err != nil:
		return lang.T("Not everything was undone"), look.IconBroken, look.Clay
	case v.stays.result.Stayed > 0:
		return lang.T("Undone, with exceptions"), look.IconNotice, look.Amber
	}
	return lang.T("The restore was undone"), look.IconFine, look.Moss
}

func (v *undoView) resultPage() frame.Page {
	head, icon, colour := v.headline()
	rows := look.Stacked(look.Between, look.Marked(icon, colour, look.Say(undoneWords(&v.stays.result))), look.Hint(lang.T("In %s", places.Tilde(v.kept.Root))))
	show := look.Primary(lang.T("Show in file manager"), v.showFiles)
	first, enter := show, v.showFiles
	if v.err != nil {
		x := session.Explain(v.err)
		rows.Add(look.Hint(lang.T("What is back stays back, and undoing can go on from there.")))
		if x.Kind != engine.Cancelled {
			rows.Add(look.Technical(x.Technical))
		}
		enter = func() { v.ui.startUndo(v.kept, v.back) }
		first = look.Primary(lang.T("Go on"), enter)
	}
	all := look.Stacked(look.InCard, look.Boxed(rows))
	if len(v.stays.items) > 0 {
		all.Add(look.Subheading(lang.T("What stays as it is")))
		all.Add(look.Hint(lang.T("What the restore replaced there is kept still. Move these away or rename them, and undo again from the activity.")))
	}
	for _, p := range v.stays.items {
		all.Add(look.Stacked(2, look.Line(words.Printable(places.Tilde(v.kept.Root)+"/"+p.Path), look.Ink), look.Note(reasonWords(p.Err))))
	}
	if n := v.stays.result.Stayed - int64(len(v.stays.items)); n > 0 {
		all.Add(look.Hint(lang.T("And %s more.", words.Number(n))))
	}
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, look.NewButton(lang.T("Close"), v.finished), layout.NewSpacer(), first))
	body := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, look.InCard, 0, look.InCard), all))
	return frame.Page{Content: look.Framed(look.Heading(head), look.Footed(body, foot)), Escape: v.finished, Enter: enter, First: first}
}

func (v *undoView) showFiles() {
	root := v.kept.Root
	v.ui.Work(func(ctx context.Context) error { return showInFileManager(ctx, root) }, func(err error) {
		if err != nil {
			v.ui.Fail(err)
		}
	})
}

// undoList lists the restores that can be undone, for the activity.
type undoList struct {
	ui    *UI
	rows  *fyne.Container
	shown string
}

func (u *UI) newUndoList() *undoList { return &undoList{ui: u, rows: look.Stacked(look.Between)} }

// refresh looks for them, and shows them if they are others than before: a click
// must not lose its button.
func (l *undoList) refresh() {
	l.ui.withUndos(func(all []undo.Kept, err error) {
		state := fmt.Sprint(all, err)
		if state == l.shown {
			return
		}
		l.shown = state
		l.rows.RemoveAll()
		if err != nil {
			l.rows.Add(unknownUndos(err))
		}
		l.add(all)
		l.rows.Refresh()
	})
}

func (l *undoList) add(all []undo.Kept) {
	if len(all) == 0 {
		return
	}
	u := l.ui
	l.rows.Add(look.Subheading(lang.T("Restores that can be undone")))
	for i := range all {
		k := &all[i]
		title := lang.T("Restored into %s, %s", places.Tilde(k.Root), words.Ago(k.Began, u.Now()))
		l.rows.Add(look.Boxed(u.undoRow(k, title, func() { u.Show(Activity) })))
	}
	l.rows.Add(look.Gap(look.Between))
}
