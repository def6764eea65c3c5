package duplicityargs

import (
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/retention"
)

// The words and options about policies arrive, and only where they belong.
func TestRetention(t *testing.T) {
	const url = "file:///r"
	for _, row := range []struct {
		line   []string
		action Action
		policy string // "-" for none
		url    string
	}{
		{[]string{"retention", "check", "7d:1D", "--json"}, RetentionCheck, "-", ""},
		{[]string{"retention", "explain", "1W:1D,4W:1W"}, RetentionExplain, "1W:1D,4W:1W", ""},
		{[]string{"retention", "explain", ""}, RetentionExplain, "", ""},
		{[]string{"retention", "plan", "keep-last=3", url, "--space", "--json"}, RetentionPlan, "keep-last=3", url},
		{[]string{"retention", "simulate", "1W:1D", "--rhythm", "12h"}, RetentionSimulate, "1W:1D", ""},
		{[]string{"retention", "simulate", "1W:1D", url}, RetentionSimulate, "1W:1D", url},
		{[]string{"forget", "--retention", "1W:1D", url, "--force", "--prune"}, Forget, "1W:1D", url},
		{[]string{"forget", "--retention=", url}, Forget, "", url},
		{[]string{"--retention", "1W:1D", "forget", url}, Forget, "1W:1D", url},
		{[]string{"sync", "--retention", "/a", "forget"}, Sync, "-", "forget"},
		{[]string{"--retention", "sync", "/a", "/b"}, Sync, "-", "/b"},
	} {
		got, err := parse(row.line...)
		if err != nil {
			t.Errorf("%q: %v", row.line, err)
			continue
		}
		policy := "-"
		if got.Policy != nil {
			policy = got.Policy.String()
		}
		if got.Action != row.action || policy != row.policy || got.URL != row.url {
			t.Errorf("%q: got %s %s %s", row.line, got.Action, policy, got.URL)
		}
		if row.action == RetentionPlan && !got.Space || strings.Contains(strings.Join(row.line, " "), "12h") && got.Rhythm != (retention.Span{Hours: 12}) {
			t.Errorf("%q: got %+v", row.line, got.Retention)
		}
	}
	for line, says := range map[string]string{
		"retention":                                        "takes check",
		"retention check":                                  "takes check",
		"retention improve 1W:1D":                          "takes check",
		"retention check 1W:1D file:///r":                  "takes a policy;",
		"retention explain 1W:1D file:///r":                "takes a policy;",
		"retention plan 1W:1D":                             "a policy and a URL",
		"retention plan 1W:1D /folder":                     "a policy and a URL",
		"retention simulate 1W:1D x":                       "perhaps a URL",
		"retention explain 7d:1D":                          `"7d:1D": character 2: there is no unit d; did you mean D?`,
		"forget --retention 1W:7D file:///r":               "character 4: the interval must be shorter",
		"forget --retention 1W:1D --keep-last 1 file:///r": "contradict",
		"forget --retention 1W:1D file:///r abc":           "not both",
		"prune --retention 1W:1D file:///r":                "belongs to forget",
		"forget --keep-last 1 --rhythm 1D file:///r":       "belongs to retention simulate",
		"retention explain 1W:1D --space":                  "belongs to retention plan",
		"retention simulate 1W:1D --rhythm soon":           "no interval",
	} {
		if _, err := parse(strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", line, err, says)
		}
	}
}
