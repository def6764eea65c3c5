package timespec

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the test names a zone
)

// times.tsv is what duplicity's own parser answered.
func TestParseAgreesWithDuplicity(t *testing.T) {
	b, err := os.ReadFile("testdata/times.tsv")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1700000000, 0)
	rows := 0
	for line := range strings.Lines(string(b)) {
		text, want, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		got, err := Parse(text, now, time.UTC)
		if strings.HasPrefix(want, "error") {
			if err == nil {
				t.Errorf("Parse(%q) = %v, want an error", text, got)
			}
			continue
		}
		if seconds, _ := strconv.ParseInt(want, 10, 64); err != nil || got.Unix() != seconds {
			t.Errorf("Parse(%q) = %d, %v, want %s", text, got.Unix(), err, want)
		}
	}
	if rows < 25 {
		t.Fatalf("only %d rows", rows)
	}
}

func TestParseIntervalRefusesOverflow(t *testing.T) {
	for _, s := range []string{"9999999999Y", "99999999999999999999s", "292Y292Y", "1h78", "h", ""} {
		if d, err := ParseInterval(s); err == nil {
			t.Errorf("ParseInterval(%q) = %v", s, d)
		}
	}
	if d, err := ParseInterval("1h78m"); err != nil || d != 138*time.Minute {
		t.Errorf("1h78m is %v, %v", d, err)
	}
}

func TestLocalTime(t *testing.T) {
	zone := time.FixedZone("here", 2*3600)
	got, err := Parse("2023-11-15", time.Now(), zone)
	if want := time.Date(2023, 11, 15, 0, 0, 0, 0, zone); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// A time before all versions must never turn into the zero time, which plans
// take for "the newest".
func TestYearsThatAreNoBackup(t *testing.T) {
	for _, s := range []string{"0001-01-01", "1/1/0001", "0000-01-01", "1900-12-31", "2100-01-01", "00010101T000000Z"} {
		if got, err := Parse(s, time.Unix(1700000000, 0), time.UTC); !errors.Is(err, ErrFormat) {
			t.Errorf("Parse(%q) = %v, %v", s, got, err)
		}
	}
}

// duplicity subtracts the minutes of a western zone twice; we do not.
func TestWesternZone(t *testing.T) {
	got, err := Parse("2023-11-14T18:43:20-03:30", time.Now(), time.UTC)
	if err != nil || got.Unix() != 1700000000 {
		t.Errorf("got %v, %v", got.Unix(), err)
	}
}

func TestSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]int64{"2023-07-01": 1688162400, "2023-07-01T12:00:00": 1688205600, "2023-01-01": 1672527600} {
		if got, err := Parse(s, time.Now(), berlin); err != nil || got.Unix() != want {
			t.Errorf("Parse(%q) = %v, %v, want %d", s, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"now", "1h78m", "2023-02-30", "11/14/2023", "20231114T221320Z", "2023-11-14T17:13:20-05:00", "2023-11-14T22:13:60Z", "+5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s, time.Unix(1700000000, 0), time.UTC)
		if err == nil && (got.IsZero() || got.Year() > 9999) {
			t.Errorf("Parse(%q) = %v", s, got)
		}
	})
}
