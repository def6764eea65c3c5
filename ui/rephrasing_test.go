package ui

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// fakePassphrases is what is known of a passphrase, and what becomes of changes.
type fakePassphrases struct {
	passphraseFacts session.PassphraseFacts
	fixed           bool
	rephrased       []string
	rephraseFail    error
	left            int // others that stay
}

func (f *fakePassphrases) PassphraseFacts(context.Context, *settings.Job) (session.PassphraseFacts, error) {
	return f.passphraseFacts, nil
}

func (f *fakePassphrases) KeptInVolumes(context.Context, *settings.Job) (bool, error) {
	return f.fixed, nil
}

func (f *fakePassphrases) ChangePassphrase(_ context.Context, job int64, c session.PassphraseChange) (int, error) {
	f.rephrased = append(f.rephrased, fmt.Sprintf("%d %q %q %v %v", job, c.Present, c.New, c.Keep, c.Alone))
	return f.left, f.rephraseFail
}

const goodWords = "nine green boots walk home"

// toRephrasing opens the page, and types a good passphrase.
func (s *stage) toRephrasing() {
	s.u.openRephrasing(s.f.jobs[0])
	s.settle()
	s.newWords(goodWords)
}

func (s *stage) newWords(text string) {
	s.t.Helper()
	s.entry("Passphrase").SetText(text)
	s.entry("The same again").SetText(text)
	s.settle()
}

// cannotChange tells that the button does nothing now.
func (s *stage) cannotChange() bool { return s.button("Change the passphrase").Disabled() }

// rephrasingWith is a job in two places, whose passphrase is changed.
func rephrasingWith(facts session.PassphraseFacts, fail error) func() *fake {
	return func() *fake {
		j := adasJob(session.Protected)
		j.Copies = []session.CopyState{copied(1, pond)}
		f := &fake{jobs: []session.JobState{j}}
		f.passphraseFacts, f.rephraseFail, f.left = facts, fail, facts.Others
		return f
	}
}

// keptFor is a job with another protection.
func keptFor(e settings.Encryption) session.JobState {
	j := adasJob(session.Protected)
	j.Encryption = e
	return j
}

var inKeyring = session.PassphraseFacts{At: session.InKeyring}

var rephrasingScenes = []scene{
	{"passphrase-change", rephrasingWith(inKeyring, nil), (*stage).toRephrasing},
	{"passphrase-change-asked", rephrasingWith(session.PassphraseFacts{Jobs: []string{"Letters", "Taxes"}, Others: 1, At: session.Elsewhere}, nil), (*stage).toRephrasing},
	{"passphrase-changed", rephrasingWith(session.PassphraseFacts{At: session.InKeyring, Others: 2}, nil), func(s *stage) {
		s.toRephrasing()
		s.tap("Change the passphrase")
	}},
	{"passphrase-old-opens", rephrasingWith(inKeyring, session.ErrOldOpens), func(s *stage) {
		s.toRephrasing()
		s.tap("Change the passphrase")
	}},
	{"passphrase-fixed", rephrasingWith(session.PassphraseFacts{Volumes: true}, nil), func(s *stage) { s.u.openRephrasing(s.f.jobs[0]) }},
	{"passphrase-change-german", rephrasingWith(session.PassphraseFacts{Jobs: []string{"Letters"}, Others: 1, At: session.Elsewhere}, wrongPassphrase), func(s *stage) {
		s.german()
		s.u.openRephrasing(s.f.jobs[0])
		s.settle()
	}},
	{"job-fixed", func() *fake {
		f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
		f.fixed = true
		return f
	}, (*stage).toJob},
	{"job-keys", withJobs(keptFor(settings.Keys)), (*stage).toJob},
}

// The page of a job leads to the change, and from there to a new recovery sheet.
func TestPassphraseIsChanged(t *testing.T) {
	s := newStage(t, "light", rephrasingWith(inKeyring, nil)())
	s.toJob()
	s.named("Protection: Change…")
	s.settle()
	if !s.cannotChange() {
		t.Fatal("nothing was typed, and it can be changed")
	}
	s.newWords(goodWords)
	s.entry("The same again").SetText("nine green boats")
	s.settle()
	if !s.cannotChange() || !s.says("The two are not the same.") {
		t.Fatal("two different ones are taken")
	}
	if !s.says("Second places follow") || s.says("is kept in the same place") || s.says("Shut out all other passphrases") {
		t.Error("it does not say what the change brings")
	}
	s.newWords(goodWords)
	s.tap("Change the passphrase")
	s.settle()
	if want := []string{`1 "" "` + goodWords + `" true false`}; !slices.Equal(s.f.rephrased, want) {
		t.Errorf("got %q", s.f.rephrased)
	}
	if !s.says("the old one does not any more") || !s.says("keep the old one until all second places") || s.says("other passphrase") {
		t.Error("it does not say what is changed")
	}
	s.tap("Recovery sheet…")
	s.settle()
	if !s.says("What it says") {
		t.Error("no new sheet is offered")
	}
}

