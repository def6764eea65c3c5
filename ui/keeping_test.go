package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
)

// keeping is a job with the versions of some months, and a policy.
func keeping(text string) func() *fake {
	return func() *fake {
		j := adasJob(session.Protected)
		j.Retention = text
		f := &fake{jobs: []session.JobState{j}}
		f.known = daily(75)
		f.removal = dropped(retention.SmartText, f.known, 814_000_000)
		return f
	}
}

// toKeeping opens the page of the first job, and waits for its picture.
func (s *stage) toKeeping() {
	s.u.openKeeping(s.f.jobs[0].Job)
	s.forecast()
}

// forecast waits until the picture is drawn.
func (s *stage) forecast() {
	s.t.Helper()
	s.settle()
	s.q.until(s.t, "the picture", func() bool {
		p := s.timeline()
		return p != nil && p.String() != ""
	})
	s.q.rest(150 * time.Millisecond) // a later one may be on its way
}

func (s *stage) timeline() (found *retentionform.Timeline) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if t, ok := o.(*retentionform.Timeline); ok {
			found = t
		}
	})
	return found
}

// option chooses a card.
func (s *stage) option(title string) {
	s.t.Helper()
	var found *look.Option
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Option); ok && reads(x.Title, title) {
			found = x
		}
	})
	if found == nil {
		s.t.Fatalf("there is no choice %q", title)
	}
	found.Tapped(&fyne.PointEvent{})
	s.forecast()
}

// policyText types a policy.
func (s *stage) policyText(text string) {
	s.t.Helper()
	s.policyField().SetText(text)
	s.settle()
}

func (s *stage) policyField() (found *widget.Entry) {
	s.t.Helper()
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*retentionform.Text); ok {
			found = &x.Entry
		}
	})
	if found == nil {
		s.t.Fatal("there is no field for the text")
	}
	return found
}

// scrollToPicture shows the page from the text on, which the picture follows.
func (s *stage) scrollToPicture() {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok && c.Size().Width > 300 {
			at := s.u.App.Driver().AbsolutePositionForObject(s.timeline()).Y - s.u.App.Driver().AbsolutePositionForObject(c.Content).Y
			c.ScrollToOffset(fyne.NewPos(0, at-146))
		}
	})
	s.settle()
}

// toKeepingStep goes to the step of the wizard.
func (s *stage) toKeepingStep() {
	s.toWhenStep()
	s.tap("Continue")
	s.forecast()
}

func held() *fake {
	f := keeping(retention.SmartText)()
	f.jobs[0].Held = "No version was made for 5 weeks, and now 14 of 31 versions would go at once."
	f.removal.Against = []string{f.jobs[0].Held}
	return f
}

var keepingScenes = []scene{
	{"wizard-keeping", nothing, (*stage).toKeepingStep},
	{"keeping-preset", keeping(""), func(s *stage) {
		s.toKeeping()
		s.option("Fewer, for a year")
	}},
	{"keeping-future", keeping(""), func(s *stage) {
		s.toKeeping()
		s.option("Fewer, for a year")
		s.scrollToPicture()
	}},
	{"keeping-custom", keeping("1W:U,3M:1D"), func(s *stage) {
		s.toKeeping()
		s.policyText("1W:U,3M:1D,2Y:1w,10Y:3M")
	}},
	{"keeping-counts", keeping("keep-daily=7,keep-weekly=5,keep-monthly=12,keep-yearly=unlimited"), (*stage).toKeeping},
	{"keeping-volumes", func() *fake {
		f := keeping(retention.SmartText)()
		f.jobs[0].Encryption, f.jobs[0].FullEvery = settings.None, 90
		return f
	}, (*stage).toKeeping},
	{"keeping-going", keeping(""), func(s *stage) {
		s.toKeeping()
		s.option("Fewer, for a year")
		s.tap("Save")
	}},
	{"keeping-unseen", func() *fake {
		f := keeping("")()
		f.planFail = &engine.Error{Op: "planning which versions stay", Path: "/media/ada/Lake/Varve", Kind: engine.Offline, Err: errors.New("no such file or directory")}
		return f
	}, func(s *stage) {
		s.toKeeping()
		s.option("Fewer, for a year")
		s.tap("Save")
	}},
	{"overview-held", held, func(*stage) {}},
	{"keeping-leaving", keeping(""), func(s *stage) {
		s.toKeeping()
		s.option("Fewer with age")
		s.tap("Back")
	}},
	{"keeping-answer", held, func(s *stage) { s.tap("Show what would go") }},
	{"activity-removed", func() *fake {
		f := keeping(retention.SmartText)()
		f.jobs[0].Runs[0].Removed = 2
		f.jobs[0].Runs[3].Removal = "Far more than usual would go: 14 of 31 versions."
		f.events = []settings.RunEvent{
			{Kind: settings.VersionRemoved, Text: "The version of 14 November 2026 10:12: only 23 hours 52 minutes after the one of 2026-11-13 10:20, and one version per day up to 1 week back is kept."},
			{Kind: settings.VersionRemoved, Text: "The version of 20 October 2025 10:12: older than 12 months (360 days)."},
		}
		return f
	}, func(s *stage) { s.u.Show(Activity) }},
}

