package rulesform

import (
	"context"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// count is what is known of what the rules do.
type count struct {
	stop    context.CancelFunc // nil while nothing is counted
	running bool
	// last was counted with rules and folders; whole tells that it came to its
	// end, and known that there are such numbers at all.
	last         session.Preview
	rules        []settings.Rule
	folders      []string
	known, whole bool
	// met is how far the count is that runs.
	met   session.Preview
	given bool // up
	err   error
}

func (c *count) end() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
	c.running = false
}

// pause is how long a count waits for the next letter of a pattern.
const pause = 250 * time.Millisecond

// recount counts anew what is not known.
func (f *Form) recount() {
	c := &f.count
	// Rules that cannot be read do nothing yet.
	rules := slices.DeleteFunc(f.Rules(), func(r settings.Rule) bool {
		return slices.ContainsFunc(f.patterns, func(p *pattern) bool { return p.rule == r && p.trouble != "" })
	})
	folders := slices.Clone(f.folders)
	if (c.running || c.whole) && slices.Equal(rules, c.rules) && slices.Equal(folders, c.folders) {
		f.show()
		return
	}
	f.begin(folders, rules)
}

// begin counts in place of what is counted now.
func (f *Form) begin(folders []string, rules []settings.Rule) {
	c := &f.count
	c.end()
	c.err, c.given, c.met = nil, false, session.Preview{}
	if len(folders) == 0 {
		f.show()
		return
	}
	c.running = true
	first := !c.known
	if first { // numbers come as they are met
		c.rules, c.folders = rules, folders
	}
	var result session.Preview
	c.stop = f.Window.Work(func(ctx context.Context) (err error) {
		if !first {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
		}
		result, err = f.Backend.Preview(ctx, folders, rules, func(p session.Preview) {
			f.Do(func() {
				if ctx.Err() == nil && c.running {
					c.met = p
					if first {
						c.last = p
					}
					f.show()
				}
			})
		})
		return err
	}, func(err error) {
		c.running, c.stop, c.err = false, nil, err
		if err == nil {
			c.last, c.rules, c.folders, c.known, c.whole = result, rules, folders, true, true
		}
		f.show()
		if f.Counted != nil {
			f.Counted()
		}
	})
	c.whole = false
	f.show()
}

// giveUp stops the count; what was met until then stays in sight.
func (f *Form) giveUp() {
	f.count.end()
	f.count.given = true
	f.show()
}

// again counts once more.
func (f *Form) again() {
	f.count.whole = false
	f.count.rules = nil
	f.recount()
}

// stale tells that the numbers are of other rules, or of a part.
func (c *count) stale() bool { return c.running || c.given || c.err != nil }

// tally is what a rule does, as far as it is known.
func (f *Form) tally(r settings.Rule) engine.Tally {
	if i := slices.Index(f.count.rules, r); i >= 0 && i < len(f.count.last.Rules) {
		return f.count.last.Rules[i]
	}
	return engine.Tally{}
}

// topicTally is what a topic takes out or would take out.
func (f *Form) topicTally(t topics.Topic) engine.Tally {
	if r := session.LeaveOut(t); slices.Contains(f.count.rules, r) {
		return f.tally(r)
	}
	return f.count.last.Offers[t]
}
