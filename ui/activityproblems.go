package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

const (
	// mostInGroup is how many items of a group stand in the window at once.
	mostInGroup = 5
	// mostLeftOut is how many items are left out by a rule of their own each.
	mostLeftOut = 50
	// inARow is how many runs an item must have changed in to be left out for it.
	inARow = 3
)

// problems is what needed attention in a run, while it is shown.
type problems struct {
	ui   *UI
	job  *settings.Job
	run  settings.Run
	root string
	rows *fyne.Container
	says *look.Text

	events []settings.RunEvent
	always map[string]bool // the paths that changed while they were read in each of the newest runs
}

// showEvents lists what needed attention in a run, by its causes, each with its
// mend.
func (u *UI) showEvents(j *session.JobState, r settings.Run) {
	p := &problems{ui: u, job: &j.Job, run: r, root: session.ArchiveOf(&j.Job).Root, rows: look.Stacked(look.InCard), says: look.Coloured("", look.Moss)}
	p.says.Hide()
	u.OpenRead(p.title(), func(ctx context.Context) error { return p.read(ctx, j.Runs) }, func(err error) frame.Page {
		p.list(j)
		if err != nil {
			p.say(lang.T("The details cannot be read. The computer says: %s.", err), look.Clay)
		}
		return p.page()
	})
}

// read reads what happened in the run, and what changed in each of the newest.
func (p *problems) read(ctx context.Context, runs []settings.Run) (err error) {
	p.events, err = p.ui.Session.Events(ctx, p.run.ID)
	if len(runs) < inARow || !slices.ContainsFunc(p.events, changedWhileRead) {
		return err
	}
	changed := map[string]int{}
	for _, r := range runs[:inARow] {
		events, err := p.ui.Session.Events(ctx, r.ID)
		if err != nil {
			return nil //nolint:nilerr // what happened is known, and one mend less is offered
		}
		for _, path := range changedIn(events) {
			changed[path]++
		}
	}
	p.always = map[string]bool{}
	for path, runs := range changed {
		p.always[path] = runs == inARow
	}
	return nil
}

