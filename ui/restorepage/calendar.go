package restorepage

import (
	"slices"
	"time"

	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// weights are the days on which something changed, and how much.
func (h *history) weights() map[time.Time]float64 {
	days := map[time.Time]float64{}
	for i := range h.size() {
		weight := 1.0
		if h.folder {
			v := h.activity[i]
			weight = float64(v.Added + v.Changed + v.Deleted)
		}
		days[look.DayOf(h.versionOf(i).Time)] += weight
	}
	return days
}

// onDay is what the last version of a day holds, or the last one before: -1 when
// there is none.
func (h *history) onDay(day time.Time) int {
	end := day.AddDate(0, 0, 1)
	// Of a file that was deleted by then, what was there before.
	for _, v := range h.versions[max(0, slices.IndexFunc(h.versions, func(v engine.VersionSeen) bool { return v.Time.Before(end) })):] {
		if i := h.holding(v.Version); i >= 0 && v.Time.Before(end) {
			return i
		}
	}
	return -1
}

// openCalendar offers the days.
func (d *detail) openCalendar() {
	if d.chosen < 0 {
		return
	}
	var hide func()
	c := look.NewCalendar(d.history.versionOf(d.chosen).Time, d.f.Window.Now(), d.history.weights())
	month := look.Strong("")
	before := look.WithIcon("", look.IconBefore, func() { c.MoveMonths(-1) })
	after := look.WithIcon("", look.IconAfter, func() { c.MoveMonths(1) })
	before.Name, after.Name = lang.T("Month before"), lang.T("Month after")
	c.OnMoved = func() { month.Set(lang.Time(c.At(), "January 2006")) }
	c.OnMoved()
	c.OnChosen = func(day time.Time) {
		if i := d.history.onDay(day); i >= 0 {
			hide()
			d.choose(i)
			d.f.Window.Focus(d.strip)
		}
	}
	cancel := look.NewButton(lang.T("Cancel"), func() { hide() })
	body := look.Stacked(look.Between, look.Row(look.Within, 1, before, look.Row(0, 1, layout.NewSpacer(), month, layout.NewSpacer()), after), c)
	foot := look.Row(look.InCard, 0, look.Note(lang.T("The thicker a layer, the more changed that day.")), cancel)
	hide = d.f.Window.Ask(lang.T("As it was on"), look.Rolled(body), foot, frame.Page{First: c, Escape: func() { hide() }})
}
