package restic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// repairedTag marks a snapshot from which something was dropped.
const repairedTag = "repaired"

// RepairedSnapshots is what RepairSnapshots did.
type RepairedSnapshots struct {
	// Replaced holds the new snapshot for each old one.
	Replaced map[id.ID]id.ID
	// Removed could not be read, or nothing was left of them.
	Removed []id.ID
}

// RepairSnapshots replaces snapshots that are not whole by ones without what
// is lost: folders that cannot be read become empty, files lose the parts that
// are missing. damaged is told of each path, once when several snapshots share
// it. Backing up first may heal what is still at the source; this is the last
// resort.
func (r *Repository) RepairSnapshots(ctx context.Context, damaged func(path string, err error)) (RepairedSnapshots, error) {
	s := &snapshotRepair{
		Repository: r, damaged: damaged, packs: map[id.ID]int64{}, trees: map[id.ID]*id.ID{}, made: map[replacement]id.ID{},
		result: RepairedSnapshots{Replaced: map[id.ID]id.ID{}},
	}
	err := r.repair(ctx, s.run)
	return s.result, err
}

// snapshotRepair is one call of RepairSnapshots.
type snapshotRepair struct {
	*Repository
	damaged func(string, error)
	packs   map[id.ID]int64  // that are there
	trees   map[id.ID]*id.ID // what became of each; nil: it cannot be read
	made    map[replacement]id.ID
	reader  *reader
	saver   *saver
	room    room
	result  RepairedSnapshots
}

// replacement is a snapshot and what is left of its tree. A repair that was
// interrupted may have made one already.
type replacement struct{ old, tree id.ID }

// run needs the whole index: what one that cannot be read tells of would be
// taken for lost.
func (s *snapshotRepair) run(ctx context.Context) error {
	for f, err := range s.list(ctx, packFile) {
		if err != nil {
			return err
		}
		s.packs[f.ID] = f.Size
	}
	x, err := s.newIndex(ctx)
	if err != nil {
		return err
	}
	s.reader = s.newReader(x)
	// What is written is new even if the index speaks of it: its pack may be
	// gone.
	s.saver = s.newSaver(ctx, index.New(nil))
	err = s.rewriteAll(ctx)
	return errors.Join(err, s.saver.sends.Wait(), s.reader.close(), x.Close())
}

func (s *snapshotRepair) rewriteAll(ctx context.Context) error {
	names, err := s.ids(ctx, snapshotFile)
	if err != nil {
		return err
	}
	var fresh []*Snapshot
	var old []id.ID
	for _, name := range names {
		sn, err := s.rewrite(ctx, name)
		if err != nil {
			return err
		}
		if sn != nil {
			fresh, old = append(fresh, sn), append(old, name)
		}
	}
	if err := s.saver.flush(ctx); err != nil {
		return err
	}
	for i, sn := range fresh {
		if err := s.store(ctx, old[i], sn); err != nil {
			return err
		}
	}
	return s.removeOld(ctx, old)
}

func (s *snapshotRepair) store(ctx context.Context, old id.ID, sn *Snapshot) error {
	if made, ok := s.made[replacement{old, *sn.Tree}]; ok {
		s.result.Replaced[old] = made
		return nil
	}
	err := s.saveSnapshot(ctx, sn)
	s.result.Replaced[old] = sn.ID
	return err
}

func (s *snapshotRepair) removeOld(ctx context.Context, replaced []id.ID) error {
	for _, name := range s.result.Removed {
		if _, err := s.keepCopy(ctx, snapshotFile, name); err != nil {
			return err
		}
	}
	for _, name := range slices.Concat(replaced, s.result.Removed) {
		if err := s.remove(ctx, snapshotFile, name); err != nil {
			return err
		}
	}
	return nil
}

// rewrite returns what replaces a snapshot, nil for nothing.
func (s *snapshotRepair) rewrite(ctx context.Context, name id.ID) (*Snapshot, error) {
	sn, err := s.snapshot(ctx, name)
	switch {
	case errors.Is(err, backends.ErrNotExist):
		return nil, nil // somebody removed it, so nothing replaces it
	case errors.Is(err, ErrDamaged) && !isOutage(ctx, err):
		s.result.Removed = append(s.result.Removed, name)
		return nil, nil // nothing is left of it
	case err != nil:
		return nil, err
	}
	if sn.Original != nil && slices.Contains(sn.Tags, repairedTag) {
		s.made[replacement{*sn.Original, *sn.Tree}] = name
	}
	root, err := s.tree(ctx, *sn.Tree, "")
	if err != nil {
		return nil, err
	}
	switch {
	case root == nil:
		s.result.Removed = append(s.result.Removed, name)
		return nil, nil
	case *root == *sn.Tree:
		return nil, nil
	}
	sn.Tree, sn.Original = root, &name
	if !slices.Contains(sn.Tags, repairedTag) {
		sn.Tags = append(sn.Tags, repairedTag)
	}
	return sn, nil
}

