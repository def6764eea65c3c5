package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// copied is a second place as it stands when nothing is wrong.
func copied(id int64, url string) session.CopyState {
	return session.CopyState{Copy: settings.Copy{ID: id, Job: 1, Destination: url, CopyStanding: settings.CopyStanding{
		Finished: daysAgo(0.008), Tried: daysAgo(0.008), Version: daysAgo(0.009), Outcome: settings.Fine,
	}}}
}

const (
	pond = "file:///media/ada/Pond/Varve"
	nas  = "sftp://ada@nas.local/backup/laptop"
)

// away waits for its drive.
func away() session.CopyState {
	c := copied(2, pond)
	c.Health, c.Behind, c.Finished, c.Version, c.Waiting = session.CopyWaits, 3, daysAgo(4.1), daysAgo(4.2), daysAgo(4)
	c.Outcome, c.Sentence = settings.Failed, "The folder is not there. Connect the drive, and the copy goes on by itself."
	return c
}

// full failed.
func full() session.CopyState {
	c := copied(3, nas)
	c.Health, c.Behind, c.Finished, c.Outcome = session.CopyFailed, 2, daysAgo(2), settings.Failed
	c.Trouble, c.Sentence = settings.FullPlace, session.Explain(&engine.Error{Kind: engine.NoSpace, Err: errors.New("full")}).Sentence
	return c
}

// odd failed for nothing that a person can mend.
func odd() session.CopyState {
	c := full()
	c.Trouble, c.Sentence = settings.NoTrouble, "2 files could not be copied. All others are there, and nothing was removed there."
	return c
}

// doubted would lose most of what it holds.
func doubted() session.CopyState {
	c := copied(4, pond)
	c.Health, c.Outcome = session.CopyDoubted, settings.Doubted
	c.Sentence = "The copy holds 31 versions, and the backup 4. Nothing was changed in the copy, in case that is a mistake."
	return c
}

// copyRunning is copied to now.
func copyRunning(paused bool) session.CopyState {
	c := copied(5, nas)
	c.Health, c.Behind = session.CopyRuns, 1
	if paused {
		c.Health = session.CopyPaused
	}
	p := numbers(paused)
	c.Progress = &p
	return c
}

func numbers(paused bool) engine.Progress {
	return engine.Progress{
		Phase: engine.Working, Files: 41, TotalFiles: 97, Bytes: 1_210_000_000, TotalBytes: 2_410_000_000, Counted: true, Stored: 1_240_000_000,
		Elapsed: 80 * time.Second, Current: "data/4e/4e1a0c77d8a1f0ce4f6a9be2b0d8d3a2c1a7c3b9", Paused: paused,
	}
}

// withCopies is Ada's backup with second places.
func withCopies(copies ...session.CopyState) func() *fake {
	return func() *fake {
		j := adasJob(session.Protected)
		j.Copies = copies
		f := &fake{jobs: []session.JobState{j}, tested: roomy(), found: lakeFound()}
		for _, c := range copies {
			if c.Progress != nil {
				f.copyNumbers = *c.Progress
			}
		}
		return f
	}
}

func (s *stage) toCopies() {
	s.u.openCopies(s.f.jobs[0].Job)
	s.settle()
}

// withPastCopies has copies in its history.
func withPastCopies() *fake {
	f := withCopies(copied(1, pond))()
	for i, o := range []settings.Outcome{settings.Fine, settings.Interrupted, settings.Failed, settings.Fine} {
		r := settings.Run{ID: int64(300 + i), Kind: settings.CopyRun, Started: daysAgo(0.008 + float64(i)*0.93), Outcome: o, Destination: pond, Files: int64(12 * i), Stored: 2_480_000}
		r.Ended = r.Started.Add(9 * time.Second)
		if o == settings.Failed {
			r.Sentence, r.Trouble = full().Sentence, settings.FullPlace
		}
		f.jobs[0].Others = append(f.jobs[0].Others, r)
	}
	return f
}

