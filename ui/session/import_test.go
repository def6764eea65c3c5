package session

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session/portable"
)

// newComputer is another computer of the same person, who has another name there.
func (p *person) newComputer(home string, k keyring) *person {
	p.t.Helper()
	p.t.Setenv("HOME", filepath.Join(p.dir, home))
	other := &person{t: p.t, dir: filepath.Join(p.dir, home), keyring: k}
	other.write("diary.txt", "not in any backup")
	other.open()
	return other
}

// A job that was carried to another computer goes on with its archive there, and
// nobody is asked for anything.
func TestJobGoesOnElsewhere(t *testing.T) {
	p := newPersonWith(t, newMemory(nil))
	t.Setenv("HOME", filepath.Join(p.dir, "old"))
	p.write("old/Letters/diary.txt", "the older words")
	drive := filepath.Join(p.dir, "Drive")
	id, err := p.s.AddJob(t.Context(), NewJob{
		Folders: []string{filepath.Join(p.dir, "old/Letters")}, Choice: Choice{Destination: drive}, Encrypted: true, Passphrase: "seven green boats", Keep: true,
		Keeping: Keeping{Text: "keep-versions=5", FullEvery: 30}, Plan: schedule.Plan{Every: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.backUp(id)
	if err := p.s.SetPreference(t.Context(), "theme", "dark"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.dir, "settings.json.gpg")
	if e, err := p.s.Export(t.Context(), file, "of the file"); err != nil || e.Jobs != 1 || e.Without != nil {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, err := p.s.Export(t.Context(), file, ""); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	if at, err := os.Stat(file); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", at, err)
	}
	p.move("old/Letters", "new/Letters")

	keyring := newMemory(nil)
	q := p.newComputer("new", keyring)
	if _, err := q.s.ReadImport(t.Context(), file, ""); !errors.Is(err, portable.ErrSealed) {
		t.Errorf("without the passphrase of the file: %v", err)
	}
	i, err := q.s.ReadImport(t.Context(), file, "of the file")
	if err != nil || len(i.Jobs) != 1 || !i.Jobs[0].Moved || i.Jobs[0].Here != "" || !slices.Equal(i.Choices, []string{"theme"}) {
		t.Fatalf("%+v, %v", i, err)
	}
	if unkept, err := q.s.TakeOver(t.Context(), i, false, true); err != nil || unkept {
		t.Fatal(unkept, err)
	}
	q.write("Letters/diary.txt", "the newer words")
	jobs, err := q.s.Jobs(t.Context())
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	j := jobs[0]
	if !slices.Equal(j.Folders, []string{filepath.Join(p.dir, "new/Letters")}) || j.Retention != "keep-versions=5" || j.FullEvery != 30 || j.Timing.Plan.Every != time.Hour {
		t.Errorf("it came as %+v", j)
	}
	if v, err := q.s.Preference(t.Context(), "theme"); v != "dark" || err != nil {
		t.Errorf("the theme is %q, %v", v, err)
	}
	q.backUp(j.ID)
	if r := q.lastRun(j.ID); r.Outcome != settings.Fine || q.asked.Load() != 0 {
		t.Fatalf("%+v, and %d questions", r, q.asked.Load())
	}
	found, err := q.s.Inspect(t.Context(), Choice{Destination: drive})
	if err != nil || found.Versions != 2 {
		t.Errorf("%+v, %v", found, err)
	}
}

// A file without secrets has none, and what was not at hand is named.
func TestExportOfSecrets(t *testing.T) {
	p := newPersonWith(t, newMemory(nil))
	add := func(n NewJob) {
		n.Folders = []string{filepath.Join(p.dir, "Letters")}
		if _, err := p.s.AddJob(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	add(NewJob{Choice: p.two(), KeepLogin: true, Encrypted: true, Passphrase: "nine boats", Keep: true})
	add(NewJob{Choice: Choice{Destination: filepath.Join(p.dir, "Stick")}, Encrypted: true})
	for _, passphrase := range []string{"", "p"} {
		e, err := p.s.Export(t.Context(), filepath.Join(p.dir, "file"+passphrase), passphrase)
		if err != nil || e.Jobs != 2 || (passphrase != "") != slices.Equal(e.Without, []string{"Letters"}) {
			t.Errorf("%+v, %v", e, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "file"))
	if err != nil || strings.Contains(string(text), "hidden") || strings.Contains(string(text), "nine boats") {
		t.Errorf("it has secrets: %s, %v", text, err)
	}
	// The lists of several destinations are written anew, and their logins kept.
	keyring := newMemory(nil)
	q := p.newComputer("new", keyring)
	i, err := q.s.ReadImport(t.Context(), filepath.Join(p.dir, "filep"), "p")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.s.TakeOver(t.Context(), i, false, false); err != nil {
		t.Fatal(err)
	}
	if lists := q.listsThere(); len(lists) != 1 {
		t.Errorf("the lists are %v", lists)
	}
	if values := keyring.values(); !slices.Equal(values, []string{"hidden", "nine boats"}) {
		t.Errorf("the keyring has %q", values)
	}
	again, err := q.s.ReadImport(t.Context(), filepath.Join(p.dir, "filep"), "p")
	if err != nil || again.Jobs[0].Here == "" || again.Jobs[1].Here == "" {
		t.Errorf("what is here already is not known again: %+v, %v", again, err)
	}
}

// What is here already stays as it is, or becomes as the file has it; its
// history stays in any case.
func TestImportOfWhatIsHere(t *testing.T) {
	p := newPerson(t)
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")}})
	if err != nil {
		t.Fatal(err)
	}
	p.backUp(id)
	file := filepath.Join(p.dir, "file")
	if _, err := p.s.Export(t.Context(), file, ""); err != nil {
		t.Fatal(err)
	}
	if err := p.s.SetRetention(t.Context(), id, Keeping{Text: "keep-versions=9"}, false); err != nil {
		t.Fatal(err)
	}
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	running := p.fakeCopying(id, c)
	stored := p.tree(p.path("Second"))
	for _, row := range []struct {
		replace bool
		want    string
		copies  int
	}{{false, "keep-versions=9", 1}, {true, "", 0}} {
		i, err := p.s.ReadImport(t.Context(), file, "")
		if err != nil || i.Jobs[0].Here != "Letters" || !slices.Equal(i.Jobs[0].Leaves, []string{p.path("Second")}) {
			t.Fatalf("%+v, %v", i, err)
		}
		if _, err := p.s.TakeOver(t.Context(), i, row.replace, true); err != nil {
			t.Fatal(err)
		}
		jobs, err := p.s.Jobs(t.Context())
		if err != nil || len(jobs) != 1 || jobs[0].Retention != row.want || len(jobs[0].Runs) != 1 || len(jobs[0].Copies) != row.copies {
			t.Errorf("with %v: %+v, %v", row.replace, jobs, err)
		}
		if ended := *running != nil; ended != row.replace {
			t.Errorf("with %v, a copy that is made ended: %v", row.replace, ended)
		}
		if !maps.Equal(p.tree(p.path("Second")), stored) {
			t.Errorf("with %v, what is stored in the second place changed", row.replace)
		}
	}
}

// A second place that the file has too stays with what is known of it, and gets
// the options that the file has.
func TestImportChangesOptionsOfCopies(t *testing.T) {
	p := newPerson(t)
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")}})
	if err != nil {
		t.Fatal(err)
	}
	c := settings.Copy{Job: id, Destination: "sftp://ada@nas.local/letters", Options: map[string]string{"port": "22"}}
	if err := p.s.store.AddCopy(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.dir, "file")
	if _, err := p.s.Export(t.Context(), file, ""); err != nil {
		t.Fatal(err)
	}
	i, err := p.s.ReadImport(t.Context(), file, "")
	if err != nil || len(i.Jobs[0].Leaves) != 0 {
		t.Fatalf("%+v, %v", i, err)
	}
	i.Jobs[0].places[1].Options = map[string]string{"port": "2222"}
	if _, err := p.s.TakeOver(t.Context(), i, true, false); err != nil {
		t.Fatal(err)
	}
	copies, err := p.s.store.Copies(t.Context())
	if err != nil || len(copies) != 1 || copies[0].ID != c.ID || copies[0].Options["port"] != "2222" {
		t.Errorf("%+v, %v", copies, err)
	}
}
