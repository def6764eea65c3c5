package ui

import (
	"context"
	"time"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// The main loop never waits for the disk: what a page or a question shows of it
// is read beside the loop, and until then the window stays as it is. That is
// seldom seen; where it takes longer than a glance, the window says so.

// glance is how long a person waits without asking what goes on.
const glance = 100 * time.Millisecond

// OpenRead shows a page once what it shows was read, unless another page comes
// first. The title is for when that takes long.
func (u *UI) OpenRead(title string, read func(ctx context.Context) error, page func(error) frame.Page) {
	if u.asleep() {
		u.lay()
	}
	u.side.mark(u.current)
	u.read(read, func() (end func()) {
		u.Open(frame.Page{Content: look.Page(look.Heading(title), look.Hint(lang.T("One moment, this is being read…"))), Light: true})
		return func() {}
	}, func(err error) { u.Open(page(err)) })
}

// askRead asks once what the question shows was read, unless a page comes first.
func (u *UI) askRead(read func(ctx context.Context) error, ask func(error)) {
	u.read(read, func() (end func()) {
		stop := look.NewButton(lang.T("Cancel"), u.endReading)
		m := u.newModal(lang.T("One moment"), look.Say(lang.T("What Varve wrote down about this is being read.")), stop)
		m.keys = frame.Page{Escape: u.endReading, First: stop}
		m.show()
		return m.hide
	}, ask)
}

// askEvents is askRead for what was noted of a run.
func (u *UI) askEvents(r settings.Run, ask func([]settings.RunEvent)) {
	var events []settings.RunEvent
	u.askRead(func(ctx context.Context) (err error) {
		events, err = u.Session.Events(ctx, r.ID)
		return err
	}, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		ask(events)
	})
}

// read reads something, and then calls then on the main loop. If that takes longer
// than a glance, slow says so, and end takes that back. What was being read before
// is not wanted any more.
func (u *UI) read(read func(ctx context.Context) error, slow func() (end func()), then func(error)) {
	u.endReading()
	end := func() {}
	var waiting, reading context.CancelFunc
	stop := func() {
		waiting()
		reading()
		end()
	}
	waiting = u.Work(func(ctx context.Context) error {
		select {
		case <-ctx.Done():
		case <-time.After(glance):
		}
		return nil
	}, func(error) {
		u.reading = nil // the page that says so does not end it
		end = slow()
		u.reading = stop
	})
	reading = u.Work(read, func(err error) {
		u.endReading()
		then(err)
	})
	u.reading = stop
}

// endReading has nothing come of what is being read.
func (u *UI) endReading() {
	if stop := u.reading; stop != nil {
		u.reading = nil
		stop()
	}
}
