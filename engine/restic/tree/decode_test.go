package tree

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// fifo is the least that is a node.
func fifo(name string) string { return `{"name":"` + name + `","type":"fifo"}` }

// samples are trees as others may write them.
var samples = []string{
	"{\"nodes\":[]}\n",
	`{"nodes":null}`,
	"{\"nodes\":[" + fifo("a") + "," + fifo("b") + "]}\n",
	" { \"version\" : [1,{\"nodes\":[]}] ,\r\n\"nodes\" : [ { \"type\" : \"fifo\" , \"name\" : \"a\" } ] , \"more\" : {} } \t",
	`{"nodes":[{"name":"a","type":"file","content":["` + id.Of(nil).String() + `"],"rustic":{"x":[true,false,null,-0.5e-7,"\u00e9\n"]}}]}`,
	`{"nodes":[{"name":"a","type":"file","content":[],"extended_attributes":[{"name":"user.a","value":null},{"value":"","name":"user.b"},{"name":"c","value":"/w==","x":1},{}]}]}`,
	`{"nodes":[{"name":"a","type":"symlink","linktarget_raw":"YmFk/w==","linktarget":"bad\ufffd","content":null}]}`,
	`{"nodes":[{"name":"a","type":"dir","subtree":"` + id.Of(nil).String() + `","generic_attributes":{"windows.file_attributes":16,"x":{"a":[ 1 ]},"y":null}}]}`,
	`{"nodes":[{"name":"\ud83d\ude00\ud83d\u00e9","type":"fifo"},{"name":"\\xff\\u2028\\\"","type":"fifo","user":"\b\/\u0041","mtime":"2001-02-03T05:05:06.000000001+01:00","atime":"2000-02-29T00:00:00-23:59","ctime":"0000-01-01T00:00:00Z"}]}`,
	`{"nodes":[{"name":null,"type":null,"mode":null,"mtime":null,"uid":null,"content":null,"subtree":null,"generic_attributes":null,"extended_attributes":null},` + fifo("b") + `]}`,
	`{"nodes":[{},{"name":"\u00FC\u00fc","type":"fifo","extended_attributes":[],"generic_attributes":{}}]}`,
	`{"nodes":[` + fifo("b") + "," + fifo("a") + "," + fifo("b") + "," + fifo("c") + `]}`,
}

