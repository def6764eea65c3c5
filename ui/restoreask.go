package ui

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// The choices of where to restore to, and of what happens to a name that is
// taken.
const (
	toNew     = "Into a new folder"
	toInPlace = "Where it came from"
)

var clashes = []struct {
	label string
	clash restore.Clash
}{
	{"Keep both: what comes back gets the date in its name", restore.KeepBoth},
	{"Replace what is there", restore.Replace},
	{"Replace it only if it is older", restore.ReplaceOlder},
	{"Leave what is there", restore.Skip},
}

// ask asks where the ticked items shall go.
func (b *browser) ask() {
	target := widget.NewEntry()
	target.SetText(b.newFolder())
	var labels []string
	for _, c := range clashes {
		labels = append(labels, c.label)
	}
	clash := widget.NewRadioGroup(labels, nil)
	clash.SetSelected(labels[0])
	places := []string{toNew}
	if b.archive.Root != "" {
		places = append(places, toInPlace)
	}
	place := widget.NewRadioGroup(places, nil)
	taken := look.Stacked(4, look.Say("If a file of that name is there already:"), clash)
	place.OnChanged = func(p string) {
		if p == toInPlace {
			target.Disable()
			taken.Show()
		} else {
			target.Enable()
			taken.Hide()
		}
	}
	place.SetSelected(toNew)
	text := fmt.Sprintf("%s of the version of %s", words.Count(int64(len(b.picked)), "item"), words.Moment(b.versions[b.version].Time, b.ui.Now()))
	form := look.Wide(520, look.Stacked(10, look.Say(text), place, target, taken))
	d := dialog.NewCustomConfirm("Restore", "Restore now", "Cancel", form, func(ok bool) {
		if ok {
			b.start(place.Selected == toInPlace, strings.TrimSpace(target.Text), clashes[max(0, slices.Index(labels, clash.Selected))].clash)
		}
	}, b.ui.window)
	d.Show()
}

// newFolder is a folder in the person's home that does not exist yet.
func (b *browser) newFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	base := filepath.Join(home, "Restored "+b.ui.Now().Format("2006-01-02"))
	for n := 1; ; n++ {
		path := base
		if n > 1 {
			path = fmt.Sprintf("%s (%d)", base, n)
		}
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return path
		}
	}
}

// start restores and shows how far it is.
func (b *browser) start(inPlace bool, target string, clash restore.Clash) {
	plan := engine.RestorePlan{
		At: b.versions[b.version].Time, Paths: slices.Sorted(maps.Keys(b.picked)), Target: target, Clash: restore.Refuse,
	}
	if inPlace {
		plan.Target, plan.Clash = b.archive.Root, clash
	}
	v := &restoreView{ui: b.ui, browser: b, target: plan.Target, job: b.ui.Session.Restore(b.archive, plan)}
	v.show()
}

// restoreView is a restore that runs, and then its result.
type restoreView struct {
	ui      *UI
	browser *browser
	target  string
	job     *engine.Job

	bar     *widget.ProgressBar
	numbers *widget.RichText
	box     *fyne.Container
	dialog  *dialog.CustomDialog
	stop    context.CancelFunc

	summary  engine.Summary
	problems []engine.FileProblem
}

func (v *restoreView) show() {
	v.bar, v.numbers = widget.NewProgressBar(), look.Hint("Opening…")
	v.box = look.Stacked(8, look.Say("Into "+tilde(v.target)), v.bar, v.numbers)
	stop := widget.NewButton("Stop", func() { v.stop() })
	v.dialog = dialog.NewCustomWithoutButtons("Restoring", look.Wide(520, v.box), v.ui.window)
	v.dialog.SetButtons([]fyne.CanvasObject{stop})
	v.dialog.Show()
	ctx, cancel := context.WithCancel(v.ui.Context)
	sampling := v.ui.sample(v.sample)
	v.stop = cancel
	v.ui.work(func(context.Context) error {
		defer cancel()
		return v.job.Run(ctx, v.note)
	}, func(err error) {
		sampling()
		v.done(err)
	})
}

// note keeps what the result shows.
func (v *restoreView) note(e engine.Event) {
	switch e := e.(type) {
	case engine.FileProblem:
		v.problems = append(v.problems, e)
	case engine.Finished:
		v.summary = e.Summary
	}
}

func (v *restoreView) sample() {
	p := v.job.Progress()
	if p.Counted && p.TotalBytes > 0 {
		v.bar.SetValue(min(1, float64(p.Bytes)/float64(p.TotalBytes)))
	}
	look.SetText(v.numbers, fmt.Sprintf("%s, %s   %s", words.Count(p.Files, "file"), words.Size(p.Bytes), words.Middle(p.Current, 50)))
}

// done says how it ended.
func (v *restoreView) done(err error) {
	v.dialog.Hide()
	sentence := fmt.Sprintf("%s (%s) came back.", words.Count(v.summary.Files, "file"), words.Size(v.summary.Bytes))
	if v.summary.Skipped > 0 {
		sentence += fmt.Sprintf(" %s left as it was, because something of the name was there.", words.Count(v.summary.Skipped, "item"))
	}
	rows := look.Stacked(8)
	if err != nil {
		rows.Add(look.Text(session.Explain(err).Sentence, look.Clay, look.Body, false))
		rows.Add(widget.NewAccordion(widget.NewAccordionItem("Technical details", look.Hint(err.Error()))))
	}
	rows.Add(look.Say(sentence))
	for _, p := range v.problems[:min(len(v.problems), 5)] {
		rows.Add(look.Text(fmt.Sprintf("%s: %s", p.Path, session.ProblemWords(p.Problem)), look.Amber, look.Small, false))
	}
	if n := len(v.problems); n > 5 {
		rows.Add(look.Hint(fmt.Sprintf("And %s more.", words.Number(int64(n-5)))))
	}
	rows.Add(look.Hint(tilde(v.target)))
	title := "Restored"
	if err != nil {
		title = "Not everything was restored"
	}
	d := dialog.NewCustomWithoutButtons(title, look.Wide(520, container.NewVBox(rows)), v.ui.window)
	show := widget.NewButton("Show in file manager", func() {
		if err := showInFileManager(v.target); err != nil {
			v.ui.fail(err)
		}
	})
	show.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{widget.NewButton("Close", d.Hide), show})
	d.Show()
}
