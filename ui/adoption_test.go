package ui

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// sightings are what Ada has on her drives.
func sightings() *fake {
	at := func(p recognise.Program, path string, f engine.Found) session.Sighting {
		return session.Sighting{Place: recognise.Place{Path: path, Program: p}, Found: f}
	}
	var past []engine.Version
	for i := range 14 {
		past = append(past, engine.Version{ID: strconv.Itoa(i), Time: daysAgo(float64(18 + i))})
	}
	return &fake{
		found: engine.Found{Exists: true, Writable: true, Format: engine.Deduplicated, Versions: 14, Encrypted: true, Free: 1},
		fakeAdoption: fakeAdoption{
			seen: map[string][]session.Sighting{
				"/media/ada/Lake": {
					at(recognise.Restic, "/media/ada/Lake/restic", engine.Found{Versions: 14, Latest: daysAgo(18), Encrypted: true}),
					at(recognise.Duplicity, "/media/ada/Lake/duplicity", engine.Found{Versions: 9, Latest: daysAgo(40)}),
					at(recognise.Borg, "/media/ada/Lake/borg", engine.Found{}),
				},
			},
			origin: session.Origin{
				Origin: engine.Origin{Host: "old-laptop", Folders: []string{"/home/anna/Documents", "/home/anna/Work"}, Past: past},
				Here:   []string{"/home/ada/Documents"}, Away: []string{"/home/anna/Work"},
			},
		},
	}
}

func (s *stage) toAdoption() {
	s.t.Helper()
	s.tap("I have backups already")
	s.settle()
}

// tapFirst taps the first of several buttons with a text.
func (s *stage) tapFirst(text string) {
	s.t.Helper()
	var found *look.Button
	each(s.u.window, func(o fyne.CanvasObject) {
		if b, ok := o.(*look.Button); ok && reads(b.Text, text) && found == nil {
			found = b
		}
	})
	if found == nil || found.Disabled() {
		s.t.Fatalf("the button %q cannot be pressed", text)
	}
	test.Tap(found)
	s.settle()
}

