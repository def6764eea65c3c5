package whenform

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// times are the times of the day and the weekdays.
type times struct {
	form    *Form
	content *fyne.Container
	rows    *fyne.Container
	add     *look.Button
}

// mostTimes is how many times a day may have here.
const mostTimes = 6

func newTimes(f *Form) *times {
	t := &times{form: f, rows: look.Grid(look.Within, 150)}
	t.add = look.Plain(lang.T("Add a time"), look.IconAdd.In(look.Lake), t.another)
	days := look.Grid(4, 72)
	for i, w := range week {
		c := look.NewCheck(lang.T(w.short), nil)
		c.Checked = f.days[i]
		c.OnChanged = func(on bool) {
			f.days[i] = on
			f.changed()
		}
		days.Add(c)
	}
	t.build()
	t.content = look.Boxed(look.Stacked(look.Between, look.Stacked(look.Within, look.Strong(lang.T("At")), t.rows), look.Stacked(4, look.Strong(lang.T("On")), days))).(*fyne.Container)
	return t
}

// halfHours are the times that are offered; any other can be typed.
func halfHours() (all []look.Item) {
	for c := schedule.Clock(0); c < 24*60; c += 30 {
		all = append(all, look.Item{Value: c.String()})
	}
	return all
}

// build makes the rows anew.
func (t *times) build() {
	f := t.form
	t.rows.Objects = nil
	for i, text := range f.texts {
		c := look.NewCombo("18:00", halfHours(), nil)
		c.Free = true
		c.Set(text)
		c.OnChanged = func(value string) {
			if clock, ok := ParseClock(value); ok {
				value = clock.String()
				c.Set(value)
			}
			f.texts[i] = value
			f.changed()
		}
		remove := look.Plain("", look.IconRemove.In(look.Quiet), func() {
			f.texts = slices.Delete(f.texts, i, i+1)
			t.build()
			f.changed()
		})
		remove.Name = lang.T("Remove %s", text)
		look.Visible(remove, len(f.texts) > 1)
		t.rows.Add(look.Row(4, 0, c, remove))
	}
	if len(f.texts) < mostTimes {
		t.rows.Add(t.add)
	}
	t.rows.Refresh()
}

// another adds a time of the day at which most computers are on.
func (t *times) another() {
	f := t.form
	for _, hour := range []schedule.Clock{12, 18, 9, 15, 21, 7} {
		if c := hour * 60; !slices.Contains(f.texts, c.String()) && len(f.texts) < mostTimes {
			f.texts = append(f.texts, c.String())
			break
		}
	}
	slices.Sort(f.texts)
	t.build()
	f.changed()
}
