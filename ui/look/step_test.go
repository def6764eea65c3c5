package look

import (
	"testing"

	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// A step leads back where one may go, and is nothing but words elsewhere.
func TestStepLeadsWhereOneMayGo(t *testing.T) {
	newApp(t)
	for as, leads := range map[Standing]bool{Later: false, Here: false, Done: false, Open: true, Answered: true} {
		taps := 0
		s := NewStep("Where", func() { taps++ })
		w := test.NewTempWindow(t, s)
		s.Stand(as)
		s.Tapped(nil)
		if leads != (taps == 1) || leads != (s.Cursor() == desktop.PointerCursor) {
			t.Errorf("standing %d: %d taps lead there", as, taps)
		}
		w.Canvas().FocusNext()
		if got := w.Canvas().Focused() == s; got != leads {
			t.Errorf("standing %d: Tab leads there: %v", as, got)
		}
		s.MouseIn(nil)
		if got := s.back.fill == LakeGround; got != leads {
			t.Errorf("standing %d: under the pointer it promises to lead there: %v", as, got)
		}
	}
}
