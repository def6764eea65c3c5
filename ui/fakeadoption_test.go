package ui

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
)

// fakeAdoption is what lies on drives, by their paths.
type fakeAdoption struct {
	seen   map[string][]session.Sighting
	cut    bool  // not everything is looked through
	seek   error // of every folder
	wait   bool  // a search does not come to its end
	origin session.Origin
	asking error  // of where something came from
	wanted string // the passphrase that is wanted for that, "" for none
	typed  []string
}

func (f *fakeAdoption) Seek(ctx context.Context, folder string, tell func(session.Sighting)) (bool, error) {
	for _, s := range f.seen[folder] {
		tell(s)
	}
	if f.wait {
		<-ctx.Done()
	}
	return !f.cut, f.seek
}

func (f *fakeAdoption) Origin(_ context.Context, _ session.Archive, passphrase string) (session.Origin, error) {
	f.typed = append(f.typed, passphrase)
	switch {
	case passphrase == f.wanted || f.wanted == "":
		return f.origin, f.asking
	case passphrase == "":
		return session.Origin{}, &engine.Error{Op: "opening", Kind: engine.NoPassphrase, Err: errors.New("none")}
	}
	return session.Origin{}, wrongPassphrase
}
