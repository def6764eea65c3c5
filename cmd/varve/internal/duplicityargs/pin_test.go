package duplicityargs

import (
	"testing"
	"time"
)

// What pin and unpin are told arrives.
func TestPins(t *testing.T) {
	day := func(text string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, text, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tomorrow := now.UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for _, row := range []struct {
		line []string
		want Action
		pin  Pinning
	}{
		{[]string{"pin", "file:///r"}, Pin, Pinning{}},
		{[]string{"pin", "file:///r", "1a2b3c4d", "--reason", "Tax, 2025"}, Pin, Pinning{Pinned: Moment{ID: "1a2b3c4d"}, Reason: "Tax, 2025"}},
		{[]string{"pin", "--until=" + tomorrow, "file:///r"}, Pin, Pinning{Until: day(tomorrow)}},
		{[]string{"pin", "--until=" + now.UTC().Format(time.DateOnly), "file:///r"}, Pin, Pinning{Until: day(now.UTC().Format(time.DateOnly))}},
		{[]string{"pin", "--until", "1Y", "file:///r", "2D"}, Pin, Pinning{Pinned: Moment{Time: now.Add(-48 * time.Hour)}, Until: now.Add(365 * 24 * time.Hour)}},
		{[]string{"unpin", "file:///r", "latest"}, Unpin, Pinning{Pinned: Moment{ID: "latest"}}},
		{line: []string{"pin", "--until", "2001-01-01", "file:///r"}},
		{line: []string{"pin", "--until", "soon", "file:///r"}},
		{line: []string{"pin", "file:///r", "no version"}},
		{line: []string{"pin", "file:///r", "latest", "latest"}},
		{line: []string{"pin", "/r"}},
		{line: []string{"pin"}},
		{line: []string{"pin", "file:///r", "--time", "2D"}},
		{line: []string{"unpin", "file:///r", "--reason", "x"}},
		{line: []string{"snapshots", "file:///r", "--until", "2D"}},
	} {
		got, err := parse(row.line...)
		switch {
		case row.want == "" && err == nil:
			t.Errorf("%q is taken", row.line)
		case row.want == "":
		case err != nil:
			t.Errorf("%q: %v", row.line, err)
		case got.Action != row.want || got.Pinned != row.pin.Pinned || got.Reason != row.pin.Reason || !got.Until.Equal(row.pin.Until) || got.URL != "file:///r":
			t.Errorf("%q: got %s %+v", row.line, got.Action, got.Pinning)
		}
	}
}
