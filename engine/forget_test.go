package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/secret"
)

// Through the facade: sources do not count against each other, pins hold, what
// speaks against it is told and nothing goes, and volumes go chain by chain.
func TestForgetByPolicy(t *testing.T) {
	for name, format := range map[string]engine.Format{"deduplicated": engine.Deduplicated, "volumes": engine.Volumes} {
		t.Run(name, func(t *testing.T) { forgetByPolicy(t, format) })
	}
}

func forgetByPolicy(t *testing.T, format engine.Format) {
	e := newEngine(t)
	d := engine.Destination{URL: "file://" + t.TempDir(), Format: format, Encryption: engine.Encryption{Passphrase: secret.New("x")}}
	root, now := t.TempDir(), time.Now()
	var all []engine.Version
	for i := range 5 {
		all = append(all, standAlone(t, e, d, root, now.AddDate(0, 0, i-5)))
	}
	sources := 1
	if format == engine.Deduplicated {
		standAlone(t, e, d, t.TempDir(), now.AddDate(0, 0, -20))
		sources = 2
	}
	policy, err := retention.Parse("keep-versions=2")
	if err != nil {
		t.Fatal(err)
	}
	plan := engine.RetentionPlan{
		Destination: d, Policy: policy, Space: true,
		Pins: map[string]retention.Pin{all[1].ID: {Reason: "wanted"}},
	}
	r, err := e.PlanRetention(t.Context(), plan)
	if err != nil || len(r.Lines) != sources || r.Format != format || r.Freed <= 0 {
		t.Fatalf("got %+v, %v", r, err)
	}
	forget := engine.ForgetPlan{Destination: d, Policy: policy, Pins: plan.Pins, Options: retention.Options{LastRun: retention.RunSuspicious, Agreed: true}}
	f, err := e.Forget(t.Context(), forget)
	if err != nil || len(f.Removed) != 0 || len(f.Held) != 1 || f.Held[0].Guards[0].Kind != retention.LastRunSuspicious {
		t.Fatalf("after a suspicious run: %+v, %v", f, err)
	}
	forget.Options = retention.Options{LastRun: retention.RunFine}
	if f, err = e.Forget(t.Context(), forget); err != nil || len(f.Held) != 0 {
		t.Fatalf("got %+v, %v", f, err)
	}
	var gone []string
	for _, v := range f.Removed {
		gone = append(gone, v.ID)
	}
	if want := []string{all[2].ID, all[0].ID}; !slices.Equal(gone, want) {
		t.Errorf("%q went, want %q", gone, want)
	}
	plan.Space = false
	if r, err = e.PlanRetention(t.Context(), plan); err != nil || len(r.Lines[0].Versions)+len(r.Lines[sources-1].Versions) != map[int]int{1: 6, 2: 4}[sources] {
		t.Errorf("left are %+v, %v", r, err)
	}
	plan.Policy = retention.Policy{Frames: []retention.Frame{{Reach: retention.Days(1), Every: retention.Days(1)}}}
	if _, err := e.PlanRetention(t.Context(), plan); kindOf(err) != engine.Invalid {
		t.Errorf("a wrong policy: %v", err)
	}
}

// standAlone makes a version that stands alone.
func standAlone(t *testing.T, e *engine.Engine, d engine.Destination, root string, at time.Time) engine.Version {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "changing"), []byte(at.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var made engine.Version
	job := e.Backup(engine.BackupPlan{Destination: d, Root: root, Kind: engine.Full, Time: at})
	if err := job.Run(t.Context(), func(ev engine.Event) {
		if end, ok := ev.(engine.Finished); ok {
			made = end.Summary.Version
		}
	}); err != nil {
		t.Fatal(err)
	}
	return made
}
