package ui

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fakeRetention is what a fake says of versions that stay and go.
type fakeRetention struct {
	known     []retention.Version
	removal   session.Removal
	planFail  error
	saved     []savedKeeping
	removedAt [][]session.Going
}

type savedKeeping struct {
	session.Keeping
	ask bool
}

func (f *fakeRetention) KnownVersions(context.Context, *settings.Job) ([]retention.Version, error) {
	return f.known, nil
}

func (f *fakeRetention) PlanRetention(context.Context, int64, string) (session.Removal, error) {
	return f.removal, f.planFail
}

func (f *fakeRetention) Frees(context.Context, int64, string) (int64, error) {
	return f.removal.Freed, nil
}

func (f *fakeRetention) SetRetention(_ context.Context, _ int64, k session.Keeping, ask bool) error {
	f.saved = append(f.saved, savedKeeping{k, ask})
	return nil
}

func (f *fakeRetention) RemoveVersions(_ context.Context, _ int64, seen []session.Going) (int, error) {
	f.removedAt = append(f.removedAt, seen)
	return len(seen), nil
}

// daily are so many versions, one a day, with two days away.
func daily(n int) (all []retention.Version) {
	for i := range n {
		if i == 11 || i == 12 {
			continue
		}
		at := daysAgo(0.009 + float64(i)*0.998)
		all = append(all, retention.Version{ID: fmt.Sprint(i), Time: at, Size: 4_000_000})
	}
	return all
}

// dropped is what a policy removes of versions.
func dropped(text string, known []retention.Version, freed int64) session.Removal {
	p, err := retention.Parse(text)
	if err != nil {
		panic(err)
	}
	planned := retention.Plan(known, p, now, retention.Options{Rhythm: 24 * time.Hour, LastRun: retention.RunFine})
	r := session.Removal{Kept: planned.Kept, Freed: freed}
	for i, v := range planned.Verdicts {
		going := session.Going{Version: engine.Version{ID: v.Version.ID, Time: v.Version.Time}, Why: planned.Why(i)}
		switch {
		case !v.Kept():
			r.Going = append(r.Going, going)
		case v.Rule == retention.Pinned:
			r.Pinned = append(r.Pinned, going)
		}
	}
	for _, g := range planned.Guards {
		r.Against = append(r.Against, g.Sentence)
	}
	return r
}