// tree returns the tree that replaces one: itself when it is whole, nil when
// it cannot be read.
func (s *snapshotRepair) tree(ctx context.Context, at id.ID, path string) (*id.ID, error) {
	if done, ok := s.trees[at]; ok {
		return done, nil
	}
	if err := s.watch.Wait(ctx); err != nil {
		return nil, err
	}
	b, err := s.reader.blob(ctx, at, pack.Tree)
	if errors.Is(err, ErrDamaged) && !isOutage(ctx, err) {
		s.damaged(path+"/", err)
		s.trees[at] = nil
		return nil, nil // it is what is repaired
	}
	if err != nil {
		return nil, err // a disk that fails now may read it later
	}
	nodes, changed, err := s.nodes(ctx, b, path)
	if err != nil {
		return nil, err
	}
	fresh := at
	if changed {
		if fresh, err = s.saveTree(nodes); err != nil {
			return nil, err
		}
	}
	s.trees[at] = &fresh
	return &fresh, nil
}

// nodes are the entries of a tree that stay, changed where they must be.
func (s *snapshotRepair) nodes(ctx context.Context, b []byte, path string) (nodes []*tree.Node, changed bool, err error) {
	for n, bad := range tree.Decode(b) {
		if n == nil { // what came before is all there is
			s.damaged(path+"/", bad)
			return nodes, true, nil
		}
		if errors.Is(bad, tree.ErrNode) {
			s.damaged(path+"/"+n.Name, bad)
			changed = true
			continue
		}
		n = n.Clone()
		fixed, err := s.node(ctx, n, path+"/"+n.Name)
		if err != nil {
			return nil, false, err
		}
		nodes, changed = append(nodes, n), changed || fixed || bad != nil
	}
	return nodes, changed, nil
}

// node takes from an entry what is lost.
func (s *snapshotRepair) node(ctx context.Context, n *tree.Node, path string) (changed bool, err error) {
	if n.Type == tree.Dir {
		below, err := s.tree(ctx, *n.Subtree, path)
		if err != nil {
			return false, err
		}
		if below == nil {
			empty, err := s.saveTree(nil)
			below = &empty
			if err != nil {
				return false, err
			}
		}
		changed = *below != *n.Subtree
		n.Subtree = below
		return changed, nil
	}
	return s.content(n, path), nil
}

// content drops the parts of a file that are missing, and corrects its size.
func (s *snapshotRepair) content(n *tree.Node, path string) (changed bool) {
	stay, size := make([]id.ID, 0, len(n.Content)), uint64(0)
	for _, blob := range n.Content {
		if length, ok := s.length(blob); ok {
			stay, size = append(stay, blob), size+length
		}
	}
	if len(stay) == len(n.Content) {
		return false
	}
	s.damaged(path, fmt.Errorf("%d of its parts: %w", len(n.Content)-len(stay), ErrMissing))
	n.Content, n.Size = stay, size
	return true
}

// length is that of a blob whose pack is there.
func (s *snapshotRepair) length(blob id.ID) (uint64, bool) {
	for _, l := range s.reader.index.Find(blob, pack.Data) {
		if size, ok := s.packs[l.Pack]; ok && int64(l.Offset)+int64(l.Length) <= size {
			return uint64(l.PlainLength()), true
		}
	}
	return 0, false
}

// saveTree stores a tree in the order that names must have. Of two entries of
// one name the second gets another.
func (s *snapshotRepair) saveTree(nodes []*tree.Node) (id.ID, error) {
	byName := func(a, b *tree.Node) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(nodes, byName)
	for i := 1; i < len(nodes); i++ {
		if nodes[i].Name == nodes[i-1].Name {
			nodes[i].Name += "-"
			slices.SortStableFunc(nodes, byName)
			i = 0
		}
	}
	var e tree.Encoder
	for _, n := range nodes {
		if err := e.Add(n); err != nil {
			return id.ID{}, fmt.Errorf("repairing a folder: %w", err)
		}
	}
	return s.saver.save(e.Finish(), pack.Tree, &s.room)
}
