package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// aims are how much less processor time than restic each job shall take.
var aims = [jobs]struct {
	name string
	less float64
}{
	first:   {"first backup", 2},
	again:   {"no-change run", 5},
	restore: {"restore", 1.5},
}

// keepBest keeps the least of each job: what disturbs a run only adds.
func keepBest(results map[string]*[jobs]measured, name string, m [jobs]measured) {
	if results[name] == nil {
		results[name] = &m
		return
	}
	for job := range m {
		best := &results[name][job]
		best.cpu, best.wall = min(best.cpu, m[job].cpu), min(best.wall, m[job].wall)
		best.peak = max(best.peak, m[job].peak)
	}
}

// print writes one table: processor time, time on the clock, peak of memory.
func print(out io.Writer, set string, programs []program, results map[string]*[jobs]measured) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\t", set)
	for _, p := range programs {
		fmt.Fprintf(w, "%s\t\t\t", p.name)
	}
	fmt.Fprintln(w, "less than restic\taim\t\t")
	for job, aim := range aims {
		fmt.Fprintf(w, "%s\t", aim.name)
		for _, p := range programs {
			m := results[p.name][job]
			fmt.Fprintf(w, "%.2f s cpu\t%.2f s\t%.0f MB\t", m.cpu.Seconds(), m.wall.Seconds(), float64(m.peak)/1e6)
		}
		ours, theirs := results["varve"][job], results["restic"][job]
		less := theirs.cpu.Seconds() / ours.cpu.Seconds()
		fmt.Fprintf(w, "%.1f×\t%.1f×\t%s\t\n", less, aim.less, verdict(less >= aim.less, ours.peak <= theirs.peak))
	}
	return w.Flush()
}

func verdict(fast, small bool) string {
	switch {
	case !fast:
		return "MISSED"
	case !small:
		return "more memory"
	}
	return "met"
}