// A change that drops versions is saved only after the person saw which.
func TestChangeIsConfirmed(t *testing.T) {
	s := newStage(t, "light", keeping("")())
	s.toKeeping()
	if !s.button("Save").Disabled() {
		t.Error("nothing was changed, and it can be saved")
	}
	s.option("Fewer, for a year")
	s.tap("Save")
	n := len(s.f.removal.Going)
	s.q.until(t, "the question", func() bool {
		return s.says(fmt.Sprintf("Delete %d versions?", n)) && s.says("gives back about 814 MB")
	})
	if len(s.f.saved) != 0 || n < 40 || !s.says("one version per week between 1 week and 4 weeks back is kept.") {
		t.Fatalf("before the answer %v were saved, or no rule is told", s.f.saved)
	}
	s.tap("Back")
	if len(s.f.saved) != 0 || len(s.f.removedAt) != 0 {
		t.Error("Back saved something")
	}
	s.tap("Save")
	s.tap("Save only")
	if want := (savedKeeping{session.Keeping{Text: retention.SmartText}, true}); len(s.f.saved) != 1 || s.f.saved[0] != want || len(s.f.removedAt) != 0 {
		t.Fatalf("Save only saved %v and removed %v", s.f.saved, s.f.removedAt)
	}

	s.toKeeping()
	s.option("Fewer, for a year")
	s.tap("Save")
	s.tap(fmt.Sprintf("Save and delete %d versions", n))
	s.q.until(t, "the removal", func() bool { return len(s.f.removedAt) == 1 })
	if len(s.f.saved) != 2 || !s.f.saved[1].ask || len(s.f.removedAt[0]) != n {
		t.Errorf("saved %v, removed %d", s.f.saved, len(s.f.removedAt[0]))
	}
}

// Beside the versions that go stand those that only a pin keeps, with its reason,
// and they are not among those that the person agrees to.
func TestPinnedVersionsStandBesideThoseThatGo(t *testing.T) {
	f := keeping("")()
	text := retention.SmartText
	for _, pinned := range []bool{false, true} {
		if pinned {
			// The last but one of those that would go.
			gone := f.removal.Going[len(f.removal.Going)-2]
			i := slices.IndexFunc(f.known, func(v retention.Version) bool { return v.Time.Equal(gone.Time) })
			f.known[i].Pin = &retention.Pin{Reason: "went to the tax office"}
			f.removal = dropped(text, f.known, 814_000_000)
		}
		s := newStage(t, "light", f)
		s.toKeeping()
		s.option("Fewer, for a year")
		s.tap("Save")
		n := len(f.removal.Going)
		s.q.until(t, "the question", func() bool { return s.says(fmt.Sprintf("Delete %d versions?", n)) })
		if s.says("These stay, because they are pinned") != pinned || s.says("Pinned: went to the tax office.") != pinned {
			t.Errorf("pinned %v: the list says otherwise", pinned)
		}
		if !pinned {
			continue
		}
		s.tap(fmt.Sprintf("Save and delete %d versions", n))
		s.q.until(t, "the removal", func() bool { return len(f.removedAt) == 1 })
		if slices.ContainsFunc(f.removedAt[0], func(g session.Going) bool { return g.Time.Equal(f.removal.Pinned[0].Time) }) {
			t.Error("the person agreed to lose what is pinned")
		}
	}
}

// Where nothing more goes than before, nothing is asked.
func TestHarmlessChangeIsSavedAtOnce(t *testing.T) {
	f := keeping(retention.SmartText)()
	s := newStage(t, "light", f)
	s.toKeeping()
	s.policyText("1W:1D,4W:1W,24M:1M") // the fake drops the same by both
	s.tap("Save")
	s.q.until(t, "the change to be saved", func() bool { return len(f.saved) == 1 })
	if f.saved[0] != (savedKeeping{session.Keeping{Text: "1W:1D,4W:1W,24M:1M"}, false}) || len(f.removedAt) != 0 {
		t.Errorf("saved %v, removed %v", f.saved, f.removedAt)
	}
}

func TestWrongTextCannotBeSaved(t *testing.T) {
	s := newStage(t, "light", keeping("")())
	s.toKeeping()
	s.policyText("1W:1x")
	if !s.button("Save").Disabled() || !s.says("At character 5") {
		t.Error("a wrong text can be saved, or it is not told where it is wrong")
	}
}

