package restic

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/filescache"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// A folder begins as known where the files cache has it: its items are held
// against the cache alone, and as long as all are the same nothing of the
// folder is decoded or put together. With the first that differs the folder,
// and those above it, are put together after all, from what they were: differ
// does that.

// errStale: the files cache does not fit what is stored.
var errStale = errors.New("the files cache does not fit")

// known is what a run has of the files cache.
type known struct {
	path  string
	cache *filescache.Cache
	next  *filescache.Writer // nil while everything is as in cache, or when there shall be none

	aboutOf *repository.Entry // whose attributes about holds
	about   []byte
}

// openKnown opens the files cache of the folder that is backed up.
func (b *run) openKnown(ctx context.Context) error {
	b.known.path = b.localName("files-")
	dropUnfinished(b.known.path)
	if b.parent == nil || b.options.ignoreKnown {
		return nil
	}
	c, err := filescache.Open(b.known.path)
	if err != nil {
		return nil //nolint:nilerr // without one the run takes longer
	}
	indexes, err := b.ids(ctx, indexFile)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	if !c.Covered(indexes) {
		return c.Close()
	}
	b.known.cache = c
	return nil
}

// localName is a file in the cache that belongs to what is backed up.
func (b *run) localName(prefix string) string {
	name := id.Of([]byte(b.host + "\x00" + b.options.Path))
	return filepath.Join(b.cache, prefix+hex.EncodeToString(name[:8]))
}

// dropUnfinished removes what runs that were killed left of a local file. One
// that is being written beside this run is only missed.
func dropUnfinished(path string) {
	left, _ := filepath.Glob(path + ".*") // the pattern is a good one
	for _, p := range left {
		_ = os.Remove(p)
	}
}

// closeKnown keeps what was learnt when the run made a snapshot. A cache that
// cannot be written is only missed.
func (b *run) closeKnown(made bool) {
	if w := b.known.next; w != nil {
		if made {
			_ = w.Commit(append(b.index.Files(), b.saver.indexes...))
		} else {
			_ = w.Abort()
		}
	}
	_ = b.known.cache.Close()
}

// startKnown begins the folder that is backed up.
func (b *run) startKnown(f *folder, old *tree.Node, inode uint64) {
	if old != nil && old.Subtree != nil {
		if root, ok := b.known.cache.Root(); ok && root.Tree() == *old.Subtree {
			f.known, f.isKnown, f.same = root, true, true
			return
		}
	}
	_ = b.known.cache.Close()
	b.known.cache = nil
	if !b.options.DryRun && b.known.path != "" {
		b.known.next, _ = filescache.Create(b.known.path, inode)
	}
}

// aboutItem is everything that tells an item from another of its name.
func (b *run) aboutItem(e *repository.Entry) []byte {
	if b.known.aboutOf == e {
		return b.known.about
	}
	b.known.aboutOf = e
	b.known.about = appendAbout(b.known.about[:0], e)
	return b.known.about
}

// appendAbout is aboutItem into memory of the caller's.
func appendAbout(a []byte, e *repository.Entry) []byte {
	a = append(a, byte(e.Type))
	links, device := e.Links, e.ID.Device
	if e.Type == repository.Dir || e.Type == repository.FIFO {
		links = 0
	}
	if links < 2 {
		device = 0
	}
	for _, n := range [...]uint64{
		uint64(e.Mode), uint64(e.UID), uint64(e.GID), uint64(e.Size), e.ID.Inode, links, device, uint64(e.Major), uint64(e.Minor),
		uint64(len(e.User)), uint64(len(e.Group)), uint64(e.ModTime.Nanosecond()), uint64(e.ChangeTime.Nanosecond()),
	} {
		a = binary.AppendUvarint(a, n)
	}
	a = binary.AppendVarint(a, e.ModTime.Unix())
	a = binary.AppendVarint(a, e.ChangeTime.Unix())
	return append(append(append(a, e.User...), e.Group...), e.Target...)
}

// passKnown passes an item that is as it was, in a run in which everything was
// until now.
func (b *run) passKnown(e *repository.Entry) bool {
	if b.known.cache == nil || b.known.next != nil || b.watch.Wait(b.ctx) != nil || b.leave(e.Path) != nil {
		return false // what is wrong shows again when it is taken
	}
	top := b.top()
	b.known.aboutOf = nil // the entry is the one of the item before, filled anew
	same := top.same && b.takeKnown(top, e, b.nameOf(e))
	b.known.aboutOf = nil
	if same {
		b.watch.Item(e.Path)
	}
	return same
}

