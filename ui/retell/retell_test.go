package retell_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/retell"
)

var now = time.Date(2026, 11, 22, 10, 12, 0, 0, time.UTC)

// policies are of every kind.
var policies = []string{
	"", "7D:1D,4W:1W,12M:1M", "1D:U,7D:1D,U:1M", "U:U", "1D:0s,2D:1h,3D:6h,1W:36h,U:1Y", "keep-versions=1", "keep-versions=2,at-least=5", "keep-time=6M", "keep-time=1D12h,tolerance=10m",
	"keep-last=1", "keep-last=3,keep-hourly=2,keep-daily=7,keep-weekly=1,keep-monthly=unlimited,keep-yearly=2,slots=Europe/Berlin", "keep-last=unlimited", "keep-daily=3,slots=local",
	"keep-within=3D", "keep-within=2D,keep-within-daily=14D,keep-within-monthly=1Y,keep-within-hourly=2D,keep-within-weekly=5W,keep-within-yearly=3Y", "keep-tag=a&b,keep-tag=c",
	"7D:1D,U:1W,slots=local,at-least=3", "1D:2h,7D:1D,8W:2W,U:3M,slots=Europe/Berlin", "1h:1m,U:1h,slots=UTC", "7D:1D,7D:1D,U:1W", "0s:U,7D:1D", "7D:2D,4W:1D", "2D:1D,9D:36h", "U:1W", "1D:1h,1M:1D,1Y:1W",
}

// versionsOf are some that look different to each rule.
func versionsOf(r *rand.Rand) (all []retention.Version) {
	at := now
	for i := range 60 {
		v := retention.Version{ID: fmt.Sprint(i), Time: at, Partial: r.IntN(6) == 0}
		switch r.IntN(12) {
		case 0:
			v.Tags = []string{"a", "b", "c"}
		case 1:
			v.Pin = &retention.Pin{Reason: "for the tax"}
		case 2:
			v.Pin = &retention.Pin{Until: now.AddDate(1, 0, 0)}
		case 3:
			v.Pin = &retention.Pin{Reason: "for the tax", Until: now.AddDate(1, 0, 0)}
		case 4:
			v.Pin = &retention.Pin{}
		}
		if r.IntN(2) == 0 {
			v.Chain = fmt.Sprint(i / 5)
		}
		all = append(all, v)
		at = at.Add(-time.Duration(1+r.IntN(20)) * time.Duration(1+r.IntN(40)) * 7 * time.Minute)
	}
	slices.Reverse(all)
	return all
}

// said are texts of the engine.
func said(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for _, text := range policies {
		p, err := retention.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, s := range retention.Explain(p) {
			all[s] = true
		}
		for _, a := range retention.Advise(p) {
			all[a.Sentence] = true
		}
		for range 12 {
			versions := versionsOf(r)
			planned := retention.Plan(versions, p, now.AddDate(0, r.IntN(6)-2, 0), retention.Options{LastRun: retention.Run(r.IntN(5)), Unanswered: r.IntN(2) == 0})
			for _, g := range planned.Guards {
				all[g.Sentence] = true
			}
			for i := range versions {
				all[planned.Why(i)] = true
			}
		}
	}
	for _, text := range []string{
		"7D", "7D:1D:2", "7D:x", "U 7D:1D", "D:1D", "7d:1D", "7D:1D,keep-time=1Y", "keep-time=1Y,keep-time=2Y", "keep-versions=x", "at-least=0", "slots=Nowhere", "keep-all=1", "keep-tag=",
		"keep-within=0s", "keep-time=1m", "7D:1D,tolerance=2h", "keep-last=3,tolerance=5m", "keep-time=1Y,slots=UTC", "3000Y:1D", "-7D:1D", "7D:-1D", "1D:1D", "7D:1D12h,slots=UTC", "7D:!", "7:1!", "a:b",
	} {
		_, err := retention.Parse(text)
		e, ok := errors.AsType[*retention.Error](err)
		if !ok {
			t.Fatalf("%q: %v", text, err)
		}
		all[e.Problem] = true
	}
	return all
}

// typed is what a person wrote, in the policies and for the pins above.
var typed = regexp.MustCompile(`for the tax|Europe/Berlin|UTC|\b[abcdDx]\b|\d+[A-Za-z]+(\d+h)?|"!"|keep-[a-z-]+`)

// Everything that the engine says of versions and of rules is known here, whole.
func TestTheEngineIsUnderstood(t *testing.T) {
	all := said(t)
	if len(all) < 200 {
		t.Fatalf("only %d texts were said", len(all))
	}
	langtest.Mark(t, "../lang")
	for text := range all {
		got := retell.Text(text)
		if rest := typed.ReplaceAllString(langtest.Rest(got), ""); strings.ContainsFunc(rest, unicode.IsLetter) {
			t.Errorf("%q is said as %q", text, got)
		}
	}
}

func TestGerman(t *testing.T) {
	langtest.Speak(t, "de")
	for _, c := range [][2]string{
		{"the newest version always stays", "die neueste Version bleibt immer"},
		{
			"only 3 hours after the one of 2026-11-02 10:00, and one version per day between 7 days and 12 months (360 days) back is kept",
			"nur 3 Stunden nach der vom 2. Nov. 2026 10:00, und behalten wird eine Version pro Tag, 7 Tage bis 12 Monate (360 Tage) zurück",
		},
		{
			"Up to 7 days back, one version per day stays: the oldest, and then each that comes at least 1 day after the one kept before it.",
			"Bis 7 Tage zurück: eine Version pro Tag bleibt, und zwar die älteste und dann jede, die mindestens 1 Tag nach der zuletzt behaltenen kommt.",
		},
		{"pinned: the newest one from before the folders were changed", "festgehalten: die neueste von vor der Änderung der Ordner"},
		{"pinned: until, or never, until 2027-01-01 00:00", "festgehalten: until, or never, bis 1. Jan. 2027 00:00"},
		{"3 files could not be copied. All others are there, and nothing was removed there.", "3 Dateien konnten nicht kopiert werden. Alle anderen sind dort, und dort wurde nichts entfernt."},
		{"1 file could not be copied. All others are there, and nothing was removed there.", "1 Datei konnte nicht kopiert werden. Alle anderen sind dort, und dort wurde nichts entfernt."},
		{"The computer ran on battery, at 34 %.", "Der Rechner lief im Akkubetrieb, bei 34 %."},
		{"The network was “Café”.", "Das Netz war „Café“."},
		{"The version of 2 November 2026 15:04: older than 6 months.", "Die Version vom 2. Nov. 2026 15:04: älter als 6 Monate."},
		{"Cannot be stored: open x: permission denied", "Kann nicht gesichert werden: open x: permission denied"},
		{
			"The volume a.difftar is damaged: what lies in it is lost for the versions from 2026-11-01 10:00:00 to 2026-11-02 10:00:00.",
			"Das Volume a.difftar ist beschädigt: Was darin liegt, ist verloren für: die Versionen vom 1. Nov. 2026 10:00 bis zum 2. Nov. 2026 10:00.",
		},
		{"open /x: no such file or directory", "open /x: no such file or directory"},
		{"", ""},
	} {
		if got := retell.Text(c[0]); got != c[1] {
			t.Errorf("said %q, want %q", got, c[1])
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("only 3 hours after the one of 2026-11-02 10:00, and one version per day at any age is kept")
	f.Fuzz(func(t *testing.T, text string) {
		if got := retell.Text(text); len(got) > 20*len(text)+200 {
			t.Errorf("%q is said as %q", text, got)
		}
	})
}
