package ui

import (
	"errors"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
)

// toDrive opens the sheet of the form of a cloud drive.
func (s *stage) toDrive() {
	s.t.Helper()
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.tile("Dropbox")
	s.tap("Browse…")
	s.settle()
}

func notLoggedIn() error {
	return &engine.Error{Op: "listing folders at the destination", Kind: engine.LoginRefused, Err: errors.New("the login was refused: nobody has logged in to Dropbox yet")}
}

// driveSheetScenes are the states of the sheet that cloud drives have of their
// own.
var driveSheetScenes = []scene{
	{"wizard-drive-folders", aServer(), (*stage).toDrive},
	{"wizard-drive-refused", aServer(func(f *fake) { f.waysRead = failed(notLoggedIn()) }), (*stage).toDrive},
}

// A look into a cloud drive begins at the top of the account; who has not
// logged in is told to.
func TestChooseAFolderOfADrive(t *testing.T) {
	s := newStage(t, "light", aServer(func(f *fake) { f.waysRead = failed(notLoggedIn()) })())
	s.toDrive()
	if !s.says("Log in with the browser, then try again.") {
		t.Error("it is not said that a login is missing")
	}
	s.tap("Back to the form")
	s.tap("Log in with the browser")
	s.f.waysRead = nil
	s.tap("Browse…")
	s.settle()
	if !s.says("Folders on Dropbox") || s.button("Top of the account") == nil || !s.button("Choose").Disabled() {
		t.Error("the look does not begin at the top, or that can be chosen")
	}
	s.item("backup")
	s.tap("Choose")
	if got := s.titled("Folder").(*look.Field).Text; got != "backup" {
		t.Errorf("the form says %q", got)
	}
	if c := s.f.waysAsked[1]; c.Destination != "dpbx://" || c.Login.Options["token"] != "token of dpbx" {
		t.Errorf("asked was %+v", c)
	}
}
