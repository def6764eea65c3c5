package retentionform

import (
	"strings"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/retell"
)

// reach is a stop of the slider for how far back a frame reaches.
type reach struct {
	span    retention.Span
	forever bool
}

// reaches are the stops, the nearest first.
var reaches = []reach{
	{span: retention.Span{Hours: 6}},
	{span: retention.Span{Days: 1}},
	{span: retention.Span{Days: 2}},
	{span: retention.Span{Days: 3}},
	{span: retention.Span{Weeks: 1}},
	{span: retention.Span{Weeks: 2}},
	{span: retention.Span{Weeks: 4}},
	{span: retention.Span{Months: 2}},
	{span: retention.Span{Months: 3}},
	{span: retention.Span{Months: 6}},
	{span: retention.Span{Years: 1}},
	{span: retention.Span{Years: 2}},
	{span: retention.Span{Years: 3}},
	{span: retention.Span{Years: 5}},
	{span: retention.Span{Years: 10}},
	{forever: true},
}

// ages are the stops for how old a version may become.
var ages = reaches[1 : len(reaches)-1]

// intervals are what a frame may thin to; the first keeps all.
var intervals = []retention.Span{
	{}, {Hours: 1}, {Hours: 6}, {Days: 1}, {Days: 2}, {Weeks: 1}, {Weeks: 2}, {Weeks: 4}, {Months: 1}, {Months: 3}, {Months: 6}, {Years: 1},
}

// counts are the stops for numbers of versions.
var counts = []int{1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000}

// longest stands for what has no end.
const longest = 1<<63 - 1

func (r reach) length() int64 {
	if r.forever {
		return longest
	}
	return r.span.Length()
}

func reachOf(f retention.Frame) reach { return reach{f.Reach, f.Forever} }

// nearest is the last stop that is not beyond a value.
func nearest(stops []reach, length int64) int {
	at := 0
	for i, s := range stops {
		if s.length() <= length {
			at = i
		}
	}
	return at
}

// nearestCount is the same for numbers; one without end is at the end.
func nearestCount(n int) int {
	at := 0
	for i, c := range counts {
		if c <= n || n < 0 {
			at = i
		}
	}
	return at
}

// density says how many versions an interval leaves.
func density(every retention.Span) string {
	if every.IsZero() {
		return lang.T("every version")
	}
	words := every.Words()
	if one, ok := strings.CutPrefix(words, "1 "); ok && !strings.Contains(one, " ") {
		return lang.T("one per %s", lang.T(one))
	}
	return lang.T("one per %s", retell.Span(every))
}

// extent says which ages a frame is about, in the least words.
func extent(frames []retention.Frame, i int) string {
	to := reachOf(frames[i])
	switch {
	case i == 0 && to.forever:
		return lang.T("At any age")
	case i == 0:
		return beginning(to.span)
	case to.forever:
		return lang.T("Then for ever")
	}
	return lang.T("Then up to %s", retell.Span(to.span))
}

// beginning is the first such time.
func beginning(s retention.Span) string {
	switch s {
	case retention.Span{Hours: 1}:
		return lang.T("The first hour")
	case retention.Span{Days: 1}:
		return lang.T("The first day")
	case retention.Span{Weeks: 1}:
		return lang.T("The first week")
	case retention.Span{Months: 1}:
		return lang.T("The first month")
	case retention.Span{Years: 1}:
		return lang.T("The first year")
	}
	return lang.T("The first %s", retell.Span(s))
}
