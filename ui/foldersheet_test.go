package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/recognise"
	"github.com/varve-backup/varve/ui/look"
)

// aServer is a server with some folders.
func aServer(changes ...func(*fake)) func() *fake {
	return func() *fake {
		f := &fake{}
		f.ways = []string{"backup", "backup/laptop", "backup/old laptop", "backup/tower", "music", "pictures", "pictures/2025", "pictures/2026", "pictures/2026/March"}
		for _, change := range changes {
			change(f)
		}
		return f
	}
}

// toFolders opens the sheet of the form of a server, at a folder.
func (s *stage) toFolders(folder string) {
	s.t.Helper()
	s.toSFTP()
	s.titled("Folder").(*look.Field).SetText(folder)
	s.tap("Browse…")
	s.settle()
}

func notAllowed() error {
	return &engine.Error{Op: "listing folders at the destination", Kind: engine.NoPermission, Err: errors.New(`listing the folders in backup: the destination refused access`)}
}

// folderSheetScenes are the states of the sheet that goes through the folders
// of a server.
var folderSheetScenes = []scene{
	{"wizard-folders", aServer(), func(s *stage) { s.toFolders("backup") }},
	{"wizard-folders-cut", aServer(func(f *fake) { f.waysCut = true }), func(s *stage) { s.toFolders("") }},
	{"wizard-folders-empty", aServer(), func(s *stage) { s.toFolders("pictures/2026/March") }},
	{"wizard-folders-new", aServer(), func(s *stage) {
		s.toFolders("backup")
		s.tap("New folder…")
		s.entry("Name of the new folder").SetText("home/laptop")
	}},
	{"wizard-folders-waiting", aServer(func(f *fake) { f.waysRead = whileWaiting }), func(s *stage) { s.toFolders("backup") }},
	{"wizard-folders-holds", aServer(func(f *fake) {
		f.ways = append(f.ways, "backup/laptop/data", "backup/laptop/index", "backup/laptop/keys", "backup/laptop/snapshots")
		f.waysHold = map[string]recognise.Program{"backup/laptop": recognise.Restic}
	}), func(s *stage) { s.toFolders("backup/laptop") }},
	{"wizard-folders-refused", aServer(func(f *fake) { f.waysRead = failed(notAllowed()) }), func(s *stage) { s.toFolders("backup") }},
}

func (s *stage) folderField() string { return s.titled("Folder").(*look.Field).Text }

// What is chosen stands in the form; the address that is asked names no folder,
// and has what was typed for the login.
func TestChooseAFolder(t *testing.T) {
	s := newStage(t, "light", aServer()())
	s.toFolders("pictures")
	s.item("2026")
	s.item("March")
	s.tap("Choose")
	if got := s.folderField(); got != "pictures/2026/March" {
		t.Errorf("the form says %q", got)
	}
	if c := s.f.waysAsked[0]; c.Destination != "sftp://ada@nas.local" || c.Login.Password != "not a real password" {
		t.Errorf("asked was %+v", c)
	}
	s.tap("Browse…")
	s.tap("pictures")
	s.tap("Cancel")
	if got := s.folderField(); got != "pictures/2026/March" || len(s.u.modals) != 0 {
		t.Errorf("after a look that was cancelled the form says %q", got)
	}
}

// The top of the server is another place to begin at.
func TestFoldersFromTheTop(t *testing.T) {
	s := newStage(t, "light", aServer()())
	s.toFolders("backup")
	s.tap("Top of the server")
	s.item("music")
	s.tap("Choose")
	if got := s.folderField(); got != "/music" {
		t.Errorf("the form says %q", got)
	}
	if c := s.f.waysAsked[len(s.f.waysAsked)-1]; c.Destination != "sftp://ada@nas.local//" {
		t.Errorf("asked was %s", c.Destination)
	}
}

