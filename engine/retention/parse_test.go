package retention

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests name zones
)

// The rules of sections 3, 4 and 6 of formats/duplicati-retention.md.
func TestParse(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"smart preset, byte for byte", SmartText, SmartText},
		{"example of Duplicati's help", "7D:0s,3M:1D,10Y:2M", "7D:U,3M:1D,10Y:2M"},
		{"nothing", "", ""},
		{"only commas is no policy", ",,,", ""},
		{"leading, trailing and doubled commas", ",1W:1D,,4W:1W,", "1W:1D,4W:1W"},
		{"sorted by frame", "12M:1M,1W:1D,U:1Y,4W:1W", "1W:1D,4W:1W,12M:1M,U:1Y"},
		{"same frame, stable", "7D:1D,1W:2D", "7D:1D,1W:2D"},
		{"same frame, stable the other way", "1W:2D,7D:1D", "1W:2D,7D:1D"},
		{"unlimited frame", "U:1M", "U:1M"},
		{"small u", "u:u", "U:U"},
		{"keep all as 0s, 0 and nothing", "1D:0s,2D:0,3D:,4D:U", "1D:U,2D:U,3D:U,4D:U"},
		{"unlimited frames are not held against their interval", "U:9Y", "U:9Y"},
		{"keep-all intervals are not held against their frame", "0:U,:u,1h:0", "0s:U,0s:U,1h:U"},
		{"compound", "1D12h:6h", "1D12h:6h"},
		{"parts in any order", "12h1D:6h", "1D12h:6h"},
		{"a number alone counts seconds", "3600:60", "3600s:60s"},
		{"very many seconds", "10000000000:", "10000000000s:U"}, // as FuzzParse found
		{"a negative part", "1D-2h:1h", "1D-2h:1h"},
		{"a plus sign", "+7D:+1D", "7D:1D"},
		{"blanks round the number", " 4 W: 1 W", "4W:1W"},
		{"blanks before an entry", "1W:1D, 4W:1W", "1W:1D,4W:1W"},
		{"blanks behind an entry", "1W:1D ,4W:1W ", "1W:1D,4W:1W"},
		{"months and minutes are different units", "3M:90m", "3M:90m"},
		{"the longest frame", "2000Y:1Y", "2000Y:1Y"},

		{"keep-versions", "keep-versions=5", "keep-versions=5"},
		{"keep-versions=0 keeps all", "keep-versions=0", ""},
		{"keep-versions=-1 keeps all", "keep-versions=-1", ""},
		{"keep-time", "keep-time=6M", "keep-time=6M"},
		{"keep-time of more than 5 minutes", "keep-time=5m1s", "keep-time=5m1s"},
		{"beside other rules it keeps none out", "1W:1D,keep-versions=0", "1W:1D"},
		{"keep-time, compound", "keep-time=1Y6M", "keep-time=1Y6M"},
		{"restic and Borg", "keep-yearly=-1,keep-last=3,keep-daily=7,keep-tag=a&b,keep-tag=c", "keep-last=3,keep-daily=7,keep-yearly=unlimited,keep-tag=a&b,keep-tag=c"},
		{"within", "keep-within=2W,keep-within-daily=3M,keep-monthly=unlimited", "keep-monthly=unlimited,keep-within=2W,keep-within-daily=3M"},
		{"ours beside frames", " slots = Europe/Berlin , at-least=3 ,tolerance=10m,1W:1D", "1W:1D,at-least=3,tolerance=10m,slots=Europe/Berlin"},
		{"the zone of the machine", "U:1D,slots=local", "U:1D,slots=Local"},
		{"no tolerance at all", "keep-time=1D,tolerance=0", "keep-time=1D,tolerance=0s"},
	} {
		p, err := Parse(row.text)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got := p.String(); got != row.want {
			t.Errorf("%s: %q is written %q, want %q", row.name, row.text, got, row.want)
		}
	}
}

