package session

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
)

// setPin pins a version, or unpins it, and waits until that is learnt and a copy
// has followed.
func (p *person) setPin(id, c int64, v engine.Version, pin *retention.Pin) engine.Version {
	p.t.Helper()
	before := p.copyState(id, c).Tried
	now, err := p.s.SetPin(p.t.Context(), ArchiveOf(p.jobNow(id)), v, pin)
	if err != nil || !now.Time.Equal(v.Time) {
		p.t.Fatalf("got %+v, %v", now, err)
	}
	p.until("the copy to follow", func() bool { return p.s.copyingTo(c) == nil && !p.copyState(id, c).Tried.Equal(before) })
	p.until("it to be learnt", func() bool {
		known, err := p.s.KnownVersions(p.t.Context(), p.jobNow(id))
		return err == nil && slices.ContainsFunc(known, func(k retention.Version) bool { return k.ID == now.ID && k.Pin.Same(pin) })
	})
	return now
}

// pinnedThere are the reasons of the pins that an archive has.
func (p *person) pinnedThere(a Archive) (reasons []string) {
	p.t.Helper()
	all, err := p.s.engine.Pins(p.t.Context(), p.s.reach(p.t.Context(), a))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, v := range all {
		reasons = append(reasons, v.Pin.Reason)
	}
	return reasons
}

// A version that a person keeps stays whatever the rules of the job say, until
// it is let go of; the list of what would go names it apart, and second places
// have the pin as soon as it is set.
func TestSetPin(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, a := p.job(passphrase)
			p.backUpTimes(id, 1)
			c := p.copyTo(id, Choice{Destination: p.path("Second")})
			p.until("the version to be learnt", func() bool { return p.versions(a) == 1 })
			pin := &retention.Pin{Reason: "for the tax office", Until: retention.EndOfDay(time.Now().AddDate(1, 0, 0), time.Local)}
			v := p.setPin(id, c, p.newest(a), pin)
			p.same(p.path("Drive"), p.path("Second"))
			second := p.copyState(id, c).Copy
			if got := p.pinnedThere(CopyArchive(p.jobNow(id), &second)); !slices.Equal(got, []string{pin.Reason}) {
				t.Errorf("in the second place, pinned are %q", got)
			}
			if r := p.lastCopy(id); r.Outcome != settings.Fine || r.Files == 0 {
				t.Errorf("the copy that followed: %+v", r)
			}

			p.standAlone(id, 2)
			p.keep(id, "keep-versions=1")
			r, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
			if err != nil || len(r.Pinned) != 1 || !r.Pinned[0].Time.Equal(v.Time) || len(r.Pinned[0].Why) < len(pin.Reason) {
				t.Fatalf("beside what goes stands %+v, %v", r.Pinned, err)
			}
			if n, err := p.s.RemoveVersions(t.Context(), id, r.Going); err != nil || n != len(r.Going) || n == 0 {
				t.Errorf("%d of %d went, %v", n, len(r.Going), err)
			}
			p.until("the copy to follow", func() bool { return p.copyState(id, c).Health == CopyFresh })
			if got := p.pinnedThere(a); !slices.Equal(got, []string{pin.Reason}) {
				t.Errorf("afterwards, pinned are %q", got)
			}

			p.setPin(id, c, v, nil)
			p.same(p.path("Drive"), p.path("Second"))
			if r, err = p.s.PlanRetention(t.Context(), id, "keep-versions=1"); err != nil || len(r.Pinned) != 0 || len(r.Going) != 1 || !r.Going[0].Time.Equal(v.Time) {
				t.Errorf("let go of, %+v goes, %v", r, err)
			}
			if n := p.asked.Load(); n > 0 {
				t.Errorf("%d questions for a passphrase that is known", n)
			}
		})
	}
}

// standAlone makes so many versions that no other is built on.
func (p *person) standAlone(id int64, n int) {
	p.t.Helper()
	j := p.jobNow(id)
	for range n {
		plan := engine.BackupPlan{Destination: p.s.reach(p.t.Context(), ArchiveOf(j)), Root: j.Folders[0], Kind: engine.Full}
		if err := p.s.engine.Backup(plan).Run(p.t.Context(), func(engine.Event) {}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// While a job runs nothing is pinned at its destination, and a pin that cannot
// be set changes nothing.
func TestSetPinRefuses(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.until("the version to be learnt", func() bool { return p.versions(a) == 1 })
	v, tried := p.newest(a), p.copyState(id, c).Tried
	leave, err := p.s.occupy(t.Context(), p.jobNow(id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.SetPin(t.Context(), a, v, &retention.Pin{}); !errors.Is(err, ErrRuns) {
		t.Errorf("while the job is busy: %v", err)
	}
	leave()
	if _, err := p.s.SetPin(t.Context(), a, v, &retention.Pin{Until: time.Now().AddDate(0, 0, -2)}); err == nil {
		t.Error("a pin of the past is taken")
	}
	if _, err := p.s.SetPin(t.Context(), a, v, nil); err == nil {
		t.Error("what is not pinned is unpinned")
	}
	if st := p.copyState(id, c); p.s.copyingTo(c) != nil || !st.Tried.Equal(tried) || st.Health != CopyFresh {
		t.Errorf("a copy followed nothing: %+v", st)
	}
}

// A pin that is set while everything is paused, or before the program ends,
// reaches second places afterwards.
func TestCopyFollowsPinLater(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	p.until("the version to be learnt", func() bool { return p.versions(a) == 1 })
	if err := p.s.PauseAll(t.Context(), ForGood()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.SetPin(t.Context(), a, p.newest(a), &retention.Pin{Reason: "tax"}); err != nil {
		t.Fatal(err)
	}
	if st := p.copyState(id, c); st.Health != CopyDue || st.Behind != 0 {
		t.Errorf("while everything is paused: %+v", st)
	}
	if err := p.s.PauseAll(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.until("the copy to follow", func() bool { return p.copyState(id, c).Health == CopyFresh })
	p.same(p.path("Drive"), p.path("Second"))
}
