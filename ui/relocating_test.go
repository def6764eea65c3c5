package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
)

// lakeWith is a drive with so many versions on it.
func lakeWith(versions int) engine.Found {
	f := lakeFound()
	f.Versions = versions
	return f
}

// toWhere opens the page of a place with the versions that are found there.
func (s *stage) toRelocation(versions int) {
	s.f.found = lakeWith(versions)
	s.toJob()
	s.named(langtest.Plain(lang.T("Where") + ": " + lang.T("Change…")))
	s.settle()
}

// moved types another folder.
func (s *stage) moved() {
	s.entry("Folder where the backup is now").SetText("/media/ada/Pond/Varve")
	s.settle()
}

// onServer is Ada's backup on a server.
func onServer() *fake {
	j := adasJob(session.Protected)
	j.Destination = nas
	return &fake{jobs: []session.JobState{j}, tested: roomy()}
}

var relocationScenes = []scene{
	{"where-known", withCopies(), func(s *stage) { s.toRelocation(38) }},
	{"where-nothing", withCopies(), func(s *stage) {
		s.toRelocation(0)
		s.moved()
	}},
	{"where-refused", withCopies(), func(s *stage) {
		s.f.moveFail = &engine.Error{Op: "changing where a backup is kept", Path: "/media/ada/Pond/Varve", Kind: engine.Invalid, Err: session.ErrAnotherThere}
		s.toRelocation(4)
		s.moved()
		s.tap("Go on there")
	}},
	{"where-older", withCopies(), func(s *stage) {
		s.f.moveFail = olderThere()
		s.toRelocation(4)
		s.moved()
		s.tap("Go on there")
	}},
	{"where-server", onServer, func(s *stage) { s.toRelocation(0) }},
	{"where-several", onServer, func(s *stage) {
		s.onSeveral()
		s.toRelocation(0)
	}},
}

// A folder with versions is handed to the session, which compares them.
func TestMovedFolderIsChosen(t *testing.T) {
	s := newStage(t, "light", withCopies()())
	s.toRelocation(38)
	s.moved()
	s.q.until(t, "the consent", func() bool { return !s.button("Go on there").Disabled() })
	s.tap("Go on there")
	s.q.until(t, "the job", func() bool { return s.says("What it did") })
	if len(s.f.moved) != 1 || s.f.moved[0].Destination != "/media/ada/Pond/Varve" {
		t.Errorf("moved to %+v", s.f.moved)
	}
}

// Where nothing is, or something else, other ways are offered, and nothing is
// handed on.
func TestOtherWaysAreOffered(t *testing.T) {
	for button, says := range map[string]string{"Copy it to a second place…": "Where shall the copy be kept?", "Set up a new backup…": "New backup"} {
		s := newStage(t, "light", withCopies()())
		s.toRelocation(0)
		if s.says("If the versions are not there yet") {
			t.Error("other ways are offered before another place is named")
		}
		s.moved()
		s.q.until(t, "the verdict", func() bool { return s.says("There are no versions at this place.") })
		if !s.button("Go on there").Disabled() {
			t.Error("an empty place can be chosen")
		}
		s.tap(button)
		if !s.says(says) || len(s.f.moved) != 0 {
			t.Errorf("%q does not lead to %q, or moved to %v", button, says, s.f.moved)
		}
	}
	s := newStage(t, "light", withCopies()())
	s.f.moveFail = olderThere()
	s.toRelocation(4)
	s.tap("Go on there")
	s.q.until(t, "the question", func() bool { return s.says("Some versions are not there") })
	s.tap("Not now")
	if !s.says("If the versions are not there yet") {
		t.Error("no other way is offered after the refusal")
	}
}

// A backup that never ran goes anywhere that is empty, and nowhere else.
func TestPlaceOfABackupWithoutVersions(t *testing.T) {
	for versions, ready := range map[int]bool{0: true, 4: false} {
		j := adasJob(session.Protected)
		j.LastGood, j.Runs = session.JobState{}.LastGood, nil
		s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
		s.toRelocation(versions)
		s.q.until(t, "the verdict", func() bool { return !s.says("Looking at it…") })
		if s.button("Go on there").Disabled() == ready {
			t.Errorf("with %d versions there it can be chosen: %v", versions, !ready)
		}
	}
}

