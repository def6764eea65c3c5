package restorepage

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
)

// A day is chosen by keyboard, and leads to its last version; a day without one
// to what was there then.
func TestCalendar(t *testing.T) {
	for _, row := range []struct {
		keys []fyne.KeyName
		says string
	}{
		{[]fyne.KeyName{fyne.KeyReturn}, "12 minutes ago"},
		{[]fyne.KeyName{fyne.KeyUp, fyne.KeyReturn}, "Thu 12 Nov 10:12"},               // from the 14th, without a version
		{[]fyne.KeyName{fyne.KeyPageUp, fyne.KeyReturn}, "Tue 27 Oct 10:12"},           // before the first there is nothing
		{[]fyne.KeyName{fyne.KeyHome, fyne.KeyEnd, fyne.KeyReturn}, "12 minutes ago"},  // the newest
		{[]fyne.KeyName{fyne.KeyLeft, fyne.KeyLeft, fyne.KeyReturn}, "Thu 19 Nov 12:"}, // two days back
	} {
		s := opened(t)
		s.until("the strip", func() bool { return s.f.detail.chosen == 0 })
		s.f.detail.openCalendar()
		if _, ok := s.window.Canvas().Focused().(*look.Calendar); !ok {
			t.Fatal("the calendar does not have the keyboard")
		}
		s.key(row.keys...)
		if s.asked != nil || !s.says(row.says) {
			t.Errorf("%v: not at %s but at %s", row.keys, row.says, s.f.detail.moment)
		}
	}
}

// Of a deleted file, a day after that leads to what was there last.
func TestCalendarOfADeletedFile(t *testing.T) {
	s := opened(t)
	s.page.Find()
	for _, r := range "notes" {
		s.window.Canvas().Focused().TypedRune(r)
	}
	s.until("the result", func() bool { return s.names() == "notes.txt" })
	s.key(fyne.KeyDown)
	s.until("its versions", func() bool { return s.f.detail.path == "Documents/notes.txt" && s.f.detail.chosen == 0 })
	last := s.f.detail.moment.String()
	s.f.detail.openCalendar()
	s.key(fyne.KeyPageDown, fyne.KeyReturn)
	if got := s.f.detail.moment.String(); got != last || s.asked != nil {
		t.Errorf("today leads to %s, want %s", got, last)
	}
}
