package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	localfolder "github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/secret"
)

// pins is an archive with pins, seen from machines that share nothing else.
type pins struct {
	*testing.T
	engine *engine.Engine
	d      engine.Destination
	root   string
	now    time.Time
	all    []engine.Version // oldest first
}

func newPins(t *testing.T, format engine.Format, versions int) *pins {
	t.Helper()
	w := &pins{T: t, root: t.TempDir(), now: time.Now().UTC().Truncate(time.Second)}
	w.d = engine.Destination{URL: "file://" + t.TempDir(), Format: format, Encryption: engine.Encryption{Passphrase: secret.New("varve-fixture")}}
	w.engine = w.machine(0)
	if format == engine.Deduplicated {
		openQuickly(t, w.d)
	}
	for i := range versions {
		w.all = append(w.all, standAlone(t, w.engine, w.d, w.root, w.now.AddDate(0, 0, i-versions)))
	}
	return w
}

// openQuickly begins a deduplicated archive of which the passphrase is stretched
// in no time: the many machines of these tests each begin with that.
func openQuickly(t *testing.T, d engine.Destination) {
	t.Helper()
	store, err := localfolder.Open(strings.TrimPrefix(d.URL, "file://"), localfolder.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := restic.Create(t.Context(), restic.Config{
		Store: store, CacheDir: t.TempDir(), Passphrase: func() (string, error) { return "varve-fixture", nil }, Now: time.Now,
		Watch: repository.Ignore(), KeyCost: crypto.Cost{N: 16, R: 8, P: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// machine is an engine without a memory, whose clock is ahead by some days.
func (w *pins) machine(days int) *engine.Engine {
	return engine.New(engine.Config{
		ArchiveDir: w.TempDir(), TempDir: w.TempDir(), Now: func() time.Time { return time.Now().AddDate(0, 0, days) },
	})
}

func (w *pins) pin(i int, p retention.Pin) engine.Version {
	w.Helper()
	v, err := w.engine.Pin(w.Context(), engine.PinPlan{Destination: w.d, Moment: engine.Moment{ID: w.all[i].ID}, Pin: p})
	if err != nil || !v.Time.Equal(w.all[i].Time) {
		w.Fatalf("pinning %v: %+v, %v", w.all[i].Time, v, err)
	}
	w.all[i] = v
	return v
}

// list tells which versions a machine sees pinned.
func (w *pins) list(e *engine.Engine, d engine.Destination) (all []string) {
	w.Helper()
	found, err := e.Pins(w.Context(), d)
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range found {
		all = append(all, v.Time.UTC().Format(time.DateOnly)+" "+v.Pin.Day()+" "+v.Pin.Reason)
	}
	return all
}

func (w *pins) day(i int) string { return w.all[i].Time.UTC().Format(time.DateOnly) }

// forget applies a policy as another machine, and returns what went.
func (w *pins) forget(e *engine.Engine, policy string) (gone []time.Time) {
	w.Helper()
	p, err := retention.Parse(policy)
	if err != nil {
		w.Fatal(err)
	}
	f, err := e.Forget(w.Context(), engine.ForgetPlan{Destination: w.d, Policy: p, Unguarded: true})
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range f.Removed {
		gone = append(gone, v.Time)
	}
	return gone
}

func (w *pins) files() []string {
	w.Helper()
	found, err := filepath.Glob(strings.TrimPrefix(w.d.URL, "file://") + "/varve-pin.*")
	if err != nil {
		w.Fatal(err)
	}
	return found
}

var bothFormats = map[string]engine.Format{"deduplicated": engine.Deduplicated, "volumes": engine.Volumes}

// A pin is in the archive: another machine keeps the version too.
func TestPinHolds(t *testing.T) {
	t.Parallel()
	for name, format := range bothFormats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPins(t, format, 4)
			reason := "Taxes, 2025: 100%2C “all”"
			w.pin(1, retention.Pin{Reason: "first"})
			w.pin(1, retention.Pin{Reason: " " + reason + "\n", Until: w.now.AddDate(0, 1, 0)})
			want := []string{w.day(1) + " " + w.now.AddDate(0, 1, 0).Format(time.DateOnly) + " " + reason}
			if got := w.list(w.machine(0), w.d); !slices.Equal(got, want) {
				t.Errorf("pinned are %q, want %q", got, want)
			}
			if gone := w.forget(w.machine(0), "keep-versions=1"); len(gone) != 2 || slices.ContainsFunc(gone, w.all[1].Time.Equal) {
				t.Errorf("%v went", gone)
			}
			r, err := w.machine(0).PlanRetention(t.Context(), engine.RetentionPlan{Destination: w.d, Policy: retention.Policy{Versions: 1}})
			if err != nil || r.Lines[0].Dropped != 0 || !strings.HasPrefix(r.Lines[0].Why(1), "pinned: "+reason+", until ") {
				t.Errorf("planned %+v, %v", r.Lines, err)
			}
			later := w.machine(40)
			if got := w.list(later, w.d); len(got) > 0 {
				t.Errorf("when it has ended, pinned are %q", got)
			}
			if gone := w.forget(later, "keep-versions=1"); len(gone) != 1 || !gone[0].Equal(w.all[1].Time) {
				t.Errorf("when it has ended, %v went", gone)
			}
			if left := w.files(); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
}

// Whoever unpins lets go of the version; ended pins go with the next writing.
func TestUnpin(t *testing.T) {
	t.Parallel()
	for name, format := range bothFormats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPins(t, format, 4)
			w.pin(0, retention.Pin{Until: w.now.AddDate(0, 0, 1)})
			w.pin(1, retention.Pin{Reason: "b"})
			w.pin(2, retention.Pin{Reason: "c"})
			later := w.machine(10)
			if _, err := later.Unpin(t.Context(), w.d, engine.Moment{ID: w.all[1].ID}); err != nil {
				t.Fatal(err)
			}
			if got := w.list(w.machine(0), w.d); !slices.Equal(got, []string{w.day(2) + "  c"}) {
				t.Errorf("pinned are %q", got)
			}
			all, err := w.machine(0).Versions(t.Context(), w.d)
			if err != nil || len(all) != 4 || all[3].Pin != nil || len(all[3].Tags) > 0 {
				t.Errorf("the ended pin is still there: %+v, %v", all, err)
			}
			if n := len(w.files()); n != 1 && format == engine.Volumes {
				t.Errorf("%d files pin", n)
			}
			_, err = w.engine.Unpin(t.Context(), w.d, engine.Moment{ID: all[0].ID})
			if kindOf(err) != engine.Invalid {
				t.Errorf("a version that is not pinned: %v", err)
			}
		})
	}
}

func TestPinRefuses(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Volumes, 1)
	for name, p := range map[string]engine.PinPlan{
		"past":    {Pin: retention.Pin{Until: w.now.AddDate(0, 0, -1)}},
		"long":    {Pin: retention.Pin{Reason: strings.Repeat("ä", 251)}},
		"no text": {Pin: retention.Pin{Reason: "\xff"}},
	} {
		p.Destination = w.d
		if _, err := w.engine.Pin(t.Context(), p); kindOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.engine.Pin(t.Context(), engine.PinPlan{Destination: w.d, Moment: engine.Moment{ID: "2001"}}); kindOf(err) != engine.NotFound {
		t.Errorf("no version: %v", err)
	}
	if left := w.files(); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}

// A pinned version does not go by its name either.
func TestForgetByNameKeepsPinned(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Deduplicated, 2)
	v := w.pin(0, retention.Pin{Reason: "tax"})
	f, err := w.machine(0).Forget(t.Context(), engine.ForgetPlan{Destination: w.d, IDs: []string{v.ID}})
	if kindOf(err) != engine.Invalid || len(w.list(w.engine, w.d)) != 1 {
		t.Errorf("got %+v, %v", f, err)
	}
}

// duplicity's actions keep a pinned version and what it is built on, and say so.
func TestRemovalKeepsPinned(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		plan engine.RemovalPlan
		gone int
	}{
		"older":        {engine.RemovalPlan{Kind: engine.RemoveOlderThan, Before: time.Now()}, 1},
		"all but":      {engine.RemovalPlan{Kind: engine.RemoveAllButFull, Keep: 1}, 1},
		"incrementals": {engine.RemovalPlan{Kind: engine.RemoveIncrementals, Keep: 1}, 1},
		"loose":        {engine.RemovalPlan{Kind: engine.RemoveLoose}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPins(t, engine.Volumes, 1)
			for i := range 4 {
				kind := engine.Incremental
				if i == 3 {
					kind = engine.Full
				}
				w.all = append(w.all, w.backup(kind, w.now.Add(time.Duration(i-10)*time.Hour)))
			}
			w.pin(2, retention.Pin{Reason: "tax"})
			row.plan.Destination = w.d
			var gone engine.Removed
			var said string
			for _, row.plan.DryRun = range []bool{true, false} {
				said = ""
				err := w.machine(0).Remove(row.plan, func(r engine.Removed) { gone = r }).Run(t.Context(), func(e engine.Event) {
					if n, ok := e.(engine.Notice); ok {
						said += n.Text + "\n"
					}
				})
				if err != nil || len(gone.Versions) != row.gone {
					t.Fatalf("%+v went, %v\n%s", gone.Versions, err, said)
				}
			}
			if row.gone > 0 && (!gone.Versions[0].Time.Equal(w.all[3].Time) || !strings.Contains(said, "pinned") || !strings.Contains(said, "built on it")) {
				t.Errorf("%+v went\n%s", gone.Versions, said)
			}
			restored(t, w.machine(0), w.d, w.all[2].Time)
			real := startDuplicity(t)
			code, text := real.run(t, "collection-status", w.d.URL, "--archive-dir", t.TempDir())
			if code != 0 || strings.Contains(strings.ToLower(text), "varve-pin") || !strings.Contains(text, "No orphaned or incomplete backup sets found.") {
				t.Errorf("duplicity says %d:\n%s", code, text)
			}
		})
	}
}

