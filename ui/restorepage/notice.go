package restorepage

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// notice is the quiet line that tells what is not known yet, and why.
type notice struct {
	content *fyne.Container
	text    *look.Text
	bar     *look.Bar
	room    fyne.CanvasObject // of the bar
	button  *look.Button
}

func newNotice() *notice {
	n := &notice{text: look.Hint(""), bar: look.NewBar(6), button: look.NewButton("", nil)}
	n.button.Importance = widget.LowImportance
	n.room = look.Wide(140, look.High(6, n.bar))
	n.content = look.Row(look.Between, 0, n.text, n.room, n.button)
	n.content.Hide()
	return n
}

// tell shows a sentence with a button; a share below 0 means no bar.
func (n *notice) tell(sentence string, share float64, label string, tapped func()) {
	n.text.Set(sentence)
	n.bar.Set(share)
	look.Visible(n.room, share >= 0)
	n.button.OnTapped = tapped
	n.button.SetText(label)
	n.content.Show()
	n.content.Refresh()
}

// followLearning tells how far the versions are known, and shows what came to
// be known.
func (f *Finder) followLearning() {
	if f.closed {
		return
	}
	now, before := f.Backend.Learning(f.Archive), f.learnt
	f.learnt = now
	f.tellLearning(now)
	switch {
	case !f.asked:
	case now.Done != before.Done || !now.Learnt.Equal(before.Learnt):
		f.again()
	case len(f.seen.lines) == 0:
		f.showStanding()
	}
	f.content.Refresh()
}

func (f *Finder) tellLearning(l session.Learning) {
	known := len(f.seen.lines) > 0
	switch {
	case !known, l.Running && l.Total == 0, !l.Running && l.Err == nil:
		f.notice.content.Hide() // the list tells it, or there is nothing to tell
	case l.Running:
		f.notice.tell(readingWords(l), float64(l.Done)/float64(l.Total), lang.T("Stop"), f.stopLearning)
	default:
		sentence, label, mend := f.mend(l.Err)
		f.notice.tell(sentence, -1, label, mend)
	}
}

func readingWords(l session.Learning) string {
	return lang.T("Reading %s of %s versions…", words.Number(int64(min(l.Done+1, l.Total))), words.Number(int64(l.Total)))
}

func (f *Finder) stopLearning() { f.Backend.StopLearning(f.Archive) }

// mend says why newer versions are not known, and what helps.
func (f *Finder) mend(err error) (sentence, label string, mend func()) {
	again := func() { f.Backend.Learn(f.Archive, true) }
	switch x := session.Explain(err); x.Kind {
	case engine.Cancelled:
		return lang.T("Not all versions were read. What is known is shown."), lang.T("Go on"), again
	case engine.Offline, engine.NoArchive:
		return lang.T("%s is not there. What is known of it is listed; connect it to preview or restore.", placeOf(f.Archive)), lang.T("Try again"), again
	case engine.NoPassphrase:
		return lang.T("Versions newer than these may be there: the passphrase is needed."), lang.T("Type the passphrase"), again
	case engine.WrongPassphrase:
		return lang.T("Newer versions are not known: the passphrase did not open the backup."), lang.T("Type the passphrase"), func() {
			f.Backend.Forget(f.Archive.URL)
			again()
		}
	default:
		return lang.T("Newer versions are not known. %s", x.Sentence), lang.T("Try again"), again
	}
}

// unknown stands in place of the list as long as nothing is known.
func (f *Finder) unknown() fyne.CanvasObject {
	switch l := f.learnt; {
	case l.Running && l.Total > 0:
		bar := look.NewBar(8)
		bar.Set(float64(l.Done) / float64(l.Total))
		return look.Boxed(look.Stacked(look.Between, look.Subheading(readingWords(l)), bar,
			look.Hint(lang.T("What is read is shown at once. Later, only what is new is read.")),
			look.Row(0, 1, look.NewButton(lang.T("Stop"), f.stopLearning), space())))
	case l.Running || !f.asked:
		return look.Hint(lang.T("Looking for versions…"))
	case l.Err != nil:
		x := session.Explain(l.Err)
		_, label, mend := f.mend(l.Err)
		if x.Kind == engine.Cancelled {
			x.Sentence = lang.T("Stopped before a version was known. Nothing was changed.")
		}
		return f.problem(x.Sentence, x.Technical, label, mend)
	}
	return look.Hint(lang.T("There is no version yet. Once a backup has run, everything that it saved is listed here."))
}

// placeOf is how a destination is called.
func placeOf(a session.Archive) string { return places.Name(session.Path(a.URL)) }

// short is a name that people can read, not too long.
func short(name string, most int) string { return words.Middle(words.Printable(name), most) }
