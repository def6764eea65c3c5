package tree

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// berlin is the zone of the vectors.
var berlin = time.FixedZone("", 3600)

func TestEmptyTree(t *testing.T) {
	var e Encoder
	for range 2 {
		const want = "ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"
		if got := id.Of(e.Finish()).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		e.Reset()
	}
}

// vectors are nodes as restic 0.19.1-dev wrote them, from section 24 of the
// format; where it leaves times out, they are those of the first.
var vectors = []struct {
	node Node
	json string
}{
	{
		Node{
			Name: "badlink", Type: Symlink, Mode: 134218239, ModTime: vectorTime, AccessTime: vectorTime, ChangeTime: vectorTime,
			Links: 1, LinkTarget: "bad\xff",
		},
		`{"name":"badlink","type":"symlink","mode":134218239,` + vectorTimes + `"uid":0,"gid":0,"links":1,"linktarget":"bad\ufffd","linktarget_raw":"YmFk/w==","content":null}`,
	},
	{
		Node{
			Name: "blk", Type: BlockDevice, Mode: 67109284, ModTime: vectorTime, AccessTime: vectorTime, ChangeTime: vectorTime,
			User: "root", Group: "root", Inode: 10955193, DeviceID: 65024, Links: 1, Device: 1992,
		},
		`{"name":"blk","type":"dev","mode":67109284,"mtime":"2026-11-21T00:45:51.535408463+01:00","atime":"2026-11-21T00:45:51.535408463+01:00","ctime":"2026-11-21T00:45:51.535408463+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":10955193,"device_id":65024,"links":1,"device":1992,"content":null}`,
	},
	{
		Node{
			Name: "empty", Type: File, Mode: 420, ModTime: time.Date(2001, 2, 3, 5, 5, 6, 1, berlin), AccessTime: vectorTime, ChangeTime: vectorTime,
			Links: 1, Content: []id.ID{},
		},
		`{"name":"empty","type":"file","mode":420,"mtime":"2001-02-03T05:05:06.000000001+01:00",` + strings.TrimPrefix(vectorTimes, vectorModTime) + `"uid":0,"gid":0,"links":1,"content":[]}`,
	},
	{
		Node{
			Name: "fifo", Type: FIFO, Mode: 33554852, ModTime: vectorTime, AccessTime: vectorTime, ChangeTime: vectorTime,
			Inode: 10955191, DeviceID: 65024,
		},
		`{"name":"fifo","type":"fifo","mode":33554852,` + vectorTimes + `"uid":0,"gid":0,"inode":10955191,"device_id":65024,"content":null}`,
	},
	{
		Node{
			Name: "sub", Type: Dir, Mode: 2155872749, ModTime: time.Date(2001, 2, 3, 5, 5, 6, 0, berlin), AccessTime: vectorTime, ChangeTime: vectorTime,
			Subtree: new(id.Of([]byte("{\"nodes\":[]}\n"))),
		},
		`{"name":"sub","type":"dir","mode":2155872749,"mtime":"2001-02-03T05:05:06+01:00",` + strings.TrimPrefix(vectorTimes, vectorModTime) + `"uid":0,"gid":0,"content":null,"subtree":"ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"}`,
	},
}

var vectorTime = time.Date(2026, 11, 21, 0, 45, 51, 535408463, berlin)

const (
	vectorModTime = `"mtime":"2026-11-21T00:45:51.535408463+01:00",`
	vectorTimes   = vectorModTime + `"atime":"2026-11-21T00:45:51.535408463+01:00","ctime":"2026-11-21T00:45:51.535408463+01:00",`
)

