package duplicityargs

import (
	"strconv"
	"time"
)

// duplicity's actions that delete. None does without --force.
const (
	RemoveOlderThan    Action = "remove-older-than"
	RemoveAllButFull   Action = "remove-all-but-n-full"
	RemoveIncrementals Action = "remove-all-inc-of-but-n-full"
	Cleanup            Action = "cleanup"
)

// Removal is what the actions that delete are told.
type Removal struct {
	// Before is the time of RemoveOlderThan; KeepFull is how many full versions
	// the other two leave alone.
	Before   time.Time
	KeepFull int
}

// removed takes what an action deletes, and a URL.
func (p *parser) removed(words []string) (err error) {
	a := p.args
	if a.Action == Cleanup {
		return p.url(words, "one URL", 0)
	}
	if len(words) != 2 || !IsURL(words[1]) {
		what := "a number"
		if a.Action == RemoveOlderThan {
			what = "a time"
		}
		return usage("%s takes %s and a URL, in this order; a local destination is written as file:///folder", a.Action, what)
	}
	a.URL = words[1]
	if a.Action == RemoveOlderThan {
		a.Before, err = p.time(string(a.Action), words[0])
		return err
	}
	if a.KeepFull, err = strconv.Atoi(words[0]); err != nil || a.KeepFull < 1 {
		return usage("%s takes a number from 1 on, not %q", a.Action, words[0])
	}
	return nil
}