var copyScenes = []scene{
	{"overview-copies", withCopies(copied(1, "file:///media/ada/Stick/Copy"), away(), full()), func(*stage) {}},
	{"overview-copying", withCopies(copied(1, pond), copyRunning(false)), func(*stage) {}},
	{"copies-none", withCopies(), (*stage).toCopies},
	{"copies-one", withCopies(copied(1, pond)), func(s *stage) {
		s.toCopies()
		s.tap("Test")
	}},
	{"copies-away", withCopies(away(), doubted()), (*stage).toCopies},
	{"copies-running", withCopies(copyRunning(false)), (*stage).toCopies},
	{"copies-add", withCopies(copied(1, pond)), func(s *stage) {
		s.toCopies()
		s.tap("Add a second place")
	}},
	{"copies-remove", withCopies(copied(1, pond)), func(s *stage) {
		s.toCopies()
		s.tap("Remove…")
	}},
	{"copies-doubted", withCopies(doubted()), func(s *stage) { s.tap("Let it follow…") }},
	{"copies-full", withCopies(full()), (*stage).toCopies},
	{"copies-room", withCopies(full()), func(s *stage) { s.tap("Make room…") }},
	{"copies-room-german", withCopies(full()), func(s *stage) {
		s.german()
		s.u.Show(Overview)
		s.tap("Platz schaffen …")
	}},
	{"copies-login", withCopies(stuck(settings.NoLogin, engine.LoginRefused)), (*stage).toCopies},
	{"copies-where", withCopies(stuck(settings.NoLogin, engine.LoginRefused)), func(s *stage) { s.tap("Change the login…") }},
	{"activity-copies", withPastCopies, func(s *stage) { s.u.Show(Activity) }},
}

// The card says of each second place how fresh it is, and has the one button that
// helps.
func TestCardSaysHowFreshCopiesAre(t *testing.T) {
	emptied := copied(6, pond)
	emptied.Health = session.CopyEmptied
	never := copied(7, pond)
	never.Health, never.Finished = session.CopyDue, time.Time{}
	outdated := copied(8, pond)
	outdated.Health, outdated.Behind = session.CopyDue, 0
	for _, row := range []struct {
		copy         session.CopyState
		says, button string
		call         string
	}{
		{copied(1, pond), "Also in Pond / Varve: up to the version made 13 minutes ago.", "", ""},
		{away(), "The copy in Pond / Varve waits for the drive since Tuesday. It is 3 versions behind.", "", ""},
		{odd(), "The copy in nas.local / backup / laptop is not up to date. 2 files could not be copied.", "Try again", "copy 3 false"},
		{emptied, "The copy in Pond / Varve is not up to date.", "Copy everything again", "copy 6 true"},
		{never, "Not copied to Pond / Varve yet.", "Copy now", "copy 7 false"},
		{outdated, "The copy in Pond / Varve holds every version, but lacks the last changes.", "Copy now", "copy 8 false"},
		{copyRunning(false), "Copying to nas.local / backup / laptop.", "Stop", "stop 5"},
	} {
		s := newStage(t, "light", withCopies(row.copy)())
		if !s.says(row.says) {
			t.Errorf("it does not say %q", row.says)
		}
		if row.button == "" {
			continue
		}
		s.tap(row.button)
		if !slices.Equal(s.f.copyCalls, []string{row.call}) {
			t.Errorf("%s did %q", row.button, s.f.copyCalls)
		}
	}
}

// Before a copy loses most of what it holds, it is said what that means.
func TestDoubtedCopyIsConfirmed(t *testing.T) {
	s := newStage(t, "light", withCopies(doubted())())
	s.tap("Let it follow…")
	s.tap("Leave the copy as it is")
	if len(s.f.copyCalls) != 0 {
		t.Fatalf("leaving it did %q", s.f.copyCalls)
	}
	s.tap("Let it follow…")
	s.tap("Remove it from the copy")
	if !slices.Equal(s.f.copyCalls, []string{"copy 4 true"}) {
		t.Errorf("the answer did %q", s.f.copyCalls)
	}
}

// A keyring that waits to be unlocked is not one that is missing.
func TestKeyringThatAnswersLate(t *testing.T) {
	for name, open := range map[string]func(s *stage){
		"a second place": func(s *stage) { s.toCopies(); s.tap("Add a second place") },
		"another backup": func(s *stage) { s.u.findArchive(func() {}) },
		"a moved place":  func(s *stage) { s.u.openWhere(s.f.jobs[0]) },
		"a new backup":   func(s *stage) { s.u.startWizard(); s.settle(); s.tap("Continue"); s.tap("Continue") },
	} {
		f := withCopies()()
		f.answering = make(chan struct{})
		s := newStage(t, "light", f)
		open(s)
		s.tile("S3 and compatible")
		s.settle()
		const without, keep = "This session has no keyring", "Keep passwords in the keyring"
		if s.says(without) || s.boxIfAny(keep) != nil {
			t.Errorf("%s: it says what becomes of passwords before that is known", name)
		}
		close(f.answering)
		s.q.until(t, "the answer of "+name, func() bool { return s.boxIfAny(keep) != nil })
		if !s.box(keep).Checked || s.says(without) {
			t.Errorf("%s: passwords are not kept", name)
		}
	}
}

