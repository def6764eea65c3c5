package ui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

var settingsScenes = []scene{
	{"settings", withJobs(adasJob(session.Protected), remote()), func(s *stage) { s.u.Show(Settings) }},
	{"settings-end", withJobs(adasJob(session.Protected), remote()), func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.scrollToEnd()
	}},
	{"settings-trouble", func() *fake {
		f := withJobs(adasJob(session.Protected))()
		f.login.refuses = errors.New("open /home/ada/.config/autostart: permission denied")
		f.keyring = errors.New("none")
		return f
	}, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.check("Open Varve when I log in")
	}},
	{"settings-large", withJobs(adasJob(session.Protected), remote()), func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.pick("200\u2009%")
	}},
	{"settings-limits", func() *fake {
		f := sheetFake()
		f.speed = session.Speed{Upload: 500, Download: 2000, From: "08:00", To: "18:00", Days: "mon-fri"}
		return f
	}, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.scrollBy(430)
	}},
	{"settings-passphrases", func() *fake {
		f := sheetFake()
		f.jobs = append(f.jobs, excepted())
		return f
	}, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.scrollBy(1000)
	}},
	{"settings-sheet", sheetFake, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.tap("Recovery sheet…")
	}},
	{"settings-licences", nothing, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.tap("Licences")
	}},
}

// scrollBy scrolls the page down.
func (s *stage) scrollBy(by float32) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok {
			c.ScrollToOffset(fyne.NewPos(0, by))
		}
	})
	s.settle()
}

// check taps a box.
func (s *stage) check(text string) {
	s.t.Helper()
	b := s.box(text)
	test.Tap(b)
	s.settle()
}

// box is the one with that text.
func (s *stage) box(text string) *look.Check {
	s.t.Helper()
	found := s.boxIfAny(text)
	if found == nil {
		s.t.Fatalf("there is no box %q", text)
	}
	return found
}

// boxIfAny is box, nil without one.
func (s *stage) boxIfAny(text string) (found *look.Check) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*look.Check); ok && reads(c.Text, text) {
			found = c
		}
	})
	return found
}

// toSettings is a stage that shows the settings.
func toSettings(t *testing.T, f *fake) *stage {
	t.Helper()
	s := newStage(t, "light", f)
	s.u.Show(Settings)
	s.settle()
	return s
}

// Letters grow at once, the keyboard stays, and the next start has them too.
func TestSizeOfText(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	size := func() float32 { return s.u.App.Settings().Theme().Size(look.Body) }
	before := size()
	s.pick("150\u2009%")
	if size() != before*1.5 {
		t.Errorf("letters are %v, and were %v", size(), before)
	}
	o, ok := s.u.window.Canvas().Focused().(*look.Option)
	if !ok || o.Title != "150\u2009%" || !o.Chosen() {
		t.Errorf("the keyboard is at %v", s.u.window.Canvas().Focused())
	}
	if next := newStage(t, "light", f); next.u.App.Settings().Theme().Size(look.Body) != before*1.5 {
		t.Error("the next start has forgotten the size")
	}
	for kept, want := range map[string]float32{"200": 2, "1e9": 1, "-5": 1, "100000": 1, "much": 1, "": 1, "100": 1} {
		f.preferences["letters"] = kept
		s.u.applyTheme()
		if got := size() / before; got != want {
			t.Errorf("%q makes letters %v times as large, want %v", kept, got, want)
		}
	}
}

func TestColours(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	s.pick("Dark")
	if now := s.u.App.Settings().Theme().(*look.Theme); f.theme != "dark" || now.Variant != "dark" {
		t.Errorf("it keeps %q and shows %q", f.theme, now.Variant)
	}
	f.refuses = errors.New("the disk is full")
	s.pick("Light")
	if !s.says("This could not be kept. The computer says: the disk is full.") || s.u.App.Settings().Theme().(*look.Theme).Variant != "dark" {
		t.Error("what could not be kept is shown, or not told")
	}
}

