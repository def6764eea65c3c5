package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// Pages that are drawn anew stay where they are scrolled to.
func TestRedrawnPagesStayScrolled(t *testing.T) {
	for name, open := range map[string]func(*stage){
		"overview": func(s *stage) { s.u.Show(Overview) },
		"activity": func(s *stage) { s.u.Show(Activity) },
		"job":      func(s *stage) { s.u.openJob(1) },
		"copies":   (*stage).toCopies,
	} {
		s := newStage(t, "light", withCopies(away(), doubted(), full())())
		open(s)
		s.u.window.Resize(fyne.NewSize(800, 300))
		s.settle()
		before := s.scrolled()
		before.ScrollToOffset(fyne.NewPos(0, 60))
		j := &s.f.jobs[0]
		j.Health, j.Runs = session.Unprotected, append([]settings.Run{{ID: 1000, Kind: settings.BackupRun, Outcome: settings.Failed}}, j.Runs...)
		j.Copies = j.Copies[:2]
		s.u.update()
		s.settle()
		if after := s.scrolled(); after == before || after.Offset.Y != 60 {
			t.Errorf("%s: drawn anew is %v, and it stands at %v", name, after != before, after.Offset.Y)
		}
	}
}

// scrolled is what the page scrolls in.
func (s *stage) scrolled() (page *container.Scroll) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok && page == nil && c.Direction != container.ScrollHorizontalOnly {
			page = c
		}
	})
	return page
}
