package ui

import (
	"os"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

// fromAnna is a backup that came from another computer.
func fromAnna(root string) func() *fake {
	return func() *fake {
		past := pasttest.Adas(now)
		past.Line.Host, past.Line.Root = "old-laptop", root
		return &fake{past: past, fakeMeeting: fakeMeeting{met: someMet()}, restoring: &fakeWork{end: make(chan struct{})}}
	}
}

func (s *stage) toAnnas() {
	s.u.openRestore(session.Archive{Name: "Elsewhere", URL: "file:///media/ada/Stick/anna"})
	s.settle()
	s.tickItem("Documents")
	s.tap("Restore 1 item…")
}

var homeScenes = []scene{
	{"restore-from-another-home", fromAnna("/home/anna"), func(s *stage) {
		s.toAnnas()
		s.radio(toHome)
		s.q.until(s.t, "the comparison", func() bool { return s.says("12 are there already") })
	}},
}

// What came from somebody's home on another computer can go into the home here.
func TestAnotherHomeIsOffered(t *testing.T) {
	for _, row := range []struct{ root, target, says string }{
		{"/home/anna", "/home/ada", "This came from anna on old-laptop, where home was /home/anna."},
		{"/Users/anna/Work", "/home/ada/Work", "what was in /Users/anna/Work comes to ~/Work."},
		{"/home/ada/Work", "/home/ada/Work", "This came from ada on old-laptop"},
		{"/srv/work", "", ""},
		{"/home/anna/Work, /home/anna/Play", "", ""},
	} {
		s := newStage(t, "light", fromAnna(row.root)())
		s.toAnnas()
		if row.target == "" {
			s.radio(toNew) // the form is there
			if s.says("This came from") || s.says(toHome) {
				t.Errorf("%s: a home is offered for what came from none", row.root)
			}
			continue
		}
		s.radio(toHome)
		if !s.says(row.says) {
			t.Errorf("%s: the form does not say %q", row.root, row.says)
		}
		s.tap("Restore now")
		if got := s.f.restored[0].Target; got != row.target {
			t.Errorf("%s: restored to %q, want %q", row.root, got, row.target)
		}
		close(s.f.restoring.end)
		s.q.until(t, "the end", func() bool { return !s.u.restore.running })
	}
}

// With a real backup of another computer.
func TestRestoreOfAnotherHome(t *testing.T) {
	d := newDesk(t, "light")
	there := engine.New(engine.Config{ArchiveDir: d.path("anna/cache"), Host: "old-laptop"})
	destination := engine.Destination{URL: session.URL(d.path("stick")), Format: engine.Deduplicated, Encryption: engine.Encryption{Passphrase: secret.New("seven green boats")}}
	if err := os.MkdirAll(d.path("anna/home/Documents"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.write("anna/home/Documents/notes.txt", "of Anna")
	d.write("anna/home/Documents/letter.txt", "to Anna")
	err := there.Backup(engine.BackupPlan{Destination: destination, Root: d.path("anna/home"), SourceName: "/home/anna"}).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.s.Remember(destination.URL, "seven green boats")
	d.u.openRestore(session.Archive{Name: "stick", URL: destination.URL, Encrypted: true})
	d.tickItem("Documents")
	d.tap("Restore 1 item…")
	d.q.until(t, "the form to say where it came from", func() bool {
		return d.says("This came from anna on old-laptop, where home was /home/anna.")
	})
	d.radio(toHome)
	d.q.until(t, "the comparison", func() bool { return d.says("One is there already, and is") })
	for _, c := range clashes {
		if c.clash.String() == "skip" {
			d.radio(c.label)
		}
	}
	d.tap("Restore now")
	d.restored()
	for name, want := range map[string]string{"notes.txt": "first", "letter.txt": "to Anna"} {
		if got, err := os.ReadFile(d.path("home/Documents/" + name)); string(got) != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

// A backup of this computer that no job here made goes back in place.
func TestOwnBackupFoundElsewhere(t *testing.T) {
	f := fromAnna("/home/ada")()
	f.past.Line.Host, _ = os.Hostname()
	s := newStage(t, "light", f)
	s.toAnnas()
	if s.says("This came from") || s.says(toHome) {
		t.Error("the own home counts as another")
	}
	s.radio(toInPlace)
	s.tap("Restore now")
	if got := f.restored[0].Target; got != "/home/ada" {
		t.Errorf("restored to %q", got)
	}
	close(f.restoring.end)
}
