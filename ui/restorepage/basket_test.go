package restorepage

import "testing"

// Versions of one file lie in the basket beside each other, and are listed and
// taken out one by one.
func TestSeveralVersionsInTheBasket(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6) // thanks.txt
	s.until("its versions", func() bool { return s.f.detail.chosen == 0 && !s.f.detail.history.folder })
	s.tap("Add")
	s.f.detail.before.OnTapped()
	if s.f.detail.add.Text != "Add" {
		t.Fatalf("the version before is offered to be: %s", s.f.detail.add.Text)
	}
	s.tap("Add")
	if len(s.f.basket) != 2 || s.f.detail.add.Text != "Take out" || !s.says("2 items of 2 versions") {
		t.Fatalf("in the basket is %v", s.f.basket)
	}
	s.tap("Restore 2 items…")
	r := s.requests[0]
	if len(r.Parts) != 2 || !r.Chosen || r.Parts[0].Paths[0] != r.Parts[1].Paths[0] || !r.Parts[0].Version.Time.After(r.Parts[1].Version.Time) {
		t.Errorf("asked for %+v", r)
	}
	s.tap("Show…")
	if !s.says("Documents/Thesis/thanks.txt") {
		t.Error("the basket is not listed")
	}
	s.tap("Take out") // the last one, in the list
	if len(s.f.basket) != 1 {
		t.Errorf("left is %v", s.f.basket)
	}
	s.tap("Close")
	s.tap("Clear")
	if s.f.added || s.f.contents.Visible() || s.says("of 1 version") {
		t.Error("something is left of the basket")
	}
}

// What is ticked and what is added stand in one basket; clearing a tick clears
// all versions of it.
func TestTicksAndVersions(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6)
	s.until("its versions", func() bool { return s.f.detail.chosen == 0 && !s.f.detail.history.folder })
	s.f.detail.before.OnTapped()
	s.tap("Add")
	if !s.f.basket.holds(&s.f.seen.rows[6]) {
		t.Error("the row of an added version is not ticked")
	}
	s.f.ticked(6)
	if len(s.f.basket) != 0 {
		t.Errorf("left is %v", s.f.basket)
	}
}