// Every error stands at the character that is wrong: the mark is drawn below
// the text.
func TestErrorsStandAtTheCharacter(t *testing.T) {
	for _, row := range []struct{ text, mark, says string }{
		{"1d:1h", " ^", "did you mean D"},
		{"7D:1d", "    ^", "did you mean D"},
		{"1w:1D", " ^", "did you mean W"},
		{"1y:1D", " ^", "did you mean Y"},
		{"1H:1m", " ^", "did you mean h"},
		{"7D:60S", "     ^", "did you mean s"},
		{"7x:1D", " ^", "no unit"},
		{"D:1h", "^", "number is missing"},
		{"2.5h:1h", " ^", "no unit"},
		{"7D:2D3", "      ^", "unit is missing"},
		{"7D:1Dx", "     ^", "number is expected"},
		{"1W：1D", "  ^", "number is expected"},
		{"７D:1D", "^", "number is expected"},
		{"7D", "  ^", "colon"},
		{"1W:1D,7D", "        ^", "colon"},
		{"1W:1D, ", "       ^", "colon"},
		{"7D:1D:5h", "     ^", "one colon"},
		{"1W:1D, U:1M", "       ^", "stands alone"},
		{"U :1M", "^", "stands alone"},
		{"1W: U", "    ^", "stands alone"},
		{"1W:U ", "   ^", "stands alone"},
		{"7D:7D", "   ^^", "shorter than its frame"},
		{"1W:7D", "   ^^", "shorter than its frame"},
		{"1D:2D", "   ^^", "shorter than its frame"},
		{"4W:1M", "   ^^", "shorter than its frame"},
		{":1D", " ^^", "shorter than its frame"},
		{"-2D:1h", "^^^", "cannot be negative"},
		{"1D-2D:U", "^^^^^", "cannot be negative"},
		{"7D: -1h", "    ^^^", "cannot be negative"},
		// Duplicati throws at this one after the backup, when it is applied.
		{"1W:1D,2028Y:1Y", "      ^^^^^", "write U"},
		{"99999999999D:1D", "^^^^^^^^^^^", "write U"},
		{"99999999999999999999:1D", "^^^^^^^^^^^^^^^^^^^^", "write U"},
		{"keep-time=0", "          ^", "longer than 5 minutes"},
		{"keep-time=5m", "          ^^", "longer than 5 minutes"},
		{"keep-time=now", "          ^", "number is expected"},         // only without Duplicati's tolerance; unsupported
		{"keep-time=2026-01-01", "              ^", "no unit"},         // so are dates
		{"keep-versions=many", "              ^^^^", "number of vers"}, //
		{"1W:1D,keep-versions=3", "      ^^^^^^^^^^^^^", "exclude one another"},
		{"1W:1D,keep-time=1M", "      ^^^^^^^^^", "exclude one another"},
		{"keep-time=1M,1W:1D", "             ^^^^^", "exclude one another"},
		{"keep-time=1M,keep-versions=3", "             ^^^^^^^^^^^^^", "exclude one another"},
		{"keep-daily=3,1W:1D", "             ^^^^^", "exclude one another"},
		{"keep-daily=0", "           ^", "from 1 on"},
		{"keep-dialy=3", "^^^^^^^^^^", "no rule of this name"},
		{"keep-tag=", "         ^", "tag is missing"},
		{"keep-within=0s", "            ^^", "length of time"},
		{"keep-daily=1,keep-daily=2", "             ^^^^^^^^^^", "twice"},
		{"1W:1D,tolerance=2h", "                ^^", "0s to 1h"},
		{"keep-daily=1,tolerance=2m", "             ^^^^^^^^^^^^", "belongs to frames"},
		{"keep-versions=1,slots=UTC", "                ^^^^^^^^^", "slots belong"},
		{"1W:1D,slots=Europe/Atlantis", "            ^^^^^^^^^^^^^^^", "no time zone"},
		{"1W:1D12h,slots=UTC", "   ^^^^^", "one unit"},
		{"1W:1D,at-least=0", "               ^", "from 1 on"},
	} {
		_, err := Parse(row.text)
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%q is taken", row.text)
			continue
		}
		_, mark := e.Caret()
		if row.mark == "" || strings.Count(mark, "^") == 0 {
			t.Errorf("%q has no mark", row.text)
		}
		if strings.TrimRight(row.mark, " ") != mark || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s\n got %s %v\nwant %s %s", row.text, mark, err, row.mark, row.says)
		}
	}
}

