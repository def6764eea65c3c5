package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
)

// copyTo adds a second place, and waits for the first copy.
func (p *person) copyTo(id int64, c Choice) int64 {
	p.t.Helper()
	copied, err := p.s.AddCopy(p.t.Context(), id, c, true)
	if err != nil {
		p.t.Fatal(err)
	}
	p.copied(copied)
	return copied
}

// copied waits until nothing is copied to a second place.
func (p *person) copied(id int64) {
	p.t.Helper()
	p.until("the end of the copy", func() bool { return p.s.copyingTo(id) == nil })
}

// follows makes versions, and waits each time until the copy has followed.
func (p *person) follows(id, c int64, n int) {
	p.t.Helper()
	for range n {
		before := p.copyState(id, c).Tried
		p.backUpTimes(id, 1)
		p.until("the copy to follow", func() bool { return p.s.copyingTo(c) == nil && !p.copyState(id, c).Tried.Equal(before) })
	}
}

// copyNow copies as a click does, and waits.
func (p *person) copyNow(id int64, insist bool) {
	p.t.Helper()
	if err := p.s.CopyNow(id, insist); err != nil {
		p.t.Fatal(err)
	}
	p.copied(id)
}

func (p *person) copyState(job, id int64) CopyState {
	p.t.Helper()
	jobs, err := p.s.Jobs(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, j := range jobs {
		for _, c := range j.Copies {
			if c.ID == id && j.ID == job {
				return c
			}
		}
	}
	p.t.Fatalf("job %d has no copy %d", job, id)
	return CopyState{}
}

// lastCopy is the newest run that copied.
func (p *person) lastCopy(job int64) settings.Run {
	p.t.Helper()
	runs, err := p.s.store.Runs(p.t.Context(), job, 1, settings.CopyRun)
	if err != nil || len(runs) == 0 {
		p.t.Fatal(runs, err)
	}
	return runs[0]
}

func (p *person) path(name string) string { return filepath.Join(p.dir, name) }

// tree is what is stored below a folder, by its names.
func (p *person) tree(root string) map[string]string {
	p.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".varve-") {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		all[name] = string(content)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.t.Fatal(err)
	}
	return all
}

// same compares two places.
func (p *person) same(one, other string) {
	p.t.Helper()
	a, b := p.tree(one), p.tree(other)
	if len(a) == 0 {
		p.t.Fatalf("%s is empty", one)
	}
	for name := range a {
		if b[name] != a[name] {
			p.t.Errorf("%s is not the same in %s", name, other)
		}
	}
	for name := range b {
		if _, both := a[name]; !both {
			p.t.Errorf("%s is only in %s", name, other)
		}
	}
}

// readElsewhere restores the last words with the format's own program.
func (p *person) readElsewhere(format, place string) {
	p.t.Helper()
	target := p.t.TempDir()
	cmd := exec.CommandContext(p.t.Context(), "restic", "--no-cache", "--repo", place, "restore", "latest", "--target", target)
	if format == "volumes" {
		cmd = exec.CommandContext(p.t.Context(), "duplicity", "restore", "--no-encryption", "--force", "--archive-dir", p.t.TempDir(), "file://"+place, target)
	}
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+formats[format])
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s (of the Debian package of that name): %v\n%s", cmd.Args[0], err, out)
	}
	for name, got := range p.tree(target) {
		if filepath.Base(name) == "diary.txt" && got == "the last words" {
			return
		}
	}
	p.t.Errorf("%s did not restore the last words", cmd.Args[0])
}