// Every step goes by keys: down, into a folder, up again to where one came from.
func TestFoldersByKeyboard(t *testing.T) {
	s := newStage(t, "light", aServer()())
	s.toFolders("backup")
	for _, key := range []fyne.KeyName{fyne.KeyBackspace, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyDown, fyne.KeyRight} {
		s.key(key)
	}
	s.key(fyne.KeyReturn) // the folder that is shown has one more in it
	s.tap("Choose")
	if got := s.folderField(); got != "pictures/2026/March" {
		t.Errorf("the keys lead to %q", got)
	}
	s.tap("Browse…")
	s.tap("2026")
	s.key(fyne.KeyBackspace)
	s.key(fyne.KeyLeft)
	s.key(fyne.KeyEnter)
	s.tap("Choose")
	if got := s.folderField(); got != "pictures" {
		t.Errorf("the keys lead back to %q", got)
	}
}

// A new folder is entered; what no name can be is said before anything is asked.
func TestMakeAFolder(t *testing.T) {
	s := newStage(t, "light", aServer()())
	s.toFolders("backup")
	s.tap("New folder…")
	for _, name := range []string{"", "a/b", "..", "a "} {
		s.entry("Name of the new folder").SetText(name)
		if !s.button("Make").Disabled() {
			t.Errorf("a folder %q can be made", name)
		}
	}
	s.entry("Name of the new folder").SetText("phone ü")
	s.tap("Make")
	if !s.says("There are no folders in here.") {
		t.Error("the new folder is not entered")
	}
	s.tap("Choose")
	if got := s.folderField(); got != "backup/phone ü" {
		t.Errorf("the form says %q", got)
	}
}

func TestMakeAFolderRefused(t *testing.T) {
	s := newStage(t, "light", aServer(func(f *fake) { f.wayMade = failed(notAllowed()) })())
	s.toFolders("backup")
	s.tap("New folder…")
	s.entry("Name of the new folder").SetText("phone")
	s.tap("Make")
	if !s.says("This account may not make folders here.") || !s.says("old laptop") || s.entry("Name of the new folder").Text != "phone" {
		t.Error("a refusal is not told, or loses what was there")
	}
}

// What there is more than is shown is told again after a refusal.
func TestFoldersAreCutStill(t *testing.T) {
	s := newStage(t, "light", aServer(func(f *fake) { f.waysCut, f.wayMade = true, failed(notAllowed()) })())
	s.toFolders("backup")
	if !s.says("There are more. These are the first 3;") {
		t.Fatal("it is not said that there are more")
	}
	s.tap("New folder…")
	s.entry("Name of the new folder").SetText("phone")
	s.tap("Make")
	if !s.says("This account may not make folders here.") || !s.says("There are more. These are the first 3;") {
		t.Error("after a refusal it is not said any more")
	}
	s.item("laptop")
	s.f.waysCut = false
	s.tap("backup")
	if s.says("There are more.") {
		t.Error("it is said of a folder that is shown whole")
	}
}

// One connection goes through all folders of a place to begin at, and none
// stays behind.
func TestFoldersOnOneConnection(t *testing.T) {
	s := newStage(t, "light", aServer()())
	s.toFolders("backup")
	s.item("laptop")
	s.tap("backup")
	s.tap("New folder…")
	s.entry("Name of the new folder").SetText("phone")
	s.tap("Make")
	if n := len(s.f.waysAsked); n != 1 || len(s.f.closed()) > 0 {
		t.Errorf("%d connections, closed were %q", n, s.f.closed())
	}
	s.tap("Top of the server")
	s.u.working.Wait()
	if got := s.f.closed(); len(s.f.waysAsked) != 2 || !slices.Equal(got, []string{"sftp://ada@nas.local"}) {
		t.Errorf("%d connections, closed were %q", len(s.f.waysAsked), got)
	}
	s.key(fyne.KeyEscape)
	s.u.working.Wait()
	if got := s.f.closed(); len(s.f.waysAsked) != 2 || !slices.Equal(got, []string{"sftp://ada@nas.local", "sftp://ada@nas.local//"}) {
		t.Errorf("%d connections, closed were %q", len(s.f.waysAsked), got)
	}
}

// A folder with a backup in it says so, and its parent does not.
func TestFolderThatHoldsABackup(t *testing.T) {
	s := newStage(t, "light", aServer(func(f *fake) {
		f.waysHold = map[string]recognise.Program{"backup/laptop": recognise.Duplicity, "backup/tower": recognise.Borg}
	})())
	s.toFolders("backup")
	for _, row := range []struct {
		into string
		want bool
	}{{"laptop", true}, {"tower", false}} {
		s.item(row.into)
		if got := s.says("This folder holds a backup."); got != row.want {
			t.Errorf("%s holds one: %v", row.into, got)
		}
		s.tap("backup")
		if s.says("This folder holds a backup.") {
			t.Errorf("the folder of %s is told to hold one", row.into)
		}
	}
}

