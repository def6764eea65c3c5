package duplicityargs

import (
	"strings"
	"testing"
	"time"
)

func TestLookingActions(t *testing.T) {
	const url = "file:///repo"
	for line, want := range map[string]Args{
		"snapshots URL":                 {Action: Snapshots},
		"stats URL --json":              {Action: Stats, JSON: true},
		"ls URL":                        {Action: Ls},
		"ls -t 1600000000 URL a":        {Action: Ls, Path: "a", Time: Moment{Time: time.Unix(1600000000, 0)}},
		"ls --recursive URL":            {Action: Ls, Recursive: true},
		"find URL *.txt":                {Action: Find, Pattern: "*.txt"},
		"diff URL 1500000000 now":       {Action: Diff, From: Moment{Time: time.Unix(1500000000, 0)}, To: Moment{Time: now}},
		"diff URL 0a1b latest":          {Action: Diff, From: Moment{ID: "0a1b"}, To: Moment{ID: "latest"}},
		"ls -t 2026-11-21 URL":          {Action: Ls, Time: Moment{Time: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}},
		"ls -t 12345678 URL":            {Action: Ls, Time: Moment{ID: "12345678"}},
		"ls -t 123456789 URL":           {Action: Ls, Time: Moment{Time: time.Unix(123456789, 0)}},
		"diff URL 1234 latest":          {Action: Diff, From: Moment{ID: "1234"}, To: Moment{ID: "latest"}},
		"ls -t abcdef12 URL":            {Action: Ls, Time: Moment{ID: "abcdef12"}},
		"history URL a/b":               {Action: History, Path: "a/b"},
		"history a/b URL":               {Action: History, Path: "a/b"},
		"cat URL -- -a":                 {Action: Cat, Path: "-a"},
		"key list URL":                  {Action: KeyList},
		"key add URL":                   {Action: KeyAdd},
		"key remove URL abc":            {Action: KeyRemove, Key: "abc"},
		"key passwd URL":                {Action: KeyPasswd},
		"unlock URL":                    {Action: Unlock},
		"unlock --remove-all URL":       {Action: Unlock, RemoveAll: true},
		"ls URL --passphrase-file f":    {Action: Ls, PassphraseFile: "f"},
		"ls --passphrase-command=c URL": {Action: Ls, PassphraseCommand: "c"},
	} {
		got, err := parse(strings.Fields(strings.ReplaceAll(line, "URL", url))...)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		same := got.Action == want.Action && got.URL == url && got.JSON == want.JSON && got.Path == want.Path &&
			sameMoment(got.Time, want.Time) && got.Recursive == want.Recursive && got.Pattern == want.Pattern &&
			sameMoment(got.From, want.From) && sameMoment(got.To, want.To) && got.Key == want.Key && got.RemoveAll == want.RemoveAll &&
			got.PassphraseFile == want.PassphraseFile && got.PassphraseCommand == want.PassphraseCommand
		if !same {
			t.Errorf("%q: got %+v", line, *got)
		}
	}
}

func sameMoment(a, b Moment) bool { return a.ID == b.ID && a.Time.Equal(b.Time) }

func TestWhatIsNoVersion(t *testing.T) {
	for _, word := range []string{"abc", "later", "ABCDEF", "20260102T", "abcg", strings.Repeat("a", 65)} {
		if got, err := parse("ls", "-t", word, "file:///repo"); err == nil {
			t.Errorf("%q: got %+v", word, got.Time)
		}
	}
}
