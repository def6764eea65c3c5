package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// restoreView is a restore that runs, and then its result. It goes on when
// another page is shown.
type restoreView struct {
	ui      *UI
	target  string
	folder  string // at or below the target, the one that holds all that comes back
	job     session.Work
	stop    context.CancelFunc
	running bool

	summary  engine.Summary
	problems []engine.FileProblem
	err      error
}

// startRestore restores in the background and shows how far it is.
func (u *UI) startRestore(a session.Archive, plans []engine.RestorePlan) {
	v := &restoreView{ui: u, target: plans[0].Target, folder: landing(plans), job: u.Session.Restore(a, plans...), running: true}
	ctx, cancel := context.WithCancel(u.Context)
	v.stop = cancel
	u.restore = v
	u.current = Restore
	u.Open(v.page())
	u.Work(func(context.Context) error {
		defer cancel()
		return v.job.Run(ctx, v.note)
	}, v.done)
}

// landing is the deepest folder that holds all that plans of one target bring
// back.
func landing(plans []engine.RestorePlan) string {
	var common []string
	for i, p := range plans {
		if len(p.Paths) == 0 {
			return p.Target
		}
		for j, path := range p.Paths {
			folders := strings.Split(filepath.Dir(filepath.Clean(path)), "/")
			if i == 0 && j == 0 {
				common = folders
			}
			n := 0
			for n < min(len(common), len(folders)) && common[n] == folders[n] {
				n++
			}
			common = common[:n]
		}
	}
	return filepath.Join(plans[0].Target, filepath.Join(common...))
}

// note keeps what the result shows. The run has ended before it is read.
func (v *restoreView) note(e engine.Event) {
	switch e := e.(type) {
	case engine.FileProblem:
		v.problems = append(v.problems, e)
	case engine.Finished:
		v.summary = e.Summary
	}
}

// page shows the run, or its result.
func (v *restoreView) page() frame.Page {
	if !v.running {
		return v.resultPage()
	}
	numbers := newNumbers()
	sample := func() { numbers.show(v.job.Progress()) }
	sample()
	stop := look.NewButton(lang.T("Stop"), func() { v.stop() })
	var pause *look.Button
	pause = look.NewButton(lang.T("Pause"), func() {
		if v.job.Progress().Paused {
			v.job.Resume()
			pause.SetText(lang.T("Pause"))
		} else {
			v.job.Pause()
			pause.SetText(lang.T("Continue"))
		}
	})
	if v.job.Progress().Paused {
		pause.SetText(lang.T("Continue"))
	}
	body := look.Boxed(look.Stacked(look.Between, look.Subheading(lang.T("Into %s", places.Tilde(v.target))), numbers.content,
		look.Row(look.InCard, 1, look.Beside(look.Within, pause, stop), look.Note(lang.T("What came back until you stop stays. No file is left half written.")))))
	return frame.Page{Content: look.Page(look.Heading(lang.T("Restoring")), look.Stacked(0, body)), Leave: v.ui.sample(sample)}
}

// done shows the result where the run was shown.
func (v *restoreView) done(err error) {
	v.running, v.err = false, err
	if v.ui.current == Restore {
		v.ui.Open(v.page())
		return
	}
	v.ui.update()
}

// finished leads back to the files.
func (v *restoreView) finished() {
	v.ui.restore = nil
	v.ui.backToFiles()
}

// headline says in a word how it ended, and how bad that is.
func (v *restoreView) headline() (string, look.Icon, fyne.ThemeColorName) {
	switch {
	case v.err != nil && session.Explain(v.err).Kind == engine.Cancelled:
		return lang.T("The restore was stopped"), look.IconStopped, look.Amber
	case v.err != nil:
		return lang.T("Not everything was restored"), look.IconBroken, look.Clay
	case len(v.problems) > 0:
		return lang.T("Restored, with exceptions"), look.IconNotice, look.Amber
	}
	return lang.T("Restored"), look.IconFine, look.Moss
}

