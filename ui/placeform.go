package ui

import (
	"cmp"
	"errors"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// placeForm is the form of a destination that is no folder of this computer.
type placeForm struct {
	chooser *chooser
	title   string
	list    *memberList // of several destinations, nil for one
	form    *destform.Form
	cells   map[string]*formCell // of fields that were shown, by their keys
	main    *fyne.Container
	more    *fyne.Container // what hardly anybody needs
	unfold  *look.Button
	folded  bool
	trial   *trial
	browse  *browse
	keep    *look.Check
	body    *fyne.Container
	kept    int // where it stands in the body what becomes of secrets
}

// fieldWidth is how wide a field is at least.
const fieldWidth = 250

// portWidth is enough for a number of five digits.
const portWidth = 72

func newPlaceForm(c *chooser, title string, form *destform.Form) *placeForm {
	p := &placeForm{chooser: c, title: title, form: form, cells: map[string]*formCell{}, folded: true}
	p.main, p.more = look.Grid(look.InCard, fieldWidth), look.Grid(look.InCard, fieldWidth)
	p.unfold = look.Plain(lang.T("More options"), look.IconAfter.In(look.Quiet), p.toggle)
	p.keep = look.NewCheck(lang.T("Keep passwords in the keyring"), nil)
	p.keep.SetChecked(c.page.keyringError() == nil)
	if form.IsList() {
		p.list = newMemberList(p)
	}
	p.trial, p.browse = newTrial(p), newBrowse(p)
	p.fill()
	return p
}

// end stops what goes on.
func (p *placeForm) end() {
	p.trial.end()
	p.browse.end()
	if p.list != nil {
		p.list.end()
	}
}

// first is where the answer goes.
func (p *placeForm) first() fyne.Focusable {
	if p.list != nil {
		return p.list.first()
	}
	for _, f := range p.form.Fields() {
		if c := p.cells[f.Key]; c != nil && c.combo == nil {
			return c.focus
		}
	}
	return p.trial.button
}

// show is the step with the form in it.
func (p *placeForm) show() fyne.CanvasObject {
	if p.list != nil && p.list.asking() != nil {
		return p.list.asking().show()
	}
	other := look.Plain(lang.T("Other places"), look.IconBefore.In(look.Quiet), p.chooser.leaveForm)
	rows := look.Stacked(look.Between, look.Row(look.Within, 0, look.Subheading(p.title), other))
	if note := p.form.Note(); note != "" {
		rows.Add(look.AtMost(look.TextWidth, look.Hint(note)))
	}
	rows.Add(look.Gap(0))
	if p.list != nil {
		rows.Add(p.list.show())
		rows.Add(look.Gap(0))
	}
	rows.Add(p.main)
	if destination.Browsable(p.form.Kind().Name) {
		rows.Add(p.browse.content)
	}
	p.kept = len(rows.Objects)
	rows.Add(p.keeping())
	rows.Add(look.Row(look.Within, 2, look.Wide(88, p.trial.button), p.unfold, look.Gap(1)))
	rows.Add(p.trial.verdict)
	rows.Add(p.more)
	p.body = rows
	return rows
}

// answered takes over that the keyring has answered.
func (p *placeForm) answered() {
	p.keep.SetChecked(p.chooser.page.keyringError() == nil)
	if p.body != nil {
		p.body.Objects[p.kept] = p.keeping()
		p.body.Refresh()
	}
}

// keeping asks where secrets go, if there can be any.
func (p *placeForm) keeping() fyne.CanvasObject {
	keyring := p.chooser.page.keyringError()
	switch {
	case p.chooser.task.member, p.secretKey() == "" && (p.list == nil || !p.list.hasSecrets()):
		return look.Gap(0) // the list of members asks
	case errors.Is(keyring, errNotAsked):
		return look.Gap(0)
	case keyring != nil:
		return look.Note(lang.T("This session has no keyring, so passwords are asked for after each start."))
	}
	return look.Row(0, 1, p.keep, look.Gap(1))
}

// fill puts the fields in their places. Those that were there stay as they
// are, with the keyboard and what is typed.
func (p *placeForm) fill() {
	p.main.Objects, p.more.Objects = nil, nil
	many := 0
	for _, field := range p.form.Fields() {
		if field.Advanced && p.folded {
			many++
			continue
		}
		c := p.cells[field.Key]
		if c == nil {
			c = newFormCell(p, field)
			p.cells[field.Key] = c
		}
		c.update(field)
		switch {
		case field.Advanced:
			many++
			p.more.Add(c.content)
		case field.Key == destform.KeyPort && len(p.main.Objects) > 0:
			last := len(p.main.Objects) - 1 // the server, which it belongs to
			p.main.Objects[last] = look.TopRow(look.Within, 0, p.main.Objects[last], look.Wide(portWidth, c.content))
		default:
			p.main.Add(c.content)
		}
	}
	look.Visible(p.unfold, many > 0)
	p.main.Refresh()
	p.more.Refresh()
}

// toggle unfolds what hardly anybody needs, or folds it again.
func (p *placeForm) toggle() {
	p.folded = !p.folded
	text, icon := lang.T("Fewer options"), look.IconDown
	if p.folded {
		text, icon = lang.T("More options"), look.IconAfter
	}
	p.unfold.SetText(text)
	p.unfold.SetIcon(icon.In(look.Quiet))
	p.fill()
	if p.list != nil {
		p.list.fill()
	}
	p.body.Refresh()
	if !p.folded {
		page := p.chooser.page.scroller()
		page.ScrollToOffset(fyne.NewPos(0, topOf(page, p.unfold)-look.Within))
	}
}

// reveal brings a field to the keyboard, unfolding if need be.
func (p *placeForm) reveal(key string) {
	if p.cells[key] == nil && p.folded {
		p.toggle()
	}
	if c := p.cells[key]; c != nil {
		p.chooser.scrollTo(c.content)
		p.chooser.ui.Focus(c.focus)
		if f, typed := c.focus.(*look.Field); typed {
			f.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
		}
	}
}

// put fills a field in by itself.
func (p *placeForm) put(key, value string) {
	p.form.Set(key, value)
	if c := p.cells[key]; c != nil {
		if f, typed := c.focus.(*look.Field); typed {
			f.SetText(value)
		}
	}
}

// changed takes over what was typed. What was tested before counts no more.
func (p *placeForm) changed(key, value string, chosen bool) {
	kind := p.form.Kind().Name
	p.form.Set(key, value)
	if p.list != nil {
		p.list.fill()
	}
	if chosen || kind != p.form.Kind().Name {
		p.fill()
		p.body.Refresh()
	}
	p.trial.void()
}

// missing shows what has to be filled in, and reports that there is something.
// The fields of some keys may wait.
func (p *placeForm) missing(later ...string) bool {
	if p.list != nil && p.list.missing() {
		return true
	}
	var first *formCell
	for _, f := range p.form.Fields() {
		if slices.Contains(later, f.Key) || !p.form.Missing(&f) && p.form.Check(&f) == "" {
			continue
		}
		if p.cells[f.Key] == nil {
			p.toggle()
		}
		c := p.cells[f.Key]
		c.tell(true)
		if first == nil {
			first = c
		}
	}
	if first != nil {
		p.chooser.scrollTo(first.content)
		p.chooser.ui.Focus(first.focus)
	}
	return first != nil
}

// formCell is a field with its title, and a line that helps or says what is
// wrong.
type formCell struct {
	form    *placeForm
	field   destform.Field
	content *fyne.Container
	note    *look.Text
	refused string      // why what it holds was not taken, "" for nothing
	combo   *look.Combo // nil for what is typed
	ways    *look.Radio // nil for what is typed
	focus   fyne.Focusable
}

func newFormCell(p *placeForm, field destform.Field) *formCell {
	c := &formCell{form: p, field: field, note: look.Note("")}
	title := look.Say(field.Title)
	switch {
	case len(field.Ways) > 0:
		c.ways = look.NewRadio(nil, nil)
		c.content = look.Stacked(4, look.Strong(field.Title), c.ways, c.note)
		c.update(field)
		return c
	case field.Type == destination.Switch:
		box := look.NewCheck(field.Title, nil)
		box.SetChecked(c.value() == "true" || c.value() == "" && field.Default == "true")
		box.OnChanged = func(on bool) { c.set(map[bool]string{true: "true", false: "false"}[on], true) }
		c.focus = box
		c.content = look.Stacked(4, look.Row(0, 1, box, look.Gap(1)), c.note)
		return c
	case len(field.Choices) > 0:
		c.combo = look.NewCombo(cmp.Or(field.Hint, lang.T("Not set")), nil, func(v string) { c.set(v, true) })
		c.combo.Free, c.combo.Unset = !field.Closed, !field.Required
		c.combo.Set(c.value())
		c.focus = c.combo
	case field.Type == destination.Path:
		f, whole := c.entry()
		choose := look.WithIcon("", look.IconFolder, func() { p.chooser.ui.chooseFile(f.SetText) })
		choose.Name = lang.T("Choose a file")
		c.focus = f
		c.content = look.Stacked(4, title, look.Row(look.Within, 0, whole, choose), c.note)
		return c
	case field.Key == p.form.FolderKey():
		browse := look.WithIcon(lang.T("Browse…"), look.IconFolder, func() { newFolderSheet(p).open() })
		f, whole := c.entry()
		c.focus = f
		c.content = look.Stacked(4, title, look.Row(look.Within, 0, whole, browse), c.note)
		return c
	default:
		f, whole := c.entry()
		c.focus = f
		c.content = look.Stacked(4, title, whole, c.note)
		return c
	}
	c.content = look.Stacked(4, title, c.combo, c.note)
	return c
}

// entry is a field to type into, and that with all that lies upon it.
func (c *formCell) entry() (f *look.Field, whole fyne.CanvasObject) {
	f = look.NewField(c.field.Hint)
	whole = f
	if c.field.Secret {
		p := look.NewPassphrase(c.field.Hint)
		f, whole = p.Field, p.Whole
	}
	f.SetText(c.form.form.Value(c.field.Key))
	f.OnChanged = func(s string) { c.set(s, false) }
	return f, whole
}

func (c *formCell) value() string { return c.form.form.Value(c.field.Key) }

func (c *formCell) set(value string, chosen bool) {
	c.refused = ""
	c.form.changed(c.field.Key, value, chosen)
	c.tell(false)
}

// update takes over what else was chosen.
func (c *formCell) update(field destform.Field) {
	c.field = field
	if c.ways != nil {
		c.showWays()
	}
	if c.combo != nil {
		var items []look.Item
		for _, x := range field.Choices {
			items = append(items, look.Item{Value: x.Value, Detail: x.Help})
		}
		c.combo.SetItems(items)
	}
	c.tell(false)
}

// showWays lists the few values there are, of which one is chosen.
func (c *formCell) showWays() {
	chosen := cmp.Or(c.value(), c.field.Default)
	c.ways.OnChanged = nil
	c.ways.Options = nil
	for _, w := range c.field.Ways {
		c.ways.Append(w.Label)
		if w.Value == chosen {
			c.ways.SetSelected(w.Label)
		}
	}
	c.ways.OnChanged = func(label string) {
		for _, w := range c.field.Ways {
			if w.Label == label {
				c.set(w.Value, true)
			}
		}
	}
}

// tell shows what helps, or what is wrong; a field that must not stay empty is
// wrong once that is demanded.
func (c *formCell) tell(demanded bool) {
	text, colour := c.field.Help, look.Quiet
	if wrong := c.form.form.Check(&c.field); wrong != "" {
		text, colour = wrong, look.Clay
	} else if demanded && c.form.form.Missing(&c.field) {
		text, colour = lang.T("This is needed."), look.Clay
	} else if c.refused != "" {
		text, colour = c.refused, look.Clay
	}
	c.note.Set(text)
	c.note.Colour(colour)
	look.Visible(c.note, text != "")
	c.content.Refresh()
}