// A second place is chosen as the first is, and one with other files is refused
// before anything happens.
func TestSecondPlaceIsChosen(t *testing.T) {
	f := withCopies()()
	f.found = engine.Found{Exists: true, Writable: true, Foreign: 14, Free: -1, Total: -1}
	s := newStage(t, "light", f)
	s.toCopies()
	s.tap("Add a second place")
	s.entry("Folder for the copy").SetText("/media/ada/Pond/Varve")
	s.q.until(t, "the refusal", func() bool { return s.says("There are other files in this place") })
	if !s.button("Copy there").Disabled() {
		t.Error("it can be chosen")
	}
	s.entry("Folder for the copy").SetText("/media/ada/Lake/Varve/copy")
	s.q.until(t, "the refusal of the place itself", func() bool { return s.says("The backup itself is kept there.") })
	f.found = lakeFound()
	s.entry("Folder for the copy").SetText("/media/ada/Lake/Copy")
	s.q.until(t, "the warning", func() bool { return s.says("This is the drive of the backup itself.") })
	s.entry("Folder for the copy").SetText("/media/ada/Stick/Varve")
	s.q.until(t, "the consent", func() bool { return !s.button("Copy there").Disabled() })
	f.copyFail = &engine.Error{Op: "adding a copy", Kind: engine.Invalid, Err: engine.ErrNoCopy}
	s.tap("Copy there")
	s.q.until(t, "the failure", func() bool { return s.says("Something else is kept in that place") })
	s.tap("Close")
	f.copyFail = nil
	s.tap("Copy there")
	s.q.until(t, "the list", func() bool { return s.says("One place can be lost.") })
	if len(f.addedCopies) != 2 || f.addedCopies[1].Destination != "/media/ada/Stick/Varve" {
		t.Errorf("added were %+v", f.addedCopies)
	}
}

// The page tests a place, pauses, restores from it, and removes it.
func TestPageOfCopies(t *testing.T) {
	s := newStage(t, "light", withCopies(copied(1, pond))())
	s.toCopies()
	s.tap("Test")
	s.q.until(t, "the end of the test", func() bool { return s.says("It works.") && s.says("1.84 TB are free.") })
	if len(s.f.choices) != 1 || s.f.choices[0].Destination != "/media/ada/Pond/Varve" {
		t.Errorf("tested were %+v", s.f.choices)
	}
	s.tap("Remove…")
	s.tap("Keep")
	s.tap("Remove…")
	s.tap("Remove")
	s.f.jobs[0].Copies = []session.CopyState{copyRunning(false)}
	s.f.copyNumbers = numbers(false)
	s.u.update()
	s.settle()
	s.tap("Pause")
	s.f.copyNumbers = numbers(true)
	s.f.jobs[0].Copies = []session.CopyState{copyRunning(true)}
	s.u.update()
	s.settle()
	if !s.says("Copying is paused.") || s.button("Continue") == nil {
		t.Error("it does not say that it is paused")
	}
	if want := []string{"remove 1", "pause 5 true"}; !slices.Equal(s.f.copyCalls, want) {
		t.Errorf("got %q, want %q", s.f.copyCalls, want)
	}
	s.f.jobs[0].Copies = []session.CopyState{copied(1, pond)}
	s.u.update()
	s.settle()
	s.tap("Restore from here")
	if s.u.finder == nil || !strings.Contains(s.u.current, Restore) {
		t.Error("no restore was opened")
	}
}

func TestSinceWords(t *testing.T) {
	for days, want := range map[float64]string{0.1: "07:48", 1: "yesterday", 4: "Tuesday", 12: "9 November"} {
		if got := sinceWords(daysAgo(days), now); got != want {
			t.Errorf("%v days ago: got %q, want %q", days, got, want)
		}
	}
}

// With a copy under way the activity shows it, and its history says where to.
func TestActivityShowsCopies(t *testing.T) {
	f := withPastCopies()
	f.jobs[0].Copies = append(f.jobs[0].Copies, copyRunning(false))
	f.copyNumbers = numbers(false)
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.settle()
	for _, want := range []string{
		"Copying Documents and Pictures to nas.local", "1.24 GB of 2.41 GB copied", "Copied to Pond / Varve", "Nothing was new.", "Not all was copied to Pond / Varve",
		"36 stored files, 2.48 MB copied in 9 seconds.",
	} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if mark, colour := copyMark(session.CopyFailed); mark != look.IconBroken || colour != look.Clay {
		t.Error("a failure is not marked as one")
	}
}
