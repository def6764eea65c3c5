package session

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
)

// program runs one that a person had before Varve.
func (p *person) program(env []string, name string, args ...string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), name, args...)
	cmd.Env = append(append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(p.dir, "before")), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// move is what a new computer is like: the folders have another home.
func (p *person) move(from, to string) {
	p.t.Helper()
	err := os.MkdirAll(filepath.Dir(filepath.Join(p.dir, to)), 0o755)
	if err = errors.Join(err, os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to))); err != nil {
		p.t.Fatal(err)
	}
}

// resticPassword opens what restic made.
var resticPassword = []string{"RESTIC_PASSWORD=seven green boats"}

// What restic and duplicity made is found on a drive, told where it came from,
// and gone on with, also from a folder of another name.
func TestBackupsOfOtherProgramsAreAdopted(t *testing.T) {
	for _, c := range []struct {
		program recognise.Program
		env     []string
		make    [][]string
		check   []string
		others  int // versions of another computer
	}{
		{recognise.Restic, resticPassword, [][]string{
			{"restic", "-r", "DRIVE", "init"},
			{"restic", "-r", "DRIVE", "backup", "--host", "of-somebody-else", "LETTERS"},
			{"restic", "-r", "DRIVE", "backup", "--host", "old-laptop", "LETTERS"},
		}, []string{"restic", "-r", "DRIVE", "check", "--read-data"}, 1},
		{recognise.Duplicity, []string{"PASSPHRASE=seven green boats"}, [][]string{
			{"duplicity", "LETTERS", "file://DRIVE"},
		}, []string{"duplicity", "verify", "--compare-data", "file://DRIVE", "NEW"}, 0},
	} {
		t.Run(c.program.String(), func(t *testing.T) {
			p := newPerson(t)
			drive := filepath.Join(p.dir, "Stick", "backups", "mine")
			if err := os.MkdirAll(drive, 0o755); err != nil {
				t.Fatal(err)
			}
			place := func(args []string) []string {
				args = slices.Clone(args)
				for i, a := range args {
					switch a {
					case "DRIVE":
						args[i] = drive
					case "file://DRIVE":
						args[i] = "file://" + drive
					case "LETTERS":
						args[i] = filepath.Join(p.dir, "Letters")
					case "NEW":
						args[i] = filepath.Join(p.dir, "New/Letters")
					}
				}
				return args
			}
			for _, m := range c.make {
				m = place(m)
				p.program(c.env, m[0], m[1:]...)
			}
			p.move("Letters", "New/Letters")

			var seen []Sighting
			whole, err := p.s.Seek(t.Context(), filepath.Join(p.dir, "Stick"), func(s Sighting) { seen = append(seen, s) })
			if err != nil || !whole || len(seen) != 1 || seen[0].Program != c.program || seen[0].Versions != 1+c.others || !seen[0].Encrypted || seen[0].Err != nil {
				t.Fatalf("found %+v, %v", seen, err)
			}

			a, err := p.s.Take(t.Context(), Choice{Destination: seen[0].Path}, false, true)
			if err != nil {
				t.Fatal(err)
			}
			for given, want := range map[string]engine.ErrorKind{"": engine.NoPassphrase, "seven red boats": engine.WrongPassphrase} {
				if _, err := p.s.Origin(t.Context(), a, given); kindOf(err) != want {
					t.Errorf("with the passphrase %q: %v", given, err)
				}
			}
			if p.s.remembered(a.URL) != "" || p.asked.Load() != 0 {
				t.Error("a wrong passphrase is remembered, or somebody was asked")
			}
			from, err := p.s.Origin(t.Context(), a, "seven green boats")
			if err != nil || !slices.Equal(from.Folders, []string{filepath.Join(p.dir, "Letters")}) || from.Host == "" || len(from.Here) != 0 || len(from.Away) != 1 || len(from.Past) != 1 {
				t.Fatalf("it is from %+v, %v", from, err)
			}
			if again, err := p.s.Origin(t.Context(), a, ""); err != nil || !reflect.DeepEqual(again, from) {
				t.Errorf("the passphrase is not remembered: %+v, %v", again, err)
			}

			p.write("New/Letters/diary.txt", "words of the new computer")
			n := NewJob{Folders: []string{filepath.Join(p.dir, "New/Letters")}, Choice: Choice{Destination: drive}, Encrypted: true, Passphrase: "seven green boats", Adopt: true}
			id, err := p.s.AddJob(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			p.backUp(id)
			if r := p.lastRun(id); r.Sentence != "" {
				events, _ := p.s.Events(t.Context(), r.ID)
				t.Fatalf("%s %+v", r.Sentence, events)
			}
			check := place(c.check)
			p.program(c.env, check[0], check[1:]...)
			found, err := p.s.Inspect(t.Context(), Choice{Destination: drive})
			if err != nil || found.Versions != 2+c.others {
				t.Errorf("there are %d versions, %v; want those of before and the new one", found.Versions, err)
			}
			if p.s.adopts(t.Context(), id) {
				t.Error("other folders would still be taken")
			}
		})
	}
}

// Without being told to, a job does not go on with what is of another folder.
func TestOtherFoldersAreNotTakenInSilence(t *testing.T) {
	p := newPerson(t)
	p.program(nil, "duplicity", "--no-encryption", filepath.Join(p.dir, "Letters"), "file://"+filepath.Join(p.dir, "Drive"))
	p.move("Letters", "New/Letters")
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "New/Letters")}, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")}})
	if err != nil {
		t.Fatal(err)
	}
	p.backUp(id)
	if p.lastRun(id).Sentence == "" {
		t.Error("another folder's backup was gone on with")
	}
}

// A home of another name is this person's home, and of a folder of which only
// some folders were chosen, those are meant.
func TestOriginOfAnotherHome(t *testing.T) {
	p := newPerson(t)
	t.Setenv("HOME", filepath.Join(p.dir, "home"))
	p.write("home/Documents/letter.txt", "here")
	p.write("home/Music/song.ogg", "here")
	for there, want := range map[string]string{
		"/home/nobody-of-this-name/Documents": filepath.Join(p.dir, "home/Documents"),
		"/Users/nobody-of-this-name":          filepath.Join(p.dir, "home"),
		"/home/nobody-of-this-name/Work":      "",
		"/homework":                           "",
		p.dir:                                 p.dir,
	} {
		if got := counterpart(there, filepath.Join(p.dir, "home")); got != want {
			t.Errorf("%s is here %q, want %q", there, got, want)
		}
	}

	p.program(resticPassword, "restic", "-r", filepath.Join(p.dir, "Drive"), "init")
	p.program(resticPassword, "restic", "-r", filepath.Join(p.dir, "Drive"), "backup", "--exclude", "Music", filepath.Join(p.dir, "home"))
	a, err := p.s.Take(t.Context(), Choice{Destination: filepath.Join(p.dir, "Drive")}, false, true)
	if err != nil {
		t.Fatal(err)
	}
	from, err := p.s.Origin(t.Context(), a, "seven green boats")
	if want := []string{filepath.Join(p.dir, "home/Documents")}; err != nil || !slices.Equal(from.Here, want) {
		t.Errorf("it goes on with %q, %v; want %q", from.Here, err, want)
	}
	p.s.Remember(a.URL, "wrong")
	if _, err := p.s.Origin(t.Context(), a, ""); kindOf(err) != engine.WrongPassphrase || p.s.remembered(a.URL) != "" {
		t.Errorf("a wrong passphrase is kept, or opened it: %v", err)
	}
}
