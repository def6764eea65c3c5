package retentionform

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/words"
)

// rows show a policy as what can be slid and chosen. They are made anew only
// when others are needed: a slider that is being drawn along must stay.
type rows struct {
	composer *Composer
	content  *fyne.Container
	kind     string
	update   []func(p *retention.Policy)
	unfold   *look.Button
	more     *fyne.Container
}

func newRows(c *Composer) *rows {
	r := &rows{composer: c, content: look.Stacked(look.Between), more: look.Grid(look.InCard, rowWidth)}
	r.unfold = look.Plain("", nil, func() { r.fold(r.more.Visible()) })
	r.fold(true)
	return r
}

// fold hides what few people need, or shows it.
func (r *rows) fold(hidden bool) {
	text, icon := lang.T("Fewer options"), look.IconDown
	if hidden {
		text, icon = lang.T("More options"), look.IconAfter
	}
	r.unfold.SetText(text)
	r.unfold.SetIcon(icon.In(look.Quiet))
	look.Visible(r.more, !hidden)
	if r.composer.content != nil {
		r.composer.content.Refresh()
	}
}

// shape tells which rows a policy needs.
func shape(p *retention.Policy) string {
	switch {
	case len(p.Frames) > 0:
		return fmt.Sprint("frames ", len(p.Frames))
	case p.Versions > 0:
		return "versions"
	case !p.Time.IsZero():
		return "time"
	case !p.Keep.IsEmpty():
		return "keep"
	}
	return ""
}

// show brings the rows in step with the draft.
func (r *rows) show() {
	p := &r.composer.draft.policy
	if kind := shape(p); kind != r.kind {
		r.kind = kind
		r.build(p)
	}
	look.Visible(r.content, r.kind != "")
	for _, update := range r.update {
		update(p)
	}
	r.content.Refresh()
}

func (r *rows) build(p *retention.Policy) {
	r.content.Objects, r.update, r.more.Objects = nil, nil, nil
	feet := look.Row(look.InCard, 0, look.Row(0, 1, r.unfold, look.Gap(1)))
	var card fyne.CanvasObject
	switch {
	case len(p.Frames) > 0:
		steps := look.Stacked(look.Within)
		for i := range p.Frames {
			steps.Add(r.frame(i))
		}
		card = steps
		feet = look.Row(look.InCard, 1, r.adding(), look.Row(0, 1, r.unfold, look.Gap(1)))
	case p.Versions > 0:
		card = r.number(lang.T("How many"), func(p *retention.Policy) *int { return &p.Versions }, 1)
	case !p.Time.IsZero():
		card = r.age()
	case !p.Keep.IsEmpty():
		card = r.keeping()
	default:
		return
	}
	r.content.Add(look.On(look.Card, look.Rule, look.Between, card))
	r.content.Add(feet)
	r.content.Add(r.more)
	r.additions(p)
}

// add has something brought in step.
func (r *rows) add(update func(p *retention.Policy)) { r.update = append(r.update, update) }

// rowWidth is as wide as half a row must be.
const rowWidth = 200

// frame is one step: how far back, and how densely.
func (r *rows) frame(i int) fyne.CanvasObject {
	title := look.Strong("")
	slider := look.NewSlider(len(reaches), func(stop int) { r.composer.edit(func(d *draft) { d.reach(i, stop) }) })
	every := look.NewCombo("", nil, func(value string) { r.choose(i, value) })
	remove := look.Plain("", look.IconRemove.In(look.Quiet), func() { r.composer.edit(func(d *draft) { d.remove(i) }) })
	remove.Name = lang.T("Remove this step")
	r.add(func(p *retention.Policy) {
		f := p.Frames[i]
		title.Set(words.Sentence(extent(p.Frames, i)))
		slider.Put(nearest(reaches, reachOf(f).length()))
		var items []look.Item
		for _, e := range offered(&f) {
			items = append(items, look.Item{Value: words.Sentence(density(e))})
		}
		every.SetItems(items)
		every.Set(words.Sentence(density(f.Every)))
	})
	return container.New(&step{}, title, slider, every, remove)
}

