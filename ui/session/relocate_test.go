package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
)

// destinationOf is where a job stores by now.
func (p *person) destinationOf(id int64) string {
	p.t.Helper()
	j, err := p.s.store.Job(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return Path(j.Destination)
}

// copyDrive is what a person does who copies the whole place by hand.
func (p *person) copyDrive(to string) {
	p.t.Helper()
	if err := os.CopyFS(p.path(to), os.DirFS(p.path("Drive"))); err != nil {
		p.t.Fatal(err)
	}
}

// A folder that was renamed is taken over, and the same history goes on there.
func TestRenamedPlaceIsTakenOver(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			kept := newMemory(nil)
			p := newPersonWith(t, kept)
			id, _ := p.job(passphrase)
			if passphrase != "" {
				if err := kept.Set(t.Context(), URL(p.path("Drive")), passphrase); err != nil {
					t.Fatal(err)
				}
			}
			p.backUpTimes(id, 2)
			p.prove(id)
			p.move("Drive", "Lake/Drive")
			if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Lake/Drive")}, true, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if kept.of(URL(p.path("Lake/Drive"))) != passphrase {
				t.Errorf("the keyring holds %q", kept.names())
			}
			if c, err := p.s.store.Checking(t.Context(), id); err != nil || !c.Proved.IsZero() || c.Read != 0 {
				t.Errorf("the new place counts as proved: %+v, %v", c, err)
			}
			p.write("Letters/diary.txt", "the last words")
			p.backUp(id)
			found, err := p.s.Inspect(t.Context(), Choice{Destination: p.path("Lake/Drive")})
			if err != nil || found.Versions != 3 {
				t.Errorf("there are %d versions, %v", found.Versions, err)
			}
			if _, err := os.Stat(p.path("Drive")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the old place was made again: %v", err)
			}
			p.readElsewhere(format, p.path("Lake/Drive"))
			if p.asked.Load() != 0 {
				t.Error("somebody was asked for the passphrase")
			}
		})
	}
}

// No history begins anew unnoticed: a place with nothing, with another backup, or
// with an older state of this one is refused, and everything stays as it was.
func TestOtherPlacesAreNotTakenOver(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.backUpTimes(id, 1)
			p.copyDrive("Older")
			p.backUpTimes(id, 1)
			p.write("Music/song.txt", "la")
			for place, of := range map[string]string{"Other": passphrase, "Theirs": passphrase + "!"} {
				other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Music")}, Choice: Choice{Destination: p.path(place)}, Encrypted: passphrase != "", Passphrase: of})
				if err != nil {
					t.Fatal(err)
				}
				p.backUpTimes(other, 1)
			}
			p.copyTo(id, Choice{Destination: p.path("Second")})
			if err := os.Mkdir(p.path("Empty"), 0o700); err != nil {
				t.Fatal(err)
			}
			for place, want := range map[string]error{
				"Empty": ErrNothingThere, "Nowhere": ErrNothingThere, "Other": ErrAnotherThere, "Theirs": ErrAnotherThere, "Older": ErrOlderThere,
				"Second/inside": errCopiedOver,
			} {
				err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path(place)}, true, time.Time{})
				if !errors.Is(err, want) || Explain(err).Sentence == sentences[engine.Other] {
					t.Errorf("%s: got %v, want %v", place, err, want)
				}
			}
			if got := p.destinationOf(id); got != p.path("Drive") {
				t.Errorf("it stores at %s", got)
			}
			p.backUpTimes(id, 1)
		})
	}
}

// Volumes that were made in the same second are told apart by their folder.
func TestVolumesOfAnotherFolderAreNotTakenOver(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	p.move("Drive", "Lake")
	if err := p.s.SetSources(t.Context(), id, []string{p.path("Letters/2026")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.s.store.EndAdoption(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Lake")}, true, time.Time{}); !errors.Is(err, ErrAnotherThere) {
		t.Errorf("got %v", err)
	}
}

// When the first drive is lost, its second place becomes the first, and is copied
// to no more.
func TestSecondPlaceBecomesTheFirst(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.backUpTimes(id, 1)
			second, third := p.copyTo(id, Choice{Destination: p.path("Second")}), p.copyTo(id, Choice{Destination: p.path("Third")})
			p.until("the copies", func() bool {
				return p.copyState(id, second).Health == CopyFresh && p.copyState(id, third).Health == CopyFresh
			})
			if err := os.RemoveAll(p.path("Drive")); err != nil {
				t.Fatal(err)
			}
			if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Second")}, true, time.Time{}); err != nil {
				t.Fatal(err)
			}
			p.follows(id, third, 1)
			p.same(p.path("Second"), p.path("Third"))
			if copies, err := p.s.store.Copies(t.Context()); err != nil || len(copies) != 1 {
				t.Errorf("copies are %+v, %v", copies, err)
			}
		})
	}
}