// When the destination is away, what goes cannot be told: nothing goes before
// somebody has seen it.
func TestChangeWithoutTheDestination(t *testing.T) {
	f := keeping("")()
	f.planFail = &engine.Error{Op: "planning", Kind: engine.Offline, Err: errors.New("gone")}
	s := newStage(t, "light", f)
	s.toKeeping()
	s.option("Fewer, for a year")
	s.tap("Save")
	s.q.until(t, "the question", func() bool { return s.says("cannot be told now") })
	s.tapLast("Save")
	s.q.until(t, "the change to be saved", func() bool { return len(f.saved) == 1 })
	if !f.saved[0].ask {
		t.Errorf("saved %v without a question to come", f.saved)
	}
}

// tapLast taps what lies on top.
func (s *stage) tapLast(text string) {
	s.t.Helper()
	s.button(text).OnTapped()
	s.settle()
}

// The question of a job stands on its card, and is answered with the list.
func TestHeldBackIsAnswered(t *testing.T) {
	f := held()
	s := newStage(t, "light", f)
	if !s.says("Old versions were not removed.") || !s.says("No version was made for 5 weeks") {
		t.Fatal("the card does not ask")
	}
	s.tap("Show what would go")
	n := len(f.removal.Going)
	s.q.until(t, "the list", func() bool { return s.says(fmt.Sprintf("Delete %d versions?", n)) })
	s.tap("Not now")
	if len(f.removedAt) != 0 {
		t.Error("Not now removed something")
	}
	s.tap("Show what would go")
	s.tap(fmt.Sprintf("Delete %d versions", n))
	s.q.until(t, "the removal", func() bool { return len(f.removedAt) == 1 })

	f.removal = session.Removal{Kept: 3}
	s.tap("Show what would go")
	s.q.until(t, "the answer", func() bool { return s.says("No version would go") })
	s.tap("Close")
	s.q.until(t, "the question to end", func() bool { return len(f.removedAt) == 2 && len(f.removedAt[1]) == 0 })
}

func TestCardTellsOfARemoval(t *testing.T) {
	f := held()
	f.jobs[0].Removing = true
	s := newStage(t, "light", f)
	if !s.says("Old versions are being removed") || s.says("Old versions were not removed.") || !s.button("Back up now").Disabled() {
		t.Error("the card does not tell that versions are being removed, or lets a backup start")
	}
}

func TestRemovedVersionsAreShown(t *testing.T) {
	f := keeping(retention.SmartText)()
	f.jobs[0].Runs[0].Removed = 1
	f.events = []settings.RunEvent{{Kind: settings.VersionRemoved, Text: "The version of 20 October 2025 10:12: older than 12 months."}, {Text: "something else"}}
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.tap("1 version removed")
	if !s.says("20 October 2025") || s.says("something else") {
		t.Error("what was removed is not listed, or something else is")
	}
}

// Pressing Continue all the way keeps versions for ever, fewer with age; where
// there are versions already, every one.
func TestWizardChoosesHowLong(t *testing.T) {
	f := &fake{}
	s := newStage(t, "light", f)
	s.toKeepingStep()
	if !s.says("versions kept for ever, fewer with age") {
		t.Error("the sum does not tell how long")
	}
	s.tap("Continue")
	s.tap("Start the first backup")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	if n := f.added[0]; n.Text != retentionform.ThinnedText || n.AskFirst {
		t.Errorf("added %+v", n)
	}

	// What is not encrypted is stored in volumes, which build on one another.
	f = &fake{}
	s = newStage(t, "light", f)
	s.toProtection()
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*look.Check); ok && reads(c.Text, "Do not encrypt") {
			c.SetChecked(true)
		}
	})
	s.settle()
	s.tap("Continue")
	s.tap("Continue")
	s.forecast()
	if !s.says("every version kept") || !s.says("none can go until everything is stored anew") {
		t.Error("volumes are thinned by themselves, or it is not said what that takes")
	}

	f = &fake{found: engine.Found{Exists: true, Writable: true, Versions: 12, Encrypted: true}}
	s = newStage(t, "light", f)
	s.toProtection()
	s.entry("Passphrase").SetText("right")
	s.tap("Continue")
	s.q.until(t, "the step", func() bool { return s.says("When shall it run?") })
	s.tap("Continue")
	s.q.until(t, "the step", func() bool { return s.says("How long shall versions stay?") })
	if !s.says("every version kept") || !s.says("There are versions already") {
		t.Error("the versions that are there are thinned by themselves")
	}
	s.forecast()
	if strings.Contains(s.timeline().String(), "no version yet") {
		t.Error("there are versions, and it says that there is none")
	}
	s.option("Fewer, for a year")
	s.tap("Continue")
	s.tap("Back up now")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	if n := f.added[0]; n.Text != retention.SmartText || !n.AskFirst {
		t.Errorf("added %+v", n)
	}
}
