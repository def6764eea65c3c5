package duplicityargs

import (
	"errors"
	"slices"

	"github.com/varve-backup/varve/engine/retention"
)

// The actions on policies.
const (
	RetentionCheck    Action = "retention check"
	RetentionExplain  Action = "retention explain"
	RetentionPlan     Action = "retention plan"
	RetentionSimulate Action = "retention simulate"
)

// Retention is what the actions on policies, and Forget, are told.
type Retention struct {
	// PolicyText is the text, Policy what it means; RetentionCheck has only the
	// text. Policy is nil when none was given.
	PolicyText string
	Policy     *retention.Policy
	// Rhythm is how often Simulate makes backups.
	Rhythm retention.Span
	// Space tells RetentionPlan to find out how much room is given back.
	Space bool
}

// retentionAction takes the second word, a policy, and perhaps a URL.
func (p *parser) retentionAction(words []string) error {
	actions := map[string]Action{
		"check": RetentionCheck, "explain": RetentionExplain, "plan": RetentionPlan, "simulate": RetentionSimulate,
	}
	if len(words) < 2 || actions[words[0]] == "" {
		return usage("retention takes check, explain, plan or simulate, and a policy such as %s", retention.SmartText)
	}
	a := p.args
	a.Action, a.PolicyText = actions[words[0]], words[1]
	words = words[2:]
	switch {
	case len(words) == 1 && IsURL(words[0]) && (a.Action == RetentionPlan || a.Action == RetentionSimulate):
		a.URL = words[0]
	case len(words) > 0 || a.Action == RetentionPlan:
		what := map[Action]string{
			RetentionCheck: "a policy", RetentionExplain: "a policy", RetentionPlan: "a policy and a URL", RetentionSimulate: "a policy and perhaps a URL",
		}[a.Action]
		return usage("%s takes %s; a local destination is written as file:///folder", a.Action, what)
	}
	if a.Action == RetentionCheck {
		return nil
	}
	return p.setPolicy(a.PolicyText)
}

// setPolicy takes the text of a policy.
func (p *parser) setPolicy(v string) error {
	policy, err := retention.Parse(v)
	if e, ok := errors.AsType[*retention.Error](err); ok {
		return usage("the retention policy %v", e)
	}
	p.args.PolicyText, p.args.Policy = v, &policy
	return nil
}

// isForSync tells whether --retention is SyncTool's switch, which stands before
// or behind the action as every option does.
func isForSync(line []string) bool {
	sync, forget := slices.Index(line, string(Sync)), slices.Index(line, string(Forget))
	return sync >= 0 && (forget < 0 || sync < forget)
}

func (p *parser) setRhythm(v string) (err error) {
	p.args.Rhythm, err = interval("--rhythm", v)
	return err
}

// checkRetention looks for options that belong elsewhere.
func (p *parser) checkRetention() error {
	a := p.args
	switch {
	case a.Policy != nil && !a.Keep.IsEmpty():
		return usage("--retention and --keep options contradict each other: write keep-daily=7 and the like into the policy")
	case a.Policy != nil && a.Action != Forget && a.Action != RetentionExplain && a.Action != RetentionPlan && a.Action != RetentionSimulate:
		return usage("--retention belongs to forget")
	case !a.Rhythm.IsZero() && a.Action != RetentionSimulate:
		return usage("--rhythm belongs to retention simulate")
	case a.Space && a.Action != RetentionPlan:
		return usage("--space belongs to retention plan")
	}
	return p.checkPin()
}
