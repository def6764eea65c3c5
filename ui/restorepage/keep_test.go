package restorepage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// pinAsked is a version that was to be pinned.
type pinAsked struct {
	id  string
	pin *retention.Pin
}

// SetPin implements Pins: the version gets another name.
func (s *stage) SetPin(_ context.Context, _ session.Archive, v engine.Version, p *retention.Pin) (engine.Version, error) {
	s.pinned = append(s.pinned, pinAsked{v.ID, p})
	if s.pinning != nil {
		return v, s.pinning
	}
	for i := range s.past.Seen {
		if x := &s.past.Seen[i]; x.ID == v.ID {
			x.Original, x.ID, x.Pin = firstOf(x.Original, v.ID), v.ID+"+", p
			v = *x
		}
	}
	return v, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// fields are those of the question that is asked.
func (s *stage) field(hint string) (found *look.Field) {
	s.t.Helper()
	s.each(func(o fyne.CanvasObject) {
		if f, ok := o.(*look.Field); ok && strings.HasPrefix(f.PlaceHolder, hint) {
			found = f
		}
	})
	if found == nil {
		s.t.Fatalf("there is no field %q", hint)
	}
	return found
}

func (s *stage) option(title string) {
	s.t.Helper()
	found := false
	s.each(func(o fyne.CanvasObject) {
		if o, ok := o.(*look.Option); ok && strings.HasPrefix(o.Title, title) {
			found = true
			o.OnTapped()
		}
	})
	if !found {
		s.t.Fatalf("there is no option %q", title)
	}
}

func TestKeepVersion(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6) // thanks.txt
	s.until("its versions", func() bool { return s.says("Keep…") && s.f.detail.chosen == 0 })
	s.f.detail.before.OnTapped()
	if s.f.detail.chosen != 1 || s.f.detail.pinned.Visible() {
		t.Fatalf("the %d. is chosen", s.f.detail.chosen)
	}
	s.tap("Keep…")
	s.option("For a year")
	s.field("For example").SetText("thanked, in person")
	s.tap("Keep it")
	s.idle()
	s.f.again()
	s.idle()
	want := pinAsked{"version-06", &retention.Pin{Reason: "thanked, in person", Until: now.AddDate(1, 0, 0)}}
	if len(s.pinned) != 1 || s.pinned[0].id != want.id || !s.pinned[0].pin.Same(want.pin) {
		t.Fatalf("pinned %+v", s.pinned)
	}
	if s.f.detail.chosen != 1 || !s.says("Kept until 21 November 2027: thanked, in person") || !s.f.detail.strata[0].Kept || s.f.detail.strata[1].Kept {
		t.Errorf("the page does not show it: %d, %q, %+v", s.f.detail.chosen, s.f.detail.pin.String(), s.f.detail.strata)
	}

	s.tap("Keep…")
	day := s.field("2027")
	for text, wrong := range map[string]string{"31.12.2027": "such as 2027-11-21", "2026-11-20": "That day is over"} {
		day.SetText(text)
		s.page.Enter = nil
		s.tap("Keep it")
		if !s.says(wrong) || len(s.pinned) != 1 {
			t.Errorf("%s is not refused", text)
		}
	}
	s.tap("No longer keep it")
	s.idle()
	if len(s.pinned) != 2 || s.pinned[1].id != "version-06+" || s.pinned[1].pin != nil {
		t.Errorf("unpinned %+v", s.pinned)
	}
	s.pinning = errors.New("no")
	s.tap("Keep…")
	s.tap("Keep it")
	s.until("the failure", func() bool { return s.failed != nil })
	if !s.pinned[2].pin.Until.IsZero() {
		t.Errorf("for good: %+v", s.pinned[2].pin)
	}
}

// A version that is pinned stays the same one.
func TestPinnedVersionIsTheSame(t *testing.T) {
	at := time.Now()
	for name, row := range map[string]struct {
		a, b engine.Version
		want bool
	}{
		"name":      {engine.Version{ID: "a", Time: at}, engine.Version{ID: "a", Time: at}, true},
		"pinned":    {engine.Version{ID: "b", Original: "a", Time: at}, engine.Version{ID: "a", Time: at}, true},
		"twice":     {engine.Version{ID: "c", Original: "a", Time: at}, engine.Version{ID: "b", Original: "a", Time: at}, true},
		"other":     {engine.Version{ID: "a", Time: at}, engine.Version{ID: "b", Time: at}, false},
		"nameless":  {engine.Version{Time: at}, engine.Version{ID: "b", Time: at}, false},
		"of a time": {engine.Version{ID: "a", Time: at}, engine.Version{ID: "a", Time: at.Add(1)}, false},
	} {
		if got := isSame(&row.a, &row.b); got != row.want || isSame(&row.b, &row.a) != row.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
