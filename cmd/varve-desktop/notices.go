package main

import (
	"runtime"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/notice"
)

// followNotices tells outside the window what changes.
func (d *desktop) followNotices() {
	service, end := d.noticeService()
	d.beside.Go(func() {
		notice.Follow(d.ctx, notice.Config{
			Jobs: d.board, Service: service, Watching: d.isWatched, Log: d.log,
			BackUp: func(job int64, _ string) { d.do(func() { d.ui.BackUp(job) }) },
			Show: func(job int64, token string) {
				d.do(func() {
					d.openFor(token)
					d.ui.ShowJob(job)
				})
			},
		})
		if err := end(); err != nil {
			d.log.Warn("ending the notices", errorAttr(err))
		}
	})
}

// noticeService is how this system shows notices. On a bus, what the toolkit
// shows could have no buttons and not be taken back, so we speak to the desktop
// ourselves, and where there is no bus the toolkit could show nothing either.
func (d *desktop) noticeService() (s notice.Service, end func() error) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		send := func(title, body string) { d.do(func() { d.app.SendNotification(fyne.NewNotification(title, body)) }) }
		return notice.Plain{Send: send}, func() error { return nil }
	}
	bus := notice.NewBus(appID)
	return bus, bus.Close
}

// isWatched tells that the person has the window before them. The toolkit's own
// word for it is not enough: a window that is hidden counts as one that has the
// keyboard there.
func (d *desktop) isWatched() bool {
	answer := make(chan bool, 1)
	d.do(func() {
		now := standing(d.ui.Window())
		answer <- now.keyboard && now.visible
	})
	select {
	case watched := <-answer:
		return watched
	case <-d.ctx.Done():
		return false
	}
}