// backup makes a version of another content.
func (w *pins) backup(kind engine.Kind, at time.Time) (made engine.Version) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.root, "changing"), []byte(at.String()), 0o600); err != nil {
		w.Fatal(err)
	}
	err := w.engine.Backup(engine.BackupPlan{Destination: w.d, Root: w.root, Kind: kind, Time: at}).Run(w.Context(), func(ev engine.Event) {
		if end, ok := ev.(engine.Finished); ok {
			made = end.Summary.Version
		}
	})
	if err != nil {
		w.Fatal(err)
	}
	return made
}

// The real duplicity lists, cleans, removes, verifies and continues an archive
// with pins, and leaves their files alone.
func TestDuplicityLeavesPins(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Volumes, 3)
	w.pin(1, retention.Pin{Reason: "tax", Until: w.now.AddDate(1, 0, 0)})
	w.pin(2, retention.Pin{})
	before := w.files()
	real, dir := startDuplicity(t), t.TempDir()
	for _, action := range [][]string{
		{"collection-status"},
		{"cleanup", "--force"},
		{"verify", w.d.URL, w.root},
		{"full", "--allow-source-mismatch", w.root, w.d.URL},
		{"remove-all-but-n-full", "2", "--force"},
		{"remove-older-than", "1h", "--force"},
		{"collection-status"},
	} {
		if !slices.Contains(action, w.d.URL) {
			action = append(action, w.d.URL)
		}
		real.must(t, append(action, "--archive-dir", dir)...)
	}
	if after := w.files(); len(before) != 2 || !slices.Equal(before, after) {
		t.Errorf("%q became %q", before, after)
	}
	// What pins a version that duplicity removed goes with the next writing.
	all, err := w.machine(0).Versions(t.Context(), w.d)
	if err != nil || len(all) != 1 {
		t.Fatalf("left are %+v, %v", all, err)
	}
	if _, err := w.engine.Pin(t.Context(), engine.PinPlan{Destination: w.d}); err != nil || len(w.files()) != 1 {
		t.Errorf("%q pin, %v", w.files(), err)
	}
}

