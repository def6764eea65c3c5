package ui

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// toChecking opens the page of the first job.
func (s *stage) toChecking() {
	s.u.openChecking(s.f.jobs[0])
	s.settle()
}

// pick chooses a card.
func (d *desk) pick(title string) {
	d.t.Helper()
	var found *look.Option
	each(d.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Option); ok && reads(x.Title, title) {
			found = x
		}
	})
	if found == nil {
		d.t.Fatalf("there is no choice %q", title)
	}
	found.Tapped(&fyne.PointEvent{})
	d.settle()
}

func never() session.JobState {
	j := adasJob(session.Protected)
	j.Proof.Checking = settings.NewChecking()
	return j
}

var checkingScenes = []scene{
	{"overview-proved", withJobs(proved(62)), func(*stage) {}},
	{"overview-proving", withJobs(beingProved()), func(*stage) {}},
	{"overview-damaged", withJobs(damaged()), func(*stage) {}},
	{"checking", withJobs(proved(62)), (*stage).toChecking},
	{"checking-new", withJobs(never()), (*stage).toChecking},
	{"checking-running", withJobs(beingProved()), (*stage).toChecking},
	{"checking-damaged", withJobs(damaged()), (*stage).toChecking},
	{"checking-found", func() *fake { return &fake{jobs: []session.JobState{damaged()}, events: findings()} }, func(s *stage) { s.tap("What was found") }},
	{"activity-proved", func() *fake {
		j := damaged()
		j.Others[1].Outcome = settings.Cancelled
		j.Runs = j.Runs[:4]
		return &fake{jobs: []session.JobState{j}}
	}, func(s *stage) { s.u.Show(Activity) }},
	{"activity-proving", withJobs(beingProved()), func(s *stage) { s.u.Show(Activity) }},
}

func TestWordsOfAProof(t *testing.T) {
	at := func(days float64, read, of int64, every int) *session.Proof {
		return &session.Proof{Checking: settings.Checking{EveryDays: every, Minutes: 10, Proved: daysAgo(days), Read: read, Of: of}}
	}
	for _, row := range []struct {
		name       string
		p          *session.Proof
		said, next string
	}{
		{"a part", at(3.02, 62, 100, 7), "Proved: 62\u00a0% of what is stored was read back in the last 90 days.", "Next part on Wednesday."},
		{"all", at(0.1, 100, 100, 1), "Proved: all of what is stored was read back in the last 90 days.", "Next part tomorrow."},
		{"nearly all", at(0.1, 9999, 10_000, 30), "Proved: 99\u00a0% of what", "Next part on 21 December."},
		{"little", at(1, 1, 1000, 7), "Proved: less than 1\u00a0% of what", "Next part on Friday."},
		{"due", at(8, 62, 100, 7), "Proved: 62", "The next part follows the next backup."},
		{"long ago", at(100, 62, 100, 7), "Not proved: nothing of what is stored was read back in the last 90 days.", "The next part follows the next backup."},
		{"no more", at(3, 62, 100, 0), "Proved: 62", "No further part is planned."},
		{"new", &session.Proof{Checking: settings.NewChecking()}, "Not proved yet:", "The first part follows the next backup."},
		{"never", &session.Proof{}, "Not proved: nothing of what is stored is ever read back.", ""},
	} {
		if said, next := provedWords(row.p, now), nextWords(row.p, now); !strings.HasPrefix(said, row.said) || next != row.next {
			t.Errorf("%s: got %q, %q", row.name, said, next)
		}
	}
}

