// Package rulesform is the form for what of the chosen folders is left out:
// topics that were found on this computer, patterns of one's own, and a picture
// of what all of them do, which is counted beside the main loop. Begin with New,
// tell Choose which folders it is about, and Count when it is shown.
package rulesform

import (
	"cmp"
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Backend counts what rules make of folders.
type Backend interface {
	Preview(ctx context.Context, folders []string, rules []settings.Rule, tell func(session.Preview)) (session.Preview, error)
}

// Config is what the form is for.
type Config struct {
	Window frame.Window
	// Do runs something on the main loop.
	Do      func(func())
	Backend Backend
	// Changed is called when a person changed a rule, and Counted when more is
	// known of what the rules do. Either may be nil.
	Changed, Counted func()
}

// Form is the rules with what they do.
type Form struct {
	Config
	folders []string
	// exceptions are rules about single folders, which are chosen elsewhere.
	exceptions []settings.Rule
	left       map[topics.Topic]bool // out
	patterns   []*pattern
	// others are rules that no control here stands for. They stay.
	others []settings.Rule

	count    count
	topics   []*topicRow
	found    *fyne.Container
	missing  *fyne.Container
	more     *look.Button
	list     *fyne.Container
	preview  *previewView
	content  *fyne.Container
	unfolded bool
}

// New makes a form that leaves out what is usual.
func New(c Config) *Form {
	f := &Form{Config: c, left: map[topics.Topic]bool{}, found: look.Stacked(look.Within), missing: look.Stacked(look.Within), list: look.Stacked(look.Within)}
	for i, t := range topics.All() {
		f.left[t] = t.Usual()
		f.topics = append(f.topics, f.newTopicRow(i, t))
	}
	// The one that is on every computer comes first.
	slices.SortStableFunc(f.topics, func(a, b *topicRow) int { return cmp.Compare(a.rank(), b.rank()) })
	f.more = look.Plain("", nil, func() {
		f.unfolded = !f.unfolded
		f.show()
	})
	f.preview = newPreviewView(f)
	add := look.Plain(lang.T("Add a pattern"), look.IconAdd.In(look.Lake), func() { f.addPattern(settings.Rule{Kind: string(selection.Glob)}) })
	f.content = look.Stacked(look.Between,
		f.preview.summary, f.found, look.Row(0, 1, f.more, look.Gap(1)), f.missing, look.Gap(4),
		look.Strong(lang.T("Patterns of your own")),
		look.Hint(lang.T("The first one that fits a file decides. * stands for any letters in a name, ** also for folders on the way: **/*.iso")),
		f.list, look.Row(0, 1, add, look.Gap(1)), look.Gap(4), f.preview.content)
	f.show()
	return f
}

// Content is what a page shows. It is for a page that scrolls.
func (f *Form) Content() fyne.CanvasObject { return f.content }

// First has the keyboard at first.
func (f *Form) First() fyne.Focusable { return f.topics[0].check }

// End stops what is still counted.
func (f *Form) End() { f.count.end() }

// Choose tells which folders it is about, with what is kept otherwise in them.
func (f *Form) Choose(folders []string, exceptions []settings.Rule) {
	f.folders, f.exceptions = folders, exceptions
	for _, p := range f.patterns {
		p.check()
	}
}

// Count counts what the rules do, unless that is known. It is for when the form
// comes into sight.
func (f *Form) Count() { f.recount() }

// Set shows the rules of a job.
func (f *Form) Set(rules []settings.Rule) {
	clear(f.left)
	f.patterns, f.others = nil, nil
	for _, r := range rules {
		switch t := session.TopicOf(r); {
		case slices.Contains(topics.All(), t):
			f.left[t] = true
		case session.IsFolderRule(r):
		case r.Kind == string(selection.Glob):
			f.patterns = append(f.patterns, f.newPattern(r))
		default:
			f.others = append(f.others, r)
		}
	}
	f.showPatterns()
	f.show()
}

// Rules are what was chosen, with the exceptions.
func (f *Form) Rules() (rules []settings.Rule) {
	for _, p := range f.patterns {
		if p.rule.Pattern != "" {
			rules = append(rules, p.rule)
		}
	}
	rules = append(rules, f.others...)
	for _, t := range topics.All() {
		if f.left[t] {
			rules = append(rules, session.LeaveOut(t))
		}
	}
	return append(rules, f.exceptions...)
}

// Right tells that all patterns can be read.
func (f *Form) Right() bool {
	return !slices.ContainsFunc(f.patterns, func(p *pattern) bool { return p.trouble != "" })
}

// Kept is what a backup takes, and whether that is known of the rules as they
// are now.
func (f *Form) Kept() (p session.Preview, known bool) {
	return f.count.last, f.count.known && !f.count.running && f.count.whole && slices.Equal(f.count.rules, f.Rules()) && slices.Equal(f.count.folders, f.folders)
}

// Summary says in a few words what is left out, "" for nothing.
func (f *Form) Summary() string {
	var parts []string
	for _, r := range f.topics {
		t := r.topic
		if tally := f.topicTally(t); f.left[t] && (tally.Files > 0 || !f.count.known) {
			parts = append(parts, shortName(t))
		}
	}
	const named = 2
	if n := len(parts); n > named+1 {
		parts = append(parts[:named], lang.T("%s more kinds of files", words.Number(int64(n-named))))
	}
	n := int64(0)
	for _, p := range f.patterns {
		if p.rule.Pattern != "" {
			n++
		}
	}
	if n > 0 {
		parts = append(parts, words.Count(n, "pattern"))
	}
	n = 0
	for _, e := range f.exceptions {
		if !e.Include {
			n++
		}
	}
	if n > 0 {
		parts = append(parts, words.Count(n, "folder"))
	}
	if len(parts) == 0 {
		return ""
	}
	return lang.T("without %s", words.List(parts))
}

// changed counts anew after a change by the person.
func (f *Form) changed() {
	f.recount()
	if f.Config.Changed != nil {
		f.Config.Changed()
	}
}

// show brings all in step with what is chosen and counted.
func (f *Form) show() {
	f.found.Objects, f.missing.Objects = nil, nil
	for _, r := range f.topics {
		r.show()
		if r.isThere() {
			f.found.Add(r.content)
		} else {
			f.missing.Add(r.content)
		}
	}
	f.showMore()
	for _, p := range f.patterns {
		p.show()
	}
	f.preview.show()
	f.content.Refresh()
}

// showMore folds what is not on this computer.
func (f *Form) showMore() {
	n := len(f.missing.Objects)
	text, icon := lang.T("Fewer kinds"), look.IconDown
	if !f.unfolded {
		text, icon = lang.T("More kinds, not found here"), look.IconAfter
		if f.count.running && !f.count.known {
			text = lang.T("More kinds, not found yet")
		}
	}
	f.more.SetText(text)
	f.more.SetIcon(icon.In(look.Quiet))
	look.Visible(f.more, n > 0)
	look.Visible(f.missing, f.unfolded && n > 0)
}

// nameOf is what a rule is called where it is told what it does.
func (f *Form) nameOf(r settings.Rule) string {
	switch t := session.TopicOf(r); {
	case t != "":
		return topicName(t)
	case session.IsFolderRule(r):
		return lang.T("not ticked")
	}
	return words.Printable(r.Pattern)
}

// toneOf is the colour of a rule.
func (f *Form) toneOf(r settings.Rule) fyne.ThemeColorName {
	if t := session.TopicOf(r); t != "" {
		return look.Tone(slices.Index(topics.All(), t))
	}
	if session.IsFolderRule(r) {
		return look.Quiet
	}
	i := slices.IndexFunc(f.patterns, func(p *pattern) bool { return p.rule == r })
	return look.Tone(max(i, 0) + 3)
}

func tallyWords(files, bytes int64) string {
	return lang.N(files, "%s file, %s", "%s files, %s", words.Number(files), words.Size(bytes))
}
