package pinfile

import (
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 11, 21, 20, 30, 0, 0, time.UTC)

func TestNames(t *testing.T) {
	for _, row := range []struct {
		text string
		name Name
	}{
		{"varve-pin.20261121T203000Z.7f3a9c21", Name{moment, "", "7f3a9c21", false}},
		{"varve-pin.20261121T203000Z.7f3a9c21.gpg", Name{moment, "", "7f3a9c21", true}},
		{"varve-pin.20261121T203000Z.until-20270131.00000000.gpg", Name{moment, "2027-01-31", "00000000", true}},
	} {
		got, ok := ParseName(row.text)
		if !ok || got != row.name || row.name.Format() != row.text {
			t.Errorf("%s is %+v, %v, and written %s", row.text, got, ok, row.name.Format())
		}
	}
	for _, text := range []string{
		"", "varve-pin.", "varve-pin.20261121T203000Z", "varve-pin.20261121T203000Z.7f3a9c2", "varve-pin.20261121T203000Z.7f3a9c2G",
		"varve-pin.20261121T203000Z.until-20270231.7f3a9c21", "varve-pin.20261121T203000Z.20270131.7f3a9c21",
		"varve-pin.20261121T203000Z.7f3a9c21.gz", "xvarve-pin.20261121T203000Z.7f3a9c21", "varve-pin.20261121T203000Z.a.b.7f3a9c21",
	} {
		if got, ok := ParseName(text); ok {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// A program of today must not lose what one of tomorrow wrote.
func TestUnknownFieldsStay(t *testing.T) {
	c, err := Read([]byte(`{"version":"20261121T203000Z","until":"2027-01-31","reason":"tax","by":{"who":["me"]},"seen":1.0}`))
	if err != nil || c.Reason != "tax" || !c.Proves(Name{Version: moment, Day: "2027-01-31"}) || c.Proves(Name{Version: moment}) {
		t.Fatalf("got %+v, %v", c, err)
	}
	c.Reason, c.Day = "other", ""
	b, err := Write(c)
	if err != nil || string(b) != `{"by":{"who":["me"]},"reason":"other","seen":1.0,"version":"20261121T203000Z"}` {
		t.Errorf("got %s, %v", b, err)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("varve-pin.20261121T203000Z.until-20270131.7f3a9c21.gpg")
	f.Add("varve-pin.20261121T203000Z.7f3a9c21")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := ParseName(s); ok && n.Format() != s {
			t.Errorf("%q is %+v, and written again %q", s, n, n.Format())
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"version":"20261121T203000Z","until":"2027-01-31","reason":"tax, 2025","x":[1,{}]}`, `{"version":"20261121T203000Z"}`, `{}`, `null`, `[`,
		`{"version":"20261121T203000Z","Version":"x"}`, `{"version":"20261121T203000Z","reason":"` + strings.Repeat("a", 600) + `"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(b)
		if err != nil {
			return
		}
		out, err := Write(c)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", b, err)
		}
		again, err := Read(out)
		if err != nil || again.Reason != c.Reason || again.Day != c.Day || !again.Version.Equal(c.Version) || len(again.others) != len(c.others) {
			t.Errorf("%q is %+v, and written again %s, which is %+v, %v", b, c, out, again, err)
		}
	})
}