func TestPaceOfProofs(t *testing.T) {
	j := proved(62) // 1.87 of 11.3 GB in 10 minutes
	for _, row := range []struct {
		every, minutes int
		want           string
	}{
		{0, 10, "Nothing is read back unless"},
		{1, 10, "As fast as last time, all of it is read back about every 7 days."},
		{7, 10, "As fast as last time, all of it is read back about every 7 weeks."},
		{30, 10, "As fast as last time, reading back all of it takes about 7 months. Choose more often"},
		{1, 0, "As fast as last time, all of it is read back every day."},
		{7, 60, "As fast as last time, all of it is read back about every 14 days."},
	} {
		if got := paceWords(&j.Proof, row.every, row.minutes); !strings.HasPrefix(got, row.want) {
			t.Errorf("every %d days for %d minutes: got %q", row.every, row.minutes, got)
		}
	}
	if got := paceWords(&session.Proof{}, 7, 10); !strings.Contains(got, "shows after the first time") {
		t.Errorf("before the first time: %q", got)
	}
}

// The card says how much is proved, and its menu leads to the page.
func TestCardTellsOfTheProof(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{proved(62)}})
	if !s.says("Proved: 62\u00a0% of what is stored was read back in the last 90 days. Next part on Wednesday.") {
		t.Error("the card does not tell how much is proved")
	}
	each(s.u.window, func(o fyne.CanvasObject) {
		if b, ok := o.(*look.Button); ok && reads(b.Name, "More") {
			b.OnTapped()
		}
	})
	s.menuItem("Prove what is stored…")
	if !s.says("How often") || !s.says("7.01 GB of 11.3 GB") {
		t.Error("the page does not show the share")
	}
}

func TestChoiceOfProofsIsSaved(t *testing.T) {
	f := &fake{jobs: []session.JobState{proved(62)}}
	s := newStage(t, "light", f)
	s.toChecking()
	if !s.button("Save").Disabled() {
		t.Error("nothing was changed, and it can be saved")
	}
	s.pick("Every month")
	s.pick("60 minutes")
	s.tap("Save")
	s.q.until(t, "the choice", func() bool { return len(f.chosen) == 1 })
	if f.chosen[0] != (settings.Checking{EveryDays: 30, Minutes: 60}) {
		t.Errorf("saved %+v", f.chosen)
	}
	for name, want := range map[string]settings.Checking{
		"Never": {Minutes: 10}, "Every day": {EveryDays: 1, Minutes: 10}, "5 minutes": {EveryDays: 7, Minutes: 5},
		"30 minutes": {EveryDays: 7, Minutes: 30}, "Until all is read": {EveryDays: 7},
	} {
		f.chosen = nil
		s.toChecking()
		s.pick(name)
		s.tap("Save")
		s.q.until(t, "the choice", func() bool { return len(f.chosen) == 1 })
		if f.chosen[0] != want {
			t.Errorf("%s saved %+v", name, f.chosen)
		}
	}
}

func TestLeavingAChoiceOfProofs(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{proved(62)}})
	s.toChecking()
	s.pick("Never")
	s.tap("Back")
	if !s.says("and not saved.") {
		t.Error("the choice is lost without a word")
	}
}

// Prove now reads for as long as is chosen, and says why it does not.
func TestProveNow(t *testing.T) {
	f := &fake{jobs: []session.JobState{proved(62)}}
	s := newStage(t, "light", f)
	s.toChecking()
	s.pick("30 minutes")
	s.tap("Prove now")
	s.q.until(t, "the check", func() bool { return len(f.proved) == 1 })
	if f.proved[0] != 30 || len(f.chosen) != 0 {
		t.Errorf("proved for %v minutes, saved %v", f.proved, f.chosen)
	}
	f.proveFail = &engine.Error{Op: "checking", Kind: engine.Offline, Err: errors.New("gone")}
	s.tap("Prove now")
	s.q.until(t, "the reason", func() bool { return s.says("Connect the drive") })
	s.tap("Close")
	if s.button("Prove now").Disabled() {
		t.Error("it cannot be tried again")
	}
}

// While a check runs, a backup can start, and the check can be stopped.
func TestCheckIsShownWhileItRuns(t *testing.T) {
	f := &fake{jobs: []session.JobState{beingProved()}}
	s := newStage(t, "light", f)
	if !s.says("740 MB read back") || !s.says("You are protected.") || !s.says("Proving Documents and Pictures") || s.button("Back up now").Disabled() {
		t.Error("the overview does not show the check as one")
	}
	s.toChecking()
	if !s.button("Prove now").Disabled() || !s.says("740 MB read back") {
		t.Error("the page does not show the check that runs")
	}
	s.tap("Stop reading")
	if len(f.stopped) != 1 {
		t.Error("the check was not stopped")
	}
}

