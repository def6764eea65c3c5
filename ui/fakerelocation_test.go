package ui

import (
	"context"

	"github.com/varve-backup/varve/ui/session"
)

// fakeRelocation is where a fake is asked to go on, and what it says of that.
type fakeRelocation struct {
	moved    []session.Choice
	moveFail error
}

func (f *fakeRelocation) Relocate(_ context.Context, _ int64, c session.Choice, _ bool) error {
	f.moved = append(f.moved, c)
	return f.moveFail
}
