package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// memberList is the part of a form that lists several destinations. One that is
// added or changed is asked for in place of the form, as a single one is.
type memberList struct {
	form    *placeForm
	members []*listed
	at      *listed // that is asked for, nil for none
	rows    *fyne.Container
	wrong   *look.Text
	add     *look.Button
}

// listed is one of several destinations.
type listed struct {
	chooser *chooser
	taken   bool // it stands in the list
	member  session.Member
	// name and prefixes are what hardly anybody sets.
	name, prefixes *look.Field
}

// fewestMembers make a list worth it.
const fewestMembers = 2

func newMemberList(p *placeForm) *memberList {
	l := &memberList{form: p, rows: look.Stacked(look.Within), wrong: look.Coloured("", look.Clay)}
	l.wrong.Hide()
	l.add = look.WithIcon(lang.T("Add a destination…"), look.IconAdd, func() { l.ask(l.newListed()) })
	return l
}

func (l *memberList) newListed() *listed {
	t := l.form.chooser.task
	t.title, t.member = lang.T("Which destination shall be one of them?"), true
	t.hint = lang.T("It is added to the list, and tested with the others.")
	m := &listed{name: look.NewField(lang.T("Its address")), prefixes: look.NewField(lang.T("Everything"))}
	m.chooser = newChooser(l.form.chooser.ui, t, l.form.chooser.page)
	m.name.OnChanged = func(string) { l.form.trial.void() }
	m.prefixes.OnChanged = m.name.OnChanged
	return m
}

// adopt lists destinations that were chosen before.
func (l *memberList) adopt(members []destination.Member) {
	for i := range members {
		m := l.newListed()
		m.taken, m.member = true, session.Member{Member: members[i]}
		m.name.SetText(members[i].Description)
		m.prefixes.SetText(strings.Join(members[i].Prefixes, ", "))
		m.chooser.adoptMember(&members[i])
		l.members = append(l.members, m)
	}
}

// end stops what goes on.
func (l *memberList) end() {
	for _, m := range l.members {
		m.chooser.end()
	}
	if l.at != nil {
		l.at.chooser.end()
	}
}

// asking is the chooser of the member that is asked for, nil for none.
func (l *memberList) asking() *chooser {
	if l.at == nil {
		return nil
	}
	return l.at.chooser
}

// ask asks for a member, in place of the list.
func (l *memberList) ask(m *listed) {
	l.form.trial.pause()
	l.at = m
	l.form.chooser.page.again()
}

// back goes back one step, to the list in the end; false means that it is the
// list already.
func (l *memberList) back() bool {
	if l.at == nil {
		return false
	}
	if !l.at.chooser.back() {
		l.leave()
	}
	return true
}

// leave goes back to the list.
func (l *memberList) leave() {
	if f := l.at.chooser.form; f != nil {
		f.trial.pause()
	}
	if !l.at.taken {
		l.at.chooser.end()
	}
	l.at = nil
	l.form.chooser.page.again()
}

// take takes over what was asked for.
func (l *memberList) take() {
	m := l.at
	m.member = m.chooser.member()
	if !m.taken {
		m.taken = true
		l.members = append(l.members, m)
	}
	l.wrong.Hide()
	l.form.trial.void()
	l.leave()
}

// takeLabel is what the button says that takes.
func (l *memberList) takeLabel() string {
	if l.at.taken {
		return lang.T("Keep the change")
	}
	return lang.T("Add to the list")
}

func (l *memberList) remove(m *listed) {
	m.chooser.end()
	l.members = slices.DeleteFunc(l.members, func(x *listed) bool { return x == m })
	l.form.trial.void()
	l.fill()
	l.form.refresh()
	l.form.chooser.ui.Focus(l.add)
}

// first is where the answer goes.
func (l *memberList) first() fyne.Focusable {
	switch {
	case l.at != nil:
		return l.at.chooser.first()
	case len(l.members) < fewestMembers:
		return l.add
	}
	return l.form.trial.button
}

// missing tells that there are too few.
func (l *memberList) missing() bool {
	few := len(l.members) < fewestMembers
	if few {
		l.wrong.Set(lang.T("At least two are needed. One alone is chosen among the other places."))
		l.wrong.Show()
		l.form.refresh()
		l.form.chooser.scrollTo(l.rows)
		l.form.chooser.ui.Focus(l.add)
	}
	return few
}

// hasSecrets tells that the keyring would have something to keep.
func (l *memberList) hasSecrets() bool {
	return slices.ContainsFunc(l.members, func(m *listed) bool { return m.member.Login.Password != "" })
}

func (l *memberList) show() fyne.CanvasObject {
	l.fill()
	return look.Stacked(look.Within, look.Strong(lang.T("The destinations")), l.rows, l.wrong, look.Row(0, 1, l.add, look.Gap(1)))
}

