package ui

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/schedule"
	machine "github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/watch"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/session/scheduler"
	"github.com/varve-backup/varve/ui/whenform"
)

// sixToday is when Ada's backup runs next.
var sixToday = time.Date(2026, 11, 21, 18, 0, 0, 0, time.Local)

// adasTiming is once a day.
func adasTiming() session.Timing {
	return session.Timing{Plan: whenform.Default(), Looked: true, Status: scheduler.Status{
		Verdict: schedule.Verdict{Next: sixToday}, Coming: []time.Time{sixToday, sixToday.AddDate(0, 0, 1), sixToday.AddDate(0, 0, 2)},
	}}
}

// timed is a job that runs as told.
func timed(health session.Health, change func(t *session.Timing)) session.JobState {
	j := adasJob(health)
	change(&j.Timing)
	return j
}

// waits is a job that waits for something since some hours ago.
func waits(hours float64, wait schedule.Wait, around schedule.Surroundings) session.JobState {
	return timed(session.Protected, func(t *session.Timing) {
		t.Verdict = schedule.Verdict{Cause: schedule.Missed, Since: daysAgo(hours / 24), Waits: []schedule.Wait{wait}}
		t.Surroundings = around
	})
}

// waiting are backups that wait, each for another reason.
func waiting() *fake {
	battery := waits(2.2, schedule.Battery, schedule.Surroundings{OnBattery: true, Battery: 17})
	battery.LastGood = daysAgo(1.09)
	drive := waits(16, schedule.Drive, schedule.Surroundings{NoDrive: true})
	drive.ID, drive.Name, drive.Destination, drive.LastGood = 2, "Music", "file:///media/ada/Stick/Music", daysAgo(1.7)
	changes := timed(session.Late, func(t *session.Timing) {
		t.Plan = schedule.Plan{OnChange: schedule.OnChange{Quiet: 10 * time.Minute, PerHour: 1}}
		t.Verdict = schedule.Verdict{Next: now.Add(6 * time.Minute)}
		t.Coming, t.Changed = nil, daysAgo(1.2)
		t.Watch = watch.State{Blind: watch.Limit, Look: watch.DefaultLook}
	})
	changes.ID, changes.Name, changes.LastGood = 3, "Thesis", daysAgo(4)
	return &fake{jobs: []session.JobState{battery, drive, changes}}
}

// missed is a job that could not run on some days.
func missed() *fake {
	j := waits(2.2, schedule.Battery, schedule.Surroundings{OnBattery: true, Battery: 17})
	for i, text := range []string{"The computer ran on battery, at 17 %.", "The computer was off or asleep, or Varve was not running.", "The drive was not connected."} {
		j.Timing.Skipped = append(j.Timing.Skipped, settings.Skip{Slot: sixToday.AddDate(0, 0, -i-1), Sentence: text})
	}
	f := &fake{jobs: []session.JobState{j}}
	f.around = laptop()
	return f
}

// laptop is Ada's computer on the way.
func laptop() machine.Facts {
	return machine.Facts{OnBattery: true, Battery: 17, Network: "Café Ada", Known: machine.Known{Power: true, Metered: true, Network: true, Name: true}}
}

// toWhenStep goes to the step of the wizard.
func (s *stage) toWhenStep() {
	s.toProtection()
	s.entry("Passphrase").SetText("nine green boats at night")
	s.entry("The same again").SetText("nine green boats at night")
	s.tap("Continue")
}

// choose chooses a card, and ticks turns ticks.
func (s *stage) card(title string) {
	s.t.Helper()
	found := false
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Option); ok && reads(x.Title, title) {
			x.Tapped(&fyne.PointEvent{})
			found = true
		}
	})
	if !found {
		s.t.Fatalf("there is no choice %q", title)
	}
	s.settle()
}

func (s *stage) turn(text string) {
	s.t.Helper()
	found := false
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Check); ok && reads(x.Text, text) && x.Visible() {
			x.SetChecked(!x.Checked)
			found = true
		}
	})
	if !found {
		s.t.Fatalf("there is nothing to tick that says %q", text)
	}
	s.settle()
}

func (s *stage) toTiming() {
	s.u.openTiming(s.f.jobs[0])
	s.settle()
}

var timingScenes = []scene{
	{"wizard-when", nothing, (*stage).toWhenStep},
	{"wizard-when-changes", nothing, func(s *stage) {
		s.toWhenStep()
		s.card("After changes")
	}},
	{"timing", missed, (*stage).toTiming},
	{"timing-skipped", missed, func(s *stage) {
		s.toTiming()
		s.scrollToEnd()
	}},
	{"timing-server", func() *fake {
		f := missed()
		f.jobs[0].Destination = "sftp://ada@nas.local/backup"
		return f
	}, func(s *stage) {
		s.toTiming()
		s.tap("Add a time")
		s.turn("Sat")
		s.turn("Sun")
		s.turn("The Wi-Fi is another one than these")
		s.tap("Add “Café Ada”")
	}},
	{"overview-waiting", waiting, func(*stage) {}},
}