// What lies on the drives is found without a question, and gone on with.
func TestBackupsOnDrivesAreGoneOnWith(t *testing.T) {
	f := sightings()
	s := newStage(t, "light", f)
	s.toAdoption()
	for _, want := range []string{
		"3 backups were found.", "A backup in the format of restic", "14 versions, newest Tue 3 Nov", "It is locked", "9 versions", "It is not encrypted.",
		"Varve does not read what Borg makes.", "borg extract '/media/ada/Lake/borg'::NAME", "Nothing was found. Backups that lie deeper",
	} {
		if !s.says(want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	s.tapFirst("Go on with it")
	s.settle()
	for _, want := range []string{"This backup is of /home/anna/Documents and /home/anna/Work, on the computer old-laptop.", "Nothing here stands for /home/anna/Work."} {
		if !s.says(want) {
			t.Errorf("the wizard does not say %q", want)
		}
	}
	s.tap("Continue")
	s.tap("Continue")
	if got := s.entry("Folder for the backup, such as /media/drive").Text; got != "/media/ada/Lake/restic" {
		t.Errorf("it goes to %q", got)
	}
	s.tap("Continue")
	if !s.says("you have typed it") {
		t.Error("the passphrase is asked for again")
	}
	if b, ok := s.u.window.Canvas().Focused().(*look.Button); !ok || b.Text != "Continue" {
		t.Error("the keyboard is not where it leads on")
	}
	s.tap("Continue")
	if !s.says("The next version is made right away.") {
		t.Error("the next version counts as the first one")
	}
	s.tap("Continue")
	s.forecast()
	if now, _, _ := strings.Cut(s.timeline().String(), "\n"); now != "Now: 14 kept" {
		t.Error("the versions that are there are not in the picture")
	}
	s.tap("Continue")
	if !s.says("The next version is made now.") {
		t.Error("the sum calls the next version the first one")
	}
	s.tap("Back up now")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	s.q.until(t, "the next version", func() bool { return s.says("The next version is being made") })
	n := f.added[0]
	if !n.Adopt || !n.AskFirst || !n.Encrypted || n.Passphrase != "" || n.Text != "" || !slices.Equal(n.Folders, []string{"/home/ada/Documents"}) || n.Destination != "/media/ada/Lake/restic" {
		t.Errorf("the job is %+v", n)
	}
}

// withLockedBackup wants a passphrase for what lies on the drive.
func withLockedBackup() *fake {
	f := sightings()
	f.wanted = "seven green boats"
	return f
}

// A wrong passphrase is said where it was typed, and typed again there.
func TestPassphraseOfAFoundBackupIsTypedAgain(t *testing.T) {
	f := withLockedBackup()
	s := newStage(t, "light", f)
	s.toAdoption()
	s.tapFirst("Go on with it")
	if s.typePassphrase(""); s.says("does not open") {
		t.Error("a passphrase that was not typed is wrong")
	}
	s.tap("Not now")
	if s.says("This did not work") || s.button("Go on with it").Disabled() {
		t.Error("not now is taken for a failure, or for ever")
	}
	s.tapFirst("Go on with it")
	field := s.typePassphrase("seven red boats")
	s.tap("Continue")
	s.q.until(t, "the refusal", func() bool { return s.says("This passphrase does not open the backup.") })
	if s.u.window.Canvas().Focused() != fyne.Focusable(field) || field.Text != "seven red boats" {
		t.Errorf("the field holds %q, or does not have the keyboard", field.Text)
	}
	s.typePassphrase("seven green boats")
	s.tap("Continue")
	s.q.until(t, "the wizard", func() bool { return s.says("This backup is of /home/anna/Documents") })
	if want := []string{"", "", "seven red boats", "seven green boats"}; !slices.Equal(f.typed, want) {
		t.Errorf("tried were %q, want %q", f.typed, want)
	}
}

// What goes wrong otherwise is told as it is elsewhere.
func TestFoundBackupThatCannotBeTried(t *testing.T) {
	f := withLockedBackup()
	s := newStage(t, "light", f)
	s.toAdoption()
	s.tapFirst("Go on with it")
	f.asking = &engine.Error{Op: "opening", Kind: engine.Offline, Err: errors.New("x")}
	s.typePassphrase("seven green boats")
	s.tap("Continue")
	s.q.until(t, "the failure", func() bool { return s.says("This did not work") })
	if s.says("Passphrase needed") {
		t.Error("the question stays")
	}
}

// Another place than that of the backup is a new backup, with a passphrase of
// its own.
func TestContinuedBackupAtAnotherPlace(t *testing.T) {
	f := sightings()
	s := newStage(t, "light", f)
	s.toAdoption()
	s.tapFirst("Go on with it")
	s.tap("Continue")
	s.tap("Continue")
	s.entry("Folder for the backup, such as /media/drive").SetText("/media/ada/Stick/other")
	s.settle()
	s.tap("Continue")
	if s.says("you have typed it") {
		t.Error("the passphrase of another backup counts")
	}
}

func TestAdoptionSaysWhatGoesWrong(t *testing.T) {
	f := sightings()
	f.seek, f.asking = fs.ErrPermission, &engine.Error{Op: "looking", Kind: engine.Damaged, Err: errors.New("x")}
	s := newStage(t, "light", f)
	s.toAdoption()
	if !s.says("It cannot be looked through: it belongs to somebody else.") {
		t.Error("it does not say why")
	}
	s.tapFirst("Go on with it")
	s.q.until(t, "the refusal", func() bool { return s.says("This did not work") })
	s.tap("Close")
	if s.button("Go on with it").Disabled() {
		t.Error("it cannot be tried again")
	}
	f.seek, f.cut = nil, true
	const hint = "A folder, such as /media/drive/backups"
	s.entry(hint).SetText("sftp://nas/x")
	s.tap("Look there")
	if !s.says("This is an address.") {
		t.Error("an address is taken for a folder")
	}
	s.entry(hint).SetText("backups")
	s.tap("Look there")
	if !s.says("Type the whole path, from / on.") {
		t.Error("half a path is taken")
	}
	s.entry(hint).SetText("/srv/backups")
	s.tap("Look there")
	s.q.until(t, "the search", func() bool { return s.says("Not everything was looked through") })
}

func TestSearchIsStopped(t *testing.T) {
	f := sightings()
	f.wait = true
	s := newStage(t, "light", f)
	s.toAdoption()
	if !s.says("Looking… 3 backups were found.") {
		t.Error("what was found so far is not said")
	}
	s.tapFirst("Stop")
	s.settle()
	if !s.says("3 backups were found. Not everything was looked through") {
		t.Error("it goes on, or what was found is gone")
	}
}

// A backup on a server goes on where it is. Before something is stored there,
// it is tested.
func TestBackupOnAServerIsGoneOnWith(t *testing.T) {
	f := sightings()
	f.tested = roomy()
	f.tested.Found.Versions, f.tested.Found.Encrypted = 14, true
	s := newStage(t, "light", f)
	s.elsewhere()
	s.fillSFTP()
	s.tap("Look there")
	s.q.until(t, "the look", func() bool { return s.says("There is a backup with 14 versions") })
	s.tap("Go on with it")
	s.q.until(t, "the wizard", func() bool { return s.says("on the computer old-laptop") })
	s.tap("Continue")
	s.tap("Continue")
	if s.canContinue() {
		t.Error("what was only looked at counts as tested")
	}
	s.tap("Test")
	s.tap("Continue")
	if !s.says("you have typed it") {
		t.Error("the passphrase is asked for again")
	}
}
