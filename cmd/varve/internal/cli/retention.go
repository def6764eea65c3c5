package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
)

// presetNames are those of documents.
var presetNames = map[retention.Preset]string{
	retention.KeepEverything: "everything", retention.OlderThan: "keep-time", retention.SoMany: "keep-versions",
	retention.Smart: "smart", retention.Custom: "custom",
}

// mistake is where a policy is wrong.
type mistake struct {
	Offset  int    `json:"offset"`
	Length  int    `json:"length"`
	Column  int    `json:"column"`
	Problem string `json:"problem"`
}

// policyCheck is what can be said of the text of a policy.
type policyCheck struct {
	Policy    string   `json:"policy"`
	Valid     bool     `json:"valid"`
	Canonical *string  `json:"canonical,omitempty"`
	Preset    string   `json:"preset,omitempty"`
	Advice    []string `json:"advice,omitempty"`
	Error     *mistake `json:"error,omitempty"`
}

// checkPolicy tells whether a policy is right, and otherwise marks what is
// wrong, which ends with the code for a wrong command line.
func (p *program) checkPolicy(context.Context) int {
	d := policyCheck{Policy: p.args.PolicyText}
	policy, err := retention.Parse(d.Policy)
	if e, ok := errors.AsType[*retention.Error](err); ok {
		d.Error = &mistake{e.Offset, e.Length, e.Column(), e.Problem}
		text, mark := e.Caret()
		p.answer(d, fmt.Sprintf("%s\n%s\nCharacter %d: %s.", text, mark, e.Column(), e.Problem))
		return duplicityargs.ExitUsage
	}
	canonical := policy.String()
	d.Valid, d.Canonical, d.Preset = true, &canonical, presetNames[retention.PresetOf(d.Policy)]
	lines := []string{"The policy is valid."}
	if canonical != d.Policy && canonical != "" {
		lines = append(lines, "It means the same as "+canonical)
	}
	for _, a := range retention.Advise(policy) {
		sentence := a.Sentence
		if a.Frame >= 0 {
			sentence = fmt.Sprintf("Frame %d: %s", a.Frame+1, sentence)
		}
		d.Advice = append(d.Advice, sentence)
	}
	return p.answer(d, strings.Join(append(lines, d.Advice...), "\n"))
}

// explainPolicy says in sentences what a policy does.
func (p *program) explainPolicy(context.Context) int {
	sentences := retention.Explain(*p.args.Policy)
	return p.answer(struct {
		Policy    string   `json:"policy"`
		Sentences []string `json:"sentences"`
	}{p.args.PolicyText, sentences}, strings.Join(sentences, "\n"))
}

// policySource is what becomes of the versions of one source.
type policySource struct {
	Host     string          `json:"host,omitempty"`
	Paths    []string        `json:"paths,omitempty"`
	Decision string          `json:"decision"`
	Guards   []policyGuard   `json:"guards"`
	Kept     int             `json:"kept"`
	Dropped  int             `json:"dropped"`
	Versions []policyVersion `json:"versions"`
}

type policyGuard struct {
	Kind     string `json:"kind"`
	Sentence string `json:"sentence"`
}

type policyVersion struct {
	versionName
	Kept  bool   `json:"kept"`
	Rule  string `json:"rule"`
	Frame *int   `json:"frame,omitempty"`
	Why   string `json:"why"`
}

func policySourceOf(l *engine.RetentionLine) policySource {
	s := policySource{Decision: l.Decision.String(), Guards: []policyGuard{}, Kept: l.Kept, Dropped: l.Dropped}
	if len(l.Versions) > 0 {
		s.Host, s.Paths = l.Versions[0].Host, l.Versions[0].Paths
	}
	for _, g := range l.Guards {
		s.Guards = append(s.Guards, policyGuard{g.Kind.String(), g.Sentence})
	}
	for i, v := range l.Verdicts {
		row := policyVersion{versionOf(l.Versions[i]), v.Kept(), v.Rule.String(), nil, l.Why(i)}
		if v.Frame >= 0 {
			row.Frame = &v.Frame
		}
		s.Versions = append(s.Versions, row)
	}
	return s
}

// sourceOf names a source where there may be several.
func sourceOf(l *engine.RetentionLine) string {
	if len(l.Versions) == 0 || l.Versions[0].Host == "" {
		return ""
	}
	return l.Versions[0].Host + ":" + strings.Join(l.Versions[0].Paths, ", ")
}

// planPolicy lists what a policy would keep and drop.
func (p *program) planPolicy(ctx context.Context) int {
	r, err := p.engine.PlanRetention(ctx, engine.RetentionPlan{Destination: p.destination(), Policy: *p.args.Policy, Space: p.args.Space})
	if err != nil {
		return p.fail(err)
	}
	d := struct {
		Policy  string         `json:"policy"`
		Format  string         `json:"format"`
		Freed   *int64         `json:"freed,omitempty"`
		Sources []policySource `json:"sources"`
	}{Policy: p.args.PolicyText, Format: formatName(r.Format), Sources: []policySource{}}
	if r.Freed >= 0 {
		d.Freed = &r.Freed
	}
	var lines []string
	kept, dropped := 0, 0
	for i := range r.Lines {
		l := &r.Lines[i]
		d.Sources = append(d.Sources, policySourceOf(l))
		lines = append(lines, planLines(l)...)
		kept, dropped = kept+l.Kept, dropped+l.Dropped
	}
	sum := fmt.Sprintf("%s would go, and %s stay.", count(int64(dropped), "version"), count(int64(kept), "version"))
	if d.Freed != nil {
		sum += fmt.Sprintf(" That gives back %s.", size(r.Freed))
	}
	return p.answer(d, strings.Join(append(lines, sum), "\n"))
}