// step puts a title, a slider, a combo and a button into one line, or into two
// where that would be too narrow.
type step struct{ width float32 }

// leastStep is how wide one line must be, for letters of the usual size.
const leastStep = 460

func (s *step) inline() bool { return s.width >= leastStep*look.Letters() }

// MinSize implements fyne.Layout.
func (s *step) MinSize(o []fyne.CanvasObject) fyne.Size {
	high := max(o[1].MinSize().Height, o[2].MinSize().Height)
	if !s.inline() {
		high += o[0].MinSize().Height + 4
	}
	return fyne.NewSize(rowWidth, high)
}

// Layout implements fyne.Layout.
func (s *step) Layout(o []fyne.CanvasObject, size fyne.Size) {
	s.width = size.Width
	button := o[3].MinSize().Width
	room := size.Width - button - 4
	x, top := float32(0), float32(0)
	place := func(i int, width float32) {
		high := look.Settle(o[i], width)
		if line := size.Height - top; high < line {
			o[i].Move(fyne.NewPos(x, top+(line-high)/2))
		} else {
			o[i].Move(fyne.NewPos(x, top))
		}
		x += width + look.InCard
	}
	if s.inline() {
		room -= 2 * look.InCard
		place(0, room*0.33)
		place(1, room*0.34)
		place(2, room*0.33)
	} else {
		top = look.Settle(o[0], size.Width) + 4
		o[0].Move(fyne.NewPos(0, 0))
		room -= look.InCard
		place(1, room*0.42)
		place(2, room*0.58)
	}
	x += 4 - look.InCard
	place(3, button)
}

// choose takes the interval of that name.
func (r *rows) choose(i int, value string) {
	r.composer.edit(func(d *draft) {
		for _, e := range offered(&d.policy.Frames[i]) {
			if words.Sentence(density(e)) == value {
				d.change(func(p *retention.Policy) { p.Frames[i].Every = e })
				return
			}
		}
	})
}

// adding offers one more step.
func (r *rows) adding() fyne.CanvasObject {
	b := look.Plain(lang.T("Add a step"), look.IconAdd.In(look.Lake), func() { r.composer.edit((*draft).add) })
	r.add(func(*retention.Policy) { b.Enabled(r.composer.draft.canAdd()) })
	return b
}

// number is a count with a slider; least 0 offers none, and below that also all.
func (r *rows) number(name string, of func(*retention.Policy) *int, least int) fyne.CanvasObject {
	title := look.Strong("")
	shift := 0
	if least < 1 {
		shift = 1
	}
	stops := len(counts) + shift
	if least < 0 {
		stops++
	}
	slider := look.NewSlider(stops, func(stop int) {
		n := 0
		switch {
		case stop >= len(counts)+shift:
			n = -1
		case stop >= shift:
			n = counts[stop-shift]
		}
		r.composer.edit(func(d *draft) { d.change(func(p *retention.Policy) { *of(p) = n }) })
	})
	r.add(func(p *retention.Policy) {
		n := *of(p)
		stop := nearestCount(n) + shift
		said := words.Number(int64(n))
		switch {
		case n == 0:
			stop, said = 0, lang.T("none")
		case n < 0:
			stop, said = stops-1, lang.T("all")
		}
		title.Set(lang.T("%s: %s", name, said))
		slider.Put(stop)
	})
	return look.Stacked(0, title, slider)
}

// age is how old a version may become.
func (r *rows) age() fyne.CanvasObject {
	title := look.Strong("")
	slider := look.NewSlider(len(ages), func(stop int) {
		r.composer.edit(func(d *draft) { d.change(func(p *retention.Policy) { p.Time = ages[stop].span }) })
	})
	r.add(func(p *retention.Policy) {
		title.Set(lang.T("Up to %s", retell.Span(p.Time)))
		slider.Put(nearest(ages, p.Time.Length()))
	})
	return look.Stacked(0, title, slider)
}

