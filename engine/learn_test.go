package engine

import (
	"fmt"
	"strings"
	"testing"
)

// listed is a version of which only the description counts.
type listed struct {
	openVersion
	v Version
}

func (l listed) version() Version { return l.v }
func (l listed) roots() []string  { return l.v.Paths }

// A version of an interrupted run counts only where there is no other, and then
// the newest alone.
func TestInterruptedRunsAreLearntWhereThereIsNothingElse(t *testing.T) {
	version := func(id, host string, partial bool) openVersion {
		return listed{v: Version{ID: id, Host: host, Paths: []string{"/home"}, Partial: partial}}
	}
	var got []string
	for _, v := range wanted([]openVersion{
		version("5", "a", true), version("4", "b", true), version("3", "a", false), version("2", "b", true), version("1", "a", false),
	}) {
		got = append(got, v.version().ID)
	}
	if fmt.Sprint(got) != "[4 3 1]" {
		t.Errorf("got %v", got)
	}
}

func TestFindID(t *testing.T) {
	ids := []string{"abcd1111", "abcd2222", "abce"}
	for text, want := range map[string]string{
		"abcd1": "0", "abcd2222": "1", "abce": "2", "abcd": "several", "abc": "too short", "": "too short", "ffff": "no version",
	} {
		i, err := findID(text, len(ids), func(i int) string { return ids[i] })
		got := fmt.Sprint(i)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
