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
		"ls -t 1600000000 URL a":        {Action: Ls, Path: "a", Time: time.Unix(1600000000, 0)},
		"ls --recursive URL":            {Action: Ls, Recursive: true},
		"find URL *.txt":                {Action: Find, Pattern: "*.txt"},
		"diff URL 1500000000 now":       {Action: Diff, From: time.Unix(1500000000, 0), To: now},
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
			got.Time.Equal(want.Time) && got.Recursive == want.Recursive && got.Pattern == want.Pattern &&
			got.From.Equal(want.From) && got.To.Equal(want.To) && got.Key == want.Key && got.RemoveAll == want.RemoveAll &&
			got.PassphraseFile == want.PassphraseFile && got.PassphraseCommand == want.PassphraseCommand
		if !same {
			t.Errorf("%q: got %+v", line, *got)
		}
	}
}