// What is no text is held to the same rules, and the error names the frame.
func TestValidate(t *testing.T) {
	week := Frame{Reach: Span{Weeks: 1}, Every: Days(1)}
	for _, row := range []struct {
		name   string
		policy Policy
		frame  int
		half   int
	}{
		{"interval as long as its frame", Policy{Frames: []Frame{week, {Reach: Days(7), Every: Span{Weeks: 1}}}}, 1, 2},
		{"negative frame", Policy{Frames: []Frame{{Reach: Days(-7)}}}, 0, 1},
		{"negative interval", Policy{Frames: []Frame{{Forever: true, Every: Days(-7)}}}, 0, 2},
		{"too far back", Policy{Frames: []Frame{{Reach: Span{Years: 3000}}}}, 0, 1},
		{"two ways", Policy{Frames: []Frame{week}, Versions: 3}, -1, 0},
		{"slots of two units", Policy{Frames: []Frame{{Forever: true, Every: Span{Days: 1, Hours: 1}}}, Slots: time.UTC}, 0, 2},
	} {
		err := row.policy.Validate()
		if e, ok := errors.AsType[*Error](err); !ok || e.Frame != row.frame || e.Half != row.half || e.Error() == "" {
			t.Errorf("%s: %+v", row.name, err)
		}
	}
	if err := (&Policy{Frames: []Frame{week}, AtLeast: 3, Tolerance: &Span{Minutes: 10}, Slots: time.UTC}).Validate(); err != nil {
		t.Error(err)
	}
}

// The presets of section 6.
func TestPresets(t *testing.T) {
	for text, want := range map[string]Preset{
		"": KeepEverything, "keep-versions=0": KeepEverything, "keep-time=3M": OlderThan, "keep-versions=7": SoMany,
		SmartText: Smart, "1W:1D,4W:1W,12M:1M,": Custom, // Duplicati knows it by the exact text
		"7D:0s,3M:1D,10Y:2M": Custom, "keep-daily=7": Custom, "wrong": Custom, "keep-time=3M,at-least=2": Custom,
	} {
		if got := PresetOf(text); got != want {
			t.Errorf("%q is preset %d, want %d", text, got, want)
		}
	}
	for p := range Custom {
		if got := PresetOf(p.Text()); got != p {
			t.Errorf("preset %d begins with %q, which is preset %d", p, p.Text(), got)
		}
	}
}

// What a composer does: change one frame, read the text back.
func TestPolicyIsEditable(t *testing.T) {
	p, err := Parse(SmartText)
	if err != nil {
		t.Fatal(err)
	}
	p.Frames[0].Reach = Days(10)
	p.Frames = append(p.Frames, Frame{Forever: true, Every: Span{Years: 1}})
	p.AtLeast = 5
	if got, want := p.String(), "10D:1D,4W:1W,12M:1M,U:1Y,at-least=5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSpanOf(t *testing.T) {
	for d, want := range map[time.Duration]string{
		36 * time.Hour: "36h", 48 * time.Hour: "2D", 14 * 24 * time.Hour: "2W", 30 * 24 * time.Hour: "30D", 90 * time.Minute: "90m", 0: "0s",
	} {
		if got := SpanOf(d).String(); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

// Whatever is taken is written so that it is taken again and means the same,
// and whatever is refused has its place in the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		SmartText, "7D:0s,3M:1D,10Y:2M", "keep-time=1Y6M,at-least=3", "keep-last=3,keep-within-daily=1M,keep-tag=a&b", "1W:1D,slots=UTC,tolerance=10m",
		"1D-2h: 1h,U:u", "7D:7D", "1d:", ":::", "=,=", "2147483647Y2147483647Y:1D", "1W：1D", "\xff:\xfe", "keep-versions=-1", "slots=../../etc/passwd,U:1D",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > len(text) || e.Problem == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			if _, mark := e.Caret(); !strings.HasSuffix(mark, "^") {
				t.Fatalf("%q: mark %q", text, mark)
			}
			return
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q is written %q, which is %q, %v", text, p, again, err)
		}
		if len(Explain(p)) == 0 || p.Validate() != nil {
			t.Fatalf("%q explains nothing", text)
		}
		now := time.Unix(1_800_000_000, 0)
		versions := []Version{{Time: now.AddDate(-1, 0, 0)}, {Time: now.AddDate(0, 0, -1)}, {Time: now, Partial: true}}
		if got := Plan(versions, p, now, Options{Zone: time.UTC}); got.Kept < 2 {
			t.Fatalf("%q keeps %d", text, got.Kept)
		}
	})
}
