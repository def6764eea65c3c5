package retentionform

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/words"
)

// Around is what a Composer asks of the window around it.
type Around interface {
	Work(do func(ctx context.Context) error, then func(error)) (cancel context.CancelFunc)
	Now() time.Time
}

// Composer lets a person say how long versions stay. Its methods are called on
// the main loop.
type Composer struct {
	// OnChanged is called after every change, also one that makes the text wrong.
	OnChanged func()

	window  Around
	draft   draft
	facts   Facts
	showing bool // the text is being written by us
	stop    context.CancelFunc

	content *fyne.Container
	options [Custom + 1]*look.Option
	rows    *rows
	text    *Text
	wrong   *look.Text
	fault   fyne.CanvasObject
	says    *fyne.Container
	anew    *anew
	picture *Timeline
	basis   *look.Text
}

// presets are what the cards say.
var presets = [Custom + 1]string{
	Everything: lang.Mark("Every version"), Thinned: lang.Mark("Fewer with age"), Smart: lang.Mark("Fewer, for a year"),
	Newest: lang.Mark("A number of versions"), Younger: lang.Mark("Up to an age"), Periods: lang.Mark("By day, week, month"), Custom: lang.Mark("Steps of my own"),
}

// NewComposer shows a choice to change. window does what takes time.
func NewComposer(window Around, text string, facts Facts) *Composer {
	c := &Composer{window: window, facts: facts, stop: func() {}}
	c.draft.write(text)
	cards := look.Grid(look.Within, 200)
	for p := range presets {
		c.options[p] = look.NewOption(lang.T(presets[p]), func() { c.choose(Preset(p)) })
		cards.Add(c.options[p])
	}
	c.rows = newRows(c)
	c.text = newText(lang.T("Empty: every version stays"))
	c.text.OnChanged = c.typed
	c.wrong = look.Coloured("", look.Clay)
	c.fault = look.Marked(look.IconBroken, look.Clay, c.wrong)
	c.says = look.Stacked(4)
	c.anew = newAnew(c)
	c.picture, c.basis = NewTimeline(), look.Note("")
	written := look.Stacked(look.Within, look.Stacked(4, look.Caption(lang.T("The same as text")), c.text), c.fault)
	picture := look.Stacked(look.Between, look.Stacked(2, look.Strong(lang.T("What will be there")), c.basis), c.picture, legend())
	c.content = look.Stacked(look.InCard, cards, c.rows.content, c.anew.content, written, look.Boxed(picture),
		look.Stacked(look.Within, look.Strong(lang.T("What this means")), c.says))
	c.write(c.draft.text)
	c.show()
	return c
}

// Content is what a page shows.
func (c *Composer) Content() fyne.CanvasObject { return c.content }

// Text is the choice, and "" keeps every version.
func (c *Composer) Text() string { return c.draft.text }

// Policy is what the text says.
func (c *Composer) Policy() retention.Policy { return c.draft.policy }

// Right reports that the text says something.
func (c *Composer) Right() bool { return c.draft.wrong == nil }

// First is where the keyboard begins.
func (c *Composer) First() fyne.Focusable { return c.options[c.draft.preset] }

// SetText takes another choice.
func (c *Composer) SetText(text string) {
	c.draft.write(text)
	c.write(text)
	c.changed()
}

// FullEvery is after how many days a version stands for itself again, 0 for
// never.
func (c *Composer) FullEvery() int { return c.facts.FullEvery }

// SetFacts shows the picture of other backups.
func (c *Composer) SetFacts(f Facts) {
	c.facts = f
	c.show()
}

// Facts are what the picture shows.
func (c *Composer) Facts() Facts { return c.facts }

// End stops what is still drawn.
func (c *Composer) End() { c.stop() }

// Summary says the choice in the sum of the other answers.
func (c *Composer) Summary() string { return Summary(c.draft.text) }

