package retentionform

import (
	"fmt"
	"strings"

	"github.com/varve-backup/varve/engine/retention"
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
		return "every version"
	}
	words := every.Words()
	if one, ok := strings.CutPrefix(words, "1 "); ok && !strings.Contains(one, " ") {
		words = one
	}
	return "one per " + words
}

// until says how far back a reach is.
func until(r reach) string {
	if r.forever {
		return "for ever"
	}
	return r.span.Words()
}

// extent says which ages a frame is about, in the least words.
func extent(frames []retention.Frame, i int) string {
	to := reachOf(frames[i])
	switch {
	case i == 0 && to.forever:
		return "At any age"
	case i == 0:
		return "The first " + strings.TrimPrefix(until(to), "1 ")
	case to.forever:
		return "Then for ever"
	}
	return fmt.Sprintf("Then up to %s", until(to))
}
