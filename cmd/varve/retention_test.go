package main_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// planned is the document of retention plan.
type planned struct {
	Format  string
	Freed   *int64
	Sources []struct {
		Host, Decision string
		Paths          []string
		Guards         []struct{ Kind, Sentence string }
		Kept, Dropped  int
		Versions       []struct {
			ID, Rule, Why string
			Kept          bool
			Frame         *int
		}
	}
}

func (p *planned) kept() (ids []string) {
	for _, s := range p.Sources {
		for _, v := range s.Versions {
			if v.Kept {
				ids = append(ids, v.ID)
			}
		}
	}
	return slices.Sorted(slices.Values(ids))
}

func (p *planned) rules() string {
	var all []string
	for _, v := range p.Sources[0].Versions {
		all = append(all, v.Rule)
	}
	return strings.Join(all, ", ")
}

// A policy is planned and carried out on a deduplicated archive: what goes is
// what was announced, and what is unusual waits for an answer.
func TestRetentionOfDeduplicated(t *testing.T) {
	w := newWorld(t)
	for i, age := range []string{"240D", "140D", "70D", "69D12h", "69D", "48D12h", "43D", "42D12h", "42D", "41D"} {
		w.write("changing", noise(uint64(i), 500_000))
		w.must(w.varve("--format", "restic", "--current-time", age, w.path("src"), w.url()))
	}
	const policy = "1W:1D,4W:1W,12M:1M"
	var plan planned
	w.document(&plan, "retention", "plan", policy, w.url(), "--space")
	const want = "newest, too soon, too soon, too soon, too soon, too soon, too soon, far enough, far enough, first of frame"
	if plan.Format != "restic" || len(plan.Sources) != 1 || plan.rules() != want {
		t.Fatalf("got %+v, want %s", plan, want)
	}
	if s := plan.Sources[0]; s.Decision != "ask" || s.Guards[0].Kind != "long absence" {
		t.Errorf("after 41 days it is %s, %+v", s.Decision, s.Guards)
	}
	if plan.Freed == nil || *plan.Freed < 900_000 {
		t.Errorf("%v bytes would be given back", plan.Freed)
	}
	r := w.varve("forget", "--retention", policy, w.url())
	if r.code != 10 || !strings.Contains(r.stderr, "--force") || len(w.glob("snapshots/*")) != 10 {
		t.Errorf("unasked it ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
	w.must(w.varve("forget", "--retention", policy, "--dry-run", "--force", w.url()))
	if n := len(w.glob("snapshots/*")); n != 10 {
		t.Errorf("after a dry run %d versions are left", n)
	}
	if r := w.must(w.varve("retention", "plan", policy, w.url())); !strings.Contains(r.stdout, "drop  ") || !strings.Contains(r.stdout, "the newest version always stays") {
		t.Errorf("the plan reads %s", r.stdout)
	}
	var done struct{ Kept, Removed, Held []string }
	if r := w.must(w.varve("forget", "--retention", policy, "--force", "--prune", w.url())); !strings.Contains(r.stdout, "Gave back") {
		t.Errorf("forget says %s", r.stdout)
	}
	w.document(&done, "forget", "--retention", "", w.url())
	if got := slices.Sorted(slices.Values(done.Kept)); !slices.Equal(got, plan.kept()) || len(got) != 4 {
		t.Errorf("left are\n%q, planned were\n%q", got, plan.kept())
	}
	w.must(w.restic("check", "--read-data"))
	w.must(w.varve("forget", "--retention", "keep-last=1", "--dry-run", w.url()))
}

// On volumes a policy acts chain by chain, and says what cannot go.
func TestRetentionOfVolumes(t *testing.T) {
	w := newWorld(t, "--no-encryption")
	ages := []string{"60D", "59D", "50D", "20D", "19D", "10D", "2D", "1D"}
	for i, age := range ages {
		w.write("changing", noise(uint64(i), 100_000))
		kind := "incr"
		if age == "60D" || age == "20D" || age == "2D" {
			kind = "full"
		}
		w.must(w.varve(kind, "--current-time", age, w.path("src"), w.url()))
	}
	var plan planned
	w.document(&plan, "retention", "plan", "keep-time=52D", "--space", w.url())
	if plan.Format != "duplicity" || plan.rules() != "young, young, young, young, young, young, needed later, needed later" {
		t.Errorf("got %s: %s", plan.Format, plan.rules())
	}
	if why := plan.Sources[0].Versions[7].Why; !strings.Contains(why, "is built on it") {
		t.Errorf("the oldest stays because %q", why)
	}
	r := w.must(w.varve("forget", "--retention", "keep-time=52D", w.url()))
	if !strings.Contains(r.stdout, "2 versions that must stay") || !strings.Contains(r.stdout, "8 versions stay") {
		t.Errorf("forget says %s", r.stdout)
	}
	w.document(&plan, "retention", "plan", "1D:1h,30D:1W", "--space", w.url())
	if plan.Sources[0].Dropped != 3 || plan.Freed == nil || *plan.Freed < 300_000 {
		t.Errorf("got %+v", plan)
	}
	for _, action := range [][]string{{"--dry-run"}, {"--prune"}} {
		w.must(w.varve(append([]string{"forget", "--retention", "1D:1h,30D:1W", "--force", w.url()}, action...)...))
	}
	status := w.must(w.duplicity("collection-status", w.url())).stdout
	if strings.Count(status, "Full  ")+strings.Count(status, "Incremental  ") != 5 || !strings.Contains(status, "No orphaned or incomplete backup sets found") {
		t.Errorf("duplicity finds\n%s", status)
	}
	w.must(w.varve("restore", w.url(), w.path("restored")))
	w.same(w.path("src"), w.path("restored"))
	if r := w.must(w.varve("forget", "--keep-last", "1", w.url())); !strings.Contains(r.stdout, "Removed 3 versions") {
		t.Errorf("forget says %s", r.stdout)
	}
	if r := w.varve("forget", w.url(), "abcdef12"); r.code != 15 {
		t.Errorf("naming a version of volumes ended with %d", r.code)
	}
}

// A policy is checked, explained and simulated without an archive.
func TestRetentionOfNothing(t *testing.T) {
	w := newWorld(t)
	if r := w.must(w.varve("retention", "check", "1W:1D,4W:1W,12M:1M")); !strings.HasPrefix(r.stdout, "The policy is valid.\n") {
		t.Errorf("check says %s", r.stdout)
	}
	r := w.varve("retention", "check", "1W:1D,4w:1W")
	if want := "1W:1D,4w:1W\n       ^\nCharacter 8: there is no unit w"; r.code != 2 || !strings.HasPrefix(r.stdout, want) {
		t.Errorf("ended with %d\n%s\nwant\n%s", r.code, r.stdout, want)
	}
	var check struct {
		Valid             bool
		Canonical, Preset string
		Advice            []string
		Error             struct {
			Offset, Length, Column int
			Problem                string
		}
	}
	w.document(&check, "retention", "check", "7D:0s, 3M:1D")
	if !check.Valid || check.Canonical != "7D:U,3M:1D" || check.Preset != "custom" || len(check.Advice) != 1 {
		t.Errorf("got %+v", check)
	}
	r = w.varve("retention", "check", "7D:7D", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &check); err != nil || r.code != 2 || check.Valid || check.Error.Offset != 3 || check.Error.Length != 2 || check.Error.Column != 4 {
		t.Errorf("ended with %d: %s %v", r.code, r.stdout, err)
	}
	if r := w.varve("retention", "explain", "7D:7D"); r.code != 2 || strings.Count(r.stderr, "\n") > 2 || !strings.Contains(r.stderr, "character 4") {
		t.Errorf("ended with %d: %s", r.code, r.stderr)
	}
	var explained struct{ Sentences []string }
	w.document(&explained, "retention", "explain", "1W:1D,U:1M,tolerance=10m")
	if len(explained.Sentences) != 4 || !strings.HasPrefix(explained.Sentences[0], "Up to 1 week back") {
		t.Errorf("got %q", explained.Sentences)
	}
	var future struct {
		Rhythm  string
		Sources []struct {
			Moments []struct {
				Months   int
				Versions []struct{ Time string }
			}
		}
	}
	w.document(&future, "retention", "simulate", "1W:1D,4W:1W,12M:1M", "--rhythm", "12h")
	var counts []string
	for _, m := range future.Sources[0].Moments {
		counts = append(counts, fmt.Sprint(m.Months, ":", len(m.Versions)))
	}
	if got := strings.Join(counts, " "); future.Rhythm != "12h" || !strings.HasPrefix(got, "0:0 1:1") || len(future.Sources[0].Moments[3].Versions) < 18 {
		t.Errorf("every %s there are %s", future.Rhythm, got)
	}
	if r := w.must(w.varve("retention", "simulate", "keep-versions=3")); !strings.Contains(r.stdout, "In 24 months") || !strings.Contains(r.stdout, ": 3 versions") {
		t.Errorf("simulate says %s", r.stdout)
	}
}

// A simulation goes on from what an archive holds: in one chain of volumes
// nothing can ever go, and with new chains it can.
func TestRetentionSimulatesAnArchive(t *testing.T) {
	w := newWorld(t, "--no-encryption")
	w.write("file", []byte("x"))
	w.must(w.varve("full", "--current-time", "3D", w.path("src"), w.url()))
	w.must(w.varve("incr", "--current-time", "2D", w.path("src"), w.url()))
	counts := func(more ...string) (n []int) {
		var future struct {
			Sources []struct {
				Moments []struct{ Versions []struct{ ID string } }
			}
		}
		w.document(&future, append([]string{"retention", "simulate", "keep-versions=5", w.url()}, more...)...)
		for _, m := range future.Sources[0].Moments {
			n = append(n, len(m.Versions))
		}
		return n
	}
	if got := counts(); got[0] != 2 || got[3] < 700 {
		t.Errorf("in one chain there are %v", got)
	}
	if got := counts("--full-if-older-than", "10D"); got[0] != 2 || got[3] > 15 || got[3] < 5 {
		t.Errorf("with new chains there are %v", got)
	}
}