// changedIn are the paths that changed while they were read, each once.
func changedIn(events []settings.RunEvent) (paths []string) {
	for _, e := range events {
		if changedWhileRead(e) {
			paths = append(paths, e.Path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func changedWhileRead(e settings.RunEvent) bool { return session.CauseOf(e) == session.ReadChanging }

// list shows what happened, by its causes.
func (p *problems) list(j *session.JobState) {
	r := p.run
	if r.Sentence != "" {
		p.rows.Add(look.Say(past(r.Sentence)))
	}
	if out := p.ui.wayOut(j, &r); out != nil {
		p.rows.Add(look.Wrap(0, out))
	}
	var rest []string
	groups := map[session.Cause][]settings.RunEvent{}
	for _, e := range p.events {
		switch {
		case e.Kind == settings.VersionRemoved:
		case e.Path == "":
			rest = append(rest, past(e.Text))
		default:
			cause := session.CauseOf(e)
			groups[cause] = append(groups[cause], e)
		}
	}
	for cause := range session.Otherwise + 1 {
		if len(groups[cause]) > 0 {
			p.rows.Add(p.group(cause, groups[cause]))
		}
	}
	if n := r.Problems - int64(len(p.events)); n > 0 {
		p.rows.Add(look.Hint(lang.T("And %s more.", words.Number(n))))
	}
	for _, text := range rest {
		p.rows.Add(look.Technical(text))
	}
}

func (p *problems) title() string {
	return lang.T("What happened %s", words.Ago(p.run.Started, p.ui.Now()))
}

func (p *problems) page() frame.Page {
	back := func() { p.ui.Show(p.ui.current) }
	closing := look.Primary(lang.T("Close"), back)
	heading := look.Stacked(4, look.Heading(p.title()), look.Hint(p.job.Name))
	foot := look.Stacked(look.Within, look.Separator(), p.says, look.Wrap(0, closing))
	return frame.Page{Content: look.Stepped(heading, look.Scrolled(p.rows), foot), Enter: back, Escape: back, First: closing}
}

// group is all of one cause.
func (p *problems) group(cause session.Cause, events []settings.RunEvent) fyne.CanvasObject {
	title, mend := causeWords(cause, len(events))
	rows := look.Stacked(look.Within, look.Strong(title), look.Note(mend))
	list := look.Stacked(2)
	var more *look.Button
	shown := 0
	grow := func(by int) {
		for _, e := range events[shown:min(shown+by, len(events))] {
			list.Add(p.item(e, cause))
			shown++
		}
		rest := len(events) - shown
		more.SetText(lang.N(rest, "%s more", "%s more of them", words.Number(int64(rest))))
		look.Visible(more, rest > 0)
	}
	more = look.NewButton("", func() {
		grow(100)
		p.rows.Refresh()
	})
	grow(mostInGroup)
	rows.Add(list)
	buttons := p.mends(cause, events)
	if shown < len(events) {
		buttons = append(buttons, more)
	}
	if len(buttons) > 0 {
		rows.Add(look.Wrap(look.Within, buttons...))
	}
	return rows
}

// item is one line of a group, with what the computer said where that is not the
// same for all of them.
func (p *problems) item(e settings.RunEvent, cause session.Cause) fyne.CanvasObject {
	name := look.Line(words.Printable(places.Tilde(filepath.Join(p.root, e.Path))), look.Ink)
	if cause == session.NoPermission || cause == session.Gone {
		return name
	}
	return look.Stacked(0, name, look.Note(words.Printable(past(e.Text))))
}

// causeWords are what a group is called, and what is to be done about it.
func causeWords(c session.Cause, n int) (title, mend string) {
	number := words.Number(int64(n))
	switch c {
	case session.NoPermission:
		return lang.N(n, "You may not read %s item", "You may not read %s items", number),
			lang.T("Nothing newer of it is in this version. Allow yourself to read it, or leave it out.")
	case session.NotReadable:
		return lang.N(n, "%s item could not be read", "%s items could not be read", number),
			lang.T("The disk did not give it. Look whether the disk is well: it may be about to fail.")
	case session.NotStorable:
		return lang.N(n, "%s item cannot be stored", "%s items cannot be stored", number),
			lang.T("Its name or its kind has no place in this backup. Leave it out, or give it another name.")
	case session.ReadChanging:
		return lang.N(n, "%s item changed while it was read", "%s items changed while they were read", number),
			lang.T("Nothing is to be done: it is in the next version.")
	case session.Gone:
		return lang.N(n, "%s item vanished meanwhile", "%s items vanished meanwhile", number),
			lang.T("Nothing is to be done: it was deleted while the backup ran.")
	}
	return lang.N(n, "%s item needs a look", "%s items need a look", number), lang.T("What the computer says stands with each.")
}

// mends are the buttons of a group.
func (p *problems) mends(c session.Cause, events []settings.RunEvent) (all []fyne.CanvasObject) {
	if c == session.ReadChanging {
		events = slices.DeleteFunc(slices.Clone(events), func(e settings.RunEvent) bool { return !p.always[e.Path] })
	}
	if c == session.NoPermission {
		all = append(all, look.NewButton(lang.T("Allow reading"), func() { p.allow(events) }))
	}
	if c != session.Gone && c != session.Otherwise && len(events) > 0 && len(events) <= mostLeftOut {
		all = append(all, look.NewButton(lang.N(len(events), "Leave it out", "Leave these out"), func() { p.leaveOut(events) }))
	}
	return all
}

// leaveOut adds a rule for each.
func (p *problems) leaveOut(events []settings.RunEvent) {
	var rules []settings.Rule
	for _, e := range events {
		if r := session.FolderRule(filepath.Join(p.root, e.Path), false); !slices.Contains(p.job.Rules, r) {
			rules = append(rules, r)
		}
	}
	rules = append(rules, p.job.Rules...)
	p.ui.Work(func(ctx context.Context) error {
		return p.ui.Session.SetSources(ctx, p.job.ID, p.job.Folders, rules)
	}, func(err error) {
		if err != nil {
			p.say(lang.T("They could not be left out. The computer says: %s.", err), look.Clay)
			return
		}
		p.job.Rules = rules
		p.say(lang.T("The next backup leaves this out. The rules of the backup show it, and take it back."), look.Moss)
	})
}

// allow lets the person read what is theirs, and says what to type for the rest.
func (p *problems) allow(events []settings.RunEvent) {
	var others []string
	p.ui.Work(func(context.Context) error {
		for _, e := range events {
			path := filepath.Join(p.root, e.Path)
			if err := allowReading(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				others = append(others, path)
			}
		}
		return nil
	}, func(error) {
		if len(others) == 0 {
			p.say(lang.T("You may read it now. The next backup takes it."), look.Moss)
			return
		}
		p.rows.Objects = append([]fyne.CanvasObject{look.Say(lang.T("This belongs to somebody else. Who administers the computer can allow it by typing:")), look.Technical(allowCommand(others))}, p.rows.Objects...)
		p.say(lang.N(len(others), "%s item belongs to somebody else. What to type for it stands at the top.", "%s items belong to somebody else. What to type for them stands at the top.",
			words.Number(int64(len(others)))), look.Amber)
	})
}

// allowReading gives the owner of a file or folder the right to read it.
func allowReading(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm() | 0o400
	if info.IsDir() {
		mode |= 0o100
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return fmt.Errorf("%s is a link: %w", path, os.ErrPermission)
	}
	return os.Chmod(path, mode)
}

// allowCommand is what an administrator types so that this person may read some
// files.
func allowCommand(paths []string) string {
	var b strings.Builder
	b.WriteString(`sudo setfacl -R -m u:"$USER":rX --`)
	for _, path := range paths {
		b.WriteString(" '" + strings.ReplaceAll(path, "'", `'\''`) + "'")
	}
	return b.String()
}

func (p *problems) say(text string, colour fyne.ThemeColorName) {
	p.says.Colour(colour)
	p.says.Set(text)
	p.says.Show()
	p.rows.Refresh()
}
