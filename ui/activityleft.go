package ui

import (
	"slices"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// span is a length of time that is known about.
type span struct{ low, high time.Duration }

const (
	// learntFrom is how many earlier runs tell how long one takes, and fewest how
	// many it needs.
	learntFrom, fewest = 12, 4
	// tooEarly is for how long a run tells nothing about its own pace.
	tooEarly = 3 * time.Second
)

// usual is how long the middle half of the newest runs took; ok is false when
// there were too few.
func usual(runs []settings.Run) (s span, ok bool) {
	var took []time.Duration
	for _, r := range runs {
		if r.Outcome == settings.Fine || r.Outcome == settings.Warnings {
			took = append(took, r.Ended.Sub(r.Started))
		}
	}
	took = took[:min(len(took), learntFrom)]
	if len(took) < fewest {
		return s, false
	}
	slices.Sort(took)
	return span{took[len(took)/4], took[len(took)-1-len(took)/4]}, true
}

// byPace is what is left by how fast the run was so far.
func byPace(p engine.Progress) (s span, ok bool) {
	if !p.Counted || p.TotalBytes <= 0 || p.Bytes <= 0 || p.Bytes >= p.TotalBytes || p.Elapsed < tooEarly {
		return s, false
	}
	rest := float64(p.Elapsed) * float64(p.TotalBytes-p.Bytes) / float64(p.Bytes)
	return span{time.Duration(rest * 0.8), time.Duration(rest * 1.3)}, true
}

// left is how long a run takes still. At its beginning the runs before it know
// that better, towards its end its own pace does.
func left(p engine.Progress, runs []settings.Run) (s span, ok bool) {
	own, paced := byPace(p)
	learnt, known := usual(runs)
	known = known && p.Elapsed < learnt.high
	learnt = span{max(0, learnt.low-p.Elapsed), max(0, learnt.high-p.Elapsed)}
	switch {
	case !known:
		return own, paced
	case !paced:
		return learnt, true
	}
	done := float64(p.Bytes) / float64(p.TotalBytes)
	mixed := func(a, b time.Duration) time.Duration { return time.Duration(float64(a)*(1-done) + float64(b)*done) }
	return span{mixed(learnt.low, own.low), mixed(learnt.high, own.high)}, true
}

// words say a span that is left.
func (s span) words() string {
	switch {
	case s.high < time.Minute:
		return lang.T("less than a minute left")
	case s.high < 90*time.Minute:
		return lang.T("about %d–%d minutes left", max(int(s.low/time.Minute), 1), max(int(s.high/time.Minute)+1, 2))
	}
	return lang.T("about %d–%d hours left", max(int(s.low/time.Hour), 1), max(int(s.high/time.Hour)+1, 2))
}
