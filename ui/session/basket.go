package session

import (
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// withDates gives items of which several versions are to come back the dates of
// their versions, so that all of them find room: all of them where what is there
// stays, and all but the first where that one is to take its place.
func withDates(plans []engine.RestorePlan) []engine.RestorePlan {
	var times []time.Time
	for _, p := range plans {
		times = append(times, p.At)
	}
	plans = slices.Clone(plans)
	for i := range plans {
		for _, path := range plans[i].Paths {
			if isDated(plans, i, path) {
				plans[i].Dated = append(plans[i].Dated, path)
				plans[i].Beside = times
			}
		}
	}
	return plans
}

// isDated tells whether an item of the i-th plan needs a name of its own: it, or
// a folder that it is in, comes back from another version too.
func isDated(plans []engine.RestorePlan, i int, path string) bool {
	takesPlace := plans[i].Clash == restore.Replace || plans[i].Clash == restore.ReplaceOlder || plans[i].Clash == restore.Skip
	for j := range plans {
		if i == j {
			continue
		}
		for _, other := range plans[j].Paths {
			if strings.HasPrefix(path, other+"/") || path == other && !(takesPlace && i < j) {
				return true
			}
		}
	}
	return false
}