// After each backup its destination is copied; what is gone from there goes from
// the copy too, and from the copy alone everything comes back, with the same
// passphrase, and also with the format's own program.
func TestCopyFollowsTheBackup(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.backUpTimes(id, 1)
			c := p.copyTo(id, Choice{Destination: p.path("Second")})
			p.same(p.path("Drive"), p.path("Second"))
			p.follows(id, c, 2)
			p.same(p.path("Drive"), p.path("Second"))
			st := p.copyState(id, c)
			if st.Health != CopyFresh || st.Behind != 0 || !st.Version.Equal(p.lastRun(id).Version) || st.Finished.IsZero() {
				t.Errorf("after the copy: %+v", st)
			}
			if r := p.lastCopy(id); r.Outcome != settings.Fine || r.Files == 0 || r.Stored == 0 || r.Destination != URL(p.path("Second")) {
				t.Errorf("the run is %+v", r)
			}
			p.copyNow(c, false)
			if r := p.lastCopy(id); r.Outcome != settings.Fine || r.Files != 0 {
				t.Errorf("a second run copied: %+v", r)
			}

			p.write("Letters/diary.txt", "the last words")
			p.backUp(id)
			p.until("the copy to follow", func() bool { return p.s.copyingTo(c) == nil && p.copyState(id, c).Health == CopyFresh })
			j, second := p.jobNow(id), p.copyState(id, c).Copy
			if err := os.RemoveAll(p.path("Drive")); err != nil {
				t.Fatal(err)
			}
			p.readElsewhere(format, p.path("Second"))
			target := p.path("Restored")
			plan := engine.RestorePlan{Target: target}
			if err := p.s.Restore(CopyArchive(j, &second), plan).Run(t.Context(), func(engine.Event) {}); err != nil {
				t.Fatal(err)
			}
			p.same(p.path("Letters"), target)
			if n := p.asked.Load(); n > 0 {
				t.Errorf("%d questions for a passphrase that is known", n)
			}
		})
	}
}

// What retention removes goes from the copy too, also when most of it goes.
func TestCopyFollowsRemoval(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.follows(id, c, 5)
	p.keep(id, "keep-versions=1")
	p.follows(id, c, 1)
	if r := p.lastRun(id); r.Removed != 6 {
		t.Fatalf("the run is %+v", r)
	}
	p.same(p.path("Drive"), p.path("Second"))
	if st := p.copyState(id, c); st.Health != CopyFresh || st.Shrunk {
		t.Errorf("got %+v", st)
	}

	// So it does when a person removes them.
	p.keep(id, "")
	p.follows(id, c, 2)
	p.keep(id, "keep-versions=1")
	removal, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.s.RemoveVersions(t.Context(), id, removal.Going); n != 2 || err != nil {
		t.Fatalf("%d removed, %v", n, err)
	}
	p.until("the copy to follow", func() bool { return len(p.tree(p.path("Second"))) == len(p.tree(p.path("Drive"))) })
	p.copied(c)
	p.same(p.path("Drive"), p.path("Second"))
}

