package ui

import (
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// stuck is a second place that failed for a cause.
func stuck(t settings.Trouble, kind engine.ErrorKind) session.CopyState {
	c := full()
	c.Trouble, c.Sentence = t, session.Explain(&engine.Error{Kind: kind}).Sentence
	return c
}

// withFailedCopy has a second place that failed for a cause, and its run.
func withFailedCopy(t settings.Trouble, kind engine.ErrorKind) *fake {
	c := stuck(t, kind)
	f := withCopies(c)()
	f.jobs[0].Runs = f.jobs[0].Runs[:1] // the only one with something to tell is that of the copy
	f.jobs[0].Others = []settings.Run{{
		ID: 300, Kind: settings.CopyRun, Started: daysAgo(0.01), Ended: daysAgo(0.009), Outcome: settings.Failed, Destination: nas, Sentence: c.Sentence, Trouble: t,
	}}
	return f
}

// A second place that failed has the one button that mends it, wherever it is
// told, and the button leads to where that is done.
func TestEachTroubleOfACopyHasItsWayOut(t *testing.T) {
	for _, row := range []struct {
		trouble settings.Trouble
		kind    engine.ErrorKind
		button  string
		leads   string
	}{
		{settings.FullPlace, engine.NoSpace, "Make room…", "No room in nas.local / backup / laptop"},
		{settings.NoLogin, engine.LoginRefused, "Change the login…", "Where the copy is kept"},
		{settings.AnotherServer, engine.NotTheServer, "Check the server…", "Where the copy is kept"},
		{settings.WrongPlace, engine.NoPermission, "Check the place…", "Where the copy is kept"},
	} {
		leadsFrom(t, map[string]func(*stage){
			"card":          func(*stage) {},
			"second places": (*stage).toCopies,
			"activity":      func(s *stage) { s.u.Show(Activity); s.settle() },
			"what happened": func(s *stage) { s.u.Show(Activity); s.settle(); s.tap("What happened"); s.settle() },
		}, func() *fake { return withFailedCopy(row.trouble, row.kind) }, row.button, row.leads)
	}
}

// What waits for a check leads to the repair, unless the card offers that already.
func TestCopyOfDamageLeadsToTheRepair(t *testing.T) {
	f := withFailedCopy(settings.DamagedSource, engine.Damaged)
	f.jobs[0].Proof.Found, f.jobs[0].Proof.Sentence = settings.Lost, damaged().Proof.Sentence
	s := newStage(t, "light", f)
	repairs := slices.DeleteFunc(s.texts(), func(text string) bool { return text != "Repair…" })
	if len(repairs) != 1 || s.says("Try again") {
		t.Errorf("the card offers the repair %d times, or to try what cannot succeed", len(repairs))
	}
	s.toCopies()
	s.tap("Repair…")
	s.settle()
	if !s.says("Repair what is damaged?") {
		t.Error("there is no way to the repair")
	}
	s = newStage(t, "light", withFailedCopy(settings.DamagedSource, engine.Damaged)) // found whole since
	s.tap("Try again")
	if !slices.Equal(s.f.copyCalls, []string{"copy 3 false"}) {
		t.Errorf("trying again did %q", s.f.copyCalls)
	}
}

// Room is made elsewhere, or another place is chosen.
func TestRoomForACopy(t *testing.T) {
	s := newStage(t, "light", withCopies(full())())
	s.tap("Make room…")
	s.tap("Not now")
	if len(s.f.copyCalls) != 0 {
		t.Fatalf("the question did %q", s.f.copyCalls)
	}
	s.tap("Make room…")
	s.tap("Copy again")
	if !slices.Equal(s.f.copyCalls, []string{"copy 3 false"}) {
		t.Errorf("the answer did %q", s.f.copyCalls)
	}
	s.tap("Make room…")
	s.tap("Another place…")
	s.settle()
	if !s.says("Where the copy is kept") {
		t.Error("no other place can be chosen")
	}
	f := withCopies(full())()
	f.jobs[0].Size = session.Size{Measured: now, Stored: 11_200_000_000}
	s = newStage(t, "light", f)
	s.tap("Make room…")
	if !s.says("as much room as the backup: 11.2 GB by now.") {
		t.Error("it does not say how much is needed")
	}
}

// The place that is known stands in its form, and what was changed there moves the
// copy.
func TestPlaceOfACopyIsChanged(t *testing.T) {
	f := withCopies(stuck(settings.NoLogin, engine.LoginRefused))()
	f.found = lakeFound()
	s := newStage(t, "light", f)
	s.tap("Change the login…")
	s.settle()
	if got := s.titled("Server").(*look.Field).Text; got != "nas.local" {
		t.Errorf("the server is %q", got)
	}
	s.titled("Server").(*look.Field).SetText("nas.pond")
	s.tap("Test")
	s.q.until(t, "the test", func() bool { return s.says("It works.") })
	s.tap("Copy there")
	s.q.until(t, "the list", func() bool { return s.says("Copies in a second place") })
	if want := []string{"move 3 to sftp://ada@nas.pond/backup/laptop"}; !slices.Equal(s.f.copyCalls, want) {
		t.Errorf("got %q, want %q", s.f.copyCalls, want)
	}
	s = newStage(t, "light", withCopies(copied(1, pond))())
	s.toCopies()
	s.tap("Change…")
	s.settle()
	if got := s.entry("Folder for the copy").Text; got != "/media/ada/Pond/Varve" {
		t.Errorf("the folder is %q", got)
	}
}