// keeping are the rules of restic and Borg.
func (r *rows) keeping() fyne.CanvasObject {
	grid := look.Grid(look.InCard, rowWidth)
	for _, k := range []struct {
		name string
		of   func(*retention.Policy) *int
	}{
		{lang.T("Newest"), func(p *retention.Policy) *int { return &p.Keep.Last }},
		{lang.T("Hours"), func(p *retention.Policy) *int { return &p.Keep.Hourly }},
		{lang.T("Days"), func(p *retention.Policy) *int { return &p.Keep.Daily }},
		{lang.T("Weeks"), func(p *retention.Policy) *int { return &p.Keep.Weekly }},
		{lang.T("Months"), func(p *retention.Policy) *int { return &p.Keep.Monthly }},
		{lang.T("Years"), func(p *retention.Policy) *int { return &p.Keep.Yearly }},
	} {
		grid.Add(r.number(k.name, k.of, -1))
	}
	return grid
}

// choice is a value of an addition.
type choice struct {
	name string
	set  func(p *retention.Policy)
	is   func(p *retention.Policy) bool
}

// additions are what goes along with the rules.
func (r *rows) additions(p *retention.Policy) {
	if len(p.Frames) > 0 || !p.Keep.IsEmpty() {
		r.more.Add(r.addition(lang.T("Distances are measured"), measures))
	}
	if len(p.Frames) > 0 {
		r.more.Add(r.addition(lang.T("A run that starts early"), tolerances()))
	}
	r.more.Add(r.addition(lang.T("In any case"), minimums()))
}

// addition is one of them. What only the text can say stands there as it is.
func (r *rows) addition(title string, choices []choice) fyne.CanvasObject {
	var items []look.Item
	for _, c := range choices {
		items = append(items, look.Item{Value: lang.T(c.name)})
	}
	combo := look.NewCombo(lang.T("As the text says"), items, func(value string) {
		at := slices.IndexFunc(choices, func(c choice) bool { return lang.T(c.name) == value })
		r.composer.edit(func(d *draft) { d.change(choices[at].set) })
	})
	r.add(func(p *retention.Policy) {
		value := ""
		for _, c := range choices {
			if c.is(p) {
				value = lang.T(c.name)
			}
		}
		combo.Set(value)
	})
	return look.Stacked(4, look.Caption(title), combo)
}

// measures are how distances are told.
var measures = []choice{
	{lang.Mark("in hours and days"), func(p *retention.Policy) { p.Slots = nil }, func(p *retention.Policy) bool { return p.Slots == nil }},
	{lang.Mark("by the calendar"), func(p *retention.Policy) { p.Slots = time.Local }, func(p *retention.Policy) bool { return p.Slots == time.Local }},
}

func tolerances() (all []choice) {
	all = append(all, choice{lang.T("is too early"), func(p *retention.Policy) { p.Tolerance = nil }, func(p *retention.Policy) bool { return p.Tolerance == nil }})
	for _, span := range []retention.Span{{Minutes: 1}, {Minutes: 10}, {Hours: 1}} {
		all = append(all, choice{
			lang.T("may, by %s", retell.Span(span)), func(p *retention.Policy) { p.Tolerance = &span },
			func(p *retention.Policy) bool { return p.Tolerance != nil && *p.Tolerance == span },
		})
	}
	return all
}

func minimums() (all []choice) {
	for _, n := range []int{0, 2, 3, 5, 10, 20} {
		name := lang.N(n, "%s version stays", "%s versions stay", words.Number(int64(n)))
		if n == 0 {
			name = lang.T("the newest stays")
		}
		all = append(all, choice{name, func(p *retention.Policy) { p.AtLeast = n }, func(p *retention.Policy) bool { return p.AtLeast == n || n == 0 && p.AtLeast == 1 }})
	}
	return all
}
