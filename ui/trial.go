package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// trial proves that a destination can be used.
type trial struct {
	form    *placeForm
	button  *look.Button
	verdict *fyne.Container
	// stop ends the one that runs, nil when none does.
	stop context.CancelFunc
	tick context.CancelFunc
	// passed is what was found, nil when nothing is proved.
	passed *finding
}

func newTrial(p *placeForm) *trial {
	t := &trial{form: p, verdict: look.Stacked(look.Between)}
	t.button = look.Primary(lang.T("Test"), t.run)
	if t.existing() {
		t.button.SetText(lang.T("Look there"))
	}
	t.invite()
	return t
}

// existing tells that a backup is looked for, and nothing stored.
func (t *trial) existing() bool { return t.form.chooser.task.existing }

// invite says why there is a test.
func (t *trial) invite() {
	switch {
	case t.existing():
		t.say(look.Hint(lang.T("Varve looks whether there is a backup. Nothing is changed there.")))
	case t.form.chooser.task.member:
		t.say(look.Hint(lang.T("The test stores a small file there, reads it back and deletes it. Without it, this place is tested together with the others.")))
	case t.form.list != nil:
		t.say(look.Hint(lang.T("The test stores a small file at each of them, reads it back and deletes it. Then the next step opens.")))
	default:
		t.say(look.Hint(lang.T("The test stores a small file there, reads it back and deletes it. Then the next step opens.")))
	}
}

// doing says what goes on in a test.
func (t *trial) doing() string {
	switch host := t.form.host(); {
	case t.existing():
		return lang.T("Connecting to %s. Varve looks whether there is a backup.", host)
	case t.form.list != nil:
		return lang.T("Connecting to each of them. A small file is stored there, read back and deleted.")
	default:
		return lang.T("Connecting to %s. A small file is stored there, read back and deleted.", host)
	}
}

// untouched says that a failure did no harm.
func (t *trial) untouched() string {
	if t.existing() {
		return lang.T("Nothing was changed there.")
	}
	return lang.T("Nothing was stored.")
}

func (t *trial) say(o ...fyne.CanvasObject) {
	t.verdict.Objects = o
	t.verdict.Refresh()
	t.form.refresh()
}

// refresh lays the form out anew: an answer is higher than a hint.
func (p *placeForm) refresh() {
	if p.body != nil {
		p.body.Refresh()
	}
}

// void forgets what was proved: something else was typed.
func (t *trial) void() {
	proved := t.passed != nil
	t.end()
	if proved {
		t.say(look.Hint(lang.T("Something was changed since the test. Test it again.")))
	}
	t.form.chooser.page.settle()
}

// end stops the one that runs.
func (t *trial) end() {
	if t.stop != nil {
		t.stop()
		t.tick()
		t.stop = nil
		t.invite()
	}
	t.passed = nil
	t.button.Enabled(true)
}

// pause stops a test that runs; what was proved stays.
func (t *trial) pause() {
	if t.stop != nil {
		t.end()
	}
}

// run tests in the background.
func (t *trial) run() {
	if t.stop != nil || t.form.missing() {
		return
	}
	t.end()
	t.button.Enabled(false)
	ui, choice, host := t.form.chooser.ui, t.form.choice(), t.form.host()
	doing := look.Say(t.doing())
	t.say(look.On(look.Card, look.Rule, look.InCard, look.Row(look.Between, 1, look.Picture(look.IconClock.In(look.Lake), 20), doing,
		look.NewButton(lang.T("Stop"), func() { t.end() }))))
	t.form.chooser.scrollTo(t.verdict)
	begun := time.Now()
	t.tick = ui.every(slowAfter, func() {
		doing.Set(lang.T("Still waiting for %s, for %s now. Some servers take their time.", host, words.Took(time.Since(begun))))
	})
	var tested engine.Tested
	t.stop = ui.Work(func(ctx context.Context) (err error) {
		if t.existing() {
			tested.Found, err = ui.Session.Inspect(ctx, choice)
		} else {
			tested, err = ui.Session.Test(ctx, choice)
		}
		return err
	}, func(err error) {
		t.stop()
		t.tick()
		t.stop = nil
		t.button.Enabled(true)
		switch {
		case err != nil:
			t.fail(err)
		case t.existing():
			t.found(tested.Found, host)
		default:
			t.pass(tested)
		}
		t.form.chooser.page.settle()
		t.form.chooser.scrollTo(t.verdict)
	})
}

// slowAfter is when a test is slower than usual.
const slowAfter = 8 * time.Second

