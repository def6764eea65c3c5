package session

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// A backup that fails for its passphrase says so, and a passphrase is taken only
// after it has opened what is stored.
func TestUnlockProvesThePassphrase(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	p.never(id)
	p.backUp(id)
	keyring := newMemory(nil)
	p.keyring = keyring
	p.again()
	p.answer = "nine green boots"
	p.backUp(id)
	j := p.proof(id)
	if j.Trouble() != settings.NoPassphrase {
		t.Fatalf("after a wrong passphrase %q is in the way", j.Trouble())
	}
	url := j.Destination
	if err := p.s.Unlock(t.Context(), id, "nine green boots", true); kindOf(err) != engine.WrongPassphrase {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if p.s.remembered(url) != "" || len(keyring.names()) != 0 {
		t.Error("a wrong passphrase is kept")
	}
	if err := p.s.Unlock(t.Context(), id, "nine green boats", true); err != nil {
		t.Fatal(err)
	}
	if keyring.of(url) != "nine green boats" || p.s.keptPassphrase(t.Context(), url) == "" {
		t.Errorf("the keyring holds %q", keyring.names())
	}
	asked := p.asked.Load()
	p.backUp(id)
	if j = p.proof(id); j.Trouble() != settings.NoTrouble || j.Health != Protected || p.asked.Load() != asked {
		t.Errorf("afterwards it is %v, with %q in the way", j.Health, j.Trouble())
	}
}

// Before the first version any passphrase will do, and one that the keyring does
// not take is known until the program ends.
func TestUnlockBeforeTheFirstVersion(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	p.never(id)
	if err := os.Mkdir(p.path("Drive"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Unlock(t.Context(), id, "ten red boats", true); !errors.Is(err, ErrNotKept) {
		t.Errorf("without a keyring: %v", err)
	}
	if j := p.proof(id); p.s.remembered(j.Destination) != "ten red boats" {
		t.Error("it is not remembered")
	}
}

func TestTroubleOf(t *testing.T) {
	for _, row := range []struct {
		err  error
		want settings.Trouble
	}{
		{nil, settings.NoTrouble},
		{errors.New("odd"), settings.NoTrouble},
		{&engine.Error{Kind: engine.Offline, Err: errEmptied}, settings.NoTrouble},
		{&engine.Error{Kind: engine.NoSpace, Err: backends.ErrFull}, settings.FullPlace},
		{fmt.Errorf("so: %w", &engine.Error{Kind: engine.NotTheServer, Err: errUnasked}), settings.AnotherServer},
	} {
		if got := troubleOf(row.err); got != row.want {
			t.Errorf("%v: got %q, want %q", row.err, got, row.want)
		}
	}
}
