package ui

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fakeSources are what Ada keeps.
type fakeSources struct {
	counting bool // and never done
	changed  []settings.Rule
	folders  []string
}

func (f *fakeSources) SetSources(_ context.Context, _ int64, folders []string, rules []settings.Rule) error {
	f.folders, f.changed = folders, rules
	return nil
}

// adasTopics are what is found.
var adasTopics = map[topics.Topic]engine.Tally{
	topics.Caches: {Files: 1_204, Bytes: 2_300_000_000}, topics.Browsers: {Files: 14_310, Bytes: 1_120_000_000}, topics.Trash: {Files: 31, Bytes: 400_000_000},
	topics.Builds: {Files: 9_812, Bytes: 5_100_000_000}, topics.Machines: {Files: 2, Bytes: 41_000_000_000},
}

func (f *fakeSources) Preview(ctx context.Context, _ []string, rules []settings.Rule, tell func(session.Preview)) (session.Preview, error) {
	p := session.Preview{
		Kept: engine.Tally{Files: 41_230, Bytes: 59_000_000_000}, Rules: make([]engine.Tally, len(rules)), Offers: map[topics.Topic]engine.Tally{}, Root: "/home/ada",
		Top: &engine.PreviewFolder{Name: "ada"},
	}
	thesis := &engine.PreviewFolder{Name: "Thesis", Kept: engine.Tally{Files: 812, Bytes: 1_210_000_000}}
	code := &engine.PreviewFolder{Name: "Code", Kept: engine.Tally{Files: 7_100, Bytes: 1_200_000_000}}
	documents := &engine.PreviewFolder{Name: "Documents", Kept: engine.Tally{Files: 8_412, Bytes: 3_410_000_000}, Folders: []*engine.PreviewFolder{code, thesis}}
	pictures := &engine.PreviewFolder{Name: "Pictures", Kept: engine.Tally{Files: 32_818, Bytes: 14_600_000_000}}
	for i, r := range rules {
		t := adasTopics[session.TopicOf(r)]
		switch {
		case session.IsFolderRule(r):
			t = engine.Tally{Files: 2_100, Bytes: 41_000_000_000}
		case strings.HasSuffix(r.Pattern, ".iso"):
			t = engine.Tally{Files: 3, Bytes: 9_200_000_000}
		}
		p.Rules[i] = t
		if t.Files == 0 || r.Include {
			continue
		}
		p.Out.Files, p.Out.Bytes = p.Out.Files+t.Files, p.Out.Bytes+t.Bytes
		part := engine.RuleTally{Rule: i, Tally: t}
		p.Top.Out = append(p.Top.Out, part)
		switch {
		case session.TopicOf(r) == topics.Builds:
			documents.Out, code.Out = append(documents.Out, part), append(code.Out, part)
		case session.IsFolderRule(r):
			pictures.Out = append(pictures.Out, part)
		}
	}
	for t, tally := range adasTopics {
		if !slices.Contains(rules, session.LeaveOut(t)) {
			p.Offers[t] = tally
		}
	}
	p.Top.Kept, p.Top.Folders = p.Kept, []*engine.PreviewFolder{documents, pictures}
	if f.counting {
		half := p
		half.Top = nil
		tell(half)
		<-ctx.Done()
		return p, ctx.Err()
	}
	return p, nil
}

func (adas) Home() string { return "/home/ada" }

// adasFolders are what is in her home.
var adasFolders = map[string][]string{
	"/home/ada":          {"Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos", "Old letters", ".config", ".cache", ".ssh"},
	"/home/ada/Pictures": {"2024", "2025", "2026", "Raw"}, "/home/ada/Documents": {"Code", "Letters", "Thesis"},
}

func (adas) List(p string) ([]string, error) {
	if p == "/home/ada/Old letters" {
		return nil, fs.ErrPermission
	}
	return adasFolders[p], nil
}

func (adas) Measure(_ context.Context, p string, tell func(Measure)) Measure {
	tell(Measure{Files: 1})
	switch path.Base(p) {
	case "Documents":
		return Measure{Files: 8_412, Bytes: 3_410_000_000, Unreadable: 2, Paths: []string{p + "/Letters/sealed", p + "/Thesis/.private"}, Done: true}
	case "Pictures":
		return Measure{Files: 34_918, Bytes: 55_600_000_000, Done: true}
	case "Raw":
		return Measure{Files: 2_100, Bytes: 41_000_000_000, Done: true}
	case "2025":
		return Measure{Files: 12_002, Bytes: 6_100_000_000, Done: true}
	case "ada":
		return Measure{Files: 412_332, Bytes: 318_000_000_000, Unreadable: 14, Done: true}
	case "Old letters":
		return Measure{Unreadable: 1, Done: true}
	}
	return Measure{Files: 120, Bytes: 48_000_000, Done: true}
}
