package tree

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/restic/id"
)

// reference is a node as encoding/json sees it: the fields of the format in
// their order, with what is left out when empty.
type reference struct {
	Name          string                     `json:"name"`
	Type          string                     `json:"type"`
	Mode          uint32                     `json:"mode,omitempty"`
	ModTime       time.Time                  `json:"mtime"`
	AccessTime    time.Time                  `json:"atime"`
	ChangeTime    time.Time                  `json:"ctime"`
	UID           uint32                     `json:"uid"`
	GID           uint32                     `json:"gid"`
	User          string                     `json:"user,omitempty"`
	Group         string                     `json:"group,omitempty"`
	Inode         uint64                     `json:"inode,omitempty"`
	DeviceID      uint64                     `json:"device_id,omitempty"`
	Size          uint64                     `json:"size,omitempty"`
	Links         uint64                     `json:"links,omitempty"`
	LinkTarget    string                     `json:"linktarget,omitempty"`
	LinkTargetRaw []byte                     `json:"linktarget_raw,omitempty"`
	Xattrs        []referenceXattr           `json:"extended_attributes,omitempty"`
	Generic       map[string]json.RawMessage `json:"generic_attributes,omitempty"`
	Device        uint64                     `json:"device,omitempty"`
	Content       []id.ID                    `json:"content"`
	Subtree       *id.ID                     `json:"subtree,omitempty"`
	Error         string                     `json:"error,omitempty"`
}

type referenceXattr struct {
	Name  string `json:"name"`
	Value []byte `json:"value"`
}

func toReference(n *Node) *reference {
	r := &reference{
		Type: string(n.Type), Mode: n.Mode, UID: n.UID, GID: n.GID, User: n.User, Group: n.Group,
		ModTime: n.ModTime, AccessTime: n.AccessTime, ChangeTime: n.ChangeTime,
		Inode: n.Inode, DeviceID: n.DeviceID, Size: n.Size, Links: n.Links, LinkTarget: n.LinkTarget,
		Generic: n.Generic, Device: n.Device, Content: n.Content, Subtree: n.Subtree, Error: n.Error,
	}
	quoted := strconv.Quote(n.Name)
	r.Name = quoted[1 : len(quoted)-1]
	if !utf8.ValidString(n.LinkTarget) {
		r.LinkTargetRaw = []byte(n.LinkTarget)
	}
	for _, x := range n.Xattrs {
		r.Xattrs = append(r.Xattrs, referenceXattr(x))
	}
	return r
}

func fromReference(r *reference) (*Node, error) {
	name, err := strconv.Unquote(`"` + r.Name + `"`)
	if err != nil {
		return nil, err
	}
	n := &Node{
		Name: name, Type: Type(r.Type), Mode: r.Mode, UID: r.UID, GID: r.GID, User: r.User, Group: r.Group,
		ModTime: r.ModTime, AccessTime: r.AccessTime, ChangeTime: r.ChangeTime,
		Inode: r.Inode, DeviceID: r.DeviceID, Size: r.Size, Links: r.Links, LinkTarget: r.LinkTarget,
		Generic: r.Generic, Device: r.Device, Content: r.Content, Subtree: r.Subtree, Error: r.Error,
	}
	if len(n.Generic) == 0 {
		n.Generic = nil
	}
	if len(r.LinkTargetRaw) > 0 {
		n.LinkTarget = string(r.LinkTargetRaw)
	}
	for _, x := range r.Xattrs {
		n.Xattrs = append(n.Xattrs, Xattr(x))
	}
	return n, nil
}

// marshal is what restic makes of nodes.
func marshal(t testing.TB, nodes []*Node) []byte {
	t.Helper()
	list := make([]*reference, 0, len(nodes))
	for _, n := range nodes {
		list = append(list, toReference(n))
	}
	b, err := json.Marshal(map[string]any{"nodes": list})
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// unmarshal is what restic reads.
func unmarshal(b []byte) ([]*Node, error) {
	var list struct{ Nodes []*reference }
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, err
	}
	var nodes []*Node
	for _, r := range list.Nodes {
		n, err := fromReference(r)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func encode(t testing.TB, nodes []*Node) []byte {
	t.Helper()
	var e Encoder
	for _, n := range nodes {
		if err := e.Add(n); err != nil {
			t.Fatal(err)
		}
	}
	return e.Finish()
}

func decode(b []byte) (nodes []*Node, err error) {
	for n, err := range Decode(b) {
		if err != nil {
			return nodes, err
		}
		nodes = append(nodes, n.Clone())
	}
	return nodes, nil
}

// same fails unless two lists hold the same nodes. Times are compared as
// instants with an offset, for a zone is not stored by name.
func same(t testing.TB, got, want []*Node) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d nodes, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := describe(got[i]), describe(want[i])
		if g != w {
			t.Fatalf("node %d:\ngot  %s\nwant %s", i, g, w)
		}
	}
}

