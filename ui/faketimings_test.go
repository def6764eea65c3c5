package ui

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	machine "github.com/varve-backup/varve/engine/surroundings"
)

// fakeTimings is what a fake says of when backups run.
type fakeTimings struct {
	plans     []schedule.Plan // that were saved
	around    machine.Facts
	paused    time.Time
	pauseFail error
}

func (f *fakeTimings) SetPlan(_ context.Context, _ int64, p schedule.Plan) error {
	f.plans = append(f.plans, p)
	return nil
}

func (f *fakeTimings) Surroundings(context.Context) (machine.Facts, bool) { return f.around, true }

func (f *fakeTimings) PauseAll(_ context.Context, until time.Time) error {
	f.paused = until
	return f.pauseFail
}

func (f *fakeTimings) PausedUntil(context.Context) time.Time { return f.paused }