func TestVectors(t *testing.T) {
	var all Encoder
	text := ""
	for _, v := range vectors {
		sameBytes(t, encode(t, []*Node{&v.node}), []byte(`{"nodes":[`+v.json+"]}\n"))
		got, err := decode([]byte(`{"nodes":[` + v.json + "]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, []*Node{&v.node})
		if err := all.Add(&v.node); err != nil {
			t.Fatal(err)
		}
		text += "," + v.json
	}
	if all.Len() != len(text)+len(head)-1 {
		t.Errorf("got %d bytes so far", all.Len())
	}
	sameBytes(t, all.Finish(), []byte(`{"nodes":[`+text[1:]+"]}\n"))
}

func TestNamesAreQuotedTwice(t *testing.T) {
	for name, want := range map[string]string{
		"bad \xff\xfe name": `"bad \\xff\\xfe name"`,
		`q"uo\te`:           `"q\\\"uo\\\\te"`,
		"\u2028":            `"\\u2028"`,
		"a<b>&c":            `"a\u003cb\u003e\u0026c"`,
		"\a\b\f\n\r\t\v":    `"\\a\\b\\f\\n\\r\\t\\v"`,
		"\x01\x7f":          `"\\x01\\x7f"`,
		"\u00a0\ufeff":      `"\\u00a0\\ufeff"`,
		"\U0010ffff":        `"\\U0010ffff"`,
		"Südtirol 日本 😀":     `"Südtirol 日本 😀"`,
		"\ufffd\xef\xbf":    `"` + "\ufffd" + `\\xef\\xbf"`,
		"it's":              `"it's"`,
		`\xff`:              `"\\\\xff"`,
	} {
		n := &Node{Name: name, Type: FIFO}
		b := encode(t, []*Node{n})
		if !strings.HasPrefix(string(b), `{"nodes":[{"name":`+want+`,"type"`) {
			t.Errorf("%q: got %s, want %s", name, b, want)
		}
		if got, err := decode(b); err != nil || got[0].Name != name {
			t.Errorf("%q: read as %v, %v", name, got, err)
		}
	}
}

func TestAddRefusesDisorder(t *testing.T) {
	for _, names := range [][2]string{{"b", "a"}, {"a", "a"}, {"a", "B"}, {"ab", "a"}, {"\xff", "ü"}} {
		var e Encoder
		if err := e.Add(&Node{Name: names[0], Type: FIFO}); err != nil {
			t.Fatal(err)
		}
		if err := e.Add(&Node{Name: names[1], Type: FIFO}); !errors.Is(err, ErrOrder) {
			t.Errorf("%q: got %v", names, err)
		}
	}
}

func TestAddLeavesNothingBehindAnError(t *testing.T) {
	var e Encoder
	good := []*Node{{Name: "b", Type: FIFO}, {Name: "d", Type: FIFO}}
	bad := []*Node{
		{Name: "c", Type: "irregular"},
		{Name: "c", Type: FIFO, Generic: map[string]json.RawMessage{"a": []byte(`{"b":1}`), "b": []byte(`{`)}},
		{Name: "c", Type: FIFO, Generic: map[string]json.RawMessage{"a": []byte(`1 2`)}},
		{Name: "c", Type: FIFO, Generic: map[string]json.RawMessage{"a": {}}},
		{Name: "c", Type: FIFO, ChangeTime: time.Now().In(time.FixedZone("", 25*3600))},
	}
	for _, n := range good {
		for _, b := range bad {
			if err := e.Add(b); err == nil {
				t.Errorf("accepted %+v", b)
			}
		}
		if err := e.Add(n); err != nil {
			t.Fatal(err)
		}
	}
	sameBytes(t, e.Finish(), marshal(t, good))
	if err := e.Add(&Node{Name: "z", Type: FIFO}); err == nil {
		t.Error("accepted a node behind the end")
	}
	sameBytes(t, e.Finish(), marshal(t, good))
}

func TestStrangeYearsBecomeTheNearest(t *testing.T) {
	for _, c := range []struct {
		time time.Time
		want string
	}{
		{time.Date(12345, 6, 7, 8, 9, 10, 11, time.UTC), "9999-06-07T08:09:10.000000011Z"},
		{time.Date(-5, 6, 7, 8, 9, 10, 0, time.UTC), "0000-06-07T08:09:10Z"},
		{time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC).In(berlin), "9999-01-01T00:00:00+01:00"},
	} {
		var dates calendar
		got, err := dates.append(nil, c.time)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}

func TestTimesAreWrittenAsByTheTimePackage(t *testing.T) {
	d := newDice(14)
	var dates calendar
	for _, limit := range []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 999999999), time.Unix(-62167219200, 0), time.Unix(253402300799, 999999999)} {
		for range 500 {
			at := limit.Add(time.Duration(d.Int64N(4e14) - 2e14)).In(time.FixedZone("", d.IntN(2*86500)-86500))
			if d.IntN(2) == 0 {
				at = limit.Truncate(time.Duration(1 + d.IntN(1e9))).UTC()
			}
			want, wantErr := at.MarshalText()
			got, err := dates.append(nil, at)
			if wantErr == nil && (err != nil || string(got) != string(want)) {
				t.Fatalf("got %s, %v, want %s", got, err, want)
			}
		}
	}
}

// Values come from anywhere; encoding/json takes the space out and escapes.
func TestGenericValuesAreCompact(t *testing.T) {
	for _, raw := range []string{
		"null", "-1.5e+3", ` { "a" : [ 1 , "x  y\"<\\" , "\\" ] } `, `"<\u003c>&` + "\u2028\u2029\u2027" + `"`, "[]", "{ }", `"` + "\xff\xe2\x80" + `"`, "\t\"\x7f\"\n",
	} {
		n := &Node{Name: "a", Type: FIFO, Generic: map[string]json.RawMessage{"z": []byte(raw), "a": nil, "<": []byte(raw)}}
		sameBytes(t, encode(t, []*Node{n}), marshal(t, []*Node{n}))
	}
}
