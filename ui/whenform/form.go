// Package whenform asks when a backup runs, and what it waits for. New makes a
// Form, Content is what a page shows, Plan the answer.
package whenform

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// Facts are what the form knows of the computer and of the backup.
type Facts struct {
	// Machine is the computer as it is now; Looked tells that it was looked at.
	Machine surroundings.Facts
	Looked  bool
	// Local: the destination needs no network.
	Local bool
}

// mode is what makes a backup run.
type mode int

const (
	atTimes mode = iota
	everyHours
	afterChanges
	byHand
)

var modes = [...]string{atTimes: lang.Mark("At set times"), everyHours: lang.Mark("Every few hours"), afterChanges: lang.Mark("After changes"), byHand: lang.Mark("Only by hand")}

// Form is the question. Its methods are called on the main loop.
type Form struct {
	// OnChanged is called after every change, also one that makes no plan.
	OnChanged func()

	now   func() time.Time
	facts Facts
	plan  schedule.Plan // what is chosen, with the answers of all modes
	mode  mode
	texts []string // of the times, as they were typed
	days  [7]bool
	names string // of networks, as they were typed
	bound bool   // networks are asked for

	content    *fyne.Container
	options    [len(modes)]*look.Option
	times      *times
	hours      *fyne.Container
	changes    *fyne.Container
	conditions *conditions
	says       *fyne.Container
}

// New asks, with a plan as the answer so far.
func New(now func() time.Time, p schedule.Plan, facts Facts) *Form {
	f := &Form{now: now, facts: facts}
	f.take(p)
	cards := look.Grid(look.Within, 280)
	for m := range modes {
		f.options[m] = look.NewOption(lang.T(modes[m]), func() {
			f.mode = mode(m)
			f.changed()
		})
		cards.Add(f.options[m])
	}
	f.times = newTimes(f)
	f.hours = look.Boxed(look.Stacked(look.Within, look.Strong(lang.T("How often")), f.combo(items(everyChoices, hourItem), hourItem(f.plan.Every), func(i int) { f.plan.Every = everyChoices[i] }))).(*fyne.Container)
	f.changes = f.newChanges()
	f.conditions = newConditions(f)
	f.says = look.Stacked(4)
	f.content = look.Stacked(look.InCard, cards, f.says, f.times.content, f.hours, f.changes, f.conditions.content)
	f.show()
	return f
}

// take fills the form in with a plan.
func (f *Form) take(p schedule.Plan) {
	f.plan = p
	f.mode = byHand
	switch {
	case len(p.Times) > 0:
		f.mode = atTimes
	case p.Every > 0:
		f.mode = everyHours
	case p.OnChange.Quiet > 0:
		f.mode = afterChanges
	}
	if len(p.Times) == 0 {
		f.plan.Times = Default().Times
	}
	if p.Every == 0 {
		f.plan.Every = 4 * time.Hour
	}
	if p.OnChange.Quiet == 0 {
		f.plan.OnChange = schedule.OnChange{Quiet: 10 * time.Minute, PerHour: 1}
	}
	if !p.Runs() { // the first plan of a job
		f.plan.Conditions = Default().Conditions
	}
	for _, c := range slices.Sorted(slices.Values(f.plan.Times)) {
		f.texts = append(f.texts, c.String())
	}
	for i, w := range week {
		f.days[i] = p.Days.Has(w.day)
	}
	f.names, f.bound = strings.Join(p.Conditions.Networks, ", "), len(p.Conditions.Networks) > 0
}

// Content is what a page shows.
func (f *Form) Content() fyne.CanvasObject { return f.content }

// First is where the keyboard begins.
func (f *Form) First() fyne.Focusable { return f.options[f.mode] }

// SetFacts shows what is known of the computer.
func (f *Form) SetFacts(facts Facts) {
	f.facts = facts
	f.show()
}

// Facts are what the form knows.
func (f *Form) Facts() Facts { return f.facts }

// Plan is the answer; it is good when Wrong is "".
func (f *Form) Plan() schedule.Plan {
	p := schedule.Plan{Conditions: f.plan.Conditions}
	p.Conditions.Networks = nil
	if f.bound {
		p.Conditions.Networks = f.networks()
	}
	switch f.mode {
	case atTimes:
		for _, text := range f.texts {
			if c, ok := ParseClock(text); ok && !slices.Contains(p.Times, c) {
				p.Times = append(p.Times, c)
			}
		}
		slices.Sort(p.Times)
		p.Days = f.daySet()
	case everyHours:
		p.Every = f.plan.Every
	case afterChanges:
		p.OnChange = f.plan.OnChange
	case byHand:
		return schedule.Plan{}
	}
	return p
}