// Summary says a choice in few words: "every version is kept".
func Summary(text string) string {
	var d draft
	d.write(text)
	p := &d.policy
	switch {
	case d.wrong != nil:
		return ""
	case d.preset == Everything:
		return lang.T("every version kept")
	case d.preset == Newest && p.Versions == 1:
		return lang.T("only the newest version kept")
	case d.preset == Newest:
		return lang.N(p.Versions, "the newest %s version kept", "the newest %s versions kept", words.Number(int64(p.Versions)))
	case d.preset == Younger:
		return lang.T("versions kept for %s", retell.Span(p.Time))
	case d.preset == Periods:
		return lang.T("some versions of each period kept")
	}
	last := p.Frames[len(p.Frames)-1]
	switch {
	case last.Forever && last.Every.IsZero():
		return lang.T("versions kept for ever")
	case last.Forever:
		return lang.T("versions kept for ever, fewer with age")
	}
	return lang.T("versions kept for %s, fewer with age", retell.Span(last.Reach))
}

func (c *Composer) choose(p Preset) {
	c.draft.choose(p)
	c.write(c.draft.text)
	c.changed()
}

// edit is a change by the rows.
func (c *Composer) edit(change func(d *draft)) {
	preset := c.draft.preset
	change(&c.draft)
	if preset == Custom && c.draft.wrong == nil && len(c.draft.policy.Frames) > 0 {
		c.draft.preset = Custom // a row that is moved past a preset is still the person's own
	}
	c.write(c.draft.text)
	c.changed()
}

// typed is a change of the text.
func (c *Composer) typed(text string) {
	if c.showing {
		return
	}
	c.draft.write(text)
	c.changed()
}

// write puts the text into its field.
func (c *Composer) write(text string) {
	c.showing = true
	c.text.SetText(text)
	c.showing = false
}

func (c *Composer) changed() {
	c.show()
	if c.OnChanged != nil {
		c.OnChanged()
	}
}

// show brings everything in step with the draft.
func (c *Composer) show() {
	for p, o := range c.options {
		o.Choose(Preset(p) == c.draft.preset)
	}
	c.rows.show()
	c.anew.show()
	c.showFault()
	c.explain()
	c.foresee()
	c.content.Refresh()
}

// showFault marks what is wrong with the text, and says why.
func (c *Composer) showFault() {
	e := c.draft.wrong
	look.Visible(c.fault, e != nil)
	if e == nil {
		c.text.mark(0, 0)
		return
	}
	wide := len([]rune(e.Text[e.Offset : e.Offset+e.Length]))
	c.text.mark(e.Column()-1, max(1, wide))
	c.wrong.Set(lang.T("At character %d: %s.", e.Column(), retell.Text(e.Problem)))
}

// explain says it in sentences, and what people are surprised by.
func (c *Composer) explain() {
	c.says.Objects = nil
	if c.draft.wrong != nil {
		c.says.Add(look.Hint(lang.T("The text says nothing as it stands. The rows and the picture show what it said before.")))
		return
	}
	for _, sentence := range retention.Explain(c.draft.policy) {
		c.says.Add(look.Say(retell.Text(sentence)))
	}
	for _, a := range retention.Advise(c.draft.policy) {
		c.says.Add(look.Marked(look.IconNotice, look.Amber, look.Say(retell.Text(a.Sentence))))
	}
}

// shortly is how long a simulation waits for the next change: a slider makes
// many.
const shortly = 60 * time.Millisecond

// foresee draws the picture anew, beside the main loop. A later change stops it.
func (c *Composer) foresee() {
	c.stop()
	if c.draft.wrong != nil {
		return
	}
	policy, facts, now := c.draft.policy, c.facts, c.window.Now()
	var f Forecast
	c.stop = c.window.Work(func(ctx context.Context) (err error) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(shortly):
		}
		f, err = Foresee(ctx, policy, facts, now)
		return err
	}, func(err error) {
		if err == nil {
			c.basis.Set(f.Basis)
			c.picture.Set(f)
		}
	})
}
