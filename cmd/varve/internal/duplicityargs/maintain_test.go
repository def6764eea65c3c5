package duplicityargs

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/retention"
)

// Every option of check, forget and prune arrives, and only there.
func TestMaintenanceOptions(t *testing.T) {
	for line, want := range map[string]Maintenance{
		"forget --keep-last 1 --keep-hourly 2 --keep-daily 3 --keep-weekly 4 file:///r":           {Keep: Keep{Last: 1, Hourly: 2, Daily: 3, Weekly: 4}},
		"forget --keep-monthly unlimited --keep-yearly 6 --keep-within 2D --keep-tag a file:///r": {Keep: Keep{Monthly: -1, Yearly: 6, Within: retention.Span{Days: 2}, Tags: []string{"a"}}},
		"forget --keep-last 1 --prune --max-unused 10% --max-repack-size 3 file:///r":             {Keep: Keep{Last: 1}, Prune: true, MaxUnused: new(0.1), MaxRepack: 3 << 20},
		"prune --max-repack-size 0 file:///r":                                                     {MaxRepack: 1},
		"forget --keep-within-hourly 1h --keep-within-daily 1D --keep-within-weekly 1W --keep-within-monthly 1M --keep-within-yearly 1Y6M file:///r": {Keep: Keep{
			WithinHourly: retention.Span{Hours: 1}, WithinDaily: retention.Days(1), WithinWeekly: retention.Span{Weeks: 1},
			WithinMonthly: retention.Span{Months: 1}, WithinYearly: retention.Span{Years: 1, Months: 6},
		}},
		"forget file:///r abc def":               {IDs: []string{"abc", "def"}},
		"check --read-data file:///r":            {ReadPart: 1, ReadOf: 1},
		"check --read-data-subset 2/7 file:///r": {ReadPart: 2, ReadOf: 7},
		"check --read-data-for 90m file:///r":    {ReadFor: 90 * time.Minute},
		"repair packs file:///r abc":             {IDs: []string{"abc"}},
	} {
		got, err := Parse(strings.Fields(line), Surroundings{Env: func(string) string { return "" }, Now: time.Now(), Zone: time.UTC})
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if want.IDs == nil {
			want.IDs = []string{}
		}
		if !reflect.DeepEqual(got.Maintenance, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", line, got.Maintenance, want)
		}
	}
	for _, line := range []string{
		"prune --keep-last 1 file:///r", "check --prune file:///r", "prune --read-data file:///r", "check --max-unused 1 file:///r",
		"forget --keep-last 1 --max-unused 1 file:///r", "prune --max-unused 101 file:///r", "check --read-data-for soon file:///r",
		"forget --keep-within 0D file:///r", "forget --keep-within-daily soon file:///r",
	} {
		if _, err := Parse(strings.Fields(line), Surroundings{Env: func(string) string { return "" }, Now: time.Now(), Zone: time.UTC}); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}
