package mega

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// MEGA cannot look a name up, as it knows none: a client has the list of all
// that there is, and is told what changes.

// The kinds of nodes.
const (
	isFile   = 0
	isFolder = 1
	isTop    = 2
)

// told is a node as MEGA describes it.
type told struct {
	Handle string `json:"h"`
	Parent string `json:"p"`
	Owner  string `json:"u"`
	Type   int    `json:"t"`
	Attr   string `json:"a"`
	Key    string `json:"k"`
	Time   int64  `json:"ts"`
	Size   int64  `json:"s"`
}

// node is a file or a folder whose name is known.
type node struct {
	handle, parent, name string
	file                 bool
	size                 int64
	changed              time.Time
	key                  []byte // as it is kept: of a file, folded
	since                int    // when it was heard of
}

// open decrypts what is told of a node. Those of others, and broken ones, are
// none.
func (t *told) open(master []byte) (*node, error) {
	if t.Size < 0 || t.Handle == "" {
		return nil, errKeys
	}
	n := &node{handle: t.Handle, parent: t.Parent, file: t.Type == isFile, size: t.Size, changed: time.Unix(t.Time, 0)}
	for part := range strings.SplitSeq(t.Key, "/") {
		owner, text, _ := strings.Cut(part, ":")
		wrapped, err := decode(text)
		if owner != t.Owner || err != nil {
			continue
		}
		if n.key, err = unseal(master, wrapped); err != nil {
			return nil, err
		}
		break
	}
	key, err := n.nameKey()
	if err != nil {
		return nil, err
	}
	n.name, err = openName(key, t.Attr)
	return n, err
}

// nameKey opens the name.
func (n *node) nameKey() ([]byte, error) {
	if n.file {
		k, err := unfold(n.key)
		return k.key[:], err
	}
	if len(n.key) != block {
		return nil, errKeys
	}
	return n.key, nil
}

// place is where a node lies.
type place struct{ parent, name string }

// tree is all that there is. It is not safe for several goroutines.
type tree struct {
	top   string
	nodes map[string]*node
	named map[place][]*node
	heard int
}

func newTree() *tree { return &tree{nodes: map[string]*node{}, named: map[place][]*node{}} }

// add takes a node in, or one anew that has changed.
func (t *tree) add(x *told, master []byte) {
	if x.Type == isTop {
		t.top = x.Handle
	}
	if x.Type != isFile && x.Type != isFolder {
		return
	}
	n, err := x.open(master)
	if err != nil {
		return // it is somebody else's, or of another program
	}
	t.put(n)
}

func (t *tree) put(n *node) {
	t.remove(n.handle)
	t.heard++
	n.since = t.heard
	t.nodes[n.handle] = n
	at := place{n.parent, n.name}
	t.named[at] = append(t.named[at], n)
}

func (t *tree) remove(handle string) {
	n := t.nodes[handle]
	if n == nil {
		return
	}
	delete(t.nodes, handle)
	at := place{n.parent, n.name}
	t.named[at] = slices.DeleteFunc(t.named[at], func(o *node) bool { return o == n })
	if len(t.named[at]) == 0 {
		delete(t.named, at)
	}
}

// change is something that MEGA tells of.
type change struct {
	What string `json:"a"`
	Tree struct {
		Files []told `json:"f"`
	} `json:"t"`
	Handle string `json:"n"`
	Attr   string `json:"at"`
}

// apply takes a change in. What is none of files is nothing here.
func (t *tree) apply(raw json.RawMessage, master []byte) error {
	var what struct {
		What string `json:"a"`
	}
	if err := json.Unmarshal(raw, &what); err != nil || what.What != "t" && what.What != "u" && what.What != "d" {
		return nil //nolint:nilerr // others have other forms
	}
	var c change
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	switch c.What {
	case "t":
		for i := range c.Tree.Files {
			t.add(&c.Tree.Files[i], master)
		}
	case "d":
		t.remove(c.Handle)
	case "u":
		t.rename(c.Handle, c.Attr)
	}
	return nil
}

func (t *tree) rename(handle, attr string) {
	old := t.nodes[handle]
	if old == nil {
		return
	}
	key, err := old.nameKey()
	if err != nil {
		return
	}
	if name, err := openName(key, attr); err == nil {
		n := *old
		n.name = name
		t.put(&n)
	}
}

// folders finds those of a path: two may have one name, as two computers may
// make it at the same moment. The oldest is the first.
func (t *tree) folders(parts []string) []*node {
	found := []*node{{handle: t.top}}
	for _, part := range parts {
		var below []*node
		for _, f := range found {
			for _, n := range t.named[place{f.handle, part}] {
				if !n.file {
					below = append(below, n)
				}
			}
		}
		found = below
	}
	slices.SortFunc(found, func(a, b *node) int { return cmp.Or(a.changed.Compare(b.changed), cmp.Compare(a.handle, b.handle)) })
	return found
}

// files finds those of a name in a path, the newest first.
func (t *tree) files(parts []string) (found []*node) {
	if len(parts) == 0 {
		return nil
	}
	last := len(parts) - 1
	for _, f := range t.folders(parts[:last]) {
		for _, n := range t.named[place{f.handle, parts[last]}] {
			if n.file {
				found = append(found, n)
			}
		}
	}
	slices.SortFunc(found, newer)
	return found
}

// newer puts the newest first: MEGA's clock has seconds.
func newer(a, b *node) int {
	return cmp.Or(b.changed.Compare(a.changed), cmp.Compare(b.since, a.since))
}

// deepest bounds how deep folders lie, were they in a circle.
const deepest = 1000

// below are the files below some folders, by their names there, each with the
// newest of its name.
func (t *tree) below(folders []*node) map[string]*node {
	names := map[string]string{} // of folders, by handle, with a slash at their end
	for _, f := range folders {
		names[f.handle] = ""
	}
	found := map[string]*node{}
	for _, n := range t.nodes {
		if !n.file {
			continue
		}
		folder, ok := t.path(n.parent, names, deepest)
		if !ok {
			continue
		}
		if old := found[folder+n.name]; old == nil || newer(n, old) < 0 {
			found[folder+n.name] = n
		}
	}
	return found
}

// path is that of a folder below those whose names are known; it is kept there.
func (t *tree) path(handle string, names map[string]string, depth int) (string, bool) {
	if name, known := names[handle]; known {
		return name, true
	}
	n := t.nodes[handle]
	if n == nil || depth == 0 {
		return "", false
	}
	above, ok := t.path(n.parent, names, depth-1)
	if ok {
		names[handle] = above + n.name + "/"
	}
	return names[handle], ok
}
