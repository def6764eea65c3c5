package session

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// topicKind is that of rules which name a topic; what it stands for is looked up
// whenever it is needed.
const topicKind = "topic"

// LeaveOut is the rule that leaves a topic out.
func LeaveOut(t topics.Topic) settings.Rule {
	return settings.Rule{Kind: topicKind, Pattern: string(t)}
}

// TopicOf is the topic that a rule leaves out, "" for other rules.
func TopicOf(r settings.Rule) topics.Topic {
	if r.Kind != topicKind {
		return ""
	}
	return topics.Topic(r.Pattern)
}

// FolderRule includes a folder below one that is left out, or leaves one out
// below one that is kept.
func FolderRule(path string, include bool) settings.Rule {
	return settings.Rule{Kind: string(selection.Folder), Include: include, Pattern: path}
}

// IsFolderRule tells that a rule is one of FolderRule.
func IsFolderRule(r settings.Rule) bool { return r.Kind == string(selection.Folder) }

// sources are what a job backs up, as the engine takes it.
type sources struct {
	root       string
	conditions []selection.Condition
	// from tells which rule each of the first conditions comes from.
	from []int
}

// sourcesOf is what folders and rules mean on this computer.
func sourcesOf(folders []string, rules []settings.Rule) (o sources, err error) {
	here := thisComputer()
	var given []selection.Condition
	for i, r := range rules {
		meant := []selection.Condition{{Kind: selection.Kind(r.Kind), Include: r.Include, Pattern: r.Pattern}}
		if t := TopicOf(r); t != "" {
			meant = t.Conditions(here, folders)
		}
		for _, c := range meant {
			given, o.from = append(given, c), append(o.from, i)
		}
	}
	o.root, o.conditions, err = engine.FoldersPlan(folders, given)
	return o, err
}

func thisComputer() topics.Computer {
	// Without a home there are no programs that keep things in it.
	home, _ := os.UserHomeDir()
	cache := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) {
		cache = ""
	}
	return topics.Computer{Home: home, Cache: cache}
}

// RuleTrouble says in a sentence what is wrong with a rule for some folders, ""
// for nothing.
func RuleTrouble(folders []string, r settings.Rule) string {
	o, err := sourcesOf(folders, []settings.Rule{r})
	if err == nil {
		_, err = selection.New(o.root, o.conditions)
	}
	switch relative := !strings.HasPrefix(r.Pattern, "/"); {
	case err == nil:
		return ""
	case r.Pattern == "":
		return lang.T("Nothing stands here yet.")
	case errors.Is(err, selection.ErrOutside) && relative:
		return lang.T("A pattern begins with / for one place, or with **/ for any: **/%s", r.Pattern)
	case errors.Is(err, selection.ErrOutside):
		return lang.T("This lies outside of the folders that are kept, so it would do nothing.")
	case strings.Contains(r.Pattern, "//"):
		return lang.T("Two slashes follow each other here, and no path has that.")
	}
	return lang.T("This is not a pattern that can be read.")
}

// Preview is what rules make of folders.
type Preview struct {
	// Kept is what a backup takes, and Out what rules take out.
	Kept, Out engine.Tally
	// Rules is what each rule decided on: what is kept by those that include, and
	// what is taken out by all others.
	Rules []engine.Tally
	// Offers is what the topics that no rule names would take out of what is kept.
	Offers map[topics.Topic]engine.Tally
	// Unreadable counts folders and files that cannot be looked at, and Paths are
	// the first of them, whole.
	Unreadable int64
	Paths      []string
	// Root is the folder that Top is, which is nil until all is counted. The rules
	// of Top are those that were given, by their indices.
	Root string
	Top  *engine.PreviewFolder
	// Clipped tells that Top leaves out folders deep down.
	Clipped bool
}