// The present passphrase is asked for where it is not at hand, or is wrong.
func TestPresentPassphraseIsAsked(t *testing.T) {
	s := newStage(t, "light", rephrasingWith(session.PassphraseFacts{At: session.Elsewhere}, wrongPassphrase)())
	s.toRephrasing()
	if !s.cannotChange() {
		t.Fatal("it can be changed without the present one")
	}
	s.entry("Present passphrase").SetText("old words")
	s.tap("Change the passphrase")
	s.settle()
	if !s.says("This passphrase does not open the backup.") {
		t.Error("a wrong one is not told")
	}
	s = newStage(t, "light", rephrasingWith(inKeyring, wrongPassphrase)())
	s.toRephrasing()
	if s.says("is not at hand") {
		t.Fatal("it asks for what the keyring holds")
	}
	s.tap("Change the passphrase")
	s.settle()
	if !s.says("is not at hand") {
		t.Fatal("it does not ask for the present one")
	}
	s.entry("Present passphrase").SetText("old words")
	s.f.rephraseFail = nil
	s.tap("Change the passphrase")
	s.settle()
	if want := `1 "old words" "` + goodWords + `" true false`; s.f.rephrased[1] != want {
		t.Errorf("got %q", s.f.rephrased)
	}
}

// Whatever fails, the page says how the passphrase stands, and the next try does
// what is left.
func TestPassphraseChangeFails(t *testing.T) {
	for _, row := range []struct {
		err  error
		says string
		next string // of what is asked for then
	}{
		{session.ErrOldOpens, "the old one could not be shut out", "true true"},
		{session.ErrNotKept, "The keyring did not take the new passphrase", "false false"},
		{session.ErrRuns, "The backup runs now.", "true false"},
		{&engine.Error{Kind: engine.Offline, Err: wrongPassphrase}, "The passphrase is as it was.", "true false"},
		{&engine.Error{Kind: engine.NoPassphrase, Err: wrongPassphrase}, "is not at hand", ""},
	} {
		s := newStage(t, "light", rephrasingWith(inKeyring, row.err)())
		s.toRephrasing()
		s.tap("Change the passphrase")
		s.settle()
		if !s.says(row.says) {
			t.Errorf("%v: it does not say %q", row.err, row.says)
		}
		if row.next == "" {
			if !s.cannotChange() {
				t.Errorf("%v: it can be changed without the present one", row.err)
			}
			continue
		}
		s.tap("Change the passphrase")
		s.settle()
		want := []string{`1 "" "` + goodWords + `" true false`, `1 "" "` + goodWords + `" ` + row.next}
		if !slices.Equal(s.f.rephrased, want) {
			t.Errorf("%v: got %q", row.err, s.f.rephrased)
		}
	}
}

// A change goes on when its page is left, and says when it fails.
func TestPassphraseChangeGoesOn(t *testing.T) {
	s := newStage(t, "light", rephrasingWith(inKeyring, session.ErrOldOpens)())
	s.toRephrasing()
	test.Tap(s.button("Change the passphrase"))
	s.u.Show(Overview)
	s.settle()
	if len(s.f.rephrased) != 1 || !s.says("the old one could not be shut out") {
		t.Errorf("got %q", s.f.rephrased)
	}
}

// Where a passphrase cannot be changed the page says so, and has no button for it.
func TestProtectionThatStays(t *testing.T) {
	fixed := func() *fake {
		f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
		f.fixed = true
		return f
	}
	for says, f := range map[string]func() *fake{
		"What is stored keeps its passphrase.":       fixed,
		"For other keys, set up a new backup":        withJobs(keptFor(settings.Keys)),
		"To encrypt, set up a new backup in another": withJobs(keptFor(settings.None)),
	} {
		s := newStage(t, "light", f())
		s.toJob()
		s.settle()
		offered := false
		each(s.u.window, func(o fyne.CanvasObject) {
			b, is := o.(*look.Button)
			offered = offered || is && reads(b.Name, "Protection: Change…")
		})
		if !s.says(says) || offered {
			t.Errorf("it does not say %q in place of a button", says)
		}
	}
	s := newStage(t, "light", rephrasingWith(session.PassphraseFacts{Volumes: true}, nil)())
	s.u.openRephrasing(s.f.jobs[0])
	s.settle()
	s.tap("Set up a new backup…")
	s.settle()
	if !s.says("New backup") {
		t.Error("it does not lead to another backup")
	}
}
