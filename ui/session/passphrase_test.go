package session

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// watchedKeyring is a keyring that tells what it is about to hold.
type watchedKeyring struct {
	*memory
	set func(value string) error
}

func (w *watchedKeyring) Set(ctx context.Context, name, value string) error {
	if w.set != nil {
		if err := w.set(value); err != nil {
			return err
		}
	}
	return w.memory.Set(ctx, name, value)
}

// opens tells whether the real restic opens what lies in a folder.
func (p *person) opens(place, passphrase string) bool {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "restic", "--no-cache", "--no-lock", "--repo", p.path(place), "snapshots")
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+passphrase)
	out, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "wrong password") {
		p.t.Fatalf("restic: %v\n%s", err, out)
	}
	return err == nil
}

// keptJob is a job with a version, whose passphrase "old words" the keyring has.
func keptJob(t *testing.T) (*person, *watchedKeyring, int64) {
	t.Helper()
	w := &watchedKeyring{memory: newMemory(nil)}
	p := newPersonWith(t, w)
	id, err := p.s.AddJob(t.Context(), NewJob{
		Folders: []string{p.path("Letters")}, Choice: Choice{Destination: p.path("Drive")}, Encrypted: true, Passphrase: "old words", Keep: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.never(id)
	p.backUpTimes(id, 1)
	p.again() // nothing is remembered
	return p, w, id
}

// knows tells which passphrase of a job is known, and where.
func (p *person) knows(id int64, want string, at Whereabouts) {
	p.t.Helper()
	j := p.jobNow(id)
	got, err := p.s.Passphrase(p.t.Context(), j)
	if where := p.s.Whereabouts(p.t.Context(), j); got != want || where != at {
		p.t.Errorf("%q is known at %v, %v; want %q at %v", got, where, err, want, at)
	}
}

// A new passphrase opens what is stored, for all jobs there and in second places,
// and the old one is refused. The keyring gets it while both open.
func TestPassphraseIsChanged(t *testing.T) {
	p, w, id := keptJob(t)
	second, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters/2026")}, Choice: Choice{Destination: p.path("Drive")}, Encrypted: true})
	if err != nil {
		t.Fatal(err)
	}
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	w.set = func(value string) error {
		if value != "new words" || !p.opens("Drive", "old words") || !p.opens("Drive", "new words") {
			t.Errorf("the keyring gets %q", value)
		}
		return nil
	}
	p.heldCheck(id) // gives way
	others, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{New: "new words", Keep: true})
	if err != nil || others != 0 {
		t.Fatalf("%d others, %v", others, err)
	}
	p.knows(id, "new words", InKeyring)
	if p.opens("Drive", "old words") || !p.opens("Drive", "new words") {
		t.Error("the destination is not opened by the new passphrase alone")
	}
	p.until("the copy to follow", func() bool { return p.copyState(id, c).Health == CopyFresh })
	p.same(p.path("Drive"), p.path("Second"))
	if p.opens("Second", "old words") {
		t.Error("the second place is opened by the old passphrase")
	}
	p.again()
	p.backUpTimes(id, 1)
	p.backUpTimes(second, 1)
	if p.asked.Load() != 0 {
		t.Error("somebody was asked")
	}
}

// Where the keyring does not take the new one, what it holds opens the backup. It
// goes on without keeping it, and then the keyring holds none.
func TestPassphraseThatTheKeyringDoesNotTake(t *testing.T) {
	p, w, id := keptJob(t)
	w.set = func(string) error { return settings.ErrNoKeyring }
	change := PassphraseChange{New: "new words", Keep: true}
	if _, err := p.s.ChangePassphrase(t.Context(), id, change); !errors.Is(err, ErrNotKept) || errors.Is(err, ErrOldOpens) {
		t.Fatal(err)
	}
	p.knows(id, "old words", InKeyring)
	p.backUpTimes(id, 1)
	change.Keep = false
	if _, err := p.s.ChangePassphrase(t.Context(), id, change); err != nil {
		t.Fatal(err)
	}
	p.knows(id, "new words", InMemory)
	if len(w.names()) != 0 || p.opens("Drive", "old words") {
		t.Errorf("the keyring holds %q", w.names())
	}
	if f, err := p.s.PassphraseFacts(t.Context(), p.jobNow(id)); err != nil || f.Others != 0 {
		t.Errorf("got %+v, %v", f, err)
	}
	p.backUpTimes(id, 1)
}

// A destination that goes away before the old one is shut out opens with what is
// kept when it is back, and the next change ends it.
func TestDestinationGoesDuringAChange(t *testing.T) {
	p, w, id := keptJob(t)
	w.set = func(string) error { return os.Rename(p.path("Drive"), p.path("Away")) }
	if _, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{New: "new words", Keep: true}); !errors.Is(err, ErrOldOpens) {
		t.Fatal(err)
	}
	w.set = nil
	if err := os.Rename(p.path("Away"), p.path("Drive")); err != nil {
		t.Fatal(err)
	}
	p.again()
	p.knows(id, "new words", InKeyring)
	p.backUpTimes(id, 1)
	if f, err := p.s.PassphraseFacts(t.Context(), p.jobNow(id)); err != nil || f.Others != 1 || f.At != InKeyring || f.Volumes {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{New: "new words", Keep: true, Alone: true}); err != nil {
		t.Fatal(err)
	}
	if p.opens("Drive", "old words") || !p.opens("Drive", "new words") {
		t.Error("the destination is not opened by the new passphrase alone")
	}
}

// Nothing changes where the present passphrase is not known, is wrong, or the
// backup runs.
func TestPassphraseStays(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("old words")
	p.backUpTimes(id, 1)
	p.again()
	refused := func(present string, want engine.ErrorKind) {
		t.Helper()
		if _, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{Present: present, New: "new words"}); kindOf(err) != want {
			t.Errorf("with %q it ended with %v", present, err)
		}
	}
	refused("", engine.NoPassphrase)
	refused("wrong words", engine.WrongPassphrase)
	p.s.Remember(p.jobNow(id).Destination, "wrong words")
	refused("", engine.WrongPassphrase)
	p.knows(id, "", Elsewhere)
	leave, err := p.s.occupy(t.Context(), p.jobNow(id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{Present: "old words", New: "new words"}); !errors.Is(err, ErrRuns) {
		t.Errorf("while something is done it ended with %v", err)
	}
	leave()
	if !p.opens("Drive", "old words") || p.opens("Drive", "new words") {
		t.Error("the passphrase is another one")
	}
	if _, err := p.s.ChangePassphrase(t.Context(), id, PassphraseChange{Present: "old words", New: "new words"}); err != nil {
		t.Error(err)
	}
	p.knows(id, "new words", InMemory)
	if p.asked.Load() != 0 {
		t.Error("somebody was asked")
	}
}

// What a job stored in volumes keeps its passphrase, and that is known without
// going there.
func TestVolumesKeepTheirPassphrase(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, a := p.job(passphrase)
			other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters/2026")}, Choice: Choice{Destination: p.path("Drive")}})
			if err != nil {
				t.Fatal(err)
			}
			p.backUpTimes(id, 1)
			p.until("it to be learnt", func() bool { return p.versions(a) == 1 })
			want := passphrase == ""
			f, err := p.s.PassphraseFacts(t.Context(), p.jobNow(id))
			if err != nil || f.Volumes != want || !slices.Equal(f.Jobs, []string{p.jobNow(other).Name}) {
				t.Errorf("got %+v, %v", f, err)
			}
			if got, err := p.s.KeptInVolumes(t.Context(), p.jobNow(id)); err != nil || got != want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