// came says what came back.
func (v *restoreView) came() string {
	s := v.summary
	said := []string{lang.N(s.Files, "%s file (%s) came back.", "%s files (%s) came back.", words.Number(s.Files), words.Size(s.Bytes))}
	if s.Same > 0 {
		said = append(said, lang.N(s.Same, "%s file was there already with the same content.", "%s files were there already with the same content.", words.Number(s.Same)))
	}
	if s.Skipped > 0 {
		said = append(said, lang.N(s.Skipped, "%s item was left as it was, because something of its name was there.",
			"%s items were left as they were, because something of their names was there.", words.Number(s.Skipped)))
	}
	if s.Kept > 0 {
		said = append(said, lang.N(s.Kept, "%s item was put beside what was there, with the date in the name.",
			"%s items were put beside what was there, with the date in the name.", words.Number(s.Kept)))
	}
	return strings.Join(said, " ")
}

// mostProblems is how many problems a result lists.
const mostProblems = 200

func (v *restoreView) resultPage() frame.Page {
	head, icon, colour := v.headline()
	rows := look.Stacked(look.Between, look.Marked(icon, colour, look.Say(v.came())), look.Hint(lang.T("In %s", places.Tilde(v.folder))))
	if v.err != nil {
		x := session.Explain(v.err)
		rows = look.Stacked(look.Between, look.Marked(icon, colour, look.Say(v.wordsOf(x))), look.Hint(v.came()), look.Technical(x.Technical))
	}
	all := look.Stacked(look.InCard, look.Boxed(rows), v.ui.undoOffer(v.summary))
	if len(v.problems) > 0 {
		all.Add(look.Subheading(lang.T("What needs a look")))
	}
	for _, p := range v.problems[:min(len(v.problems), mostProblems)] {
		all.Add(look.Stacked(2, look.Line(words.Printable(places.Tilde(filepath.Join(v.target, p.Path))), look.Ink),
			look.Note(lang.T("%s: %s", session.ProblemWords(p.Problem), p.Err.Error()))))
	}
	if n := len(v.problems) - mostProblems; n > 0 {
		all.Add(look.Hint(lang.T("And %s more.", words.Number(int64(n)))))
	}
	show := look.Primary(lang.T("Show in file manager"), v.showFiles)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, look.NewButton(lang.T("Close"), v.finished), layout.NewSpacer(), show))
	body := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, look.InCard, 0, look.InCard), all))
	return frame.Page{Content: look.Framed(look.Heading(head), look.Footed(body, foot)), Escape: v.finished, Enter: v.showFiles, First: show}
}

// wordsOf says what a restore's end means; the sentences of a backup speak of
// its next run.
func (v *restoreView) wordsOf(x session.Explanation) string {
	switch x.Kind {
	case engine.Cancelled:
		return lang.T("Stopped. What came back until then is whole and stays.")
	case engine.NoSpace:
		return lang.T("There is not enough room. Choose a folder on another disk, or make room and restore again.")
	case engine.TargetExists:
		return lang.T("The folder is not empty, and nothing in it was touched. Choose another name.")
	case engine.NoPermission:
		return lang.T("Writing is not allowed there, so choose another folder. The backup is as it was.")
	}
	return x.Sentence
}

func (v *restoreView) showFiles() {
	folder := v.folder
	v.ui.Work(func(ctx context.Context) error { return showInFileManager(ctx, existing(folder)) }, func(err error) {
		if err != nil {
			v.ui.Fail(err)
		}
	})
}

// existing is a folder, or where nothing of its name came back the nearest one
// above it.
func existing(folder string) string {
	for parent := filepath.Dir(folder); parent != folder; parent = filepath.Dir(folder) {
		if _, err := os.Lstat(folder); err == nil {
			break
		}
		folder = parent
	}
	return folder
}
