package ui

import (
	"reflect"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// newListStage is at the form of several destinations.
func newListStage(t *testing.T, f *fake) *stage {
	t.Helper()
	s := newStage(t, "light", f)
	for _, k := range destination.Kinds() {
		if k.Name == destination.Several {
			s.u.Kinds = append(someKinds(), k)
		}
	}
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.tile("Several destinations")
	return s
}

// expect waits until the window says something.
func (s *stage) expect(text string) {
	s.t.Helper()
	s.q.until(s.t, "the text “"+text+"”", func() bool { return s.says(text) })
	s.settle()
}

// addFolder adds one of the computer.
func (s *stage) addFolder(path string) {
	s.t.Helper()
	s.tap("Add a destination…")
	s.entry("Folder for the backup").SetText(path)
	s.tap("Add to the list")
}

func (s *stage) addServer() {
	s.t.Helper()
	s.tap("Add a destination…")
	s.toServer()
	s.tap("Add to the list")
}

// What is listed is tested as it is listed, with passwords apart.
func TestListOfDestinations(t *testing.T) {
	s := newListStage(t, &fake{tested: roomy()})
	s.addFolder("/media/ada/Lake/Varve")
	s.addServer()
	if !s.says("Lake / Varve") || !s.says("nas.local / srv / backup") || s.canContinue() {
		t.Error("the list does not show, or leads on untested")
	}
	s.tap("Test")
	s.expect("It works.")
	want := session.Choice{Options: map[string]string{"mode": "mirror"}, Members: []session.Member{
		{Member: destination.Member{URL: "file:///media/ada/Lake/Varve"}},
		{Member: destination.Member{URL: "sftp://ada@nas.local//srv/backup"}, Login: session.Login{Password: "hidden", Typed: true}},
	}}
	if got := s.f.choices; len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("tested were %+v", got)
	}
	if !s.canContinue() || !s.says("It works.") || !s.says("to Lake / Varve and nas.local / srv / backup") {
		t.Error("a test that passed does not lead on")
	}
	s.radio("Each gets a share")
	s.radio("Stop the backup")
	if s.canContinue() || !s.says("all of them are needed") {
		t.Error("a test counts for another list")
	}
	s.tap("Test")
	if got := s.f.choices[1].Options; got["mode"] == "mirror" || got["onfail"] != "abort" {
		t.Errorf("tested was %v", got)
	}
}

func TestOneIsNoList(t *testing.T) {
	s := newListStage(t, &fake{tested: roomy()})
	s.addFolder("/media/ada/Lake/Varve")
	s.tap("Test")
	if !s.says("At least two are needed.") || len(s.f.choices) > 0 {
		t.Errorf("%d tests", len(s.f.choices))
	}
}

// A destination is changed and taken out where it stands. Going back changes
// nothing.
func TestListIsChanged(t *testing.T) {
	s := newListStage(t, &fake{tested: roomy()})
	s.addServer()
	s.addFolder("/media/ada/Lake/Varve")
	s.tap("Test")
	s.tap("Change…") // the last one
	s.entry("Folder for the backup").SetText("/media/ada/Stick/Varve")
	s.settle()
	s.tap("Back")
	if !s.says("Lake / Varve") || !s.canContinue() {
		t.Error("going back changed the list")
	}
	s.tap("Change…")
	s.tap("Keep the change")
	if !s.says("Stick / Varve") || s.says("Lake / Varve") || s.canContinue() {
		t.Error("the list is not changed")
	}
	var remove *look.Button
	each(s.u.window, func(o fyne.CanvasObject) {
		if b, ok := o.(*look.Button); ok && reads(b.Name, "Remove") {
			remove = b // the last one
		}
	})
	remove.OnTapped()
	s.settle()
	if !s.says("nas.local") || s.says("Stick / Varve") {
		t.Error("nothing was taken out of the list, or the wrong one")
	}
}

