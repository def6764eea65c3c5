package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// aims are what Varve wants to reach: times faster than duplicity.
var aims = [jobs]struct {
	name  string
	ratio float64
}{
	full:       {"full backup", 5},
	unchanged:  {"no-change incremental", 8},
	restoreAll: {"restore everything", 3},
	restoreOne: {"restore one file", 6},
}

// peakAim is the most memory that Varve may take, in bytes.
const peakAim = 150e6

// results are the measurements of each program and job.
type results struct {
	of map[string]*[jobs][]measured
}

func newResults() *results {
	return &results{map[string]*[jobs][]measured{"duplicity": {}, "varve": {}}}
}

func (r *results) add(program string, job int, m measured) {
	r.of[program][job] = append(r.of[program][job], m)
}

// median returns the middle time and the highest peak of some measurements.
func median(all []measured) measured {
	walls := make([]time.Duration, len(all))
	var m measured
	for i, one := range all {
		walls[i] = one.wall
		m.peak = max(m.peak, one.peak)
	}
	slices.Sort(walls)
	m.wall = walls[len(walls)/2]
	if len(walls)%2 == 0 {
		m.wall = (m.wall + walls[len(walls)/2-1]) / 2
	}
	return m
}

func (r *results) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tduplicity\tpeak\tvarve\tpeak\tratio\taim\t\t")
	for job, aim := range aims {
		theirs, ours := median(r.of["duplicity"][job]), median(r.of["varve"][job])
		ratio := theirs.wall.Seconds() / ours.wall.Seconds()
		fmt.Fprintf(w, "%s\t%.2f s\t%.0f MB\t%.2f s\t%.0f MB\t%.1f×\t%.0f×\t%s\t\n", aim.name,
			theirs.wall.Seconds(), float64(theirs.peak)/1e6, ours.wall.Seconds(), float64(ours.peak)/1e6,
			ratio, aim.ratio, verdict(ratio >= aim.ratio && ours.peak < peakAim))
	}
	fmt.Fprintf(w, "\npeak: the largest process, in MB of 10⁶ bytes; aim: below %.0f MB\n", peakAim/1e6)
	fmt.Fprintln(w, "For five minutes after many files were deleted, as a run of this or of the tests does, ext4 is slow at making new ones.")
	return w.Flush()
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}