// Each failure has its way out.
func TestFoldersFail(t *testing.T) {
	why := errors.New("why")
	for _, row := range []struct {
		kind       engine.ErrorKind
		err        error
		says, mend string
	}{
		{engine.NotFound, why, "This folder is not there.", "Go up"},
		{engine.NoPermission, why, "This folder cannot be looked into.", "Go up"},
		{engine.LoginRefused, why, "The login was refused.", "Back to the form"},
		{engine.NoSuchDestination, destination.ErrUnsupported, "This server does not tell its folders.", "Back to the form"},
		{engine.NoSuchDestination, why, "The address or an option is not right.", "Back to the form"},
		{engine.Offline, why, "There is no answer from nas.local.", "Try again"},
		{engine.Other, why, "Varve could not look there.", "Try again"},
	} {
		f := aServer()()
		f.waysRead = failed(&engine.Error{Op: "listing", Kind: row.kind, Err: row.err})
		s := newStage(t, "light", f)
		s.toFolders("backup")
		if choose := s.button("Choose"); !s.says(row.says) || choose != nil && !choose.Disabled() {
			t.Errorf("kind %d: not told, or the folder can be chosen", row.kind)
		}
		f.waysRead = nil
		s.tap(row.mend)
		if back := row.mend == "Back to the form"; back != (len(s.u.modals) == 0) || !back && !s.says("laptop") && !s.says("music") {
			t.Errorf("kind %d: %q does not mend it", row.kind, row.mend)
		}
	}
}

// Closing the sheet ends the question.
func TestFoldersCancelled(t *testing.T) {
	ended := make(chan struct{})
	f := aServer()()
	f.waysRead = func(ctx context.Context) error {
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}
	s := newStage(t, "light", f)
	s.toFolders("backup")
	s.key(fyne.KeyEscape)
	if len(s.u.modals) != 0 {
		t.Error("the sheet stays")
	}
	<-ended
}

// Names that a form cannot hold can be looked into and not chosen.
func TestFolderThatNoFormHolds(t *testing.T) {
	s := newStage(t, "light", aServer(func(f *fake) { f.ways = append(f.ways, "music/odd ") })())
	s.toFolders("music")
	s.item("odd ")
	if !s.says("cannot stand in an address") || !s.button("Choose").Disabled() {
		t.Error("a name that would be bent can be chosen")
	}
}

// The sheet goes through the folders of a real server, and makes one.
func TestBrowseARealServer(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	t.Setenv("SSH_AUTH_SOCK", "")
	for _, folder := range []string{"backup/laptop", "50% off #1"} {
		if err := os.MkdirAll(filepath.Join(server.Home, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d := newDesk(t, "light")
	d.toServer(server)
	d.titled("Folder").(*look.Field).SetText("")
	d.tap("Browse…")
	d.q.until(t, "the question about the server", func() bool { return d.says("Is this the right server?") })
	d.tap("Trust this server")
	d.item("50% off #1")
	d.q.until(t, "the empty folder", func() bool { return d.says("There are no folders in here.") })
	d.tap("New folder…")
	d.entry("Name of the new folder").SetText("new ü?")
	d.tap("Make")
	d.q.until(t, "the new folder", func() bool { return d.button("new ü?") != nil && !d.button("Choose").Disabled() })
	d.tap("Choose")
	if got := d.titled("Folder").(*look.Field).Text; got != "50% off #1/new ü?" {
		t.Errorf("the form says %q", got)
	}
	d.tap("Test")
	d.q.until(t, "the end of the test", func() bool { return d.says("It works.") })
	made, err := os.ReadDir(filepath.Join(server.Home, "50% off #1"))
	if err != nil || len(made) != 1 || !strings.HasPrefix(made[0].Name(), "new ü?") {
		t.Errorf("on the server there is %v, %v", made, err)
	}
}
