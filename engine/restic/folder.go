package restic

import (
	"slices"
	"strings"
	"sync"

	"github.com/varve-backup/varve/engine/restic/filescache"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// folder is a folder that is being put together. Its files are read by several
// goroutines and become ready in any order; whoever makes the last one ready
// stores the folder's tree and makes the folder ready in the one above.
type folder struct {
	run   *run
	above *folder // nil for the root of the snapshot
	in    *slot   // its place in above
	path  string  // relative to the folder that is backed up; what lies above that has none
	node  *tree.Node

	// old are the nodes of the snapshot before, as far as they were not yet
	// passed; known to the walk alone.
	old []*tree.Node

	// Of a folder that the files cache knows, also to the walk alone: the
	// place in it; that all met until now was the same, so that nothing is put
	// together; the name of what was met last; that the folder was elsewhere
	// before; and its number in the next cache.
	known   filescache.Folder
	isKnown bool
	same    bool
	last    string
	moved   bool
	number  int

	mu     sync.Mutex
	slots  []*slot // not yet in the tree; guarded by mu
	enc    *tree.Encoder
	closed bool // nothing is added any more; guarded by mu
	// finishing: whoever made the last item ready stores the tree, and is done
	// with that when stored is. Guarded by mu.
	finishing bool
	stored    sync.WaitGroup
}

// slot is the place of one item in its folder.
type slot struct {
	ready bool       // guarded by mu of the folder, as is node
	node  *tree.Node // nil for an item that is left out

	// Known to the walk alone, for as long as the item is not ready: the
	// folder that it is, and what it was in the snapshot before.
	below *folder
	old   *tree.Node
}

// add makes a place for the next item.
func (f *folder) add() *slot {
	s := &slot{}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots = append(f.slots, s)
	return s
}

// put makes an item ready. The node is not changed any more.
func (f *folder) put(s *slot, n *tree.Node) {
	f.mu.Lock()
	s.node, s.ready = n, true
	f.settle()
}

// close tells that no item comes any more.
func (f *folder) close() {
	f.mu.Lock()
	f.closed = true
	f.settle()
}

// settle moves what is ready into the tree, and ends with the lock given up.
func (f *folder) settle() {
	n := 0
	for n < len(f.slots) && f.slots[n].ready {
		if node := f.slots[n].node; node != nil {
			if err := f.enc.Add(node); err != nil {
				f.run.fail(err)
			}
		}
		n++
	}
	f.slots = f.slots[n:]
	whole := f.closed && len(f.slots) == 0
	if whole {
		f.finishing = true
		f.stored.Add(1)
	}
	f.mu.Unlock()
	if whole {
		f.finish()
		f.stored.Done()
	}
}

// finish stores the tree.
func (f *folder) finish() {
	text := f.enc.Finish()
	name, err := f.run.saveTree(text)
	if err != nil {
		f.run.fail(err)
	}
	f.run.encoders.Put(f.enc)
	f.enc = nil
	if w := f.nextCache(); w != nil {
		w.SetTree(f.number, name)
	}
	if f.above == nil {
		f.run.root <- name
		return
	}
	node := *f.node // a checkpoint may be reading it
	node.Subtree = &name
	f.above.put(f.in, &node)
}

func compareName(n *tree.Node, name string) int { return strings.Compare(n.Name, name) }

// peekOld returns the old node of that name and leaves it where it is.
func (f *folder) peekOld(name string) *tree.Node {
	i, found := slices.BinarySearchFunc(f.old, name, compareName)
	if !found {
		return nil
	}
	return f.old[i]
}

// passOld returns the old node of that name. Those before it, which did not
// come, are handed to gone.
func (f *folder) passOld(name string, gone func(*tree.Node)) *tree.Node {
	for len(f.old) > 0 && f.old[0].Name < name {
		gone(f.old[0])
		f.old = f.old[1:]
	}
	if len(f.old) > 0 && f.old[0].Name == name {
		n := f.old[0]
		f.old = f.old[1:]
		return n
	}
	return nil
}