func (l *memberList) fill() {
	l.rows.Objects = nil
	for _, m := range l.members {
		l.rows.Add(l.row(m))
	}
	if len(l.members) == 0 {
		l.rows.Add(look.Hint(lang.T("None yet. Add two or more: drives, servers, storage services, in any mixture.")))
	}
	l.rows.Refresh()
}

// row is one destination, with what hardly anybody needs where that is unfolded.
func (l *memberList) row(m *listed) fyne.CanvasObject {
	change := look.NewButton(lang.T("Change…"), func() { l.ask(m) })
	remove := look.Plain("", look.IconRemove.In(look.Quiet), func() { l.remove(m) })
	remove.Name = lang.T("Remove")
	text := look.Stacked(2, look.Say(memberName(m.member)))
	if line := l.line(m); line != "" {
		text.Add(look.Note(line))
	}
	rows := look.Stacked(look.Between, look.Row(look.Between, 1, look.Picture(m.chooser.icon().In(look.Lake), 24), text, change, remove))
	if !l.form.folded {
		rows.Add(l.extras(m))
	}
	return look.On(look.Card, look.Rule, look.Between, rows)
}

// extras are fields that hardly anybody needs.
func (l *memberList) extras(m *listed) fyne.CanvasObject {
	fields := look.Grid(look.InCard, fieldWidth, look.Stacked(4, look.Say(lang.T("Name in messages")), m.name))
	if l.mirrors() {
		fields.Add(look.Stacked(4, look.Say(lang.T("Only files that begin with")), m.prefixes,
			look.Note(lang.T("Names as they are at the destination, with commas between, such as data/. What no destination names goes to all."))))
	}
	return fields
}

// line says what is particular about a member.
func (l *memberList) line(m *listed) string {
	if p := prefixesOf(m.prefixes.Text); len(p) > 0 && l.mirrors() && l.form.folded {
		return lang.T("Only files that begin with %s", words.List(p))
	}
	if f := m.chooser.form; f != nil {
		return f.title
	}
	return lang.T("Folder")
}

func (l *memberList) mirrors() bool { return l.form.form.Value(destform.KeyMode) == destform.Mirror }

// prefixesOf are what stands between commas.
func prefixesOf(text string) (all []string) {
	for p := range strings.SplitSeq(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// all is the list as it is written.
func (l *memberList) all() (all []session.Member) {
	for _, m := range l.members {
		x := m.member
		x.Description = strings.TrimSpace(m.name.Text)
		if l.mirrors() {
			x.Prefixes = prefixesOf(m.prefixes.Text)
		}
		all = append(all, x)
	}
	return all
}

// member is what was chosen, as one of several.
func (c *chooser) member() (m session.Member) {
	if c.form == nil {
		m.URL = session.URL(c.folder())
		return m
	}
	m.Member, m.Login.Password = c.form.form.Member()
	m.Login.Typed = c.form.secretKey() != ""
	return m
}

// membersOf are those of several destinations that are one, none for another
// destination. A list that is gone is typed again.
func membersOf(url string) []destination.Member {
	if _, several := destination.SeveralPath(url); !several {
		return nil
	}
	members, err := destination.Members(url)
	if err != nil {
		return nil
	}
	return members
}

// memberName is how a member is called.
func memberName(m session.Member) string { return places.Name(session.Path(m.URL)) }

// failMembers says which of several failed, and what helps each.
func (t *trial) failMembers(e *session.MembersError) {
	l := t.form.list
	bad := 0
	rows := look.Stacked(look.InCard)
	for i, err := range e.Errs {
		if i >= len(l.members) {
			break
		}
		m := l.members[i]
		if err == nil {
			rows.Add(look.TopRow(look.Between, 1, look.Picture(look.IconFine.In(look.Moss), 24), look.Say(lang.T("%s works.", memberName(m.member)))))
			continue
		}
		bad++
		rows.Add(t.failedMember(m, err))
	}
	title := lang.N(bad, "%s of %s destinations does not work.", "%s of %s destinations do not work.", words.Number(int64(bad)), words.Number(int64(len(l.members))))
	body := look.Stacked(look.InCard, look.Strong(title), rows)
	t.say(look.On(look.ClayGround, "", look.InCard, body), look.Technical(e.Error()))
}

// failedMember says why a member failed, with the way to mend it.
func (t *trial) failedMember(m *listed, err error) fyne.CanvasObject {
	x := session.Explain(err)
	mended := mend{title: x.Sentence}
	if f := m.chooser.form; f != nil {
		mended = f.trial.mend(err, x)
	}
	change := look.NewButton(lang.T("Change…"), func() {
		t.form.list.ask(m)
		if f := m.chooser.form; f != nil && mended.at != "" {
			f.refuse(mended.at)
		}
	})
	text := look.Stacked(2, look.Say(memberName(m.member)+": "+mended.title))
	if mended.sentence != "" {
		text.Add(look.Hint(mended.sentence))
	}
	if mended.alarm {
		t.form.chooser.ui.alarm(m.chooser.form.host(), x.Technical)
	}
	return look.TopRow(look.Between, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text, change)
}
