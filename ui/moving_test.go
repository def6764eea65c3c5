package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/session/portable"
)

// movingScenes are the pages on which all set-up goes elsewhere.
var movingScenes = []scene{
	{"settings-move", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.scrollToEnd()
	}},
	{"settings-export", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toExport()
		s.check("Put passphrases and logins into it")
		s.titled("Passphrase of the file").(*look.Field).SetText("nine green boats")
	}},
	{"settings-import", arriving, func(s *stage) {
		s.toImport()
		s.tap("Look into it")
	}},
	{"settings-import-replace", arriving, func(s *stage) {
		s.toImport()
		s.tap("Look into it")
		s.pick("Make them as in the file")
	}},
	{"settings-import-sealed", func() *fake {
		f := arriving()
		f.sealed = "nine green boats"
		return f
	}, func(s *stage) {
		s.toImport()
		s.tap("Look into it")
	}},
	{"settings-import-german", arriving, func(s *stage) {
		s.toImport()
		s.german()
		s.tap("Importieren …")
		s.tap("Ansehen")
	}},
}

// arriving has a file with one backup that is here and one that is not.
func arriving() *fake {
	f := withJobs(adasJob(session.Protected))()
	j := adasJob(session.Protected)
	music := settings.Job{Name: "Music", Folders: []string{"/home/ada/Music"}, Destination: "sftp://ada@nas.local/music"}
	f.arrives = &session.Import{Machine: "old-laptop", User: "ada", Choices: []string{"theme", "notices"}, Jobs: []session.Arrival{
		session.NewArrival(settings.Complete{Job: j.Job}, j.Name, false), session.NewArrival(settings.Complete{Job: music}, "", true),
	}}
	f.arrives.Jobs[0].Leaves = []string{"/media/ada/Stick/Varve"}
	return f
}

func (s *stage) toExport() {
	s.u.Show(Settings)
	s.settle()
	s.tap("Export…")
}

func (s *stage) toImport() {
	s.u.Show(Settings)
	s.settle()
	s.tap("Import…")
}

func TestExport(t *testing.T) {
	f := &fake{}
	f.result = session.Exported{Jobs: 1}
	s := newStage(t, "light", f)
	s.toExport()
	s.tap("Save")
	if !slices.Equal(f.exported, []string{"/home/ada/varve-settings.json", ""}) || !s.says("It is saved, with 1 backup.") {
		t.Errorf("without secrets it writes %q", f.exported)
	}
	s.check("Put passphrases and logins into it")
	s.tap("Save")
	if !s.says("The file needs a passphrase.") {
		t.Error("secrets would be written in the clear")
	}
	s.titled("Passphrase of the file").(*look.Field).SetText("nine")
	s.tap("Save")
	if !s.says("The two passphrases differ.") {
		t.Error("a slip in the passphrase would not be seen")
	}
	s.titled("The same again").(*look.Field).SetText("nine")
	f.result.Without = []string{"Letters"}
	s.tap("Save")
	if !slices.Equal(f.exported, []string{"/home/ada/varve-settings.json.gpg", "nine"}) || !s.says("were not at hand and are not in it: Letters.") {
		t.Errorf("with secrets it writes %q", f.exported)
	}
	for err, want := range map[error]string{
		fs.ErrExist: "There is a file of that name already", errors.New("the disk is full"): "The computer says: the disk is full.",
	} {
		f.exporting = err
		if s.tap("Save"); !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	s.check("Put passphrases and logins into it")
	f.exporting = nil
	if s.tap("Save"); f.exported[1] != "" {
		t.Error("the passphrase stays though no secrets are wanted")
	}
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.settle(); !s.says("Appearance") {
		t.Error("Escape does not lead back to the settings")
	}
}

func TestImport(t *testing.T) {
	for _, row := range []struct {
		how   func(s *stage)
		taken []bool
	}{
		{func(*stage) {}, []bool{false, true}},
		{func(s *stage) { s.pick("Make them as in the file") }, []bool{true, true}},
		{func(s *stage) { s.check("Take over the choices of the settings too") }, []bool{false, false}},
	} {
		f := arriving()
		f.sealed = "nine"
		s := newStage(t, "light", f)
		s.toImport()
		s.tap("Look into it")
		s.titled("Passphrase of the file").(*look.Field).SetText("ten")
		s.tap("Look into it")
		if !s.says("This passphrase does not open the file.") {
			t.Error("a wrong passphrase is not told")
		}
		s.titled("Passphrase of the file").(*look.Field).SetText("nine")
		s.tap("Look into it")
		for _, want := range []string{"old-laptop", "Here already, as Documents and Pictures.", "New here. Its folders are looked for in your home.", "Other than here: Colours and Notices."} {
			if !s.says(want) {
				t.Errorf("it does not say %q", want)
			}
		}
		row.how(s)
		f.unkept = true
		s.tap("Import")
		if !slices.Equal(f.took, row.taken) || !s.says("It is taken over. There is no keyring") || !s.says("Appearance") {
			t.Errorf("it takes over with %v, want %v", f.took, row.taken)
		}
	}
}

// Whatever is wrong with a file is one sentence, and nothing is taken over.
func TestImportOfWhatIsNone(t *testing.T) {
	f := arriving()
	s := newStage(t, "light", f)
	s.toImport()
	for _, err := range []error{portable.ErrDamaged, portable.ErrForeign, portable.ErrNewer} {
		f.reads = fmt.Errorf("%w: more", err)
		s.tap("Look into it")
		if !s.says("Nothing was changed.") || s.button("Import") != nil && s.button("Import").Visible() {
			t.Errorf("%v is not told, or can be imported", err)
		}
	}
	f.reads = nil
	s.tap("Look into it")
	f.taking = errors.New("the disk is full")
	s.tap("Import")
	if !s.says("nothing was changed. The computer says: the disk is full.") {
		t.Error("a failure is not told")
	}
	s.titled("File").(*look.Field).SetText("/home/ada/other")
	s.settle()
	if s.says("old-laptop") {
		t.Error("what another file would bring is still shown")
	}
}

// Who has backups become as in the file reads first which second places go.
func TestImportNamesPlacesThatGo(t *testing.T) {
	const goes = "The file has no copy to Stick / Varve: nothing more is copied there. What is stored there stays."
	s := newStage(t, "light", arriving())
	s.toImport()
	s.tap("Look into it")
	for _, row := range []struct {
		pick string
		said bool
	}{{"Make them as in the file", true}, {"Leave them as they are here", false}} {
		if s.says(goes) == row.said {
			t.Errorf("before %s: it says %v that a place goes", row.pick, row.said)
		}
		s.pick(row.pick)
		if s.says(goes) != row.said {
			t.Errorf("after %s: it says %v that a place goes", row.pick, !row.said)
		}
	}
}