// A server by another name, and a job that never ran.
func TestPlaceOnAServerIsTakenOver(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	server := servers.SSH(t, servers.SSHOptions{})
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	place := Choice{Destination: server.Address("sftp", "moved"), Options: map[string]string{"ssh-options": server.Options()}}
	empty := Choice{Destination: server.Address("sftp", "empty"), Options: place.Options}
	if err := p.s.Relocate(t.Context(), id, empty, true, time.Time{}); err != nil {
		t.Fatalf("a job without a version: %v", err)
	}
	p.backUpTimes(id, 1)
	if err := os.Rename(server.Home+"/empty", server.Home+"/moved"); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Relocate(t.Context(), id, place, true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	if got := p.destinationOf(id); got != place.Destination {
		t.Errorf("it stores at %s", got)
	}
}

// A place that several jobs store in is taken over by each of them.
func TestSharedPlaceIsTakenOver(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	p.write("Music/song.txt", "la")
	other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Music")}, Choice: Choice{Destination: p.path("Drive")}, Encrypted: true})
	if err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(other, 1)
	p.move("Drive", "Lake")
	for _, job := range []int64{id, other} {
		if err := p.s.Relocate(t.Context(), job, Choice{Destination: p.path("Lake")}, true, time.Time{}); err != nil {
			t.Fatalf("job %d: %v", job, err)
		}
		p.backUpTimes(job, 1)
	}
}

// While a job runs it stays where it is.
func TestJobThatRunsIsNotMoved(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	p.never(id)
	r := p.heldCheck(id)
	defer r.stop(nil)
	if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Drive")}, true, time.Time{}); !errors.Is(err, ErrRuns) {
		t.Errorf("got %v", err)
	}
	p.s.StopRun(id)
	r.engine.Resume()
	p.rests(id)
}

// stubborn is a keyring that lets go of nothing.
type stubborn struct{ *memory }

func (stubborn) Delete(context.Context, string) error { return errors.New("the keyring is locked") }

// What opened the old place goes with it; where it cannot, that is told, and the
// backup goes on at the new place all the same.
func TestLoginOfTheOldPlaceIsForgotten(t *testing.T) {
	const old = "sftp://ada@nas.local/old"
	for name, row := range map[string]struct {
		keyring func(*memory) keyring
		want    error
		left    string
	}{
		"a keyring":         {func(m *memory) keyring { return m }, nil, ""},
		"a locked keyring":  {func(m *memory) keyring { return stubborn{m} }, ErrOldLogin, "secret"},
		"what is used also": {func(m *memory) keyring { return m }, nil, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(formats["deduplicated"])
			p.backUpTimes(id, 1)
			kept := newMemory(map[string]string{nas: "secret"})
			p.s.secrets = row.keyring(kept)
			if name == "what is used also" {
				if _, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters")}, Choice: Choice{Destination: nas + "/other"}}); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.s.store.Relocate(t.Context(), id, old, nil, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Drive")}, true, time.Time{}); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if got := p.destinationOf(id); got != p.path("Drive") {
				t.Errorf("it stores at %s", got)
			}
			if kept.of(nas) != row.left {
				t.Errorf("the keyring holds %q", kept.names())
			}
		})
	}
}