// Preview counts what rules make of folders. tell hears how far it is.
func (s *Session) Preview(ctx context.Context, folders []string, rules []settings.Rule, tell func(Preview)) (Preview, error) {
	o, err := sourcesOf(folders, rules)
	if err != nil {
		return Preview{}, &engine.Error{Op: "counting what is kept", Kind: engine.Invalid, Err: err}
	}
	plan := engine.PreviewPlan{Root: o.root, Rules: o.conditions}
	var offered []topics.Topic
	for _, t := range topics.All() {
		if slices.ContainsFunc(rules, func(r settings.Rule) bool { return TopicOf(r) == t }) {
			continue
		}
		offered = append(offered, t)
		plan.Offers = append(plan.Offers, t.Conditions(thisComputer(), folders))
	}
	show := func(c engine.Counted) Preview { return o.preview(c, len(rules), offered) }
	whole, err := s.engine.Preview(ctx, plan, func(c engine.Counted) { tell(show(c)) })
	if err != nil {
		return Preview{}, err
	}
	p := show(whole.Counted)
	p.Top, p.Clipped = whole.Top, whole.Clipped
	o.blame(p.Top)
	return p, nil
}

// preview tells what was counted by rules.
func (o *sources) preview(c engine.Counted, rules int, offered []topics.Topic) Preview {
	p := Preview{
		Kept: c.Kept, Out: c.Out, Rules: make([]engine.Tally, rules), Offers: map[topics.Topic]engine.Tally{},
		Unreadable: c.Unreadable, Root: o.root,
	}
	for i, rule := range o.from {
		p.Rules[rule] = sum(p.Rules[rule], c.Rules[i])
	}
	for i, t := range offered {
		p.Offers[t] = c.Offers[i]
	}
	for _, path := range c.Paths {
		p.Paths = append(p.Paths, filepath.Join(o.root, path))
	}
	return p
}

func sum(a, b engine.Tally) engine.Tally {
	return engine.Tally{Files: a.Files + b.Files, Bytes: a.Bytes + b.Bytes}
}

// blame puts rules in the place of the conditions that stand for them.
func (o *sources) blame(f *engine.PreviewFolder) {
	var out []engine.RuleTally
	for _, t := range f.Out {
		t.Rule = o.from[t.Rule]
		if i := slices.IndexFunc(out, func(x engine.RuleTally) bool { return x.Rule == t.Rule }); i >= 0 {
			out[i].Tally = sum(out[i].Tally, t.Tally)
		} else {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b engine.RuleTally) int { return cmp.Compare(b.Bytes, a.Bytes) })
	f.Out = out
	for _, inner := range f.Folders {
		o.blame(inner)
	}
}

// errNoFolders and errRule are why sources are not taken.
var (
	errNoFolders = errors.New("no folder is chosen")
	errRule      = errors.New("a rule cannot be used")
)

// checkSources refuses what no backup could be made with.
func checkSources(folders []string, rules []settings.Rule) error {
	err := errNoFolders
	if len(folders) > 0 {
		o, failed := sourcesOf(folders, rules)
		if failed == nil {
			_, failed = selection.New(o.root, o.conditions)
		}
		if failed == nil {
			return nil
		}
		err = errors.Join(errRule, failed)
	}
	return &engine.Error{Op: "choosing what is kept", Kind: engine.Invalid, Err: err}
}

// SetSources changes what a job backs up, from its next run on. The person
// means it: that run goes on with the versions that are there also where they
// are of other folders.
func (s *Session) SetSources(ctx context.Context, id int64, folders []string, rules []settings.Rule) error {
	if err := checkSources(folders, rules); err != nil {
		return err
	}
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	before := ArchiveOf(&j).Root
	if j.Name == nameOf(j.Folders) { // nobody gave it another one
		j.Name = nameOf(folders)
	}
	j.Folders, j.Rules = folders, rules
	if ArchiveOf(&j).Root != before {
		if err := errors.Join(s.store.AddFormerRoot(ctx, id, before), s.store.Adopt(ctx, id)); err != nil {
			return err
		}
	}
	err = s.store.SetSources(ctx, id, j.Name, folders, rules)
	s.wakeScheduler()
	s.changed()
	return err
}