// found shows whether there is a backup.
func (t *trial) found(f engine.Found, host string) {
	t.passed = describeExisting(f, "", nil)
	if !f.Exists {
		t.passed.sentence = lang.T("There is nothing of that name at %s. Check the folder or the bucket.", host)
	}
	icon, colour, ground := look.IconFine, look.Moss, look.MossGround
	if t.passed.bad {
		icon, colour, ground = look.IconBroken, look.Clay, look.ClayGround
	}
	t.say(look.On(ground, "", look.InCard, look.TopRow(look.Between, 1, look.Picture(icon.In(colour), 24), look.Say(t.passed.sentence))))
}

// pass shows what a test proved.
func (t *trial) pass(tested engine.Tested) {
	need := t.form.chooser.task.need()
	found := describe(tested.Found, Room{Free: tested.Free, Writable: true}, Room{}, need, nil)
	found.sentence = thereWords(&tested)
	t.passed = t.form.chooser.task.judged("", found)
	lines := look.Stacked(4, look.Strong(lang.T("It works.")), look.Say(speedWords(&tested)), look.Say(found.sentence))
	rows := []fyne.CanvasObject{look.On(look.MossGround, "", look.InCard, look.TopRow(look.Between, 1, look.Picture(look.IconFine.In(look.Moss), 24), lines))}
	for _, h := range found.hints {
		rows = append(rows, look.Marked(look.IconNotice, look.Amber, look.Say(h)))
	}
	t.say(rows...)
}

// speedWords say how fast a destination is.
func speedWords(t *engine.Tested) string {
	return lang.T("It answers within %s, takes %s and gives %s a second.", answerWords(t.Answer), words.Size(int64(t.Upload)), words.Size(int64(t.Download)))
}

// answerWords is a short time.
func answerWords(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return lang.T("a millisecond")
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return lang.Decimal(fmt.Sprintf("%.1f s", d.Seconds()))
}

// thereWords say what is there, and how much room.
func thereWords(t *engine.Tested) string {
	sentence := lang.T("There is no backup there yet.")
	if t.Versions > 0 {
		sentence = lang.N(t.Versions, "There is a backup with %s version there already. If it is of the same folders, it goes on.",
			"There is a backup with %s versions there already. If it is of the same folders, it goes on.", words.Number(int64(t.Versions)))
	}
	if t.Free >= 0 {
		sentence += " " + lang.T("%s are free.", words.Size(t.Free))
	}
	return sentence
}

// fail says what went wrong, what is safe, and what helps.
func (t *trial) fail(err error) {
	x := session.Explain(err)
	if x.Kind == engine.Cancelled {
		t.invite()
		return
	}
	if e, several := errors.AsType[*session.MembersError](err); several {
		if t.form.list != nil {
			t.failMembers(e)
			return
		}
		err = e.Errs[0] // one that becomes one of several
		x = session.Explain(err)
	}
	m := t.mend(err, x)
	text := look.Stacked(4, look.Strong(m.title), look.Say(m.sentence))
	body := look.Stacked(look.Between, look.TopRow(look.Between, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text))
	if m.label != "" {
		body.Add(look.Row(0, 1, look.NewButton(m.label, m.do), look.Gap(1)))
	}
	t.say(look.On(look.ClayGround, "", look.InCard, body), look.Technical(x.Technical))
	t.form.refuse(m.at)
	if m.alarm {
		t.form.chooser.ui.alarm(t.form.host(), x.Technical)
	}
}

// mend is what helps after a failure.
type mend struct {
	title, sentence string
	label           string // of a button, "" for none
	do              func()
	at              string // the key of the field that is most likely wrong
	alarm           bool
}

// mend finds out what helps.
func (t *trial) mend(err error, x session.Explanation) mend {
	host := t.form.host()
	again := func(title, sentence string) mend {
		return mend{title: title, sentence: sentence, label: t.againLabel(), do: t.run}
	}
	at := func(title, sentence, key string) mend { return mend{title: title, sentence: sentence, at: key} }
	switch x.Kind {
	case engine.LoginRefused:
		return at(lang.T("The login was refused."), t.untouched()+" "+t.form.loginMend(), t.form.secretKey())
	case engine.NotTheServer:
		return t.mendIdentity(err, host)
	case engine.Offline:
		if errors.Is(err, destination.ErrNotExist) {
			return at(lang.T("There is nothing of that name at %s.", host), t.untouched()+" "+lang.T("Check the name, or look for it with “Browse…”."), t.form.form.FolderKey())
		}
		return again(lang.T("There is no answer from %s.", host), t.untouched()+" "+lang.T("Check the name and the port, and that this computer is connected. A server may also be switched off."))
	case engine.NoPermission:
		if t.existing() {
			return again(lang.T("The folder cannot be read."), t.untouched()+" "+lang.T("Let its owner allow this account to read it."))
		}
		return again(lang.T("The folder does not allow writing."), lang.T("Nothing was stored. Choose another folder, or let its owner allow writing for this account."))
	case engine.NoSpace:
		return again(lang.T("There is no room left."), lang.T("What is at %s already is as it was. Make room there, or choose another place.", host))
	case engine.NoSuchDestination:
		return mend{title: lang.T("The address or an option is not right."), sentence: lang.T("Nothing was sent. What is wrong stands below; mend it above, and try again.")}
	case engine.Unreliable:
		return again(lang.T("What came back is not what was stored."), lang.T("Do not keep backups there before you know why. The file of the test was deleted."))
	case engine.TooLarge:
		return again(lang.T("Files of that size are not taken."), lang.T("The test file has 256 KiB. Nothing is left of it."))
	}
	if t.existing() {
		return again(lang.T("Varve could not look there."), x.Sentence)
	}
	return again(lang.T("The test did not come to its end."), x.Sentence)
}

