package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// person is somebody with a session.
type person struct {
	t       *testing.T
	dir     string
	s       *Session
	now     func() time.Time // nil is the system's clock
	keyring keyring          // nil is the system's
	changed chan struct{}
	answer  string // to questions for a passphrase
	wait    bool   // the answer does not come
	asked   atomic.Int32
}

func newPerson(t *testing.T) *person {
	t.Helper()
	return newPersonWith(t, nil)
}

func newPersonWith(t *testing.T, k keyring) *person {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	p := &person{t: t, dir: t.TempDir(), keyring: k}
	p.write("Letters/diary.txt", "the older words")
	p.write("Letters/2026/to Ada.txt", "Dear Ada")
	p.open()
	return p
}

// open starts the session, as the program does.
func (p *person) open() {
	p.t.Helper()
	p.changed = make(chan struct{}, 1000)
	s, err := Open(p.t.Context(), Config{
		DataDir: filepath.Join(p.dir, "data"), CacheDir: filepath.Join(p.dir, "cache"), Now: p.now, keyring: p.keyring,
		AskPassphrase: func(ctx context.Context, _ string) (string, error) {
			p.asked.Add(1)
			if p.wait {
				<-ctx.Done()
				return "", context.Cause(ctx)
			}
			return p.answer, nil
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	changed := p.changed
	s.Listen(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	p.s = s
	p.t.Cleanup(func() { s.Close() })
}

func (p *person) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// until waits for a condition, which every change of the session may bring.
func (p *person) until(what string, holds func() bool) {
	p.t.Helper()
	late := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-p.changed:
		case <-time.After(50 * time.Millisecond):
		case <-late:
			p.t.Fatalf("%s did not happen", what)
		}
	}
}

func (p *person) job(passphrase string) (int64, Archive) {
	p.t.Helper()
	n := NewJob{Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")}, Encrypted: passphrase != "", Passphrase: passphrase}
	id, err := p.s.AddJob(p.t.Context(), n)
	if err != nil {
		p.t.Fatal(err)
	}
	j, err := p.s.store.Job(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return id, ArchiveOf(&j)
}

// backUp makes a version, and waits until all that follows it has begun: a copy
// begins after the end of the run.
func (p *person) backUp(id int64) {
	p.t.Helper()
	if err := p.s.BackUp(id); err != nil {
		p.t.Fatal(err)
	}
	p.until("the end of the run", func() bool { return p.s.Running(id) == nil && !isAtWork("session.(*Session).follow(") })
}

// isAtWork tells whether any goroutine is in a function.
func isAtWork(function string) bool {
	stacks := make([]byte, 1<<20)
	n := runtime.Stack(stacks, true)
	for n == len(stacks) {
		stacks = make([]byte, 2*n)
		n = runtime.Stack(stacks, true)
	}
	return bytes.Contains(stacks[:n], []byte(function))
}

// versions is how many are known.
func (p *person) versions(a Archive) int {
	p.t.Helper()
	lines, err := p.s.Past(a).Lines(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if len(lines) == 0 {
		return 0
	}
	all, err := p.s.Past(a).Versions(p.t.Context(), lines[0].ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return len(all)
}

// After a run, its version is known without anybody asking for it, and after a
// start too.
func TestVersionsAreLearntByThemselves(t *testing.T) {
	for _, passphrase := range []string{"", "seven green boats"} {
		p := newPerson(t)
		id, a := p.job(passphrase)
		p.backUp(id)
		p.until("the first version to be known", func() bool { return p.versions(a) == 1 })
		p.write("Letters/diary.txt", "the newer words, which are longer")
		p.backUp(id)
		p.until("the second version to be known", func() bool { return p.versions(a) == 2 })
		past := p.s.Past(a)
		lines, err := past.Lines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		history, err := past.History(t.Context(), lines[0].ID, "diary.txt")
		if err != nil || len(history) != 2 {
			t.Fatalf("the diary has the states %v, %v", history, err)
		}
		var text bytes.Buffer
		if err := p.s.ReadFile(t.Context(), a, history[1].From, "diary.txt", false, &text); err != nil || text.String() != "the older words" {
			t.Errorf("read %q, %v; want the older words", text.String(), err)
		}
	}
}

func TestVersionsAreLearntAtTheStart(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUp(id)
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(p.dir, "cache")); err != nil {
		t.Fatal(err)
	}
	p.open()
	p.until("the version to be known", func() bool { return p.versions(a) == 1 })
}

// A folder's strip has the versions in which something in it changed.
func TestActivityOfAFolder(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUp(id)
	p.write("Letters/diary.txt", "changed outside of the folder")
	p.backUp(id)
	p.write("Letters/2026/to Ada.txt", "Dear Ada, it rains")
	p.write("Letters/2026/to Ines.txt", "Dear Ines")
	p.backUp(id)
	p.until("all versions to be known", func() bool { return p.versions(a) == 3 && !p.s.Learning(a).Running })
	lines, err := p.s.Past(a).Lines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"2026": "1+ 1~ 0- 0+ 0~ 0- ", "": "1+ 1~ 0- 0+ 1~ 0- 0+ 0~ 0- "} {
		all, err := p.s.Past(a).Activity(t.Context(), lines[0].ID, path)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, v := range all {
			got += fmt.Sprintf("%d+ %d~ %d- ", v.Added, v.Changed, v.Deleted)
		}
		if got != want {
			t.Errorf("in the folder %q: got %s, want %s", path, got, want)
		}
	}
}

// In the background nobody is asked for a passphrase.
func TestNobodyIsAskedInTheBackground(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("seven green boats")
	p.backUp(id)
	p.until("the version to be known", func() bool { return p.versions(a) == 1 })
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.open()
	p.until("the look at the start", func() bool { return p.s.Learning(a).Err != nil })
	if kind := Explain(p.s.Learning(a).Err).Kind; kind != engine.NoPassphrase || p.asked.Load() != 0 {
		t.Errorf("the look ended with %v after %d questions", p.s.Learning(a).Err, p.asked.Load())
	}
	v := engine.Version{ID: engine.Latest}
	if err := p.s.ReadFile(t.Context(), a, v, "diary.txt", false, new(bytes.Buffer)); Explain(err).Kind != engine.NoPassphrase || p.asked.Load() != 0 {
		t.Errorf("reading ended with %v after %d questions", err, p.asked.Load())
	}

	p.answer = "not this one"
	p.s.Learn(a, true)
	p.until("the refusal", func() bool { return !p.s.Learning(a).Running })
	if kind := Explain(p.s.Learning(a).Err).Kind; kind != engine.WrongPassphrase {
		t.Errorf("a wrong passphrase ends with %v", p.s.Learning(a).Err)
	}
	p.answer = "seven green boats"
	p.s.Learn(a, true)
	p.until("the second answer", func() bool { return !p.s.Learning(a).Running })
	if l := p.s.Learning(a); l.Err != nil || l.Learnt.IsZero() || p.asked.Load() != 2 {
		t.Errorf("the right one ends with %+v after %d questions", l, p.asked.Load())
	}
}

// A look that is stopped says that it was, and can be taken again.
func TestLearningIsStopped(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("seven green boats")
	p.backUp(id)
	p.until("the version to be known", func() bool { return p.versions(a) == 1 && !p.s.Learning(a).Running })
	p.s.Forget(a.URL) // so that the next look waits for an answer
	p.answer, p.wait = "seven green boats", true
	p.s.Learn(a, true)
	p.until("the question", func() bool { return p.asked.Load() == 1 })
	p.s.StopLearning(a)
	p.until("the end of the look", func() bool { return !p.s.Learning(a).Running })
	if kind := Explain(p.s.Learning(a).Err).Kind; kind != engine.Cancelled {
		t.Errorf("the look ended with %v", p.s.Learning(a).Err)
	}
	p.wait = false
	p.s.Learn(a, true)
	p.until("the next look", func() bool { l := p.s.Learning(a); return !l.Running && l.Err == nil })
}

// What is known is told without the destination, and what is not is an error.
func TestPastWithoutTheDestination(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUp(id)
	p.until("the version to be known", func() bool { return p.versions(a) == 1 })
	if err := os.Rename(filepath.Join(p.dir, "Drive"), filepath.Join(p.dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	p.until("the end of the look before", func() bool { return !p.s.Learning(a).Running })
	p.s.Learn(a, false)
	p.until("the look", func() bool { return !p.s.Learning(a).Running })
	if err := p.s.Learning(a).Err; err == nil {
		t.Error("a destination that is away is looked through")
	}
	if n := p.versions(a); n != 1 {
		t.Errorf("%d versions are known, want 1", n)
	}
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.Past(a).Lines(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("after the end the past says %v", err)
	}
	p.s.Learn(a, false)
	if p.s.Learning(a).Running {
		t.Error("after the end something is learnt")
	}
}

// Parts of several versions come back into one new folder as one restore.
func TestRestoreOfSeveralPlans(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUp(id)
	p.until("the first version to be known", func() bool { return p.versions(a) == 1 })
	first := p.newest(a)
	if err := os.Remove(filepath.Join(p.dir, "Letters/diary.txt")); err != nil {
		t.Fatal(err)
	}
	p.write("Letters/2026/to Ada.txt", "Dear Ada, it rains")
	p.backUp(id)
	p.until("the second version to be known", func() bool { return p.versions(a) == 2 })
	second := p.newest(a)
	target := filepath.Join(p.dir, "Restored")
	plan := func(v engine.Version, path string) engine.RestorePlan {
		return engine.RestorePlan{At: v.Time, Version: v.ID, Paths: []string{path}, Target: target, Clash: restore.Refuse}
	}
	work := p.s.Restore(a, plan(second, "2026"), plan(first, "diary.txt"))
	var ends []engine.Finished
	if err := work.Run(t.Context(), func(e engine.Event) {
		if f, ok := e.(engine.Finished); ok {
			ends = append(ends, f)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(ends) != 1 || ends[0].Summary.Files != 2 || work.Progress().Files != 2 {
		t.Errorf("the end was told as %+v, the progress as %+v", ends, work.Progress())
	}
	for name, want := range map[string]string{"diary.txt": "the older words", "2026/to Ada.txt": "Dear Ada, it rains"} {
		if got, err := os.ReadFile(filepath.Join(target, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}

	// A folder that is not empty is refused before anything is written.
	err := p.s.Restore(a, plan(second, "2026"), plan(first, "diary.txt")).Run(t.Context(), func(engine.Event) {})
	if e, ok := errors.AsType[*engine.Error](err); !ok || e.Kind != engine.TargetExists {
		t.Errorf("the second restore into the folder ends with %v", err)
	}
}

func (p *person) newest(a Archive) engine.Version {
	p.t.Helper()
	lines, err := p.s.Past(a).Lines(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	all, err := p.s.Past(a).Versions(p.t.Context(), lines[0].ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return all[0].Version
}
