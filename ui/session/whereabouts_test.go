package session

import (
	"errors"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// again ends the session and begins another one.
func (p *person) again() {
	p.t.Helper()
	if err := p.s.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.open()
}

func TestWhereaboutsOfPassphrases(t *testing.T) {
	keyring := newMemory(nil)
	p := newPersonWith(t, keyring)
	add := func(n NewJob) *settings.Job {
		n.Folders, n.Destination = []string{p.path("Letters")}, p.path(n.Destination)
		id, err := p.s.AddJob(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		j, err := p.s.store.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return &j
	}
	open := add(NewJob{Choice: Choice{Destination: "Open"}})
	kept := add(NewJob{Choice: Choice{Destination: "Kept"}, Encrypted: true, Passphrase: "kept", Keep: true})
	typed := add(NewJob{Choice: Choice{Destination: "Typed"}, Encrypted: true, Passphrase: "typed"})
	gone := add(NewJob{Choice: Choice{Destination: "Gone"}, Encrypted: true})
	expect := func(what string, j *settings.Job, want Whereabouts, passphrase string) {
		t.Helper()
		if got := p.s.Whereabouts(t.Context(), j); got != want {
			t.Errorf("%s is at %v, want %v", what, got, want)
		}
		got, err := p.s.Passphrase(t.Context(), j)
		if got != passphrase || (err != nil) != (passphrase == "") || err != nil && !errors.Is(err, ErrNotAtHand) {
			t.Errorf("%s is %q, %v, want %q", what, got, err, passphrase)
		}
	}
	expect("what is open", open, Unneeded, "")
	expect("what is kept", kept, InKeyring, "kept")
	expect("what was typed", typed, InMemory, "typed")
	expect("what nobody knows", gone, Elsewhere, "")
	p.again()
	expect("after the next start, what is kept", kept, InKeyring, "kept")
	expect("after the next start, what was typed", typed, Elsewhere, "")
	p.s.Forget(kept.Destination)
	expect("what turned out to be wrong", kept, Elsewhere, "")
}

func TestFormatOfWhatIsStored(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("p")
	expect := func(what string, want engine.Format) {
		t.Helper()
		if got := p.s.FormatOf(t.Context(), p.jobNow(id)); got != want {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	expect("a new backup that is encrypted", engine.Deduplicated)
	if err := p.s.RemoveJob(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	id, _ = p.job("")
	expect("a new backup that is open", engine.Volumes)
	p.backUp(id)
	id, _ = p.job("p") // as one that goes on with what is there
	expect("what is there", engine.Volumes)
}
