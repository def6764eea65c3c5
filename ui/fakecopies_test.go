package ui

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
)

// fakeCopies are what a fake is asked to copy, and what it says of that.
type fakeCopies struct {
	addedCopies []session.Choice
	copyFail    error
	copyCalls   []string
	copyNumbers engine.Progress
}

func (f *fakeCopies) AddCopy(_ context.Context, _ int64, c session.Choice, _ bool) (int64, error) {
	f.addedCopies = append(f.addedCopies, c)
	return int64(len(f.addedCopies)), f.copyFail
}

func (f *fakeCopies) MoveCopy(_ context.Context, id int64, c session.Choice, _ bool) error {
	f.copyCalls = append(f.copyCalls, fmt.Sprint("move ", id, " to ", c.Destination))
	return f.copyFail
}

func (f *fakeCopies) RemoveCopy(_ context.Context, id int64) error {
	f.copyCalls = append(f.copyCalls, fmt.Sprint("remove ", id))
	return nil
}

func (f *fakeCopies) CopyNow(id int64, insist bool) error {
	f.copyCalls = append(f.copyCalls, fmt.Sprint("copy ", id, " ", insist))
	return f.copyFail
}

func (f *fakeCopies) StopCopy(id int64) { f.copyCalls = append(f.copyCalls, fmt.Sprint("stop ", id)) }

func (f *fakeCopies) PauseCopy(id int64, paused bool) {
	f.copyCalls = append(f.copyCalls, fmt.Sprint("pause ", id, " ", paused))
}

func (f *fakeCopies) CopyProgress(int64) (engine.Progress, bool) {
	return f.copyNumbers, f.copyNumbers.TotalBytes > 0
}
