// Package retentionform lets a person say how long versions stay. A Composer
// shows the choice as presets, as rows with sliders, as the text that is kept,
// in sentences and as a picture of the years to come, and keeps all of them in
// step. Goes lists the versions that a choice removes.
package retentionform

import (
	"errors"
	"slices"

	"github.com/varve-backup/varve/engine/retention"
)

// Preset is one of the choices that stand above the others.
type Preset uint8

// The presets.
const (
	Everything Preset = iota
	Thinned           // ThinnedText
	Smart             // Duplicati's
	Newest            // so many
	Younger           // than some age
	Periods           // so many per day, week, month and year
	Custom            // everything else
)

// ThinnedText keeps the past for ever, and less densely the older it is. It is
// what a new backup begins with. Its intervals are multiples of one another, and
// a run may start some minutes early.
const ThinnedText = "1W:U,3M:1D,1Y:1W,U:4W,tolerance=10m"

const periodsText = "keep-daily=7,keep-weekly=5,keep-monthly=12,keep-yearly=unlimited"

// text is what a preset begins with; ok is false for Custom.
func (p Preset) text() (text string, ok bool) {
	switch p {
	case Everything:
		return "", true
	case Thinned:
		return ThinnedText, true
	case Smart:
		return retention.SmartText, true
	case Newest:
		return retention.SoMany.Text(), true
	case Younger:
		return retention.OlderThan.Text(), true
	case Periods:
		return periodsText, true
	}
	return "", false
}

// presetOf tells which preset a text is of.
func presetOf(text string, p *retention.Policy) Preset {
	switch {
	case p.KeepsAll() && p.AtLeast == 0:
		return Everything
	case p.String() == ThinnedText:
		return Thinned
	case text == retention.SmartText:
		return Smart
	case p.Versions > 0:
		return Newest
	case !p.Time.IsZero():
		return Younger
	case !p.Keep.IsEmpty():
		return Periods
	}
	return Custom
}

// draft is a choice that is being made: the text, and the policy that it says.
// While the text says none, the policy is the last one that it said.
type draft struct {
	text   string
	policy retention.Policy
	wrong  *retention.Error // nil when the text is right
	preset Preset
}

// write takes over a text.
func (d *draft) write(text string) {
	d.text = text
	policy, err := retention.Parse(text)
	if err != nil {
		d.wrong, _ = errors.AsType[*retention.Error](err)
		d.preset = Custom
		return
	}
	d.policy, d.wrong = policy, nil
	d.preset = presetOf(text, &policy)
}

// choose takes over a preset. Custom begins with what there is, and with frames
// where nothing is.
func (d *draft) choose(p Preset) {
	text, ok := p.text()
	switch {
	case p == d.preset && d.wrong == nil:
		return
	case ok:
		d.write(text)
		return
	case len(d.policy.Frames) == 0:
		d.write(retention.SmartText)
	default:
		d.write(d.policy.String())
	}
	d.preset = Custom
}

// change edits the policy; the text follows. What cannot be is left alone.
func (d *draft) change(edit func(*retention.Policy)) {
	p := d.policy
	p.Frames = slices.Clone(p.Frames)
	edit(&p)
	if p.Validate() != nil {
		return
	}
	d.write(p.String())
}

// limits are the reaches between which a frame can be moved.
func (d *draft) limits(i int) (least, most int64) {
	frames := d.policy.Frames
	most = longest
	if i > 0 {
		least = reachOf(frames[i-1]).length() + 1
	}
	if i < len(frames)-1 {
		most = reachOf(frames[i+1]).length() - 1
	}
	return least, most
}

// reach moves the far end of a frame, as far as its neighbours leave room. Its
// interval gets shorter where it would not be shorter than the frame.
func (d *draft) reach(i, stop int) {
	least, most := d.limits(i)
	for stop < len(reaches)-1 && reaches[stop].length() < least {
		stop++
	}
	for stop > 0 && reaches[stop].length() > most {
		stop--
	}
	to := reaches[stop]
	if l := to.length(); l < least || l > most {
		return
	}
	d.change(func(p *retention.Policy) {
		f := &p.Frames[i]
		f.Reach, f.Forever = to.span, to.forever
		if !f.Forever && f.Every.Length() >= f.Reach.Length() {
			f.Every = densest(f.Reach.Length())
		}
	})
}

// densest is the longest interval that fits into a frame.
func densest(length int64) (every retention.Span) {
	for _, e := range intervals {
		if e.Length() < length {
			every = e
		}
	}
	return every
}

// offered are the intervals that a frame may have, its own among them.
func offered(f *retention.Frame) (all []retention.Span) {
	own := false
	for _, e := range intervals {
		if l := e.Length(); !own && l >= f.Every.Length() {
			own = true
			if e != f.Every {
				all = append(all, f.Every)
			}
		}
		if f.Forever || e.Length() < f.Reach.Length() {
			all = append(all, e)
		}
	}
	if !own {
		all = append(all, f.Every)
	}
	return all
}

// add puts a frame behind the last one, or before it where that has no end.
func (d *draft) add() {
	d.change(func(p *retention.Policy) {
		n := len(p.Frames)
		f, ok := next(p.Frames)
		if !ok {
			return
		}
		at := n
		if n > 0 && p.Frames[n-1].Forever {
			at = n - 1
		}
		p.Frames = slices.Insert(p.Frames, at, f)
	})
}

// next is a frame that is wider than those with an end, and thins no less.
func next(frames []retention.Frame) (f retention.Frame, ok bool) {
	widest, every := int64(0), retention.Days(1)
	forever := false
	for _, f := range frames {
		if f.Forever {
			forever = true
			continue
		}
		widest, every = f.Reach.Length(), f.Every
	}
	for _, r := range reaches {
		if r.length()/3*2 <= widest || r.forever && forever { // 12 months and a year are as good as the same
			continue
		}
		for _, e := range intervals {
			if e.Length() > every.Length() && (r.forever || e.Length() < r.length()) {
				every = e
				break
			}
		}
		return retention.Frame{Reach: r.span, Forever: r.forever, Every: every}, true
	}
	return f, false
}

// canAdd tells whether there is room for another frame.
func (d *draft) canAdd() bool {
	_, ok := next(d.policy.Frames)
	return ok
}

// remove takes a frame away. Without any, every version stays.
func (d *draft) remove(i int) {
	if len(d.policy.Frames) == 1 {
		d.write("")
		return
	}
	d.change(func(p *retention.Policy) { p.Frames = slices.Delete(p.Frames, i, i+1) })
}