// Each that fails is told by itself, with the way to mend it.
func TestMembersThatFail(t *testing.T) {
	s := newListStage(t, &fake{})
	s.addFolder("/media/ada/Lake/Varve")
	s.f.testing = failed(&session.MembersError{Errs: []error{nil, wrongPassword()}})
	s.addServer()
	s.tap("Test")
	for _, text := range []string{"1 of 2 destinations does not work.", "Lake / Varve works.", "nas.local / srv / backup: The login was refused.", "password and publickey were tried"} {
		s.expect(text)
	}
	if s.canContinue() {
		t.Error("the next step opens")
	}
	s.tap("Change…") // that of the failure is the last one
	if !s.says("This was refused.") || s.u.window.Canvas().Focused() != s.titled("Password") {
		t.Error("the way to mend it does not lead to the password")
	}
}

// A key that was changed is an alarm among several too.
func TestMemberWithAChangedKey(t *testing.T) {
	s := newListStage(t, &fake{})
	s.addFolder("/media/ada/Lake/Varve")
	s.addServer()
	s.f.testing = failed(&session.MembersError{Errs: []error{nil, changedKey()}})
	s.tap("Test")
	s.expect("Stop. This may not be nas.local.")
}

// A single test of what becomes one of several proves that one, and adds it.
func TestMemberIsTestedAlone(t *testing.T) {
	s := newListStage(t, &fake{testing: failed(&session.MembersError{Errs: []error{wrongPassword()}})})
	s.tap("Add a destination…")
	s.toServer()
	s.tap("Test")
	s.expect("The login was refused.")
	if got := s.f.choices; len(got) != 1 || len(got[0].Members) != 1 {
		t.Errorf("tested were %+v", got)
	}
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	if !s.says("The destinations") || !s.says("nas.local / srv / backup") {
		t.Error("Enter does not add it to the list")
	}
}

// Names in messages and prefixes are set where they are unfolded.
func TestNamesAndPrefixes(t *testing.T) {
	s := newListStage(t, &fake{tested: roomy()})
	s.addFolder("/media/ada/Lake/Varve")
	s.addFolder("/media/ada/Stick/Varve")
	s.tap("More options")
	s.fill("Name in messages", "the stick") // the last one
	s.fill("Only files that begin with", "data/, index/")
	s.tap("Fewer options")
	if !s.says("Only files that begin with data/ and index/") {
		t.Error("the list does not say what is particular")
	}
	s.tap("Test")
	m := s.f.choices[0].Members[1]
	if m.Description != "the stick" || !reflect.DeepEqual(m.Prefixes, []string{"data/", "index/"}) {
		t.Errorf("tested was %+v", m)
	}
	s.radio("Each gets a share")
	s.tap("Test")
	if m := s.f.choices[1].Members[1]; m.Prefixes != nil {
		t.Errorf("prefixes are kept where they have no meaning: %+v", m)
	}
}

// A list has no list in it.
func TestWhatCanBeAMember(t *testing.T) {
	s := newListStage(t, &fake{})
	s.tap("Add a destination…")
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Tile); ok && reads(x.Title, "Several destinations") {
			t.Error("a list is offered as a member of a list")
		}
	})
}

// What is set for one of several is its own: the others do not have it, and it
// is changed where it was set.
func TestMembersHaveOptions(t *testing.T) {
	s := newListStage(t, &fake{tested: roomy()})
	s.tap("Add a destination…")
	s.toServer()
	s.fill("Key file", "/home/ada/.ssh/nas")
	s.tap("Add to the list")
	s.addFolder("/media/ada/Lake/Varve")
	s.tap("Test")
	all := s.f.choices[0].Members
	if want := map[string]string{"key-file": "/home/ada/.ssh/nas"}; !reflect.DeepEqual(all[0].Options, want) || all[1].Options != nil {
		t.Errorf("tested was %+v", all)
	}
}