func TestOpensAtLogin(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	s.check("Open Varve when I log in")
	if !f.login.on {
		t.Error("it does not open at login")
	}
	s.u.Show(Settings)
	s.settle()
	if !s.box("Open Varve when I log in").Checked {
		t.Error("the page does not show that it does")
	}
	f.login.refuses = errors.New("permission denied")
	s.check("Open Varve when I log in")
	if !f.login.on || !s.box("Open Varve when I log in").Checked || !s.says("What starts at login could not be changed. The computer says: permission denied.") {
		t.Error("it shows what is not so")
	}
	f.login.refuses = nil
	s.check("Open Varve when I log in")
	if f.login.on || s.says("permission denied") {
		t.Error("it still opens at login, or still complains")
	}
}

func TestClosing(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	if s.u.QuitsWhenClosed(t.Context()) {
		t.Error("it ends with its window though nobody said so")
	}
	s.check("Keep running when the window is closed")
	if !s.u.QuitsWhenClosed(t.Context()) || !s.says("Nothing is backed up while Varve is closed.") {
		t.Error("it goes on without its window, or does not say what that means")
	}
	s.check("Keep running when the window is closed")
	if s.u.QuitsWhenClosed(t.Context()) {
		t.Error("it ends with its window")
	}
}

func TestPauseInTheSettings(t *testing.T) {
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
	s := toSettings(t, f)
	for button, row := range map[string]struct {
		until time.Time
		says  string
	}{
		"Pause for 1 hour": {now.Add(time.Hour), "Paused until 11:12."},
		"Until tomorrow":   {session.Tomorrow(now), "Paused until tomorrow at 06:00."},
		"Until I go on":    {session.ForGood(), "Paused until you go on."},
	} {
		s.tap(button)
		if !f.paused.Equal(row.until) || !s.says(row.says) {
			t.Errorf("%s: paused until %v, and it does not say %q", button, f.paused, row.says)
		}
		s.tapLast("Go on")
		if !f.paused.IsZero() || !s.says("Backups run when they are due.") {
			t.Errorf("%s: it does not go on", button)
		}
	}
	f.pauseFail = errors.New("the disk is full")
	s.tap("Until tomorrow")
	if !s.says("The pause could not be kept. The computer says: the disk is full.") {
		t.Error("a pause that cannot be kept is not told")
	}
}

func TestNoticesAreChosen(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	for title, want := range map[string]string{"Only what needs me": "problems", "None": "none"} {
		s.pick(title)
		if f.preferences["notices"] != want {
			t.Errorf("%s keeps %q", title, f.preferences["notices"])
		}
	}
}

func TestAbout(t *testing.T) {
	s := toSettings(t, &fake{})
	if !s.says("Varve 1.0") || !s.says("/home/ada/.local/state/varve") {
		t.Error("it tells neither its version nor where the log is")
	}
	s.tap("Licences")
	if !s.says("github.com/ProtonMail/go-crypto") || !s.says("BSD-3-Clause") {
		t.Error("it does not list what it is built of")
	}
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	s.settle()
	if !s.says("Appearance") {
		t.Error("Escape does not lead back to the settings")
	}
}

// Tab goes through all that can be chosen, and comes round.
func TestSettingsByKeyboard(t *testing.T) {
	s := toSettings(t, &fake{jobs: []session.JobState{adasJob(session.Protected)}})
	var want, got []fyne.Focusable
	each(s.u.window, func(o fyne.CanvasObject) {
		if f, ok := o.(fyne.Focusable); ok {
			if d, can := o.(fyne.Disableable); !can || !d.Disabled() {
				want = append(want, f)
			}
		}
	})
	for range want {
		s.u.window.Canvas().FocusNext()
		got = append(got, s.u.window.Canvas().Focused())
	}
	for _, f := range want {
		if !slices.Contains(got, f) {
			t.Errorf("the keyboard does not reach %T %+v", f, f)
		}
	}
}

