package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/settingspage"
	"github.com/varve-backup/varve/ui/words"
)

// rephrasing is the page on which a person changes the passphrase of a backup.
type rephrasing struct {
	ui    *UI
	job   session.JobState
	facts session.PassphraseFacts

	*passphraseFields
	present *look.Passphrase // asked for where it is not at hand
	asking  *fyne.Container
	keep    keepChoice
	alone   *look.Check
	others  *fyne.Container
	effects *fyne.Container // what else the change brings
	body    *fyne.Container
	foot    *fyne.Container

	says   *look.Text
	change *look.Button
	stop   context.CancelFunc
	busy   bool // looking at what is stored, or changing it
	left   bool // the person went on meanwhile
}

// openRephrasing opens that page.
func (u *UI) openRephrasing(j session.JobState) {
	v := &rephrasing{ui: u, job: j, keep: newKeepChoice(), present: look.NewPassphrase(lang.T("Present passphrase")), says: look.Note(""), busy: true}
	v.passphraseFields = newPassphraseFields(v.settle)
	v.present.Field.OnChanged = func(string) { v.settle() }
	v.change = look.Primary(lang.T("Change the passphrase"), v.enter)
	v.build()
	v.say(lang.T("Looking at what is stored…"), look.Quiet)
	v.settle()
	heading := look.Stacked(4, look.Heading(lang.T("Change the passphrase")), look.Hint(jobTitle(&j.Job)))
	var keyring error
	v.stop = u.Work(func(ctx context.Context) (err error) {
		keyring = u.Session.Keyring(ctx)
		v.facts, err = u.Session.PassphraseFacts(ctx, &j.Job)
		return err
	}, func(err error) { v.looked(keyring, err) })
	u.current = ""
	u.Open(frame.Page{
		Content: look.Stepped(heading, look.Scrolled(v.body), look.Stacked(look.InCard, look.Separator(), v.says, v.foot)),
		Leave:   v.end, Escape: v.back, Enter: v.enter, First: v.first.Field, Unsaved: v.unsaved,
	})
}

// build makes the form.
func (v *rephrasing) build() {
	v.asking = look.Stacked(look.Within, look.Say(lang.T("The passphrase that opens the backup now is not at hand. Type it first.")), look.AtMost(420, v.present.Whole), look.Gap(look.Within))
	v.asking.Hide()
	v.alone = look.NewCheck(lang.T("Shut out all other passphrases too"), nil)
	v.others = look.Stacked(0)
	v.others.Hide()
	v.effects = look.Stacked(look.Within)
	v.body = look.Stacked(look.Between, v.asking, look.Subheading(lang.T("The new passphrase")), v.content(),
		look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber,
			look.Say(lang.T("It opens all versions, also those that are stored already. Without it nothing can be restored, by nobody. Write it down and keep it apart from this computer.")))),
		v.keep.content(), v.others, look.Gap(0), v.effects)
	v.foot = look.Row(look.InCard, 1, look.NewButton(lang.T("Back"), v.back), look.Gap(0), v.change)
}

func (v *rephrasing) end() {
	v.left = true
	v.stop()
}

func (v *rephrasing) back() { v.ui.openJob(v.job.ID) }

func (v *rephrasing) unsaved() string {
	if v.first.Field.Text != "" && !v.busy {
		return lang.T("A new passphrase was typed here, and nothing was changed yet.")
	}
	return ""
}

// settle allows to change what can be.
func (v *rephrasing) settle() {
	v.change.Enabled(!v.busy && v.isRight() && (!v.asking.Visible() || v.present.Field.Text != ""))
}

func (v *rephrasing) say(sentence string, colour fyne.ThemeColorName) {
	v.says.Set(sentence)
	v.says.Colour(colour)
	look.Visible(v.says, sentence != "")
}

// looked shows what is known of the backup.
func (v *rephrasing) looked(keyring, err error) {
	v.busy = false
	v.say("", look.Quiet)
	if v.facts.Volumes && err == nil {
		v.refuse()
		return
	}
	v.keep.offer(keyring)
	if v.facts.At == session.InMemory {
		v.keep.SetChecked(false) // as it was chosen
	}
	if v.facts.At == session.Elsewhere {
		v.ask()
	}
	v.offerAlone(v.facts.Others, false)
	for _, text := range v.effectWords() {
		v.effects.Add(look.Hint(text))
	}
	v.effects.Refresh()
	v.settle()
}

// ask has the person type the present passphrase.
func (v *rephrasing) ask() {
	v.asking.Show()
	v.body.Refresh()
	if v.present.Field.Text == "" {
		v.ui.Focus(v.present.Field)
	}
}

// offerAlone has the person decide about other passphrases, if there are any.
func (v *rephrasing) offerAlone(others int, ticked bool) {
	if others == 0 {
		return
	}
	v.others.Objects = []fyne.CanvasObject{explained(v.alone, lang.N(others, "%s other passphrase opens this backup as well: somebody else's, or one from before.",
		"%s other passphrases open this backup as well: somebody else's, or some from before.", words.Number(int64(others))))}
	v.alone.SetChecked(ticked)
	v.others.Show()
	v.body.Refresh()
}