// A pin that nobody can read keeps its version; a foreign one of the other
// machine counts too.
func TestUnreadablePinHolds(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Volumes, 3)
	w.pin(0, retention.Pin{Reason: "secret"})
	d := w.d
	d.Encryption.Passphrase = secret.Text{}
	if got := w.list(w.machine(0), d); !slices.Equal(got, []string{w.day(0) + "  "}) {
		t.Errorf("without the passphrase, pinned are %q", got)
	}
	for _, path := range w.files() {
		b, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(b), "secret") {
			t.Fatalf("the reason can be read: %q, %v", b, err)
		}
		if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if gone := w.forget(w.machine(0), "keep-versions=1"); len(gone) != 1 || !gone[0].Equal(w.all[1].Time) {
		t.Errorf("%v went", gone)
	}
	if _, err := w.machine(0).Unpin(t.Context(), w.d, engine.Moment{ID: w.all[0].ID}); err != nil || len(w.files()) > 0 {
		t.Errorf("unpinning: %v, %q", err, w.files())
	}
}

// Copies are pinned like what they were made of, also when that is pinned
// later, and no pin of a copy becomes shorter.
func TestReplicateCarriesPins(t *testing.T) {
	t.Parallel()
	for from, a := range bothFormats {
		for to, b := range bothFormats {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				w := newPins(t, a, 3)
				w.pin(0, retention.Pin{Reason: "tax, 2025", Until: w.now.AddDate(1, 0, 0)})
				target := place(t, b)
				if b == engine.Deduplicated {
					openQuickly(t, target)
				}
				copyTo := func() []string {
					t.Helper()
					if err := w.machine(0).Replicate(engine.ReplicatePlan{From: w.d, To: target}).Run(t.Context(), failOnProblem(t)); err != nil {
						t.Fatal(err)
					}
					return w.list(w.machine(0), target)
				}
				year := w.day(0) + " " + w.now.AddDate(1, 0, 0).Format(time.DateOnly) + " tax, 2025"
				if got := copyTo(); !slices.Equal(got, []string{year}) {
					t.Errorf("pinned are %q", got)
				}
				w.pin(1, retention.Pin{Reason: "later"})
				w.pin(0, retention.Pin{Reason: "shorter", Until: w.now.AddDate(0, 1, 0)})
				if got := copyTo(); !slices.Equal(got, []string{w.day(1) + "  later", year}) {
					t.Errorf("the second time, pinned are %q", got)
				}
				if all, err := w.machine(0).Versions(t.Context(), target); err != nil || len(all) != 3 {
					t.Errorf("%d versions, %v", len(all), err)
				}
			})
		}
	}
}

