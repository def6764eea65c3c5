package duplicityargs

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// parseSync parses with two options of destinations.
func parseSync(line ...string) (*Args, error) {
	return Parse(line, Surroundings{
		Env: func(string) string { return "" }, Now: now, Zone: time.UTC,
		Destination: func(name string) (bool, bool) { return name == "backend-retry-delay" || name == "num-retries", false },
	})
}

// Every option of sync arrives, in each form that SyncTool takes.
func TestSyncOptions(t *testing.T) {
	for line, want := range map[string]Mirror{
		"":                             {},
		"-y":                           {Yes: true},
		"--yes":                        {Yes: true},
		"--confirm true":               {Yes: true},
		"--confirm=false":              {},
		"--retention --expire-old 30D": {Retention: true, ExpireOld: 30 * 24 * time.Hour},
		"--verify-contents":            {VerifyContents: true},
		"--verify-get-after-put":       {VerifyAfterPut: true},
		"--retry 0":                    {Rounds: new(0)},
		"--backend-retries 7":          {Attempts: 7},
		"--backend-retries 0":          {Attempts: 1},
		"--backend-retry-delay 250":    {RetryDelay: 250 * time.Millisecond},
		"--backend-retry-delay 0":      {RetryDelay: time.Millisecond},
		"--auto-create-folders":        {},
		"--auto-create-folders false":  {NoCreate: true},
		"--allow-empty-source":         {AllowEmptySource: true},
		"--max-delete 20%":             {MaxDelete: new(20)},
		"--parse-arguments-only":       {ParseOnly: true},
		"--src-options a=1 b=2=3 --src-option c=":        {SourceOptions: map[string]string{"a": "1", "b": "2=3", "c": ""}},
		"--dst-options a=1 --dst-option b=2":             {DestinationOptions: map[string]string{"a": "1", "b": "2"}},
		"--dst-options quota-disable= x=1":               {DestinationOptions: map[string]string{"x": "1"}, IgnoreRoom: true},
		"--dst-options quota-disable=true":               {DestinationOptions: map[string]string{}, IgnoreRoom: true},
		"--dst-options quota-disable=false":              {DestinationOptions: map[string]string{}},
		"--global-options quota-disable=true":            {global: map[string]string{"quota-disable": "true"}, IgnoreRoom: true},
		"--backend-retry-with-exponential-backoff=false": {Constant: true},
	} {
		got, err := parseSync(append([]string{"sync", "/a", "sftp://h/b"}, strings.Fields(line)...)...)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		want.Source, want.given = "/a", got.Mirror.given
		if !reflect.DeepEqual(got.Mirror, want) || got.URL != "sftp://h/b" || got.Action != Sync {
			t.Errorf("%q:\n got %+v\nwant %+v", line, got.Mirror, want)
		}
	}
	got, err := parseSync("sync", "--global-options", "a=1", "timeout=3", "sftp://h/a?x=y", "/b", "-d", "-f", "--log-level", "warning", "--option", "b=2", "--num-retries", "4")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"a": "1", "timeout": "3", "b": "2", "num-retries": "4"}; !reflect.DeepEqual(got.Options, want) || !got.DryRun || !got.Force || got.Verbosity != 2 {
		t.Errorf("got %+v", *got)
	}
}

// SyncTool ends with 1 where it does not understand, and takes an unknown level
// of its log for the usual one.
func TestSyncRefusals(t *testing.T) {
	for line, says := range map[string]string{
		"sync /a":                                       "two addresses",
		"sync /a /b /c":                                 "two addresses",
		"sync /a /b --src-options a":                    "NAME=VALUE",
		"sync /a /b --dst-options =a":                   "NAME=VALUE",
		"sync /a /b --src-options a=1 a=2":              "twice",
		"sync /a /b --src-option a=1 --src-options=a=2": "twice",
		"sync /a /b --retry -1":                         "no number from 0",
		"sync /a /b --retry x":                          "no number from 0",
		"sync /a /b --backend-retries x":                "no number",
		"sync /a /b --backend-retry-delay 1s":           "no number",
		"sync /a /b --max-delete 101":                   "from 0 to 100",
		"sync /a /b --retention=yes":                    "true or false",
		"sync /a /b --expire-old soon":                  "no interval",
		"sync /a /b --log-level loud":                   "none of",
		"sync /a /b --nosuch":                           "no option",
	} {
		_, err := parseSync(strings.Fields(line)...)
		if _, is := errors.AsType[*SyncError](err); !is || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want a line with %q", line, err, says)
		}
	}
	for _, line := range []string{"full /src file:///x --parse-arguments-only", "check file:///x -y", "full /src file:///x --log-level error"} {
		_, err := parseSync(strings.Fields(line)...)
		if _, is := errors.AsType[*SyncError](err); is || err == nil || !strings.Contains(err.Error(), "belongs to sync") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// What may be a secret is never said.
func TestSyncRefusalsKeepSecrets(t *testing.T) {
	for _, line := range []string{"sync /a /b --src-options hush", "sync /a /b --src-options a=hush a=hush"} {
		if _, err := parseSync(strings.Fields(line)...); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", line, err)
		}
	}
}