func planLines(l *engine.RetentionLine) (lines []string) {
	if source := sourceOf(l); source != "" {
		lines = append(lines, named(source))
	}
	for i, v := range l.Verdicts {
		fate := "drop"
		if v.Kept() {
			fate = "keep"
		}
		lines = append(lines, fmt.Sprintf("%s  %s  %s  %s", fate, versionOf(l.Versions[i]).short(), stamp(v.Version.Time), l.Why(i)))
	}
	for _, g := range l.Guards {
		lines = append(lines, fmt.Sprintf("%s: %s", l.Decision, g.Sentence))
	}
	return lines
}

// policyMoment is what there is at some time.
type policyMoment struct {
	Months   int             `json:"months"`
	Time     time.Time       `json:"time"`
	Versions []futureVersion `json:"versions"`
}

// futureVersion has no name when it is still to be made.
type futureVersion struct {
	ID   string    `json:"id,omitempty"`
	Time time.Time `json:"time"`
}

// policyFuture is the future of one source.
type policyFuture struct {
	Host    string         `json:"host,omitempty"`
	Paths   []string       `json:"paths,omitempty"`
	Moments []policyMoment `json:"moments"`
}

// simulatePolicy tells what would exist now and later.
func (p *program) simulatePolicy(ctx context.Context) int {
	lines, rhythm := []engine.RetentionLine{{}}, p.rhythm()
	if p.args.URL != "" {
		r, err := p.engine.PlanRetention(ctx, engine.RetentionPlan{Destination: p.destination(), Policy: *p.args.Policy})
		if err != nil {
			return p.fail(err)
		}
		if len(r.Lines) > 0 {
			lines = r.Lines
		}
		if r.Format == engine.Volumes && rhythm.FullEvery == 0 {
			rhythm.FullEvery = math.MaxInt // one chain without end
		}
	}
	now := time.Now()
	sources, text := []policyFuture{}, []string{}
	for i := range lines {
		f := p.future(&lines[i], rhythm, now)
		sources = append(sources, f)
		if source := sourceOf(&lines[i]); source != "" {
			text = append(text, named(source))
		}
		for _, m := range f.Moments {
			text = append(text, m.text())
		}
	}
	return p.answer(struct {
		Policy  string         `json:"policy"`
		Rhythm  string         `json:"rhythm"`
		Sources []policyFuture `json:"sources"`
	}{p.args.PolicyText, rhythm.Every.String(), sources}, strings.Join(text, "\n"))
}

// rhythm is how backups will be made: once a day when nothing is said.
func (p *program) rhythm() retention.Rhythm {
	r := retention.Rhythm{Every: p.args.Rhythm}
	if r.Every.IsZero() {
		r.Every = retention.Days(1)
	}
	if full := int64(p.args.FullIfOlderThan / time.Second); full > 0 {
		r.FullEvery = int(max(full/r.Every.Length(), 1))
	}
	return r
}

// months are those after which is shown what there is.
var months = []int{0, 1, 6, 24}

func (p *program) future(l *engine.RetentionLine, rhythm retention.Rhythm, now time.Time) policyFuture {
	var history []retention.Version
	f := policyFuture{}
	for _, v := range l.Verdicts {
		history = append(history, v.Version)
	}
	if len(l.Versions) > 0 {
		f.Host, f.Paths = l.Versions[0].Host, l.Versions[0].Paths
	}
	future := retention.Simulate(*p.args.Policy, history, rhythm, now, now.AddDate(0, months[len(months)-1], 0), time.Local)
	for _, n := range months {
		m := policyMoment{Months: n, Time: now.AddDate(0, n, 0).UTC().Truncate(time.Second), Versions: []futureVersion{}}
		for _, v := range future.At(now.AddDate(0, n, 0)) {
			m.Versions = append(m.Versions, futureVersion{v.ID, v.Time.UTC()})
		}
		f.Moments = append(f.Moments, m)
	}
	return f
}

func (m *policyMoment) text() string {
	when := "Now"
	if m.Months > 0 {
		when = "In " + count(int64(m.Months), "month")
	}
	var days []string
	for _, v := range m.Versions {
		days = append(days, v.Time.Local().Format("2006-01-02 15:04"))
	}
	s := fmt.Sprintf("%s (%s): %s", when, m.Time.Local().Format(time.DateOnly), count(int64(len(m.Versions)), "version"))
	if len(days) > 0 {
		s += "\n  " + strings.Join(days, ", ")
	}
	return s
}