// One of several destinations that moved is given its new place, and the others
// stay as they are.
func TestMemberIsTakenOver(t *testing.T) {
	p := newPerson(t)
	both := func(second string) Choice {
		return Choice{Options: map[string]string{"mode": "mirror", "onfail": "abort"}, Members: []Member{
			{Member: destination.Member{URL: URL(p.path("First"))}}, {Member: destination.Member{URL: URL(p.path(second))}},
		}}
	}
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters")}, Choice: both("Second"), Encrypted: true, Passphrase: "nine green boats"})
	if err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	before := p.listsThere()
	p.move("Second", "Lake/Second")
	if err := p.s.Relocate(t.Context(), id, both("Lake/Second"), true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	p.same(p.path("First"), p.path("Lake/Second"))
	if _, err := os.Stat(p.path("Second")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old place was made again: %v", err)
	}
	if after := p.listsThere(); len(after) != 1 || len(before) != 1 || after[0] == before[0] {
		t.Errorf("the lists were %v, and are %v", before, after)
	}
}

// An older state of a backup is gone on from when a person agrees to just that,
// and then nothing is told of versions that are not there.
func TestOlderStateIsTakenOverWhenAgreed(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.backUpTimes(id, 1)
			p.copyDrive("Older")
			p.backUpTimes(id, 2)
			own, err := p.s.ownVersions(t.Context(), id)
			if err != nil || len(own) != 3 {
				t.Fatalf("%v, %v", own, err)
			}
			to := Choice{Destination: p.path("Older")}
			for _, agreed := range []time.Time{{}, own[0], own[1]} {
				older, ok := errors.AsType[*OlderThere](p.s.Relocate(t.Context(), id, to, true, agreed))
				if !ok || older.Missing != 2 || !older.Newest.Equal(own[2]) || !older.Last.Equal(own[0]) {
					t.Fatalf("agreed to %v: %+v", agreed, older)
				}
			}
			if err := p.s.Relocate(t.Context(), id, to, true, own[2]); err != nil {
				t.Fatal(err)
			}
			if jobs, err := p.s.Jobs(t.Context()); err != nil || !jobs[0].LastGood.Equal(own[2]) || len(jobs[0].Runs) != 3 {
				t.Errorf("the newest version is of %v, want %v, %v", jobs[0].LastGood, own[2], err)
			}
			p.write("Letters/diary.txt", "the last words")
			p.backUp(id)
			found, err := p.s.Inspect(t.Context(), to)
			if err != nil || found.Versions != 2 {
				t.Errorf("there are %d versions, %v", found.Versions, err)
			}
			p.readElsewhere(format, p.path("Older"))
		})
	}
}

// A second place with newer versions would lose them.
func TestOlderStateIsNotTakenOverBesideANewerCopy(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	p.copyDrive("Older")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.until("the copy", func() bool { return p.copyState(id, c).Health == CopyFresh })
	own, err := p.s.ownVersions(t.Context(), id)
	if err != nil || len(own) != 2 {
		t.Fatalf("%v, %v", own, err)
	}
	if err := p.s.Relocate(t.Context(), id, Choice{Destination: p.path("Older")}, true, own[1]); !errors.Is(err, errCopyNewer) {
		t.Errorf("got %v", err)
	}
	if got := p.destinationOf(id); got != p.path("Drive") {
		t.Errorf("it stores at %s", got)
	}
}

// A version that was removed by hand where the backup is kept is no longer told
// of, once a person agrees.
func TestVersionRemovedByHandIsAskedAbout(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	before := p.tree(p.path("Drive/snapshots"))
	p.backUpTimes(id, 1)
	own, err := p.s.ownVersions(t.Context(), id)
	if err != nil || len(own) != 2 {
		t.Fatalf("%v, %v", own, err)
	}
	for name := range p.tree(p.path("Drive/snapshots")) {
		if _, old := before[name]; !old {
			if err := os.Remove(filepath.Join(p.path("Drive/snapshots"), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	here := Choice{Destination: p.path("Drive")}
	if err := p.s.Relocate(t.Context(), id, here, true, time.Time{}); !errors.Is(err, ErrOlderThere) {
		t.Fatalf("got %v", err)
	}
	if err := p.s.Relocate(t.Context(), id, here, true, own[1]); err != nil {
		t.Fatal(err)
	}
	if jobs, err := p.s.Jobs(t.Context()); err != nil || !jobs[0].LastGood.Equal(own[1]) {
		t.Errorf("the newest version is of %v, want %v, %v", jobs[0].LastGood, own[1], err)
	}
	p.backUpTimes(id, 1)
}