// A copy outlives its backup: nothing goes from it because the backup is gone,
// or has lost most of what it held, or is another one now.
func TestCopyDoubtsItsSource(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.backUpTimes(id, 4)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	kept := p.tree(p.path("Second"))
	check := func(what string, health CopyHealth) {
		t.Helper()
		p.copyNow(c, false)
		if got := p.tree(p.path("Second")); len(got) != len(kept) {
			t.Errorf("%s: the copy holds %d files of %d", what, len(got), len(kept))
		}
		if st := p.copyState(id, c); st.Health != health || st.Sentence == "" {
			t.Errorf("%s: %+v", what, st)
		}
	}
	names, err := filepath.Glob(p.path("Drive/duplicity-inc*"))
	more, err2 := filepath.Glob(p.path("Drive/duplicity-new*"))
	if err := errors.Join(err, err2, os.Mkdir(p.path("Lost"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, n := range slices.Concat(names, more) {
		if err := os.Rename(n, filepath.Join(p.path("Lost"), filepath.Base(n))); err != nil {
			t.Fatal(err)
		}
	}
	check("most of it is lost", CopyDoubted)
	if st := p.copyState(id, c); !strings.HasPrefix(st.Sentence, "The copy holds 4 versions, and the backup 1.") {
		t.Errorf("it is said that %q", st.Sentence)
	}
	if err := os.Rename(p.path("Drive"), p.path("away")); err != nil {
		t.Fatal(err)
	}
	check("it is gone", CopyFailed)
	if err := os.Mkdir(p.path("Drive"), 0o755); err != nil {
		t.Fatal(err)
	}
	check("it is empty", CopyFailed)
	if err := errors.Join(os.Remove(p.path("Drive")), os.Rename(p.path("away"), p.path("Drive"))); err != nil {
		t.Fatal(err)
	}
	p.copyNow(c, true) // a person knows better
	p.same(p.path("Drive"), p.path("Second"))
}

// A drive that is not there is waited for, without a failure, and the copy goes on
// once it is back. One that was emptied is a question.
func TestCopyWaitsForItsDrive(t *testing.T) {
	p := newPerson(t)
	start := time.Now()
	var hours atomic.Int64
	now := func() time.Time { return start.Add(time.Duration(hours.Load()) * time.Hour) }
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.now = now
	p.open()
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	if err := os.Rename(p.path("Second"), p.path("unplugged")); err != nil {
		t.Fatal(err)
	}
	hours.Add(1)
	gone := now()
	p.follows(id, c, 1)
	hours.Add(1)
	p.follows(id, c, 1)
	st := p.copyState(id, c)
	if st.Health != CopyWaits || !st.Waiting.Equal(gone) || st.Behind != 2 {
		t.Errorf("without its drive: %+v", st)
	}
	if runs, err := p.s.store.Runs(t.Context(), id, 9, settings.CopyRun); err != nil || len(runs) != 1 {
		t.Errorf("waiting is in the history: %+v, %v", runs, err)
	}
	p.s.takeUpCopies(t.Context(), false)
	if p.s.copyingTo(c) != nil || p.copyState(id, c).Health != CopyWaits {
		t.Error("it is copied to a drive that is not there")
	}
	if _, err := os.Stat(p.path("Second")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	if err := os.Rename(p.path("unplugged"), p.path("Second")); err != nil {
		t.Fatal(err)
	}
	p.s.takeUpCopies(t.Context(), false)
	p.copied(c)
	p.same(p.path("Drive"), p.path("Second"))
	if st := p.copyState(id, c); st.Health != CopyFresh || !st.Waiting.IsZero() {
		t.Errorf("back again: %+v", st)
	}

	if err := errors.Join(os.RemoveAll(p.path("Second")), os.Mkdir(p.path("Second"), 0o755)); err != nil {
		t.Fatal(err)
	}
	p.copyNow(c, false)
	if st := p.copyState(id, c); st.Health != CopyEmptied || len(p.tree(p.path("Second"))) != 0 {
		t.Errorf("emptied: %+v", st)
	}
	p.copyNow(c, true)
	p.same(p.path("Drive"), p.path("Second"))
}

// Places that a copy would destroy, or that would destroy it, are refused.
func TestPlacesThatAreNoCopies(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters")}, Choice: Choice{Destination: p.path("Other")}, Encrypted: true, Passphrase: "x"})
	if err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(other, 1)
	if err := os.CopyFS(p.path("Stick"), os.DirFS(p.path("Other"))); err != nil {
		t.Fatal(err)
	}
	p.write("Pictures/lake.jpg", "picture")
	if err := os.Symlink(p.path("Drive"), p.path("link")); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]error{
		"Drive": engine.ErrOverlap, "Drive/inside": engine.ErrOverlap, "": engine.ErrOverlap, "link": engine.ErrOverlap,
		"Other": errTaken, "Stick": engine.ErrNoCopy, "Pictures": engine.ErrNoCopy,
	} {
		if _, err := p.s.AddCopy(t.Context(), id, Choice{Destination: p.path(place)}, false); !errors.Is(err, want) || copySentence(err) == "" {
			t.Errorf("%q: %v", place, err)
		}
	}
	several := Choice{Options: map[string]string{"mode": "mirror"}, Members: []Member{{Member: destination.Member{URL: p.path("Third")}}, {Member: destination.Member{URL: p.path("Drive")}}}}
	if _, err := p.s.AddCopy(t.Context(), id, several, false); !errors.Is(err, engine.ErrOverlap) {
		t.Errorf("one of several: %v", err)
	}
	p.write("Base-two/lake.jpg", "picture")
	beside := Choice{Options: map[string]string{"subpath": "-two"}, Members: []Member{{Member: destination.Member{URL: p.path("Base")}}}}
	if _, err := p.s.AddCopy(t.Context(), id, beside, false); !errors.Is(err, engine.ErrNoCopy) {
		t.Errorf("a folder beside one of several: %v", err)
	}
	if copies, err := p.s.store.Copies(t.Context()); len(copies) != 0 || err != nil {
		t.Errorf("there are copies: %+v, %v", copies, err)
	}

	// What comes there later stays too.
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.write("Second/lake.jpg", "picture")
	p.follows(id, c, 1)
	if st := p.copyState(id, c); st.Health != CopyFailed || p.tree(p.path("Second"))["lake.jpg"] != "picture" {
		t.Errorf("beside somebody's picture: %+v", st)
	}
	jobs, err := p.s.Jobs(t.Context())
	if err != nil || jobs[0].Health != Protected || len(jobs[0].Others) < 2 {
		t.Errorf("a copy that failed makes the backup %v with the runs %+v, %v", jobs[0].Health, jobs[0].Others, err)
	}
}

// A copy to a server that is cut off goes on where it was, and gives way to a
// backup.
func TestCopyToAServer(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	server := servers.SSH(t, servers.SSHOptions{})
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			for i := range 40 {
				p.write(fmt.Sprintf("Letters/%d.txt", i), strings.Repeat(fmt.Sprint("line ", i, "\n"), 2000))
			}
			id, _ := p.job(passphrase)
			p.backUpTimes(id, 3)
			place := Choice{Destination: server.Address("sftp", format), Options: map[string]string{"ssh-options": server.Options()}}
			c, err := p.s.AddCopy(t.Context(), id, place, false)
			if err != nil {
				t.Fatal(err)
			}
			for now, runs := p.s.CopyProgress(c); runs && now.Files == 0; now, runs = p.s.CopyProgress(c) {
				runtime.Gosched()
			}
			p.s.PauseCopy(c, true)
			if st := p.copyState(id, c); st.Health != CopyPaused && st.Health != CopyRuns && st.Health != CopyFresh {
				t.Errorf("it stands as %+v", st)
			}
			p.s.StopCopy(c)
			p.copied(c)
			there := filepath.Join(server.Home, format)
			stopped := p.copyState(id, c)
			t.Logf("stopped after %d files of %d", len(p.tree(there)), len(p.tree(p.path("Drive"))))
			if stopped.Outcome != settings.Cancelled && stopped.Outcome != settings.Fine {
				t.Errorf("stopped: %+v", stopped)
			}
			if err := p.s.CopyNow(c, false); err != nil {
				t.Fatal(err)
			}
			p.write("Letters/diary.txt", "the last words")
			p.backUp(id) // the copy gives way, and follows
			p.until("the copy to follow", func() bool { return p.copyState(id, c).Health == CopyFresh })
			p.copied(c)
			p.same(p.path("Drive"), there)
			p.readElsewhere(format, there)
			p.copyNow(c, false)
			if r := p.lastCopy(id); r.Files != 0 || r.Outcome != settings.Fine {
				t.Errorf("a further run copied: %+v", r)
			}
		})
	}
}

