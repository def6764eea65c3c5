package rulesform

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// pattern is one of a person's own.
type pattern struct {
	form    *Form
	rule    settings.Rule
	trouble string // what is wrong with it, "" for nothing

	does     *look.Combo
	text     *look.Field
	note     *look.Text
	up, down *look.Button
	content  fyne.CanvasObject
}

func (f *Form) newPattern(r settings.Rule) *pattern {
	p := &pattern{form: f, rule: r, note: look.Note("")}
	leaveOut, keep := lang.T("Leave out"), lang.T("Keep")
	p.does = look.NewCombo("", []look.Item{{Value: leaveOut}, {Value: keep}}, func(value string) {
		p.rule.Include = value == keep
		f.changed()
	})
	p.does.Set(leaveOut)
	if r.Include {
		p.does.Set(keep)
	}
	p.text = look.NewField("**/*.iso")
	p.text.TextStyle = fyne.TextStyle{Monospace: true}
	p.text.SetText(r.Pattern)
	p.text.OnChanged = func(text string) {
		p.rule.Pattern = text
		p.check()
		f.changed()
	}
	p.up = button(lang.T("Ask it earlier"), look.IconUp, func() { f.move(p, -1) })
	p.down = button(lang.T("Ask it later"), look.IconDown, func() { f.move(p, 1) })
	remove := button(lang.T("Remove this pattern"), look.IconRemove, func() { f.remove(p) })
	line := look.Row(look.Within, 1, look.Wide(110, p.does), p.text, look.Beside(0, p.up, p.down, remove))
	p.content = look.Stacked(4, line, p.note)
	p.check()
	return p
}

func button(name string, i look.Icon, tapped func()) *look.Button {
	b := look.Plain("", i.In(look.Quiet), tapped)
	b.Name = name
	return b
}

// check finds out what is wrong with it.
func (p *pattern) check() {
	p.trouble = ""
	if p.rule.Pattern != "" && len(p.form.folders) > 0 {
		p.trouble = session.RuleTrouble(p.form.folders, p.rule)
	}
}

// show says what it does, or what is wrong with it.
func (p *pattern) show() {
	f := p.form
	at := slices.Index(f.patterns, p)
	p.up.Enabled(at > 0)
	p.down.Enabled(at < len(f.patterns)-1)
	note, colour := "", look.Quiet
	t := f.tally(p.rule)
	switch {
	case p.trouble != "":
		note, colour = p.trouble, look.Clay
	case p.rule.Pattern == "":
		note = lang.T("Type a pattern, such as **/*.iso for all files that end so.")
	case !slices.Contains(f.count.rules, p.rule) && f.count.running:
		note = lang.T("counting…")
	case t.Files == 0:
		note = lang.T("No file of those that come to it fits.")
	case p.rule.Include:
		note = lang.T("Keeps %s", tallyWords(t.Files, t.Bytes))
	default:
		note = lang.T("Leaves out %s", tallyWords(t.Files, t.Bytes))
	}
	p.note.Set(note)
	p.note.Colour(colour)
}

func (f *Form) addPattern(r settings.Rule) {
	p := f.newPattern(r)
	f.patterns = append(f.patterns, p)
	f.showPatterns()
	f.Window.Focus(p.text)
}

// showPatterns makes the list of the patterns anew.
func (f *Form) showPatterns() {
	f.list.Objects = nil
	for _, p := range f.patterns {
		p.show()
		f.list.Add(p.content)
	}
	f.list.Refresh()
	f.content.Refresh()
}

// move has a pattern asked earlier or later.
func (f *Form) move(p *pattern, by int) {
	at := slices.Index(f.patterns, p)
	to := at + by
	if to < 0 || to >= len(f.patterns) {
		return
	}
	f.patterns[at], f.patterns[to] = f.patterns[to], f.patterns[at]
	f.showPatterns()
	f.changed()
}

func (f *Form) remove(p *pattern) {
	f.patterns = slices.DeleteFunc(f.patterns, func(x *pattern) bool { return x == p })
	f.showPatterns()
	f.changed()
}
