package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// A basket of several versions comes back in one run, with one report: each
// version of a file under its date, the same content once.
func TestBasketOfSeveralVersions(t *testing.T) {
	for _, passphrase := range []string{"", "seven green boats"} {
		p := newPerson(t)
		id, a := p.job(passphrase)
		for _, text := range []string{"one", "two, which is longer", "one"} {
			p.write("Letters/diary.txt", text)
			p.backUp(id)
		}
		p.until("all versions to be known", func() bool { return p.versions(a) == 3 })
		lines, err := p.s.Past(a).Lines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		versions, err := p.s.Past(a).Versions(t.Context(), lines[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(p.dir, "back")
		var plans []engine.RestorePlan
		for _, v := range versions {
			plans = append(plans, engine.RestorePlan{At: v.Time, Version: v.ID, Paths: []string{"diary.txt"}, Target: target})
		}
		plans[0].Paths = append(plans[0].Paths, "2026")
		var ends []engine.Summary
		err = p.s.Restore(a, plans...).Run(t.Context(), func(e engine.Event) {
			if f, ok := e.(engine.Finished); ok {
				ends = append(ends, f.Summary)
			}
		})
		if err != nil || len(ends) != 1 || ends[0].Files != 3 || ends[0].Same != 1 {
			t.Errorf("%+v, %v", ends, err)
		}
		names, err := filepath.Glob(filepath.Join(target, "*"))
		if err != nil || len(names) != 3 || filepath.Base(names[0]) != "2026" {
			t.Fatalf("there are %q, %v", names, err)
		}
		for i, want := range []string{"two, which is longer", "one"} {
			if b, err := os.ReadFile(names[1+i]); err != nil || string(b) != want || !strings.HasPrefix(filepath.Base(names[1+i]), "diary (20") {
				t.Errorf("%s holds %q, %v", names[1+i], b, err)
			}
		}
	}
}

func TestWithDates(t *testing.T) {
	plan := func(c restore.Clash, paths ...string) engine.RestorePlan {
		return engine.RestorePlan{Clash: c, Paths: paths}
	}
	for _, row := range []struct {
		plans []engine.RestorePlan
		want  [][]string
	}{
		{[]engine.RestorePlan{plan(restore.Refuse, "a", "b"), plan(restore.Refuse, "c")}, [][]string{nil, nil}},
		{[]engine.RestorePlan{plan(restore.Refuse, "a", "b"), plan(restore.Refuse, "a")}, [][]string{{"a"}, {"a"}}},
		{[]engine.RestorePlan{plan(restore.KeepBoth, "a"), plan(restore.KeepBoth, "a/b", "ab")}, [][]string{nil, {"a/b"}}},
		{[]engine.RestorePlan{plan(restore.Replace, "a"), plan(restore.Replace, "a")}, [][]string{nil, {"a"}}},
		{[]engine.RestorePlan{plan(restore.Skip), plan(restore.Skip)}, [][]string{nil, nil}},
	} {
		for i, p := range withDates(row.plans) {
			if !slices.Equal(p.Dated, row.want[i]) {
				t.Errorf("%+v: plan %d dates %q, want %q", row.plans, i, p.Dated, row.want[i])
			}
		}
	}
}