// sameBytes fails with the place where two trees part.
func sameBytes(t testing.TB, got, want []byte) {
	t.Helper()
	if string(got) == string(want) {
		return
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-60)
	t.Fatalf("at byte %d\ngot  %s\nwant %s", i, got[from:min(len(got), i+60)], want[from:min(len(want), i+60)])
}

// describe writes everything that a node holds, nil apart from empty.
func describe(n *Node) string {
	c := *n
	for _, t := range []*time.Time{&c.ModTime, &c.AccessTime, &c.ChangeTime} {
		*t = t.In(time.FixedZone("", func() int { _, s := t.Zone(); return s }()))
	}
	text := fmt.Sprintf("%v %v %v", c.ModTime, c.AccessTime, c.ChangeTime)
	if c.Subtree != nil {
		text += c.Subtree.String()
	}
	c.ModTime, c.AccessTime, c.ChangeTime, c.Subtree = time.Time{}, time.Time{}, time.Time{}, nil
	return text + fmt.Sprintf("%#v", c)
}

// dice makes nodes of every kind, most of them strange.
type dice struct {
	*rand.Rand
	// lossy allows text that JSON cannot hold.
	lossy bool
}

func newDice(seed uint64) dice { return dice{Rand: rand.New(rand.NewPCG(seed, 1))} }

// text is string, as far as it comes back.
func (d dice) text() string {
	s := d.string()
	if d.lossy {
		return s
	}
	return strings.ToValidUTF8(s, "?")
}

func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

