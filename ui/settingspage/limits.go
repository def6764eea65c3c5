package settingspage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/whenform"
	"github.com/varve-backup/varve/ui/words"
)

// Limiting is how much of the network and the processor all backups use.
type Limiting interface {
	Speed(ctx context.Context) (session.Speed, error)
	SetSpeed(ctx context.Context, v session.Speed) error
	Processor(ctx context.Context) (session.Share, error)
	SetProcessor(ctx context.Context, h session.Share) error
}

// The two answers to the question when speeds are limited.
const (
	always  = ""
	atHours = "hours"
)

// limits is the group while it is shown.
type limits struct {
	page  *page
	group *group
	speed session.Speed

	up, down, from, to *look.Combo
	days               *choice
	hours              *fyne.Container // what asks for hours
	says               *look.Text
}

func (p *page) limits() fyne.CanvasObject {
	l := &limits{page: p, group: p.newGroup(lang.T("Limits")), says: look.Hint("")}
	var err error
	if l.speed, err = p.Backend.Speed(p.Context); err != nil {
		l.group.fail(lang.T("The limits that were chosen before cannot be read."), err)
	}
	l.up, l.down = l.speedCombo(&l.speed.Upload), l.speedCombo(&l.speed.Download)
	when := newChoice(176, map[bool]string{true: atHours, false: always}[l.speed.From != ""], l.choseWhen, item{always, lang.T("At any time")}, item{atHours, lang.T("At certain hours")})
	l.from, l.to = l.clockCombo(&l.speed.From), l.clockCombo(&l.speed.To)
	l.days = newChoice(190, l.speed.Days, func(days string) { l.change(func(v *session.Speed) { v.Days = days }) },
		item{"", lang.T("Every day")}, item{"mon-fri", lang.T("Monday to Friday")}, item{"sat,sun", lang.T("Saturday, Sunday")})
	l.hours = look.Stacked(look.Between, look.Grid(look.InCard, 180, titled(lang.T("From"), l.from), titled(lang.T("To"), l.to)), titled(lang.T("On"), l.days.cards))
	l.group.rows.Add(look.Grid(look.InCard, 260, titled(lang.T("Speed up, to destinations elsewhere"), l.up), titled(lang.T("Speed down, from there"), l.down)))
	for _, o := range []fyne.CanvasObject{titled(lang.T("When"), when.cards), l.hours, l.says, l.processor()} {
		l.group.rows.Add(o)
	}
	l.show()
	return l.group.box
}

// speedCombo chooses one speed.
func (l *limits) speedCombo(at *int64) *look.Combo {
	var items []look.Item
	for _, kb := range []int64{100, 250, 500, 1000, 2000, 5000, 10_000} {
		items = append(items, look.Item{Value: strconv.FormatInt(kb, 10), Detail: lang.T("%s in a second", words.Size(kb*1000))})
	}
	c := look.NewCombo(lang.T("No limit"), items, func(text string) {
		n, err := kilobytes(text)
		if err != nil {
			l.group.fail(lang.T("This is no speed."), err)
			return
		}
		l.change(func(*session.Speed) { *at = n })
	})
	c.Free, c.Unset = true, true
	return c
}

// kilobytes reads a speed; no text is no limit.
func kilobytes(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > session.MostSpeed {
		return 0, errors.New(lang.T("it is a whole number of KB in a second, from 1 to %d", session.MostSpeed))
	}
	return n, nil
}

// clockCombo chooses a time of the day.
func (l *limits) clockCombo(at *string) *look.Combo {
	var items []look.Item
	for half := range 48 {
		items = append(items, look.Item{Value: fmt.Sprintf("%02d:%02d", half/2, half%2*30)})
	}
	c := look.NewCombo("", items, func(text string) {
		clock, ok := whenform.ParseClock(text)
		if !ok {
			l.group.fail(lang.T("This is no time of the day."), errors.New(lang.T("it is %q, and not as 08:00", text)))
			return
		}
		l.change(func(*session.Speed) { *at = clock.String() })
	})
	c.Free = true
	return c
}

// choseWhen follows the choice whether the clock counts.
func (l *limits) choseWhen(when string) {
	l.change(func(v *session.Speed) {
		v.From, v.To, v.Days = "", "", ""
		if when == atHours {
			v.From, v.To = "08:00", "18:00"
		}
	})
}

// change keeps other limits; those that are refused are taken back.
func (l *limits) change(how func(v *session.Speed)) {
	before := l.speed
	how(&l.speed)
	wanted := l.speed
	l.show()
	l.page.write(func(ctx context.Context) error { return l.page.Backend.SetSpeed(ctx, wanted) }, func(err error) {
		l.group.fail(lang.T("The limits could not be changed."), err)
		if err != nil {
			l.speed = before
			l.show()
		}
	})
}

// show brings the group up to date.
func (l *limits) show() {
	set := func(c *look.Combo, kb int64) {
		text := ""
		if kb > 0 {
			text = strconv.FormatInt(kb, 10)
		}
		c.Set(text)
	}
	set(l.up, l.speed.Upload)
	set(l.down, l.speed.Download)
	l.from.Set(l.speed.From)
	l.to.Set(l.speed.To)
	l.days.put(l.speed.Days)
	look.Visible(l.hours, l.speed.From != "")
	l.says.Set(lang.T("%s Folders and drives of this computer are never held back.", speedWords(&l.speed)))
	l.group.changed()
}

// speedWords say what limits mean.
func speedWords(v *session.Speed) string {
	up, down := words.Size(v.Upload*1000), words.Size(v.Download*1000)
	switch hours := v.From != ""; {
	case v.Upload > 0 && v.Download > 0 && hours:
		return lang.T("All backups together send at most %s and get at most %s in a second from %s to %s. That holds at once, also for what runs.", up, down, v.From, v.To)
	case v.Upload > 0 && v.Download > 0:
		return lang.T("All backups together send at most %s and get at most %s in a second. That holds at once, also for what runs.", up, down)
	case v.Upload > 0 && hours:
		return lang.T("All backups together send at most %s in a second from %s to %s. That holds at once, also for what runs.", up, v.From, v.To)
	case v.Upload > 0:
		return lang.T("All backups together send at most %s in a second. That holds at once, also for what runs.", up)
	case v.Download > 0 && hours:
		return lang.T("All backups together get at most %s in a second from %s to %s. That holds at once, also for what runs.", down, v.From, v.To)
	case v.Download > 0:
		return lang.T("All backups together get at most %s in a second. That holds at once, also for what runs.", down)
	}
	return lang.T("Backups use the network as fast as it is.")
}

// processor is the row about how many cores work.
func (l *limits) processor() fyne.CanvasObject {
	p := l.page
	now, err := p.Backend.Processor(p.Context)
	if err != nil {
		l.group.fail(lang.T("The limits that were chosen before cannot be read."), err)
	}
	c := newChoice(150, string(now), nil, item{string(session.WholeProcessor), lang.T("All of it")}, item{string(session.HalfProcessor), lang.T("Half of it")}, item{string(session.OneCore), lang.T("One core")})
	c.chose = func(value string) {
		p.write(func(ctx context.Context) error { return p.Backend.SetProcessor(ctx, session.Share(value)) }, func(err error) {
			l.group.fail(lang.T("The share could not be kept."), err)
			if err != nil {
				c.put(string(now))
				return
			}
			now = session.Share(value)
		})
	}
	return look.Stacked(look.Within, look.Say(lang.T("Share of the processor")), c.cards, look.Hint(lang.T("With less, backups take longer, and the computer stays cool and quick.")))
}