func TestReadsWhatOthersWrite(t *testing.T) {
	for _, s := range samples {
		want, err := unmarshal([]byte(s))
		if err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
		var got []*Node
		for n, err := range Decode([]byte(s)) {
			if n == nil {
				t.Fatalf("%v\n%s", err, s)
			}
			got = append(got, n.Clone())
		}
		same(t, got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	node := func(fields string) string { return `{"nodes":[{"name":"a","type":"fifo",` + fields + `}]}` }
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	for _, c := range []struct{ name, tree string }{
		{"nothing", ""},
		{"null", "null"},
		{"a list", "[]"},
		{"no nodes", "{}"},
		{"a snapshot", `{"time":"2001-02-03T05:05:06Z","tree":"` + id.Of(nil).String() + `"}`},
		{"nodes twice", `{"nodes":[],"nodes":[]}`},
		{"nodes as object", `{"nodes":{}}`},
		{"text behind", "{\"nodes\":[]}\nx"},
		{"zero behind", "{\"nodes\":[]}\n\x00"},
		{"second tree", "{\"nodes\":[]}\n{\"nodes\":[]}\n"},
		{"comma at the end", `{"nodes":[` + fifo("a") + `,]}`},
		{"no comma", `{"nodes":[` + fifo("a") + fifo("b") + `]}`},
		{"comma in the node", node(`"uid":1,`)},
		{"null node", `{"nodes":[null]}`},
		{"negative", node(`"uid":-1`)},
		{"fraction", node(`"uid":1.0`)},
		{"power", node(`"uid":1e3`)},
		{"leading zero", node(`"uid":01`)},
		{"no number", node(`"uid":`)},
		{"number as text", node(`"uid":"1"`)},
		{"above 32 bits", node(`"uid":4294967296`)},
		{"above 64 bits", node(`"size":18446744073709551616`)},
		{"far above 64 bits", node(`"size":99999999999999999999999999`)},
		{"ID too short", node(`"content":["00"]`)},
		{"ID with capitals", node(`"subtree":"` + strings.ToUpper(id.Of(nil).String()) + `"`)},
		{"null ID", node(`"content":[null]`)},
		{"time without zone", node(`"mtime":"2001-02-03T05:05:06"`)},
		{"time with thirtieth of February", node(`"mtime":"2001-02-30T05:05:06Z"`)},
		{"time with leap second", node(`"mtime":"2016-12-31T23:59:60Z"`)},
		{"time with zone of two days", node(`"mtime":"2001-02-03T05:05:06+48:00"`)},
		{"empty time", node(`"mtime":""`)},
		{"base64 without padding", node(`"linktarget_raw":"YQ"`)},
		{"xattrs as object", node(`"extended_attributes":{}`)},
		{"generic as list", node(`"generic_attributes":[]`)},
		{"name with a bare quote", `{"nodes":[` + fifo(`a\"b`) + `]}`},
		{"name with half an escape", `{"nodes":[` + fifo(`a\\`) + `]}`},
		{"name with an octal escape out of range", `{"nodes":[` + fifo(`\\777`) + `]}`},
		{"name with a newline", `{"nodes":[` + fifo(`\n`) + `]}`},
		{"name with a raw newline", `{"nodes":[` + fifo("\n") + `]}`},
		{"bad escape", node(`"x":"\q"`)},
		{"short escape", node(`"x":"\u12"`)},
		{"bad literal", node(`"x":nul`)},
		{"bad number", node(`"x":1.`)},
		{"bad power", node(`"x":1e`)},
		{"bare word", node(`"x":NaN`)},
		{"key without quotes", node(`x:1`)},
		{"too deep", node(`"x":` + deep(maxDepth+1))},
		{"too deep and endless", node(`"x":` + strings.Repeat(`{"a":[`, 1e6))},
	} {
		if nodes, err := decode([]byte(c.tree)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, %v", c.name, nodes, err)
		}
	}
	if _, err := decode([]byte(node(`"x":` + deep(maxDepth-1)))); err != nil {
		t.Errorf("depth within bounds: %v", err)
	}
}

// A blob that arrived in part is never a smaller directory.
func TestDecodeRefusesEveryTruncation(t *testing.T) {
	d := newDice(10)
	b := marshal(t, d.tree(12))
	for i := range len(b) - 1 { // the newline alone is no loss
		if _, err := decode(b[:i]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: got %v", i, len(b), err)
		}
	}
}

func TestErrorsStay(t *testing.T) {
	d := NewDecoder([]byte(`{"nodes":[` + fifo("a") + `,x` + fifo("b") + `]}`))
	if n, err := d.Next(); err != nil || n.Name != "a" {
		t.Fatalf("got %v, %v", n, err)
	}
	_, first := d.Next()
	n, second := d.Next()
	if first == nil || first != second || n != nil { //nolint:errorlint // the very same error
		t.Errorf("got %v, then %v, %v", first, n, second)
	}
	d.Reset([]byte("{\"nodes\":[]}\n"))
	for range 2 {
		if n, err := d.Next(); n != nil || err != io.EOF { // the contract of Next
			t.Errorf("got %v, %v", n, err)
		}
	}
}

// One bad node costs neither the others nor their order.
func TestBadNodesComeWithTheirError(t *testing.T) {
	tree := `{"nodes":[` + fifo("b") + "," + fifo("a") + "," + fifo("b") + "," + fifo("../c") + `,{"name":"c","type":""},` + fifo("c") + `]}`
	var good, bad []string
	for n, err := range Decode([]byte(tree)) {
		switch {
		case err == nil:
			good = append(good, n.Name)
		case errors.Is(err, ErrOrder):
			bad = append(bad, "order "+n.Name)
		case errors.Is(err, ErrNode):
			bad = append(bad, "node "+n.Name)
		default:
			t.Fatal(err)
		}
	}
	if got := strings.Join(good, ","); got != "b,c" {
		t.Errorf("good: %s", got)
	}
	if got := strings.Join(bad, ","); got != "order a,order b,node ../c,node c" {
		t.Errorf("bad: %s", got)
	}
}

func TestDecodeStopsWithTheLoop(t *testing.T) {
	for n, err := range Decode([]byte(samples[2])) {
		if err != nil || n.Name != "a" {
			t.Fatalf("got %v, %v", n, err)
		}
		break
	}
}

// The fast way reads times as the time package does, or leaves them to it.
func TestTimesAreReadAsByTheTimePackage(t *testing.T) {
	d := newDice(11)
	var c clock
	for range 20000 {
		text := []byte(d.time().Format(time.RFC3339Nano))
		if d.IntN(3) == 0 {
			text[d.IntN(len(text))] = "0123456789+-:.TZz ,"[d.IntN(19)]
		}
		var want time.Time
		wantErr := want.UnmarshalText(text)
		if _, err := want.MarshalText(); err != nil {
			want = want.UTC() // a zone of a day: see slow
		}
		got, err := c.parse(text)
		if (err == nil) != (wantErr == nil) || !got.Equal(want) || got.Format(time.RFC3339Nano) != want.Format(time.RFC3339Nano) {
			t.Fatalf("%s: got %v, %v, want %v, %v", text, got, err, want, wantErr)
		}
	}
}

// The time package reads this zone and refuses to write it.
func TestZoneOfADayIsReadAsUTC(t *testing.T) {
	var c clock
	got, err := c.parse([]byte("2001-02-03T05:05:06+24:00"))
	if err != nil || got.Format(time.RFC3339) != "2001-02-02T05:05:06Z" {
		t.Errorf("got %v, %v", got, err)
	}
}

// Memory is used again from tree to tree, and none of one shows in another.
func TestResetKeepsNothing(t *testing.T) {
	d := newDice(12)
	dec := NewDecoder(nil)
	var e Encoder
	for range 50 {
		b := marshal(t, d.tree(10))
		dec.Reset(b)
		e.Reset()
		for n, err := dec.Next(); err != io.EOF; n, err = dec.Next() { // the contract of Next
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Add(n); err != nil {
				t.Fatal(err)
			}
		}
		sameBytes(t, e.Finish(), b)
	}
}

// What is skipped is still JSON.
func TestSkipAcceptsJustJSON(t *testing.T) {
	d := newDice(13)
	const alphabet = `{}[]",:\ut0123e.-+ nulltruefalse`
	for range 100_000 {
		var b []byte
		for range 1 + d.IntN(7) {
			b = append(b, alphabet[d.IntN(len(alphabet))])
		}
		_, err := appendValue(nil, b)
		if json.Valid(b) != (err == nil) {
			t.Fatalf("%s: got %v", b, err)
		}
	}
}
