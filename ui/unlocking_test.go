package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// fakeUnlocking is what a fake is opened with, and what it says of that.
type fakeUnlocking struct {
	unlocked   []string
	unlockFail error
}

func (f *fakeUnlocking) Unlock(_ context.Context, job int64, passphrase string, keep bool) error {
	f.unlocked = append(f.unlocked, fmt.Sprint(job, " ", passphrase, " ", keep))
	return f.unlockFail
}

// wrongPassphrase is what a passphrase brings that does not open a backup.
var wrongPassphrase = &engine.Error{Op: "opening", Kind: engine.WrongPassphrase, Err: errors.New("it does not fit")}

// inTheWay is a job of which the last backup failed.
func inTheWay(t settings.Trouble, kind engine.ErrorKind) session.JobState {
	j := failing()
	j.Runs[0].Started, j.Runs[0].Ended = daysAgo(0.003), daysAgo(0.002)
	j.Runs[0].Trouble, j.Runs[0].Sentence = t, session.Explain(&engine.Error{Kind: kind}).Sentence
	return j
}

// locked is a job of which the passphrase is not at hand.
func locked() session.JobState { return inTheWay(settings.NoPassphrase, engine.NoPassphrase) }

func withLocked(fail error) func() *fake {
	return func() *fake {
		f := &fake{jobs: []session.JobState{locked()}}
		f.unlockFail = fail
		return f
	}
}

// wayOutScenes are ways out of what a backup failed for.
var wayOutScenes = []scene{
	{"overview-locked", withJobs(locked()), func(*stage) {}},
	{"overview-login", withJobs(inTheWay(settings.NoLogin, engine.LoginRefused)), func(*stage) {}},
	{"activity-locked", withJobs(locked()), func(s *stage) { s.u.Show(Activity) }},
	{"problems-locked", withJobs(locked()), func(s *stage) { s.tap("What happened") }},
	{"unlocking", withLocked(nil), func(s *stage) { s.tap("Enter the passphrase…") }},
	{"unlocking-wrong", withLocked(wrongPassphrase), func(s *stage) {
		s.tap("Enter the passphrase…")
		s.typePassphrase("nine green boots")
		s.tap("Back up")
	}},
	{"unlocking-german", withLocked(wrongPassphrase), func(s *stage) {
		s.german()
		s.u.Show(Overview)
		s.tap("Passphrase eingeben …")
		s.typePassphrase("nine green boots")
		s.tap("Sichern")
	}},
}

// typePassphrase types into the field of a question.
func (s *stage) typePassphrase(text string) *look.Field {
	s.t.Helper()
	s.settle()
	field, ok := s.u.window.Canvas().Focused().(*look.Field)
	if !ok {
		s.t.Fatal("no field has the keyboard")
	}
	field.SetText(text)
	s.settle()
	return field
}

// leadsFrom checks that a button leads to a page or a question from wherever it
// stands.
func leadsFrom(t *testing.T, wherever map[string]func(*stage), f func() *fake, button, to string) {
	t.Helper()
	for where, open := range wherever {
		s := newStage(t, "light", f())
		open(s)
		s.tap(button)
		s.settle()
		if !s.says(to) {
			t.Errorf("%s: %q does not lead to %q", where, button, to)
		}
	}
}

// Each trouble has one button, on the card, in the activity and in what happened,
// and it leads to where it is mended.
func TestEachTroubleHasItsWayOut(t *testing.T) {
	for _, row := range []struct {
		trouble settings.Trouble
		kind    engine.ErrorKind
		button  string
		page    string
	}{
		{settings.FullPlace, engine.NoSpace, "Make room", "How long versions stay"},
		{settings.NoPassphrase, engine.WrongPassphrase, "Enter the passphrase…", "Passphrase needed"},
		{settings.NoLogin, engine.LoginRefused, "Change the login…", "Where it is kept"},
		{settings.AnotherServer, engine.NotTheServer, "Check the server…", "Where it is kept"},
		{settings.WrongPlace, engine.NoSuchDestination, "Check the place…", "Where it is kept"},
		{settings.FoldersNotThere, engine.SourceMissing, "Check the folders…", "What is kept"},
	} {
		leadsFrom(t, map[string]func(*stage){
			"card":          func(*stage) {},
			"job":           (*stage).toJob,
			"activity":      func(s *stage) { s.u.Show(Activity); s.settle() },
			"what happened": func(s *stage) { s.tap("What happened"); s.settle() },
		}, func() *fake { return &fake{jobs: []session.JobState{inTheWay(row.trouble, row.kind)}} }, row.button, row.page)
	}
}

// What was mended since has no button any more.
func TestNoWayOutOfWhatIsOver(t *testing.T) {
	j := locked()
	mended := adasJob(session.Protected).Runs[0]
	mended.ID, mended.Started = 300, now
	j.Runs = slices.Insert(j.Runs, 0, mended)
	j.Health = session.Protected
	s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
	s.u.Show(Activity)
	s.settle()
	if s.says("Enter the passphrase…") {
		t.Error("it is asked for a passphrase that is known")
	}
}

// A passphrase is proved before the backup begins, and a wrong one can be mended.
func TestPassphraseIsProvedFirst(t *testing.T) {
	s := newStage(t, "light", withLocked(wrongPassphrase)())
	s.tap("Enter the passphrase…")
	field := s.typePassphrase("nine green boots")
	s.tap("Back up")
	s.settle()
	if !s.says("This passphrase does not open the backup.") || len(s.f.backedUp) != 0 {
		t.Fatal("a wrong passphrase starts a backup")
	}
	s.f.unlockFail = session.ErrNotKept
	s.tap("Back up")
	s.settle()
	if !s.says("the keyring did not take it") || len(s.f.backedUp) != 0 {
		t.Fatal("what the keyring does not take is not told")
	}
	s.f.unlockFail = nil
	field.SetText("nine green boats")
	s.tap("Back up")
	s.settle()
	if want := []string{"1 nine green boots true", "1 nine green boots true", "1 nine green boats false"}; !slices.Equal(s.f.unlocked, want) || len(s.f.backedUp) != 1 {
		t.Errorf("got %q, %v, want %q", s.f.unlocked, s.f.backedUp, want)
	}
}

func TestPassphraseWithoutKeyring(t *testing.T) {
	f := withLocked(nil)()
	f.keyring = settings.ErrNoKeyring
	s := newStage(t, "light", f)
	s.tap("Enter the passphrase…")
	s.typePassphrase("nine green boats")
	if !s.says("so Varve asks for the passphrase after each start") {
		t.Error("it does not say what is without a keyring")
	}
	s.tap("Back up")
	s.settle()
	if !slices.Equal(s.f.unlocked, []string{"1 nine green boats false"}) {
		t.Errorf("got %q", s.f.unlocked)
	}
}
