package ui

import (
	"context"
	"errors"
	"time"

	"github.com/varve-backup/varve/ui/session"
)

// fakeRelocation is where a fake is asked to go on, and what it says of that.
type fakeRelocation struct {
	moved    []session.Choice
	agreed   time.Time
	moveFail error
}

func (f *fakeRelocation) Relocate(_ context.Context, _ int64, c session.Choice, _ bool, agreed time.Time) error {
	f.moved, f.agreed = append(f.moved, c), agreed
	if older, ok := errors.AsType[*session.OlderThere](f.moveFail); ok && older.Newest.Equal(agreed) {
		return nil
	}
	return f.moveFail
}