// effectWords say what else the change brings.
func (v *rephrasing) effectWords() (said []string) {
	if n := len(v.facts.Jobs); n > 0 {
		said = append(said, lang.N(n, "%s is kept in the same place, and has the new passphrase too.", "%s are kept in the same place, and have the new passphrase too.", words.List(v.facts.Jobs)))
	}
	if len(v.job.Copies) > 0 {
		said = append(said, lang.T("Second places follow as soon as they can be reached. Until then they open with the old passphrase: keep it."))
	}
	return append(said, lang.T("Whoever copied the stored files before, and knows the old passphrase, can still read that copy."))
}

// refuse says why there is nothing to change.
func (v *rephrasing) refuse() {
	v.body.Objects = []fyne.CanvasObject{look.Marked(look.IconLock, look.Lake, look.Say(fixedWords()))}
	v.body.Refresh()
	v.first.Field.SetText("")
	v.lead(look.NewButton(lang.T("Back"), v.back), look.NewButton(lang.T("Set up a new backup…"), v.ui.startWizard))
}

// lead puts other buttons at the foot.
func (v *rephrasing) lead(back, on *look.Button) {
	v.foot.Objects = []fyne.CanvasObject{back, look.Gap(0), on}
	v.foot.Refresh()
}

// fixedWords say that a passphrase stays, and what a person can do.
func fixedWords() string {
	return lang.T("What is stored keeps its passphrase. For another one, set up a new backup in another place.")
}

// enter changes the passphrase.
func (v *rephrasing) enter() {
	if v.change.Disabled() {
		return
	}
	v.busy = true
	v.settle()
	v.say(lang.T("Changing the passphrase…"), look.Quiet)
	c := session.PassphraseChange{New: v.first.Field.Text, Keep: v.keep.Checked, Alone: v.alone.Checked}
	if v.asking.Visible() {
		c.Present = v.present.Field.Text
	}
	others := 0
	// It goes on when the page is left: half of it would leave both open.
	v.ui.Work(func(ctx context.Context) (err error) {
		others, err = v.ui.Session.ChangePassphrase(ctx, v.job.ID, c)
		return err
	}, func(err error) { v.ended(others, err) })
}

// ended tells what became of the change.
func (v *rephrasing) ended(others int, err error) {
	v.busy = false
	switch {
	case err == nil && !v.left:
		v.done(others)
	case err != nil && v.left:
		v.ui.Fail(err)
	case err != nil:
		v.failed(err)
		v.settle()
	}
}

// failed says why the passphrase was not changed, and what to do.
func (v *rephrasing) failed(err error) {
	kind := session.Explain(err).Kind
	switch {
	case errors.Is(err, session.ErrOldOpens):
		v.say(session.Explain(err).Sentence, look.Amber)
		v.present.Field.SetText("")
		v.asking.Hide()
		v.offerAlone(v.facts.Others+1, true)
	case errors.Is(err, session.ErrNotKept):
		v.keep.SetChecked(false)
		v.say(lang.T("The keyring did not take the new passphrase, so the old one still opens the backup. You can go on without keeping it there."), look.Amber)
	case errors.Is(err, session.ErrRuns):
		v.say(lang.T("The backup runs now. Change the passphrase when that is over."), look.Amber)
	case kind == engine.NoPassphrase, kind == engine.WrongPassphrase && !v.asking.Visible():
		v.say("", look.Quiet)
		v.ask()
	case kind == engine.WrongPassphrase:
		v.say(lang.T("This passphrase does not open the backup. Nothing was changed."), look.Clay)
		v.ui.Focus(v.present.Field)
	default:
		v.say(session.Explain(err).Sentence+" "+lang.T("The passphrase is as it was."), look.Clay)
	}
}

// done says what is changed, and offers what is out of date now.
func (v *rephrasing) done(others int) {
	v.say("", look.Quiet)
	v.first.Field.SetText("")
	v.second.Field.SetText("")
	rows := look.Stacked(look.Between, look.Marked(look.IconFine, look.Moss, look.Say(lang.T("The new passphrase opens the backup, and the old one does not any more."))))
	if others > 0 {
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.N(others, "%s other passphrase opens it as well. Change the passphrase once more to shut it out.",
			"%s other passphrases open it as well. Change the passphrase once more to shut them out.", words.Number(int64(others))))))
	}
	outdated := lang.T("A recovery sheet with the old passphrase is out of date. Print or save a new one, and destroy the old one.")
	if len(v.job.Copies) > 0 {
		outdated = lang.T("A recovery sheet with the old passphrase is out of date. Print or save a new one, and keep the old one until all second places have followed.")
	}
	sheet := look.Primary(lang.T("Recovery sheet…"), func() { settingspage.OpenSheet(v.ui.settingsConfig(), v.job, v.back) })
	rows.Add(look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, look.Say(outdated))))
	v.body.Objects = []fyne.CanvasObject{rows}
	v.body.Refresh()
	v.lead(look.NewButton(lang.T("Done"), v.back), sheet)
	v.ui.Focus(sheet)
}