func TestSpeedsAreLimited(t *testing.T) {
	f := &fake{}
	s := toSettings(t, f)
	s.choose("Speed up, to destinations elsewhere", "500")
	s.choose("Speed down, from there", "2000")
	if want := (session.Speed{Upload: 500, Download: 2000}); f.speed != want {
		t.Errorf("it keeps %+v, want %+v", f.speed, want)
	}
	if !s.says("All backups together send at most 500 KB and get at most 2.00 MB in a second. That holds at once, also for what runs.") {
		t.Error("it does not say what that means")
	}
	s.pick("At certain hours")
	s.choose("From", "22:00")
	s.choose("To", "06:30")
	s.pick("Monday to Friday")
	want := session.Speed{Upload: 500, Download: 2000, From: "22:00", To: "06:30", Days: "mon-fri"}
	if f.speed != want {
		t.Errorf("it keeps %+v, want %+v", f.speed, want)
	}
	f.refuses = errors.New("the disk is full")
	s.choose("Speed down, from there", "100")
	if f.speed != want || s.combo("Speed down, from there").Value() != "2000" || !s.says("The limits could not be changed. The computer says: the disk is full.") {
		t.Error("what was refused is shown, or not told")
	}
	f.refuses = nil
	for _, wrong := range []string{"fast", "0", "-1", "1.5", "99999999999999999999"} {
		s.combo("Speed down, from there").OnChanged(wrong)
		s.settle()
		if f.speed != want || !s.says("This is no speed.") {
			t.Errorf("%q is taken for a speed", wrong)
		}
	}
	s.combo("From").OnChanged("25:00")
	if f.speed != want || !s.says("This is no time of the day.") {
		t.Error("25:00 is taken for a time")
	}
	s.pick("At any time")
	s.combo("Speed up, to destinations elsewhere").OnChanged("")
	s.combo("Speed down, from there").OnChanged("")
	s.settle()
	if f.speed != (session.Speed{}) || !s.says("Backups use the network as fast as it is.") {
		t.Errorf("it keeps %+v", f.speed)
	}
	s.pick("One core")
	if f.processor != session.OneCore {
		t.Errorf("the share is %q", f.processor)
	}
}

// Each backup says where its passphrase lies, and what the loss of this disk
// would mean.
func TestWhereaboutsInTheSettings(t *testing.T) {
	for at, want := range map[session.Whereabouts]string{
		session.Unneeded:  "It is not encrypted and has no passphrase.",
		session.InKeyring: "If this disk is lost, that is lost as well",
		session.InMemory:  "is forgotten when Varve ends",
		session.Elsewhere: "Its passphrase is not on this computer",
	} {
		f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
		f.whereabouts = map[int64]session.Whereabouts{1: at}
		if s := toSettings(t, f); !s.says(want) {
			t.Errorf("%v: it does not say %q", at, want)
		}
	}
}

// sheetFake has a backup whose passphrase is in the keyring.
func sheetFake() *fake {
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
	f.whereabouts, f.passphrase, f.format = map[int64]session.Whereabouts{1: session.InKeyring}, "nine green boats", engine.Deduplicated
	return f
}

// A recovery sheet has the passphrase only for who ticks that, is for its
// owner alone, and never takes the place of another file.
func TestRecoverySheetIsSaved(t *testing.T) {
	s := toSettings(t, sheetFake())
	s.tap("Recovery sheet…")
	dir := t.TempDir()
	save := func(name string) string {
		t.Helper()
		s.titled("File").(*look.Field).SetText(filepath.Join(dir, name))
		s.tap("Save")
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if text := save("one.txt"); !strings.Contains(text, "restic --repo /media/ada/Lake/Varve restore latest") || strings.Contains(text, "nine green boats") {
		t.Errorf("the sheet is\n%s", text)
	}
	if at, err := os.Stat(filepath.Join(dir, "one.txt")); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", at, err)
	}
	s.check("Put the passphrase itself on it")
	if text := save("two.html"); !strings.Contains(text, "nine green boats") || !strings.Contains(text, "<html") {
		t.Errorf("the sheet is\n%s", text)
	}
	if save("one.txt"); !s.says("There is a file of that name already") {
		t.Error("it was saved over another file")
	}
	if strings.Contains(save("one.txt"), "nine green boats") {
		t.Error("another file was replaced")
	}
	s.check("Put the passphrase itself on it")
	if strings.Contains(save("three.txt"), "nine green boats") {
		t.Error("the passphrase stays on the sheet")
	}
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	s.settle()
	if !s.says("Appearance") {
		t.Error("Escape does not lead back")
	}
}

func TestRecoverySheetWithoutAPassphraseAtHand(t *testing.T) {
	f := sheetFake()
	f.passphrase = ""
	s := toSettings(t, f)
	s.tap("Recovery sheet…")
	s.check("Put the passphrase itself on it")
	if s.box("Put the passphrase itself on it").Checked || !s.says("The passphrase is not at hand") {
		t.Error("it does not say that it cannot")
	}
}
