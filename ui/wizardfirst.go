package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/preview"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/settingspage"
	"github.com/varve-backup/varve/ui/words"
)

// Samples are files that are brought back to show that it can be done.
type Samples interface {
	SampleRestore(ctx context.Context, job int64, look func(ctx context.Context, path string) error) (session.Sample, error)
}

// firstRun is the end of the wizard: the first version is made, or the next one of
// what is gone on with, one file of it is brought back, and the person sees it.
type firstRun struct {
	ui    *UI
	next  bool // there were versions
	job   int64
	state session.JobState // as it stands
	shown string           // which state is on the page
	views map[int64]*progressView
	body  *fyne.Container
	sheet *look.Button
	done  *look.Button
	stop  []context.CancelFunc

	// What came back, once asked is set.
	asked  bool
	over   bool
	sample session.Sample
	looks  preview.Preview
	err    error
}

// openFirstRun shows the page; steps stand at its left, all answered. next tells
// that there were versions before.
func (u *UI) openFirstRun(job int64, steps fyne.CanvasObject, next bool) {
	f := &firstRun{ui: u, next: next, job: job, views: map[int64]*progressView{}, body: look.Stacked(look.Between)}
	f.done = look.Primary(lang.T("Done"), f.leave)
	f.sheet = look.NewButton(lang.T("Recovery sheet…"), f.openSheet)
	f.sheet.Hide()
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 0, layout.NewSpacer(), f.sheet, f.done))
	page := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, look.Between, look.InCard), f.body))
	content := look.Framed(look.Heading(lang.T("New backup")), look.Footed(container.New(&besideSteps{look.Gap(0)}, steps, page), foot))
	u.current = ""
	f.stop = append(f.stop, u.sample(func() { u.showProgress(f.views) }))
	u.Open(frame.Page{Content: content, Refresh: f.refresh, Leave: f.end, Enter: f.leave, Escape: f.leave, First: f.done})
}

func (f *firstRun) end() {
	for _, stop := range f.stop {
		stop()
	}
}

// leave goes to the overview, which tells how the backup goes on.
func (f *firstRun) leave() { f.ui.Show(Overview) }

// refresh follows the run.
func (f *firstRun) refresh() {
	jobs, err := f.ui.Session.Jobs(f.ui.Context)
	if err != nil {
		f.ui.Fail(err)
		return
	}
	if i := slices.IndexFunc(jobs, func(j session.JobState) bool { return j.ID == f.job }); i >= 0 {
		f.state = jobs[i]
	}
	if !f.asked && !f.runs() && !f.state.LastGood.IsZero() {
		f.bringBack()
	}
	f.show()
	f.ui.showProgress(f.views)
}

// words are those for a first version, or for one that follows others.
func (f *firstRun) words(first, next string) string {
	if f.next {
		return lang.T(next)
	}
	return lang.T(first)
}

// runs tells that the backup is being made.
func (f *firstRun) runs() bool { return f.state.Progress != nil && !f.state.Proof.Running }

// bringBack restores one file into a scratch folder, and looks at it.
func (f *firstRun) bringBack() {
	f.asked, f.over, f.err = true, false, nil
	job := f.job
	var sample session.Sample
	var looks preview.Preview
	f.stop = append(f.stop, f.ui.Work(func(ctx context.Context) (err error) {
		sample, err = f.ui.Session.SampleRestore(ctx, job, func(ctx context.Context, path string) (err error) {
			looks, err = preview.Read(ctx, sampleText, func(w io.Writer) error { return copyOf(path, w) })
			return err
		})
		return err
	}, func(err error) {
		f.over, f.sample, f.looks, f.err = true, sample, looks, err
		f.show()
	}))
}

// sampleText is how much of a text is shown, in bytes.
const sampleText = 2000