func TestFindingsAreShown(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{damaged()}, events: findings()})
	if !s.says("Damaged. Last version") || !s.says("cannot be brought back whole") || !s.says("Something that is stored is damaged.") {
		t.Error("the overview does not tell of the damage")
	}
	s.tap("What was found")
	if !s.says("The pack 7f3a9c21 is damaged") || !s.says("~/Pictures/2024/Winter/IMG_20240118_101530.jpg") && !s.says("IMG_20240118") {
		t.Error("the findings are not listed")
	}
	s.tap("Close")
	s.tap("Check again…")
	if !s.says("Prove what is stored") {
		t.Error("Check again does not lead to the page")
	}
}

// A file that changes where it is stored is found by a person who presses Prove
// now, and is whole again once it was put back.
func TestDamageJourney(t *testing.T) {
	d := newDesk(t, "light")
	id := d.job(func() { d.write("home/Documents/notes.txt", strings.Repeat("first ", 5000)+time.Now().String()) })
	d.u.Show(Overview)
	if !d.says("Proved: all of what is stored was read back in the last 90 days.") {
		t.Fatalf("the first backup was not proved: %q", d.all())
	}
	path := d.largest("home/Lake")
	d.flip(path)
	prove := func() {
		t.Helper()
		jobs, err := d.s.Jobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d.u.openChecking(jobs[0])
		before := d.proofs()
		d.tap("Prove now")
		d.q.until(t, "the end of the check", func() bool { return d.proofs() > before && d.s.Running(id) == nil })
		d.u.Show(Overview)
		d.settle()
	}
	prove()
	if !d.says("Damaged. Last version") || !d.says("Something that is stored is damaged.") {
		t.Fatalf("the damage is not told: %q", d.all())
	}
	d.tap("What was found")
	d.q.until(t, "the findings", func() bool { return d.says("No longer whole: ") })
	d.tap("Close")
	d.flip(path)
	prove()
	if !d.says("You are protected.") || d.says("Damaged.") {
		t.Errorf("it is whole again, and the overview says %q", d.all())
	}
	d.u.Show(Activity)
	if !d.says("Damage found") || !d.says("Read back, and whole") {
		t.Errorf("the activity says %q", d.all())
	}
}

// proofs is how many checks of the first job began.
func (d *desk) proofs() int {
	d.t.Helper()
	jobs, err := d.s.Jobs(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return len(jobs[0].Proof.Runs)
}

// largest is the largest file below a folder.
func (d *desk) largest(name string) (path string) {
	d.t.Helper()
	var size int64
	err := filepath.WalkDir(d.path(name), func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err == nil && info.Size() > size {
			path, size = p, info.Size()
		}
		return nil
	})
	if err != nil || path == "" {
		d.t.Fatal(path, err)
	}
	return path
}

// flip changes a byte in the middle of a file, or changes it back.
func (d *desk) flip(path string) {
	d.t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		b[len(b)/2] ^= 1
		err = os.Chmod(path, 0o600)
	}
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// menuItem chooses from the menu that is open.
func (d *desk) menuItem(label string) {
	d.t.Helper()
	var menu *widget.PopUpMenu
	each(d.u.window, func(o fyne.CanvasObject) {
		if m, ok := o.(*widget.PopUpMenu); ok {
			menu = m
		}
	})
	if menu == nil {
		d.t.Fatal("no menu is open")
	}
	for _, o := range menu.Items {
		if i := reflect.ValueOf(o).Elem().FieldByName("Item"); i.IsValid() && i.Interface().(*fyne.MenuItem).Label == label {
			o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
			d.settle()
			return
		}
	}
	d.t.Fatalf("the menu has no %q", label)
}
