package ui

import (
	"context"

	"github.com/varve-backup/varve/ui/session"
)

// fakeAdoption is what lies on drives, by their paths.
type fakeAdoption struct {
	seen   map[string][]session.Sighting
	cut    bool  // not everything is looked through
	seek   error // of every folder
	wait   bool  // a search does not come to its end
	origin session.Origin
	asking error // of where something came from
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

func (f *fakeAdoption) Origin(context.Context, session.Archive) (session.Origin, error) {
	return f.origin, f.asking
}
