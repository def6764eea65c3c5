package restorepage

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Pins keep versions. See session.SetPin.
type Pins interface {
	SetPin(ctx context.Context, a session.Archive, v engine.Version, p *retention.Pin) (engine.Version, error)
}

// isSame tells that two are one version, which may have got another name when
// it was pinned.
func isSame(a, b *engine.Version) bool {
	return a.Time.Equal(b.Time) && (a.ID == b.ID || a.Original == b.ID && b.ID != "" || b.Original == a.ID && a.ID != "" ||
		a.Original != "" && a.Original == b.Original)
}

// pinWords say how long a version is kept, and why; "" when it is not pinned.
func pinWords(v *engine.Version, now time.Time) string {
	if !v.Pin.Holds(now) {
		return ""
	}
	s := lang.T("Kept for good")
	if !v.Pin.Until.IsZero() {
		s = lang.T("Kept until %s", dayOf(v.Pin.Until))
	}
	if v.Pin.Reason != "" {
		return lang.T("%s: %s", s, words.Printable(v.Pin.Reason))
	}
	return s
}

func dayOf(t time.Time) string { return lang.Time(t, "2 January 2006") }

// keptOf is the version that pinning the i-th is about: of those in which it is
// the same, the one that is pinned, or else the one that is restored.
func (h *history) keptOf(i int, now time.Time) engine.Version {
	from, to := h.indexOf(h.versionOf(i)), 0
	switch {
	case !h.folder:
		to = h.indexOf(h.states[i].To)
	case i > 0:
		to = h.indexOf(h.activity[i-1].Version) + 1
	}
	for at := from; at >= 0 && at >= to; at-- {
		if h.versions[at].Pin.Holds(now) {
			return h.versions[at].Version
		}
	}
	return h.versionOf(i)
}

// The choices of how long.
const (
	forGood = iota
	forYear
	untilDay
)

// keeping asks for how long a version is kept, and why.
type keeping struct {
	f       *Finder
	version engine.Version
	hide    func()
	reason  *look.Field
	options [untilDay + 1]*look.Option
	chosen  int
	day     *look.Field
	wrong   *look.Text
	save    *look.Button
	letGo   *look.Button
}

// keep asks about the version that is chosen.
func (d *detail) keep() {
	if d.chosen < 0 {
		return
	}
	k := &keeping{f: d.f, version: d.history.keptOf(d.chosen, d.f.Window.Now())}
	k.ask()
}

func (k *keeping) ask() {
	now := zone.Of(k.f.Window.Now())
	pin, pinned := &retention.Pin{}, k.version.Pin.Holds(now)
	if pinned {
		pin = k.version.Pin
	}
	k.reason = look.NewField(lang.T("For example: sent to the tax office"))
	k.reason.SetText(pin.Reason)
	k.day = look.NewField("2027-12-31")
	k.wrong = look.Coloured("", look.Clay)
	titles := [...]string{lang.T("For good"), lang.T("For a year, until %s", dayOf(now.AddDate(1, 0, 0))), lang.T("Until the end of this day:")}
	rows := look.Stacked(look.Within)
	for i, title := range titles {
		k.options[i] = look.NewOption(title, func() { k.choose(i) })
		rows.Add(k.options[i])
	}
	rows.Add(k.day)
	rows.Add(k.wrong)
	k.choose(forGood)
	if !pin.Until.IsZero() {
		k.day.SetText(pin.Day())
		k.choose(untilDay)
	}
	k.day.OnChanged = func(string) { k.say("") }
	k.save = look.Primary(lang.T("Keep it"), k.take)
	cancel := look.NewButton(lang.T("Cancel"), func() { k.hide() })
	foot := look.Flow(look.Within, cancel, k.save)
	if pinned {
		k.letGo = look.NewButton(lang.T("No longer keep it"), func() { k.set(nil) })
		foot = look.Flow(look.Within, cancel, k.letGo, k.save)
	}
	what := lang.T("The version of %s then stays, whatever you chose about how long versions are kept. This is noted in the backup itself, for every computer.", words.Moment(k.version.Time, now))
	body := look.Rolled(look.Stacked(look.InCard, look.Say(what), look.Stacked(look.Within, look.Strong(lang.T("How long")), rows),
		look.Stacked(look.Within, look.Strong(lang.T("Why (if you like)")), k.reason)))
	k.hide = k.f.Window.Ask(lang.T("Keep this version"), body, foot, frame.Page{First: fyne.Focusable(k.options[k.chosen]), Escape: func() { k.hide() }, Enter: k.take})
}

// say shows what is wrong, "" for nothing.
func (k *keeping) say(wrong string) {
	k.wrong.Set(wrong)
	look.Visible(k.wrong, wrong != "")
}

func (k *keeping) choose(i int) {
	k.chosen = i
	for j, o := range k.options {
		o.Choose(j == i)
	}
	look.Visible(k.day, i == untilDay)
	k.say("")
}

// take keeps the version as the form says.
func (k *keeping) take() {
	now := zone.Of(k.f.Window.Now())
	p := &retention.Pin{}
	var err error
	if p.Reason, err = retention.CleanReason(k.reason.Text); err != nil {
		k.say(lang.T("That is too long a reason: a line is enough."))
		return
	}
	switch k.chosen {
	case forYear:
		p.Until = retention.EndOfDay(now.AddDate(1, 0, 0), zone.Here())
	case untilDay:
		if p.Until, err = retention.UntilDay(strings.TrimSpace(k.day.Text), zone.Here()); err != nil {
			k.say(lang.T("Write the day as year, month and day, such as %s.", now.AddDate(1, 0, 0).Format(time.DateOnly)))
			return
		}
		if !p.Holds(now) {
			k.say(lang.T("That day is over."))
			return
		}
	}
	k.set(p)
}

// set pins the version, or unpins it with nil. The page shows it as soon as it
// is learnt.
func (k *keeping) set(p *retention.Pin) {
	k.hide()
	f, v := k.f, k.version
	backend, archive := f.Backend, f.Archive
	now := v
	f.Window.Work(func(ctx context.Context) (err error) {
		now, err = backend.SetPin(ctx, archive, v, p)
		return err
	}, func(err error) {
		if err != nil {
			f.Window.Fail(err)
			return
		}
		if f.want.at.ID == v.ID {
			f.want.at = now // it got another name
		}
		f.again()
	})
}

// showPin says how long the i-th is kept.
func (d *detail) showPin(i int) {
	now := d.f.Window.Now()
	v := d.history.keptOf(i, now)
	text := pinWords(&v, now)
	d.pin.Set(text)
	look.Visible(d.pinned, text != "")
}

// keptNote is changeNote with a word about a version that is kept.
func keptNote(v engine.VersionSeen, now time.Time) string {
	if !v.Pin.Holds(now) {
		return changeNote(v)
	}
	return dotted(lang.T("kept"), changeNote(v))
}