// fakeCopying has a copy that is made until it is ended; why tells for which
// reason that was.
func (p *person) fakeCopying(job, id int64) (why *error) {
	why = new(error)
	k := &copying{copy: settings.Copy{ID: id}, job: *p.jobNow(job), engine: p.s.engine.Sync(engine.SyncPlan{}, nil), done: make(chan struct{})}
	k.stop = func(err error) {
		*why = err
		close(k.done)
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.copies[id] = k
	return why
}

// While a backup runs nothing is copied from its destination, and what was
// copied ends first.
func TestCopyGivesWay(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	why := p.fakeCopying(id, 99)
	leave, err := p.s.occupy(t.Context(), p.jobNow(id))
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(*why, errGivesWay) {
		t.Errorf("it ended because of %v", *why)
	}
	p.s.mu.Lock()
	delete(p.s.copies, 99)
	p.s.mu.Unlock()
	if err := p.s.CopyNow(c, false); !errors.Is(err, ErrRuns) {
		t.Errorf("it is copied from what is changed: %v", err)
	}
	if err := p.s.store.RecordCopy(t.Context(), c, settings.CopyStanding{Outcome: settings.Interrupted}); err != nil {
		t.Fatal(err)
	}
	leave()
	p.until("it to go on", func() bool { return p.copyState(id, c).Health == CopyFresh })
}

// What the program did not finish is taken up at its next start, but not what a
// person stopped.
func TestCopyIsTakenUpAtTheStart(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	for _, row := range []struct {
		outcome settings.Outcome
		want    CopyHealth
	}{{settings.Cancelled, CopyDue}, {settings.Interrupted, CopyFresh}, {"", CopyFresh}} {
		if err := p.s.store.RecordCopy(t.Context(), c, settings.CopyStanding{Outcome: row.outcome}); err != nil {
			t.Fatal(err)
		}
		p.s.takeUpCopies(t.Context(), true)
		p.copied(c)
		if st := p.copyState(id, c); st.Health != row.want {
			t.Errorf("after %q: %+v", row.outcome, st)
		}
	}
}

// What opens a second place goes with it, or with its job, unless something else
// needs it.
func TestLoginsOfCopies(t *testing.T) {
	keyring := newMemory(nil)
	p := newPersonWith(t, keyring)
	id, _ := p.job("p")
	add := func(folder string) int64 {
		c := Choice{Destination: nas + folder, Login: Login{Password: "x", Options: map[string]string{"secret": "y"}}}
		if err := p.s.takeLogin(t.Context(), c, true); err != nil {
			t.Fatal(err)
		}
		added := settings.Copy{Job: id, Destination: c.Destination}
		if err := p.s.store.AddCopy(t.Context(), &added); err != nil {
			t.Fatal(err)
		}
		return added.ID
	}
	one := add("/one")
	add("/two")
	if err := p.s.RemoveCopy(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if got := keyring.names(); !slices.Equal(got, []string{nas, nas + "/two options"}) {
		t.Errorf("the keyring has %q", got)
	}
	if err := keyring.Set(t.Context(), nas+"/two", "p"); err != nil {
		t.Fatal(err)
	}
	if err := p.s.RemoveJob(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	if got := keyring.names(); len(got) != 0 {
		t.Errorf("the keyring has %q", got)
	}
}

// In the background nobody is asked for what opens a second place.
func TestCopyAsksNobody(t *testing.T) {
	p, a := newPerson(t), &asker{answer: "x", trusts: true}
	p.s.Answer(a.questions())
	t.Setenv("SSH_AUTH_SOCK", "")
	server := servers.SSH(t, servers.SSHOptions{})
	id, _ := p.job("")
	c := settings.Copy{Job: id, Destination: server.Address("sftp", "second")} // never met, and no key
	if err := p.s.store.AddCopy(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	p.follows(id, c.ID, 1)
	if st := p.copyState(id, c.ID); st.InTheWay() != settings.AnotherServer || st.Sentence == "" || len(a.asked) > 0 {
		t.Errorf("after %d questions: %+v", len(a.asked), st)
	}
}
