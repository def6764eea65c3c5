package restorepage

import (
	"testing"

	"github.com/varve-backup/varve/ui/restorepage/pasttest"
)

// What a person chooses while the page is read anew stays chosen.
func TestChoiceWhileThePageIsReadStays(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6) // thanks.txt
	s.idle()
	s.f.again()
	s.choosePath("Documents/Thesis/references.bib")
	s.idle()
	if r := s.f.chosen(); r == nil || r.path != "Documents/Thesis/references.bib" || s.f.detail.path != r.path {
		t.Fatalf("chosen is %+v, and shown %q", r, s.f.detail.path)
	}
	s.f.detail.show(s.f.detail.subject)
	s.f.detail.before.OnTapped()
	s.idle()
	if s.f.detail.chosen != 1 {
		t.Errorf("of the versions the %d. is chosen", s.f.detail.chosen)
	}
}

// What is shown may be forgotten, and the page is read on.
func TestForgottenWhileItIsShown(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6) // thanks.txt
	s.idle()
	s.past.Items = []pasttest.Item{}
	for range 2 {
		s.f.detail.show(s.f.detail.subject)
		s.idle()
	}
	if d := s.f.detail; d.chosen >= 0 || d.content.Objects[0] != d.empty {
		t.Errorf("the %d. of its versions is shown", d.chosen)
	}
}
