package ui

import (
	"context"

	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/session/portable"
)

// fakeMoving exports nothing, and imports what it has.
type fakeMoving struct {
	exported  []string // path and passphrase
	exporting error
	result    session.Exported
	arrives   *session.Import
	sealed    string // the passphrase of the file
	reads     error
	took      []bool // replace and choices
	unkept    bool
	taking    error
}

func (f *fakeMoving) Export(_ context.Context, path, passphrase string) (session.Exported, error) {
	f.exported = []string{path, passphrase}
	return f.result, f.exporting
}

func (f *fakeMoving) ReadImport(_ context.Context, _, passphrase string) (*session.Import, error) {
	switch {
	case f.reads != nil:
		return nil, f.reads
	case f.sealed != "" && passphrase == "":
		return nil, portable.ErrSealed
	case f.sealed != passphrase:
		return nil, portable.ErrPassphrase
	}
	return f.arrives, nil
}

func (f *fakeMoving) TakeOver(_ context.Context, _ *session.Import, replace, choices bool) (bool, error) {
	f.took = []bool{replace, choices}
	return f.unkept, f.taking
}
