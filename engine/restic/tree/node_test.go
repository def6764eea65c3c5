package tree

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/varve-backup/varve/engine/restic/id"
)

func TestCheckRefusesWhatResticRefuses(t *testing.T) {
	some := id.Of(nil)
	for _, c := range []struct {
		name string
		node Node
		want error
	}{
		{"file", Node{Name: "a", Type: File, Content: []id.ID{some}}, nil},
		{"empty file", Node{Name: "a", Type: File, Content: []id.ID{}}, nil},
		{"directory", Node{Name: "a", Type: Dir, Subtree: &some}, nil},
		{"three dots", Node{Name: "...", Type: FIFO}, nil},
		{"bytes that are no text", Node{Name: "\xff\n", Type: Socket}, nil},
		{"backslash", Node{Name: `..\a`, Type: Symlink}, nil},
		{"no name", Node{Type: FIFO}, ErrNode},
		{"dot", Node{Name: ".", Type: FIFO}, ErrNode},
		{"two dots", Node{Name: "..", Type: FIFO}, ErrNode},
		{"path", Node{Name: "../etc", Type: FIFO}, ErrNode},
		{"zero byte", Node{Name: "a\x00", Type: FIFO}, ErrNode},
		{"no type", Node{Name: "a"}, ErrNode},
		{"irregular", Node{Name: "a", Type: "irregular"}, ErrNode},
		{"file without content", Node{Name: "a", Type: File}, ErrNode},
		{"file with a hole", Node{Name: "a", Type: File, Content: []id.ID{some, {}}}, ErrNode},
		{"directory without tree", Node{Name: "a", Type: Dir}, ErrNode},
		{"directory with zero tree", Node{Name: "a", Type: Dir, Subtree: &id.ID{}}, ErrNode},
	} {
		if err := c.node.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestCloneOutlivesTheDecoder(t *testing.T) {
	d := newDice(9)
	nodes := d.tree(200)
	b := encode(t, nodes)
	got, err := decode(b) // clones
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	same(t, got, nodes)
	for i, n := range got {
		if (n.Content == nil) != (nodes[i].Content == nil) {
			t.Errorf("%q: an empty list became none", n.Name)
		}
	}
	a := &Node{Subtree: new(id.Of(nil)), Generic: map[string]json.RawMessage{"a": {'1'}}}
	c := a.Clone()
	a.Subtree[0]++
	a.Generic["a"][0]++
	if *c.Subtree != id.Of(nil) || string(c.Generic["a"]) != "1" {
		t.Error("the copy shares memory")
	}
}