func copyOf(path string, w io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// show shows how it stands, if that is another way than before.
func (f *firstRun) show() {
	state := fmt.Sprint(f.runs(), len(f.state.Runs), f.asked, f.over)
	if state == f.shown {
		return
	}
	f.shown = state
	clear(f.views)
	look.Visible(f.sheet, !f.state.LastGood.IsZero())
	f.done.SetText(lang.T("To the overview"))
	if f.over {
		f.done.SetText(lang.T("Done"))
	}
	f.body.Objects = f.rows()
	f.body.Refresh()
}

func (f *firstRun) rows() []fyne.CanvasObject {
	switch {
	case f.runs():
		v := f.ui.newProgressView(f.job)
		f.views[f.job] = v
		return []fyne.CanvasObject{
			look.Subheading(f.words(lang.Mark("The first version is being made"), lang.Mark("The next version is being made"))),
			look.Hint(lang.T("When it is there, one file is brought back from it, so that you see it. You can leave this page: all goes on.")),
			look.Boxed(look.Stacked(look.Between, v.content, look.Row(look.Within, 2, v.pause, v.stop, layout.NewSpacer()))),
		}
	case f.over:
		return f.outcome()
	case f.asked:
		return []fyne.CanvasObject{
			look.Subheading(f.words(lang.Mark("The first version is there"), lang.Mark("The next version is there"))),
			look.Marked(look.IconClock, look.Lake, look.Say(lang.T("One file is brought back from it now, and compared with the one in your folder."))),
		}
	case len(f.state.Runs) > 0:
		return f.failed()
	}
	return []fyne.CanvasObject{look.Subheading(f.words(lang.Mark("The first version is being made"), lang.Mark("The next version is being made"))), look.Hint(lang.T("It begins in a moment."))}
}

// failed says why there is no version yet.
func (f *firstRun) failed() []fyne.CanvasObject {
	r := f.state.Runs[0]
	said, icon, colour, ground := past(r.Sentence), look.IconBroken, look.Clay, look.ClayGround
	if r.Outcome == settings.Cancelled {
		icon, colour, ground = look.IconNotice, look.Amber, look.AmberGround
	}
	again := look.NewButton(lang.T("Try again"), func() { f.ui.BackUp(f.job) })
	more := look.NewButton(lang.T("What happened"), func() { f.ui.Show(Activity) })
	text := look.Stacked(4, look.Strong(f.words(lang.Mark("The first version is not there yet."), lang.Mark("The next version is not there yet."))), look.Say(said))
	return []fyne.CanvasObject{look.On(ground, "", look.InCard, look.Stacked(look.Between,
		look.TopRow(look.Between, 1, look.Picture(icon.In(colour), 24), text), look.Wrap(look.Within, again, more)))}
}

// outcome says what came of bringing a file back.
func (f *firstRun) outcome() []fyne.CanvasObject {
	again := look.NewButton(lang.T("Try again"), func() {
		f.bringBack()
		f.show()
	})
	switch {
	case f.err == nil:
		return f.proved()
	case errors.Is(f.err, session.ErrNoSample):
		return []fyne.CanvasObject{
			look.Subheading(f.words(lang.Mark("The first version is there"), lang.Mark("The next version is there"))),
			look.Marked(look.IconNotice, look.Amber, look.Say(lang.T("None was brought back: no file of a handy size lies in your folders as it was when the version was made."))),
			look.Row(0, 1, again, look.Gap(1)),
		}
	}
	x := session.Explain(f.err)
	if errors.Is(f.err, session.ErrNotTheSame) {
		x.Sentence = lang.T("%s came back with other content.", words.Printable(places.Tilde(f.sample.Path)))
	}
	text := look.Stacked(4, look.Strong(f.words(lang.Mark("The first version was stored, but no file came back from it as it was."), lang.Mark("The next version was stored, but no file came back from it as it was."))), look.Say(x.Sentence),
		look.Say(lang.T("Do not rely on this backup before that is mended.")))
	return []fyne.CanvasObject{
		look.On(look.ClayGround, "", look.InCard, look.Stacked(look.Between,
			look.TopRow(look.Between, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text), look.Row(0, 1, again, look.Gap(1)))),
		look.Technical(x.Technical),
	}
}

// proved shows the file that came back.
func (f *firstRun) proved() []fyne.CanvasObject {
	what := look.Stacked(4, look.Strong(f.words(lang.Mark("The first version is there."), lang.Mark("The next version is there."))), look.Say(lang.T("One file was brought back from it, and it is the same, byte for byte:")),
		look.Say(words.Printable(places.Tilde(f.sample.Path))).Mono(), look.Note(words.Size(f.sample.Size)))
	rows := []fyne.CanvasObject{look.On(look.MossGround, "", look.InCard, look.TopRow(look.Between, 1, look.Picture(look.IconFine.In(look.Moss), 24), what))}
	switch f.looks.Kind {
	case preview.Picture:
		c := canvas.NewImageFromImage(f.looks.Picture)
		c.FillMode = canvas.ImageFillContain
		c.SetMinSize(fyne.NewSize(200, pictureHeight))
		rows = append(rows, look.Boxed(c))
	case preview.Text:
		rows = append(rows, look.Boxed(look.Note(firstLines(f.looks.Text)).Mono()))
	}
	return append(rows, look.Hint(lang.T("Keep the recovery sheet apart from this computer: with it, everything comes back when the computer is gone.")))
}

const (
	// pictureHeight is that of the picture that came back.
	pictureHeight = 220
	// textLines are how many lines of a text are shown.
	textLines = 8
)

// firstLines is the beginning of a text, as a page can show it.
func firstLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	cut := len(lines) > textLines
	lines = lines[:min(len(lines), textLines)]
	for i, l := range lines {
		lines[i] = words.Printable(strings.ReplaceAll(strings.TrimSuffix(l, "\r"), "\t", "    "))
	}
	if cut {
		lines = append(lines, "…")
	}
	return strings.Join(lines, "\n")
}

func (f *firstRun) openSheet() {
	c := f.ui.settingsConfig()
	settingspage.OpenSheet(c, f.state, f.leave)
}