// Pressing Continue all the way makes a backup that runs once a day.
func TestWizardChoosesWhen(t *testing.T) {
	f := &fake{}
	s := newStage(t, "light", f)
	s.toWhenStep()
	for _, want := range []string{
		"Runs every day at 18:00.", "The next three times: today at 18:00, tomorrow at 18:00 and Mon 23 Nov at 18:00.", ", every day at 18:00", "A drive that is not connected is waited for.",
	} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if s.says("The connection is metered") {
		t.Error("a drive depends on the network")
	}
	s.card("After changes")
	s.tap("Back")
	s.tap("Continue")
	if !s.says("left alone for 10 minutes since; once an hour at most") {
		t.Error("going back lost the answer")
	}
	s.card("At set times")
	for _, day := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		s.turn(day)
	}
	if !s.says("Choose at least one day.") || s.canContinue() {
		t.Error("no day will do")
	}
	s.turn("Mon")
	s.tap("Continue")
	s.forecast()
	s.tap("Continue")
	if !s.says("Runs on Monday at 18:00.") {
		t.Error("the check does not say when")
	}
	s.tap("Start the first backup")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	want := whenform.Default()
	want.Days = schedule.OnDays(time.Monday)
	if got := f.added[0].Plan; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A change is saved, and not lost in silence.
func TestTimingIsChanged(t *testing.T) {
	f := missed()
	s := newStage(t, "light", f)
	s.toTiming()
	if !s.says("This computer does not tell now whether it saves power.") {
		t.Error("what is not known is not said")
	}
	for _, want := range []string{"the battery is at 17 %", "yesterday at 18:00", "The drive was not connected."} {
		if !s.says(want) && !s.says(strings.ToUpper(want[:1])+want[1:]) {
			t.Errorf("it does not say %q", want)
		}
	}
	s.turn("The computer saves power")
	s.tap("Back")
	if !s.says("not saved") {
		s.u.Show(Overview)
	}
	s.toTiming()
	s.card("Only by hand")
	s.tap("Save")
	s.q.until(t, "the plan", func() bool { return len(f.plans) == 1 })
	if f.plans[0].Runs() {
		t.Errorf("saved %+v", f.plans[0])
	}
	s.q.until(t, "the overview", func() bool { return s.says("You are protected") })
}

// The card says when the next version comes, or why it does not.
func TestCardSaysWhatComes(t *testing.T) {
	for _, row := range []struct {
		want string
		job  session.JobState
	}{
		{"Next: today at 18:00", adasJob(session.Protected)},
		{"The next version is made when you press Back up now.", timed(session.Protected, func(t *session.Timing) { *t = session.Timing{} })},
		{"Waits since 07:58: the battery is at 17 %. Runs when plugged in, or from 30 % on.", waits(2.22, schedule.Battery, schedule.Surroundings{Battery: 17})},
		{"Paused until 18:00.", waits(1, schedule.Paused, schedule.Surroundings{PausedUntil: sixToday})},
		{"Next: today at 10:18. Files have changed since yesterday at 05:24.", waiting().jobs[2]},
		{"Waits until Pictures is done.", timed(session.Protected, func(t *session.Timing) {
			t.Cause, t.Behind = schedule.Slot, "Pictures"
		})},
		{"Next: when files change", timed(session.Protected, func(t *session.Timing) {
			*t = session.Timing{Plan: schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Minute}}, Looked: true}
		})},
		{"Next: today at 10:32, another try", timed(session.Unprotected, func(t *session.Timing) {
			*t = session.Timing{Plan: schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Minute}}, Looked: true}
			t.Next = now.Add(20 * time.Minute)
		})},
		{"Next: today at 10:32, another try", timed(session.Unprotected, func(t *session.Timing) { t.Next = now.Add(20 * time.Minute) })},
	} {
		want, j := row.want, row.job
		s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
		if !s.says(want) {
			t.Errorf("the card does not say %q", want)
		}
	}
}

// Every control of the form is reached with the Tab key.
func TestTimingByKeyboard(t *testing.T) {
	for _, sc := range timingScenes {
		s := newStage(t, "light", sc.f())
		sc.act(s)
		s.settle()
		missing := map[fyne.Focusable]bool{}
		each(s.u.window, func(o fyne.CanvasObject) {
			d, disableable := o.(fyne.Disableable)
			if f, ok := o.(fyne.Focusable); ok && o.Visible() && (!disableable || !d.Disabled()) {
				missing[f] = true
			}
		})
		all := len(missing)
		for range 2 * all {
			s.u.window.Canvas().FocusNext()
			delete(missing, s.u.window.Canvas().Focused())
		}
		for f := range missing {
			t.Errorf("%s: Tab does not reach %T %+v", sc.name, f, f)
		}
		if all < 5 {
			t.Errorf("%s: there are %d controls", sc.name, all)
		}
	}
}