// mendIdentity is for a server that could not prove who it is.
func (t *trial) mendIdentity(err error, host string) mend {
	switch {
	case errors.Is(err, session.ErrNotTrusted):
		return mend{
			title: lang.T("You did not confirm the server."), sentence: lang.T("Nothing was sent to it, not even a password. Find out its fingerprint, and test again."),
			label: t.againLabel(), do: t.run,
		}
	case errors.Is(err, destination.ErrNeverMet):
		return mend{
			title: lang.T("This computer does not know %s yet.", host), label: t.againLabel(), do: t.run,
			sentence: lang.T("ssh is set to refuse servers that are not known yet (StrictHostKeyChecking). Nothing was sent, not even a password. If the fingerprint below is the server's own, log in once with ssh; or write -oStrictHostKeyChecking=ask into “Options of ssh”, and try again."),
		}
	case errors.Is(err, destination.ErrPlain):
		return mend{
			title: lang.T("%s does not encrypt here.", host), label: t.againLabel(), do: t.run,
			sentence: lang.T("Nothing was sent to it, not even a password. Check the port.") + " " + t.form.plainWords(),
		}
	case errors.Is(err, destination.ErrCertificate):
		return mend{
			title: lang.T("The certificate of %s is not trusted.", host), label: lang.T("Choose its certificate"), do: func() { t.form.reveal("ssl-cacert-file") },
			sentence: lang.T("Nothing was sent to it, not even a password. If it is a server of your own with a certificate that it made itself, say which file that is."),
		}
	}
	return mend{
		title: lang.T("This may not be %s.", host), alarm: true,
		sentence: lang.T("It shows another key than the one that this computer knows. Nothing was sent to it, not even a password."),
	}
}

// againLabel is what the button says that tries again.
func (t *trial) againLabel() string {
	if t.existing() {
		return lang.T("Look again")
	}
	return lang.T("Test again")
}

// secretKey is the field of the password or key.
func (p *placeForm) secretKey() string {
	for _, f := range p.form.Fields() {
		if f.Secret && !f.Advanced {
			return f.Key
		}
	}
	return ""
}

// plainWords say how one does without encryption.
func (p *placeForm) plainWords() string {
	if p.cells[destform.KeyScheme] != nil {
		return lang.T("In a network of your own, you can choose the connection that is not encrypted.")
	}
	return lang.T("In a network of your own, you can write http:// in front of the server.")
}

// loginMend is what helps where a login was refused.
func (p *placeForm) loginMend() string {
	if destination.Browsable(p.form.Kind().Name) {
		return lang.T("Log in with the browser, then try again.")
	}
	return lang.T("Check the user and type the password or key again.")
}

// refuse marks the field whose value was not taken, if there is one.
func (p *placeForm) refuse(key string) {
	if c := p.cells[key]; c != nil {
		c.refused = lang.T("This was refused.")
		c.tell(false)
		p.reveal(key)
	}
}

// choice is what the form says.
func (p *placeForm) choice() session.Choice {
	r := p.form.Result()
	switch {
	case p.list != nil:
		return session.Choice{Options: r.Options, Members: p.list.all()}
	case p.chooser.task.member:
		return session.Choice{Members: []session.Member{p.chooser.member()}}
	}
	return p.single(r)
}

// single is a result as the choice of one destination.
func (p *placeForm) single(r destform.Result) session.Choice {
	return session.Choice{Destination: r.URL, Options: r.Options, Login: session.Login{Password: r.Password, Typed: p.secretKey() != "", Options: r.Secrets}}
}

// host is who is asked.
func (p *placeForm) host() string {
	if p.list != nil {
		return lang.T("the destinations")
	}
	return destform.Host(p.form.Result().URL)
}
