package session

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// A second place whose drive has another name goes on there, and one that is
// moved to an empty place is copied anew; what it left stays.
func TestMovedCopyGoesOn(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	move := func(place string) {
		t.Helper()
		if err := p.s.MoveCopy(t.Context(), c, Choice{Destination: p.path(place)}, false); err != nil {
			t.Fatal(err)
		}
		p.copied(c)
		p.same(p.path("Drive"), p.path(place))
		if st := p.copyState(id, c); st.Health != CopyFresh || st.Destination != URL(p.path(place)) {
			t.Errorf("moved to %s: %+v", place, st)
		}
	}
	if err := os.Rename(p.path("Second"), p.path("Renamed")); err != nil {
		t.Fatal(err)
	}
	move("Renamed")
	if r := p.lastCopy(id); r.Files != 0 {
		t.Errorf("%d files were copied again", r.Files)
	}
	move("Third")
	p.same(p.path("Renamed"), p.path("Third"))
}

// A second place is not moved to one that it would destroy, and keeps the old one
// then.
func TestPlacesThatNoCopyMovesTo(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.write("Pictures/lake.jpg", "picture")
	for place, want := range map[string]error{"Drive": engine.ErrOverlap, "Pictures": engine.ErrNoCopy} {
		if err := p.s.MoveCopy(t.Context(), c, Choice{Destination: p.path(place)}, false); !errors.Is(err, want) {
			t.Errorf("%s: %v", place, err)
		}
	}
	if st := p.copyState(id, c); st.Destination != URL(p.path("Second")) || st.Health != CopyFresh {
		t.Errorf("afterwards it is %+v", st)
	}
}

// The login of the place before goes, and the new one is kept.
func TestLoginOfAMovedCopy(t *testing.T) {
	keyring := newMemory(nil)
	p := newPersonWith(t, keyring)
	id, _ := p.job("p")
	login := func(place, password string) Choice {
		return Choice{Destination: nas + place, Login: Login{Password: password, Options: map[string]string{"secret": password}}}
	}
	if err := p.s.takeLogin(t.Context(), login("/one", "old"), true); err != nil {
		t.Fatal(err)
	}
	c := settings.Copy{Job: id, Destination: nas + "/one"}
	if err := p.s.store.AddCopy(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if err := p.s.MoveCopy(t.Context(), c.ID, login("/two", "new"), true); err != nil {
		t.Fatal(err)
	}
	p.copied(c.ID)
	if got := keyring.names(); !slices.Equal(got, []string{nas, nas + "/two options"}) || keyring.of(nas) != "new" {
		t.Errorf("the keyring has %q", got)
	}
}

// The cause of a failure is kept with the place and with its run, until a copy
// gets through; a backup that does says nothing of it.
func TestCopySaysWhatIsInTheWay(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.write("Second/lake.jpg", "picture")
	p.follows(id, c, 1)
	in := func() (settings.Trouble, settings.Trouble) {
		j := p.proof(id)
		r := p.lastCopy(id)
		return j.CopyAt(r.Destination).InTheWay(), j.InTheWay(&r)
	}
	if place, run := in(); place != settings.WrongPlace || run != settings.WrongPlace {
		t.Errorf("%q is in the way of the place, and %q of its run", place, run)
	}
	failed := p.lastCopy(id)
	if err := os.Remove(p.path("Second/lake.jpg")); err != nil {
		t.Fatal(err)
	}
	p.copyNow(c, false)
	if place, run := in(); place != settings.NoTrouble || run != settings.NoTrouble {
		t.Errorf("afterwards %q is in the way of the place, and %q of its run", place, run)
	}
	if j := p.proof(id); j.InTheWay(&failed) != settings.NoTrouble {
		t.Error("a failure that is over has a way out")
	}
}
