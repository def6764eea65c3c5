package restic

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/retention"
)

// change makes a part of a source new.
func change(t testing.TB, src string, seed uint64) {
	t.Helper()
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	content := make([]byte, 300_000)
	_, _ = r.Read(content) // it cannot fail
	write(t, filepath.Join(src, fmt.Sprintf("folder-%d", seed%3), fmt.Sprintf("file-%d", seed%7)), string(content))
}

// history makes a repository of several snapshots.
func history(t testing.TB, dir string, n int) (r *Repository, src string) {
	t.Helper()
	src = filepath.Join(t.TempDir(), "src")
	r = create(t, dir)
	for i := range n {
		for j := range 5 {
			change(t, src, uint64(i*5+j))
		}
		backupOf(t, r, src)
	}
	return r, src
}

// What is forgotten is given back, and what stays is whole, for both programs.
func TestPrune(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r, src := history(t, dir, 6)
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []id.ID
	for _, s := range all[2:] {
		names = append(names, s.ID)
	}
	if err := r.Forget(t.Context(), names); err != nil {
		t.Fatal(err)
	}
	before := size(t, dir)
	foreseen, err := r.Prune(t.Context(), PruneOptions{DryRun: true})
	if err != nil || size(t, dir) != before {
		t.Fatalf("a dry run changed something, %v", err)
	}
	done, err := r.Prune(t.Context(), PruneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if done.Packs == 0 || done.Packs != foreseen.Packs || done.Bytes < foreseen.Bytes {
		t.Errorf("foreseen %+v, done %+v", foreseen, done)
	}
	if after := size(t, dir); after >= before-done.Bytes/4 {
		t.Errorf("%d bytes became %d", before, after)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
	again, err := r.Prune(t.Context(), PruneOptions{})
	if err != nil || again.Packs != 0 {
		t.Errorf("there was more to do: %+v, %v", again, err)
	}
	// restic goes on.
	resticOn(t, dir, "forget", "--keep-last", "1", "--prune")
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

// What restic forgot, we prune.
func TestPruneAfterRestic(t *testing.T) {
	dir, src := filepath.Join(t.TempDir(), "repo"), filepath.Join(t.TempDir(), "src")
	resticOn(t, dir, "init")
	for i := range 4 {
		for j := range 5 {
			change(t, src, uint64(i*5+j))
		}
		resticOn(t, dir, "backup", src)
	}
	resticOn(t, dir, "forget", "--keep-last", "1")
	r := openAt(t, dir)
	if done, err := r.Prune(t.Context(), PruneOptions{}); err != nil || done.Packs == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

// A snapshot that is made between the survey and the sweep keeps what it
// needs.
func TestPruneSparesWhatBecameNeeded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r, src := history(t, dir, 3)
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	oldest := all[len(all)-1]
	if err := r.Forget(t.Context(), []id.ID{oldest.ID}); err != nil {
		t.Fatal(err)
	}
	l, err := r.lock(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	p := &pruner{Repository: r, shared: l, ctx: l.ctx}
	if err := p.survey(); err != nil {
		t.Fatal(err)
	}
	candidates := p.decide()
	p.choose(candidates)
	doomed := p.doomed(goes)
	for name := range p.doomed(copied) {
		doomed[name] = true // as if our copies were gone again
	}
	if len(doomed) == 0 {
		t.Fatal("there is nothing to prune")
	}
	oldest.Parent = nil
	if err := r.saveSnapshot(t.Context(), &oldest); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.sweep(doomed, true), p.close(), l.release()); err != nil {
		t.Fatal(err)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

func TestPolicy(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var all []Snapshot
	for i := range 60 {
		all = append(all, Snapshot{Time: start.Add(-time.Duration(i) * 12 * time.Hour), Hostname: "lake", Paths: []string{"/home"}, ID: id.Of([]byte{byte(i)})})
	}
	all = append(all, Snapshot{Time: start.AddDate(-3, 0, 0), Hostname: "other", Paths: []string{"/home"}})
	for name, row := range map[string]struct {
		policy retention.Keep
		want   int
	}{
		"last":      {retention.Keep{Last: 3}, 3 + 1},
		"daily":     {retention.Keep{Daily: 7}, 7 + 1},
		"all daily": {retention.Keep{Daily: -1}, 31 + 1}, // the oldest one beside the newest of each of 30 days
		"weekly":    {retention.Keep{Weekly: 2}, 2 + 1},
		"monthly":   {retention.Keep{Monthly: 12}, 3 + 1},
		"within":    {retention.Keep{Within: retention.SpanOf(48 * time.Hour)}, 5 + 1},
		"together":  {retention.Keep{Last: 1, Yearly: 1}, 1 + 1},
		"no rule":   {retention.Keep{}, 60 + 1},
	} {
		keep, remove := divided(all, row.policy, start)
		if len(keep) != row.want || len(keep)+len(remove) != len(all) {
			t.Errorf("%s: %d stay and %d go; want %d", name, len(keep), len(remove), row.want)
		}
		if !slices.ContainsFunc(keep, func(s Snapshot) bool { return s.Hostname == "other" }) {
			t.Errorf("%s: the last one of the other machine goes", name)
		}
	}
}

// divided applies rules to all snapshots.
func divided(all []Snapshot, k retention.Keep, now time.Time) (keep, remove []Snapshot) {
	for _, line := range PlanForget(all, retention.Policy{Keep: k}, now, retention.Options{}, Known{}) {
		stay, gone := line.Divide()
		keep, remove = append(keep, stay...), append(remove, gone...)
	}
	return keep, remove
}

// What an interrupted run left takes no place among the versions, and goes once
// a whole one followed; pins hold.
func TestPlanForget(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var all []Snapshot
	for i := range 6 {
		s := Snapshot{Time: start.Add(-time.Duration(i) * time.Hour), Hostname: "lake", Paths: []string{"/home"}, ID: id.Of([]byte{byte(i)})}
		if i == 0 || i == 2 {
			s.Paths, s.Tags = []string{"/home", partialPath}, []string{partialTag}
		}
		all = append(all, s)
	}
	pin := func(s *Snapshot) *retention.Pin {
		if s.ID == all[5].ID {
			return &retention.Pin{Reason: "wanted"}
		}
		return nil
	}
	lines := PlanForget(all, retention.Policy{Keep: retention.Keep{Last: 2}}, start, retention.Options{}, Known{Pin: pin})
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	_, gone := lines[0].Divide()
	if len(gone) != 2 || gone[0].ID != all[2].ID || gone[1].ID != all[4].ID {
		t.Errorf("%v go", gone)
	}
	if lines[0].Decision != retention.Refuse {
		t.Errorf("after an interrupted run it is %s", lines[0].Decision)
	}
}

// What a backup made before its folders were changed is thinned with the rest,
// and the newest whole one of each of those folders stays.
func TestPlanForgetTogether(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var all []Snapshot
	for i, path := range []string{"/new", "/new", "/old", "/old", "/old", "/older", "/other", "/other", "/other"} {
		all = append(all, Snapshot{Time: start.AddDate(0, 0, -i), Hostname: "lake", Paths: []string{path}, ID: id.Of([]byte{byte(i)})})
	}
	all[2].Paths, all[2].Tags = []string{"/old", partialPath}, []string{partialTag}
	known := Known{
		Together: func(s *Snapshot) bool { return slices.Contains([]string{"/new", "/old", "/older"}, s.Paths[0]) },
		Pin: func(s *Snapshot) *retention.Pin {
			if s.ID == all[7].ID {
				return &retention.Pin{Reason: "wanted"}
			}
			return nil
		},
	}
	lines := PlanForget(all, retention.Policy{Keep: retention.Keep{Last: 1}}, start, retention.Options{}, known)
	var got []string
	for i := range lines {
		stay, _ := lines[i].Divide()
		for _, s := range stay {
			n := slices.IndexFunc(all, func(o Snapshot) bool { return o.ID == s.ID })
			got = append(got, fmt.Sprint(n))
		}
		got = append(got, "of", fmt.Sprint(len(lines[i].Snapshots)))
	}
	if want := "0 3 5 of 6 6 7 of 3"; strings.Join(got, " ") != want {
		t.Errorf("%v stay, want %s", got, want)
	}
}

// The same snapshots stay as with restic.
func TestPolicyAgreesWithRestic(t *testing.T) {
	dir, src := filepath.Join(t.TempDir(), "repo"), filepath.Join(t.TempDir(), "src")
	write(t, filepath.Join(src, "file"), "x")
	r := create(t, dir)
	at := time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)
	for i := range 40 {
		o := optionsFor(src)
		o.Time = at.Add(time.Duration(i*i) * 5 * time.Hour)
		if _, err := r.Backup(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	week, month := retention.Span{Weeks: 1}, retention.Span{Months: 1}
	keep, _ := divided(all, retention.Keep{
		Last: 2, Daily: 4, Weekly: 5, Monthly: 6, Yearly: 1, WithinDaily: month, WithinWeekly: retention.Span{Months: 6}, WithinHourly: week,
	}, time.Now())
	t.Setenv("TZ", "UTC")
	resticOn(t, dir, "forget", "--keep-last", "2", "--keep-daily", "4", "--keep-weekly", "5", "--keep-monthly", "6", "--keep-yearly", "1",
		"--keep-within-daily", "1m", "--keep-within-weekly", "6m", "--keep-within-hourly", "7d")
	left, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	compare := func(s []Snapshot) (names []string) {
		for _, x := range s {
			names = append(names, x.Time.Format(time.DateTime))
		}
		return slices.Sorted(slices.Values(names))
	}
	if got, want := compare(keep), compare(left); !slices.Equal(got, want) {
		t.Errorf("we keep %q, restic %q", got, want)
	}
}

// A pack that no index tells of stays while it is young: a program without
// locks may be about to write the index.
func TestYoungOrphansStay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r, _ := history(t, dir, 1)
	orphan := nameOf(packFile, id.Of([]byte("orphan")))
	path := filepath.Join(dir, orphan)
	write(t, path, "no pack at all")
	if _, err := r.Prune(t.Context(), PruneOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("a young one: %v", err)
	}
	long := time.Now().Add(-3 * orphanAge)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Prune(t.Context(), PruneOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an old one: %v", err)
	}
}