// A version that is pinned gets another name, and is not learnt again.
func TestCatalogFollowsPins(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Deduplicated, 3)
	c, err := w.engine.Catalog(t.Context(), w.d)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	learn := func() (n int) {
		t.Helper()
		if err := c.Learn(t.Context(), func(engine.LearnProgress) { n++ }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	learn()
	for i, reason := range []string{"a", "b", "c"} {
		w.pin(min(i, 1), retention.Pin{Reason: reason})
		if n := learn(); n > 0 {
			t.Errorf("%s: learnt again", reason)
		}
	}
	lines, err := c.Lines(t.Context())
	if err != nil || len(lines) != 1 {
		t.Fatalf("got %+v, %v", lines, err)
	}
	all, err := c.Versions(t.Context(), lines[0].ID)
	if err != nil || len(all) != 3 || all[1].ID != w.all[1].ID || all[1].Pin == nil || all[1].Pin.Reason != "c" || all[1].Changed != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
}

// A version that is pinned is found by the name that it had before, as a script
// or a window may have it; but not where something else is in its place.
func TestPinnedVersionKeepsItsOldName(t *testing.T) {
	t.Parallel()
	w := newPins(t, engine.Deduplicated, 2)
	old := w.all[0]
	find := func(m engine.Moment) (string, error) {
		t.Helper()
		tree, err := w.machine(0).Browse(t.Context(), w.d, m)
		if err != nil {
			return "", err
		}
		defer tree.Close()
		return tree.Version().ID, nil
	}
	finds := func(want string) {
		t.Helper()
		for _, m := range []engine.Moment{{ID: old.ID}, {ID: old.ID, At: old.Time}} {
			if got, err := find(m); err != nil || got != want {
				t.Errorf("%v is %s, %v, want %s", m, got, err, want)
			}
		}
	}
	now := w.pin(0, retention.Pin{Reason: "a"})
	if now.ID == old.ID {
		t.Fatal("it has the name that it had")
	}
	finds(now.ID)
	finds(w.pin(0, retention.Pin{Reason: "b"}).ID)
	if got, err := find(engine.Moment{ID: old.ID, At: old.Time.Add(time.Second)}); kindOf(err) != engine.NotFound {
		t.Errorf("of another time: %s, %v", got, err)
	}
	if got, err := find(engine.Moment{ID: old.ID[:16]}); kindOf(err) != engine.NotFound {
		t.Errorf("by a part of its old name: %s, %v", got, err)
	}
	v, err := w.machine(0).Unpin(t.Context(), w.d, engine.Moment{ID: old.ID})
	if err != nil || v.Pin != nil {
		t.Fatalf("unpinned by its old name: %+v, %v", v, err)
	}
	finds(v.ID)
	restored(t, w.machine(0), w.d, old.Time)

	cmd := exec.CommandContext(t.Context(), "restic", "--no-cache", "--repo", strings.TrimPrefix(w.d.URL, "file://"), "tag", "--add", "rewrite", v.ID)
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD=varve-fixture")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("restic (Debian package restic): %v\n%s", err, out)
	}
	if got, err := find(engine.Moment{ID: old.ID}); kindOf(err) != engine.NotFound {
		t.Errorf("what was rewritten is found by its old name: %s, %v", got, err)
	}
}