// The form of a server stands there filled in, and its test comes first.
func TestMovedServerIsTested(t *testing.T) {
	s := newStage(t, "light", onServer())
	s.f.tested.Versions = 38
	s.toRelocation(38)
	for title, want := range map[string]string{"Server": "nas.local", "User": "ada", "Folder": "backup/laptop"} {
		if got := s.titled(title).(*look.Field).Text; got != want {
			t.Errorf("%s: got %q, want %q", title, got, want)
		}
	}
	if !s.button("Go on there").Disabled() {
		t.Error("an untested server can be chosen")
	}
	s.tap("Test")
	s.q.until(t, "the test", func() bool { return s.says("It works.") })
	s.tap("Go on there")
	s.q.until(t, "the job", func() bool { return s.says("What it did") })
	if len(s.f.moved) != 1 || s.f.moved[0].Destination != nas {
		t.Errorf("moved to %+v", s.f.moved)
	}
}

// onSeveral has Ada's backup stored at two destinations at once.
func (s *stage) onSeveral() []destination.Member {
	s.t.Helper()
	members := []destination.Member{
		{URL: "file:///media/ada/Lake/Varve", Description: "the drive"}, {URL: "sftp://ada@nas.local/backup/laptop", Prefixes: []string{"data/"}},
	}
	text, err := destination.FormatMembers(members)
	if err != nil {
		s.t.Fatal(err)
	}
	list := filepath.Join(s.t.TempDir(), "list.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.f.jobs[0].Destination = destination.SeveralURL(list, map[string]string{"mode": "mirror", "onfail": "abort"})
	places.Learn(s.f.jobs[0].Destination) // as a session does
	for _, k := range destination.Kinds() {
		if k.Name == destination.Several {
			s.u.Kinds = append(someKinds(), k)
		}
	}
	return members
}

// Several destinations stand there as they were listed, and one of them can be
// given another place.
func TestMovedMembersAreListed(t *testing.T) {
	s := newStage(t, "light", onServer())
	members := s.onSeveral()
	s.f.tested.Versions = 38
	s.toRelocation(38)
	for _, want := range []string{"Lake / Varve", "nas.local / backup / laptop", "Only files that begin with data/"} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	s.tap("Change…") // the last one
	for title, want := range map[string]string{"Server": "nas.local", "User": "ada", "Folder": "backup/laptop"} {
		if got := s.titled(title).(*look.Field).Text; got != want {
			t.Errorf("%s: got %q, want %q", title, got, want)
		}
	}
	s.titled("Server").(*look.Field).SetText("nas.pond")
	s.tap("Keep the change")
	s.tap("Test")
	s.q.until(t, "the test", func() bool { return s.says("It works.") })
	s.tap("Go on there")
	s.q.until(t, "the job", func() bool { return s.says("What it did") })
	if len(s.f.moved) != 1 {
		t.Fatalf("moved to %+v", s.f.moved)
	}
	got := s.f.moved[0]
	members[1].URL = "sftp://ada@nas.pond/backup/laptop"
	if got.Options["mode"] != "mirror" || got.Options["onfail"] != "abort" || len(got.Members) != 2 ||
		!reflect.DeepEqual(got.Members[0].Member, members[0]) || !reflect.DeepEqual(got.Members[1].Member, members[1]) {
		t.Errorf("moved to %+v", got)
	}
}

// A login of the old place that could not be forgotten is told where the backup
// goes on.
func TestOldLoginIsTold(t *testing.T) {
	s := newStage(t, "light", withCopies()())
	s.f.moveFail = fmt.Errorf("%w: the keyring is locked", session.ErrOldLogin)
	s.toRelocation(38)
	s.tap("Go on there")
	s.q.until(t, "the word", func() bool { return s.says("did not let go of the login of the old one") })
	if !s.says("What it did") {
		t.Error("it stays where it was asked for the new place")
	}
}

// olderThere is why a place is not gone on at that lacks two versions.
func olderThere() error {
	return &engine.Error{Op: "changing where a backup is kept", Kind: engine.Invalid, Err: &session.OlderThere{Missing: 2, Newest: daysAgo(3), Last: daysAgo(1)}}
}

// Who is told which versions are not there can go on without them.
func TestOlderStateIsAgreedTo(t *testing.T) {
	s := newStage(t, "light", withCopies()())
	s.f.moveFail = olderThere()
	s.toRelocation(4)
	s.tap("Go on there")
	s.q.until(t, "the question", func() bool { return s.says("its newest versions, up to that of") && s.says("are not there") })
	if !s.f.agreed.IsZero() {
		t.Errorf("agreed to %v before that was asked", s.f.agreed)
	}
	s.tap("Go on without them")
	s.q.until(t, "the job", func() bool { return s.says("What it did") })
	if !s.f.agreed.Equal(daysAgo(3)) || len(s.f.moved) != 2 {
		t.Errorf("agreed to %v, moved to %v", s.f.agreed, s.f.moved)
	}
}