// takeKnown passes an item that is as it was.
func (b *run) takeKnown(f *folder, e *repository.Entry, name string) bool {
	inside, same := f.known.Match(name, b.aboutItem(e))
	if !same {
		return false
	}
	f.last = name
	b.counts.items.Add(1)
	switch e.Type {
	case repository.Dir:
		b.counts.dirsSame.Add(1)
		b.push(&folder{run: b, above: f, path: e.Path, known: inside, isKnown: true, same: true}, e, name)
	case repository.File:
		b.counts.filesSame.Add(1)
		b.done(e.Size)
		b.remember(e, name)
	default:
		b.remember(e, name)
	}
	return true
}

// push goes into a folder.
func (b *run) push(f *folder, e *repository.Entry, name string) {
	if w := b.known.next; w != nil && e.Path != "" {
		f.number = w.Enter(name, b.remembered(e), e.ID.Inode)
	}
	b.stack = append(b.stack, f)
}

// remember notes an item for the next run.
func (b *run) remember(e *repository.Entry, name string) {
	if w := b.known.next; w != nil {
		w.Item(name, b.remembered(e))
	}
}

func (b *run) remembered(e *repository.Entry) []byte {
	if !b.trustsFor(e, b.started) {
		return nil
	}
	return b.aboutItem(e)
}

// nextCache is the cache that a folder is noted in, or nil. Once a folder is
// put together it does not change any more.
func (f *folder) nextCache() *filescache.Writer {
	if f.path == outside {
		return nil
	}
	return f.run.known.next
}

// distrust keeps the next run from believing that a folder is what was stored.
func (f *folder) distrust() {
	if w := f.nextCache(); w != nil {
		w.Distrust(f.number)
	}
}

// differ puts together the folders that the walk is in: something is not as
// the files cache has it.
func (b *run) differ() error {
	b.beginNext()
	for i, f := range b.stack {
		if !f.same {
			continue
		}
		met, err := f.unfold(b.ctx)
		if err != nil {
			return err
		}
		if i+1 < len(b.stack) { // the last one met is the folder that the walk is in
			if len(met) == 0 {
				return errStale
			}
			b.stack[i+1].node = met[len(met)-1]
			met = met[:len(met)-1]
		}
		for _, n := range met {
			f.put(f.add(), n)
		}
		if i+1 < len(b.stack) {
			below := b.stack[i+1]
			below.in = f.add()
			below.in.below = below
		}
	}
	return nil
}

// beginNext begins the next files cache with everything up to here, which is
// as before.
func (b *run) beginNext() {
	if b.known.next != nil || b.options.DryRun {
		return
	}
	var within []filescache.Folder
	for _, f := range b.stack {
		if f.same {
			f.number = f.known.Number()
			within = append(within, f.known)
		}
	}
	// One that cannot be written is only missed.
	if len(within) > 0 && within[0].Number() == 0 {
		b.known.next, _ = b.known.cache.Resume(b.known.path, within)
	}
}

// unfold makes a known folder one that is put together, and returns what was
// met of it, which is as it was.
func (f *folder) unfold(ctx context.Context) (met []*tree.Node, err error) {
	v := &view{reader: f.run.reader, snapshot: f.run.parent}
	nodes, bad, err := v.nodesBelow(ctx, f.known.Tree())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if errors.Join(append(bad, err)...) != nil {
		return nil, errStale
	}
	n := 0
	if f.last != "" {
		i, found := slices.BinarySearchFunc(nodes, f.last, compareName)
		if !found {
			return nil, errStale
		}
		n = i + 1
	}
	f.enc, f.same, f.old = f.run.encoder(), false, nodes[n:]
	return nodes[:n], nil
}

// leaveKnown ends a folder in which everything was as before.
func (b *run) leaveKnown(f *folder) {
	tree := f.known.Tree()
	if w := b.known.next; w != nil {
		w.SetTree(f.number, tree)
		w.Leave()
	}
	switch {
	case f.above == nil:
		b.root <- tree
	case f.in != nil:
		f.node.Subtree = &tree
		f.above.put(f.in, f.node)
	}
}

// follow finds what the files cache knows of a folder that was met: by its
// name, or of one that was moved by its inode.
func (b *run) follow(f *folder, e *repository.Entry, name string, old *tree.Node) {
	above := f.above
	var inside filescache.Folder
	var known bool
	if above.isKnown {
		inside, known = above.known.Seek(name)
	}
	if old == nil {
		inside, known = b.known.cache.ByInode(e.ID.Inode)
		f.moved = known
	}
	if known && (f.moved || old.Subtree != nil && *old.Subtree == inside.Tree()) {
		f.known, f.isKnown, f.same = inside, true, true
	}
}