// pastWithPins is a random past of an archive, and what its versions held.
type pastWithPins struct {
	*pins
	rnd  *rand.Rand
	days int // the clock is ahead by
}

// Whatever is pinned and unpinned, and whichever rules are applied by whatever
// machine: a version whose pin holds never goes, and comes back as it was.
// engine/retention's test over ten years does the same with rules alone.
func TestPinnedVersionsAlwaysComeBack(t *testing.T) {
	t.Parallel()
	seeds := []uint64{1}
	if soaking() {
		seeds = []uint64{uint64(time.Now().UnixNano()), 1, 2, 3, 4, 5, 6, 7}
	}
	for name, format := range bothFormats {
		for _, seed := range seeds {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				t.Parallel()
				p := &pastWithPins{newPins(t, format, 1), rand.New(rand.NewPCG(seed, 38)), 0}
				held := 0
				for range 4 {
					p.grow()
					p.repin()
					p.days += p.rnd.IntN(12)
					held += p.thin()
				}
				if held == 0 {
					t.Error("no pin ever held anything")
				}
			})
		}
	}
}

// grow makes some versions.
func (p *pastWithPins) grow() {
	p.Helper()
	p.engine = p.machine(p.days)
	for i := range 1 + p.rnd.IntN(2) {
		kind := engine.Incremental
		if p.rnd.IntN(3) == 0 {
			kind = engine.Full
		}
		p.all = append(p.all, p.backup(kind, p.now.AddDate(0, 0, p.days).Add(time.Duration(i+1)*time.Hour)))
	}
	p.days++
}

// repin pins some versions, and unpins one.
func (p *pastWithPins) repin() {
	p.Helper()
	p.engine = p.machine(p.days)
	pin := retention.Pin{Reason: fmt.Sprint("reason ", p.rnd.IntN(9))}
	if p.rnd.IntN(2) == 0 {
		pin.Until = p.now.AddDate(0, 0, p.days+p.rnd.IntN(30))
	}
	p.pin(p.rnd.IntN(len(p.all)), pin)
	if i := p.rnd.IntN(len(p.all)); p.all[i].Pin != nil && p.rnd.IntN(2) == 0 {
		v, err := p.engine.Unpin(p.Context(), p.d, engine.Moment{ID: p.all[i].ID})
		if err != nil {
			p.Fatal(err)
		}
		p.all[i] = v
	}
}

// thin applies rules, compares what is pinned with what was backed up, and
// returns how many versions were pinned.
func (p *pastWithPins) thin() (held int) {
	p.Helper()
	policy := []string{"keep-versions=1", "keep-time=1D", "2D:U", "1W:3D", "keep-last=1"}[p.rnd.IntN(5)]
	e := p.machine(p.days)
	gone := p.forget(e, policy)
	holds := func(v engine.Version) bool { return v.Pin.Holds(time.Now().AddDate(0, 0, p.days)) }
	for _, v := range p.all {
		if !holds(v) {
			continue
		}
		held++
		if slices.ContainsFunc(gone, v.Time.Equal) {
			p.Fatalf("%s dropped the version of %v, pinned until %v", policy, v.Time, v.Pin.Until)
		}
		p.comesBack(e, v.Time)
	}
	p.all = slices.DeleteFunc(p.all, func(v engine.Version) bool { return slices.ContainsFunc(gone, v.Time.Equal) })
	if seen := len(p.list(e, p.d)); seen != held {
		p.Errorf("%d versions are pinned, and %d are listed", held, seen)
	}
	return held
}

// comesBack restores a version, and compares.
func (p *pastWithPins) comesBack(e *engine.Engine, at time.Time) {
	p.Helper()
	b, err := os.ReadFile(filepath.Join(restored(p.T, e, p.d, at), "changing"))
	if err != nil || string(b) != at.UTC().String() {
		p.Errorf("the version of %v holds %q, %v", at, b, err)
	}
}