// daySet is the set of the days, empty for all of them.
func (f *Form) daySet() (d schedule.Days) {
	if !slices.Contains(f.days[:], false) {
		return 0
	}
	for i, w := range week {
		if f.days[i] {
			d |= schedule.OnDays(w.day)
		}
	}
	return d
}

func (f *Form) networks() (names []string) {
	for name := range strings.SplitSeq(f.names, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Wrong says what keeps the answers from being a plan, "" nothing.
func (f *Form) Wrong() string {
	switch {
	case f.mode == atTimes && f.timesWrong() != "":
		return f.timesWrong()
	case f.mode == atTimes && !slices.Contains(f.days[:], true):
		return lang.T("Choose at least one day.")
	case f.mode != byHand && f.bound && !f.facts.Local && len(f.networks()) == 0:
		return lang.T("Name a Wi-Fi network, or take the tick away.")
	}
	return ""
}

func (f *Form) timesWrong() string {
	for _, text := range f.texts {
		if _, ok := ParseClock(text); !ok {
			return lang.T("“%s” is no time of the day. Write it as 18:30.", text)
		}
	}
	return ""
}

// Summary says the answer in few words.
func (f *Form) Summary() string {
	if f.Wrong() != "" {
		return ""
	}
	p := f.Plan()
	return Summary(&p)
}

// Sentences say what the answer means.
func (f *Form) Sentences() []string {
	p := f.Plan()
	said := []string{Sentence(&p)}
	if next := Next(&p, f.now()); next != "" {
		said = append(said, next)
	}
	if waits := Waits(&p, f.facts.Local); waits != "" {
		said = append(said, waits)
	}
	if p.Runs() {
		made := lang.T("What was missed is made up for once, as soon as nothing is in the way.")
		if f.facts.Local {
			made = lang.T("A drive that is not connected is waited for. What was missed is made up for once, as soon as nothing is in the way.")
		}
		said = append(said, made)
	}
	return said
}

func (f *Form) changed() {
	f.show()
	if f.OnChanged != nil {
		f.OnChanged()
	}
}

// show brings everything in step with the answers.
func (f *Form) show() {
	for m, o := range f.options {
		o.Choose(mode(m) == f.mode)
	}
	look.Visible(f.times.content, f.mode == atTimes)
	look.Visible(f.hours, f.mode == everyHours)
	look.Visible(f.changes, f.mode == afterChanges)
	f.conditions.show()
	f.says.Objects = nil
	if wrong := f.Wrong(); wrong != "" {
		f.says.Add(look.Marked(look.IconBroken, look.Clay, look.Coloured(wrong, look.Clay)))
	} else {
		said := f.Sentences()
		f.says.Add(look.Strong(said[0]))
		for _, sentence := range said[1:] {
			f.says.Add(look.Hint(sentence))
		}
	}
	f.content.Refresh()
}

// The choices of combos.
var (
	everyChoices  = []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	quietChoices  = []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
	hourlyChoices = []int{1, 2, 4, 12}
)

func hourItem(d time.Duration) string { return words.Sentence(every(d)) }

func hourlyItem(n int) string {
	if n <= 1 {
		return lang.T("Once an hour")
	}
	return perHour(n)
}

func items[T any](choices []T, name func(T) string) (all []look.Item) {
	for _, c := range choices {
		all = append(all, look.Item{Value: name(c)})
	}
	return all
}

// combo offers items, and tells which was chosen.
func (f *Form) combo(items []look.Item, value string, chosen func(i int)) *look.Combo {
	c := look.NewCombo("", items, func(value string) {
		if i := slices.IndexFunc(items, func(i look.Item) bool { return i.Value == value }); i >= 0 {
			chosen(i)
			f.changed()
		}
	})
	c.Set(value)
	return c
}

func (f *Form) newChanges() *fyne.Container {
	o := &f.plan.OnChange
	quiet := f.combo(items(quietChoices, length), length(o.Quiet), func(i int) { o.Quiet = quietChoices[i] })
	often := f.combo(items(hourlyChoices, hourlyItem), hourlyItem(o.PerHour), func(i int) { o.PerHour = hourlyChoices[i] })
	return look.Boxed(look.Grid(look.InCard, 220,
		look.Stacked(look.Within, look.Strong(lang.T("After files were left alone for")), quiet),
		look.Stacked(look.Within, look.Strong(lang.T("At most")), often))).(*fyne.Container)
}
