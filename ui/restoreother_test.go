package ui

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/session"
)

// newSearchStage is where a backup is looked for.
func newSearchStage(t *testing.T, f *fake) *stage {
	t.Helper()
	s := newStage(t, "light", f)
	s.u.Kinds = someKinds()
	s.tap("Restore from a backup")
	return s
}

func backupThere() engine.Found {
	return engine.Found{Exists: true, Versions: 12, Encrypted: true, Free: -1, Total: -1}
}

// A backup on a server is found and opened, with the login apart.
func TestBackupOnAServerIsOpened(t *testing.T) {
	s := newSearchStage(t, &fake{found: backupThere()})
	s.toServer()
	s.tap("Look there")
	s.expect("There is a backup with 12 versions there.")
	if len(s.f.choices) > 0 {
		t.Error("something was stored to test the server")
	}
	s.tap("Open backup")
	s.q.until(t, "the backup", func() bool { return s.u.finder != nil })
	if got := s.f.taken; len(got) != 1 || got[0].Destination != "sftp://ada@nas.local//srv/backup" || got[0].Login.Password != "hidden" {
		t.Fatalf("opened were %+v", got)
	}
	if a := s.u.finder.Archive; !a.Encrypted || a.URL != s.f.taken[0].Destination {
		t.Errorf("restored is from %+v", a)
	}
}

// Each failure says that nothing was changed, and leads to what helps.
func TestBackupIsNotFound(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		found engine.Found
		says  []string
	}{
		{"nothing there", nil, engine.Found{}, []string{"There is nothing of that name at nas.local."}},
		{"no backup", nil, engine.Found{Exists: true}, []string{"There is no backup there."}},
		{"login", wrongPassword(), engine.Found{}, []string{"The login was refused.", "Nothing was changed there.", "This was refused."}},
		{"offline", &engine.Error{Kind: engine.Offline, Err: errors.New("no route")}, engine.Found{}, []string{"no answer from nas.local", "Look again"}},
		{"forbidden", &engine.Error{Kind: engine.NoPermission, Err: errors.New("no")}, engine.Found{}, []string{"cannot be read"}},
		{"never met", &engine.Error{Kind: engine.NotTheServer, Err: destination.ErrNeverMet}, engine.Found{}, []string{"does not know nas.local yet"}},
		{"anything", errors.New("sparks"), engine.Found{}, []string{"could not look there", "sparks"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &fake{found: row.found}
			if row.err != nil {
				f.testing = failed(row.err)
			}
			s := newSearchStage(t, f)
			s.toServer()
			s.tap("Look there")
			for _, text := range row.says {
				s.expect(text)
			}
			if !s.button("Open backup").Disabled() {
				t.Error("it can be opened")
			}
		})
	}
}

// The keyboard leads the whole way, and Escape back.
func TestBackupIsFoundByKeyboard(t *testing.T) {
	s := newSearchStage(t, &fake{found: backupThere()})
	s.toServer()
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyReturn}) // looks there
	s.expect("There is a backup")
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyReturn}) // and opens it
	s.q.until(t, "the backup", func() bool { return s.u.finder != nil })
	if len(s.f.taken) != 1 {
		t.Error("Enter does not open the backup")
	}
	s = newSearchStage(t, &fake{})
	s.toServer()
	for _, want := range []string{"Where is the backup?", "Start backing up"} {
		s.u.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
		s.settle()
		if !s.says(want) {
			t.Errorf("Escape does not lead to %q", want)
		}
	}
}

// Several destinations are looked at as one, and those that fail are told.
func TestBackupAtSeveralDestinations(t *testing.T) {
	s := newListStage(t, &fake{found: backupThere()})
	s.u.findArchive(func() {})
	s.settle()
	s.tile("Several destinations")
	s.tap("Add a destination…")
	s.entry("Folder that holds a backup").SetText("/media/ada/Lake/Varve")
	s.tap("Add to the list")
	s.addServer()
	s.f.testing = failed(&session.MembersError{Errs: []error{wrongPassword(), nil}})
	s.tap("Look there")
	s.expect("1 of 2 destinations does not work.")
	s.f.testing = nil
	s.tap("Look there")
	s.tap("Open backup")
	s.q.until(t, "the backup", func() bool { return s.u.finder != nil })
	if got := s.f.taken; len(got) != 1 || len(got[0].Members) != 2 {
		t.Errorf("opened were %+v", got)
	}
}

// A folder is found as it is typed.
func TestBackupInAFolder(t *testing.T) {
	s := newSearchStage(t, &fake{})
	s.entry("Folder that holds a backup").SetText("/media/ada/Lake")
	s.settle()
	s.expect("There is no folder of that name.")
	s.f.found = backupThere()
	s.entry("Folder that holds a backup").SetText("/media/ada/Lake/Varve")
	s.settle()
	s.expect("There is a backup with 12 versions")
	s.tap("Open backup")
	s.q.until(t, "the backup", func() bool { return s.u.finder != nil })
	if len(s.f.taken) != 1 {
		t.Error("it was not opened")
	}
}