// string makes text of all the characters that some encoding treats apart, and
// of bytes that are no text.
func (d dice) string() string {
	var b strings.Builder
	for range d.IntN(12) {
		switch d.IntN(6) {
		case 0:
			b.WriteByte(byte(d.IntN(256)))
		case 1:
			b.WriteRune(rune(d.IntN(0x11000)))
		case 2:
			b.WriteString(d.one(`"`, `\`, "\x7f", "\u2028", "\u2029", "\ufffd", "<", ">", "&", "\u00a0", "\ufeff",
				"\U0001f600", "\b\f\n\r\t\v\a", "\xed\xa0\x80", `\u0041`, `\x41`, "\x00", "\xe2\x80", "\U0010ffff"))
		default:
			b.WriteString(d.one("a", "Zz", "photo", "ü", "日本", " ", "~", "0", "."))
		}
	}
	return b.String()
}

func (d dice) name() string {
	for {
		n := strings.Map(func(r rune) rune {
			if r == '/' || r == 0 {
				return '-'
			}
			return r
		}, d.string())
		if d.IntN(3) == 0 {
			n += "\xff\xfe" + d.one("", "x", "\n")
		}
		if validName(n) {
			return n
		}
	}
}

func (d dice) id() (i id.ID) {
	for n := range i {
		i[n] = byte(d.IntN(256))
	}
	return i
}

func (d dice) time() time.Time {
	zone := time.UTC
	if d.IntN(3) == 0 {
		zone = time.FixedZone("", (d.IntN(2*1439)-1439)*60)
	}
	switch d.IntN(8) {
	case 0:
		return time.Date(1+d.IntN(9997), time.Month(d.IntN(14)), d.IntN(33), d.IntN(24), d.IntN(60), d.IntN(60), 0, zone)
	case 1:
		return time.Time{}
	case 2:
		return time.Unix(d.Int64N(2e9), 0).In(zone)
	case 3:
		return time.Unix(d.Int64N(2e9), d.Int64N(1000)*1e6).In(zone)
	}
	return time.Unix(d.Int64N(2e9), d.Int64N(1e9)).In(zone)
}

// rarely returns a number, and 0 about half of the time.
func (d dice) rarely() uint64 {
	if d.IntN(2) == 0 {
		return 0
	}
	return d.Uint64() >> d.IntN(64)
}

func (d dice) xattrs() (list []Xattr) {
	for range d.IntN(4) {
		x := Xattr{Name: "user." + d.text()}
		if d.IntN(4) > 0 {
			x.Value = []byte(d.string())
		}
		list = append(list, x)
	}
	return list
}

func (d dice) generic() map[string]json.RawMessage {
	if d.IntN(3) > 0 {
		return nil
	}
	m := map[string]json.RawMessage{
		"windows.file_attributes": json.RawMessage(strconv.Itoa(d.IntN(9999))),
		"windows.creation_time":   json.RawMessage(`{"LowDateTime":` + strconv.Itoa(d.IntN(9999)) + `,"HighDateTime":31047}`),
	}
	if text, err := json.Marshal(d.string()); err == nil {
		m["x."+d.text()] = json.RawMessage(text)
	}
	return m
}

func (d dice) node() *Node {
	n := &Node{
		Name: d.name(), ModTime: d.time(), ChangeTime: d.time(), UID: uint32(d.rarely()), GID: uint32(d.rarely()),
		User: d.text(), Group: d.one("", "root", "Domain Users"),
		Mode: uint32(d.rarely()), Inode: d.rarely(), DeviceID: d.rarely(), Links: d.rarely(),
		Xattrs: d.xattrs(), Generic: d.generic(),
	}
	n.AccessTime = n.ModTime
	if d.IntN(2) == 0 {
		n.AccessTime = d.time()
	}
	d.kind(n)
	if d.IntN(20) == 0 {
		n.Error = d.text()
	}
	return n
}

// kind makes n a file, a directory or something else.
func (d dice) kind(n *Node) {
	switch d.IntN(6) {
	case 0:
		n.Type = Dir
		n.Subtree = new(d.id())
	case 1:
		n.Type = Symlink
		n.LinkTarget = d.string()
	case 2:
		n.Type = Type(d.one("fifo", "socket", "dev", "chardev"))
		n.Device = d.rarely()
	default:
		n.Type = File
		n.Size = d.rarely()
		n.Content = make([]id.ID, 0, 3)
		for range d.IntN(4) {
			n.Content = append(n.Content, d.id())
		}
	}
}

func (d dice) tree(most int) []*Node {
	var nodes []*Node
	for range d.IntN(most + 1) {
		nodes = append(nodes, d.node())
	}
	slices.SortFunc(nodes, func(a, b *Node) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(nodes, func(a, b *Node) bool { return a.Name == b.Name })
}

func TestSameBytesAsEncodingJSON(t *testing.T) {
	d := newDice(1)
	d.lossy = true
	for range 400 {
		nodes := d.tree(40)
		sameBytes(t, encode(t, nodes), marshal(t, nodes))
	}
}

func TestReadsLikeEncodingJSON(t *testing.T) {
	d := newDice(2)
	for range 400 {
		nodes := d.tree(40)
		b := marshal(t, nodes)
		want, err := unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		same(t, got, want)
		sameBytes(t, encode(t, got), b)
	}
}

// A tree that encoding/json read is a tree, however it is written.
func TestReadsIndented(t *testing.T) {
	d := newDice(3)
	nodes := d.tree(60)
	b := marshal(t, nodes)
	loose, err := json.MarshalIndent(json.RawMessage(b), "\r", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(loose)
	if err != nil {
		t.Fatal(err)
	}
	sameBytes(t, encode(t, got), b)
}

// FuzzDecode: nothing panics, only JSON is accepted, and what is accepted comes
// back from its own encoding.
func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s))
	}
	d := newDice(4)
	for range 4 {
		f.Add(marshal(f, d.tree(4)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		nodes, err := decode(b)
		if err == nil && !json.Valid(b) {
			t.Fatal("accepted what is not JSON")
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNode) && !errors.Is(err, ErrOrder) {
			t.Fatalf("unexpected error %v", err)
		}
		first := encode(t, nodes)
		back, err := decode(first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		same(t, back, normalized(nodes))
		sameBytes(t, encode(t, back), first)
	})
}

// normalized are nodes with generic values as one encoding leaves them.
func normalized(nodes []*Node) []*Node {
	for _, n := range nodes {
		for name, v := range n.Generic {
			if c, err := appendValue(nil, v); err == nil {
				n.Generic[name] = c
			}
		}
	}
	return nodes
}

func TestBase64IsStandard(t *testing.T) {
	n := &Node{Name: "l", Type: Symlink, LinkTarget: "\xfb\xff\xfe"}
	want := `"linktarget_raw":"` + base64.StdEncoding.EncodeToString([]byte(n.LinkTarget)) + `"`
	if b := encode(t, []*Node{n}); !strings.Contains(string(b), want) {
		t.Errorf("got %s, want %s", b, want)
	}
}
