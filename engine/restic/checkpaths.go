package restic

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// explain finds out what the findings cost, and tells of them.
func (c *checker) explain(ctx context.Context) error {
	x := &tracer{checker: c, lost: map[blobName][]*Finding{}, nodes: map[id.ID]*Finding{}}
	if err := c.lostInPacks(ctx, x.lost); err != nil {
		return err
	}
	x.lostTrees()
	x.lostBlobs()
	if len(x.lost)+len(x.nodes) > 0 {
		if err := x.trace(ctx); err != nil {
			return err
		}
	}
	for _, f := range c.pending {
		f.conclude(c.snapshots)
		c.report(*f)
	}
	return nil
}

// lostInPacks finds the blobs of which no copy can be read: those in packs
// with a finding are tried one by one.
func (c *checker) lostInPacks(ctx context.Context, lost map[blobName][]*Finding) error {
	if len(c.pending) == 0 {
		return nil
	}
	bad := newBits(c.table.Len())
	for i, l := range c.table.All() {
		p := c.packOf(l.Pack)
		if p.finding == nil {
			continue
		}
		if p.size >= 0 {
			_, err := c.reader.at(ctx, &l)
			if err := outage(ctx, err); err != nil {
				return err
			}
			if err == nil {
				continue
			}
		}
		bad.set(i)
	}
	for i, l := range c.table.All() {
		if bad.has(i) && c.allBad(bad, l.ID, l.Kind) {
			addFinding(lost, blobName{l.ID, l.Kind}, c.packOf(l.Pack).finding)
		}
	}
	return nil
}

// allBad tells that no record of a blob is of a copy that can be read.
func (c *checker) allBad(bad bits, blob id.ID, kind pack.Kind) bool {
	for i := c.table.First(blob); i >= 0 && i < c.table.Len(); i++ {
		b, _ := c.table.Record(i)
		if b.ID != blob {
			break
		}
		if b.Kind == kind && !bad.has(i) {
			return false
		}
	}
	return true
}

func addFinding(to map[blobName][]*Finding, name blobName, f *Finding) {
	if !slices.Contains(to[name], f) {
		to[name] = append(to[name], f)
	}
}

// tracer goes back from what is lost to the files that need it.
type tracer struct {
	*checker
	lost  map[blobName][]*Finding
	nodes map[id.ID]*Finding // of entries that are wrong, by tree

	mu       sync.Mutex
	above    []edge             // guarded by mu
	affected map[int][]*Finding // by the record of a tree
	seen     map[[16]byte]bool  // trees at paths, and findings at paths
	visits   int
}

// edge says that a tree is in another, both by their records.
type edge struct{ below, above int32 }

// lostTrees makes findings of trees that no finding about a pack explains.
func (x *tracer) lostTrees() {
	for at, err := range x.unreadable {
		name := blobName{at, pack.Tree}
		if len(x.lost[name]) > 0 {
			continue
		}
		f := &Finding{Kind: TreeDamaged, Tree: at, Err: err, Text: fmt.Sprintf("The folder %s cannot be read.", at.Short())}
		if places := x.reader.index.Find(at, pack.Tree); len(places) > 0 {
			f.Pack = places[0].Pack
			f.Text = fmt.Sprintf("The pack %s is damaged: the folder %s in it cannot be read.", f.Pack.Short(), at.Short())
		}
		x.add(f)
		addFinding(x.lost, name, f)
	}
	for at, err := range x.badNodes {
		f := &Finding{Kind: NodeDamaged, Tree: at, Err: err, Text: fmt.Sprintf("The folder %s has entries that make no sense.", at.Short())}
		x.add(f)
		x.nodes[at] = f
	}
}

func (x *tracer) add(f *Finding) {
	f.Severity = Damaged
	x.pending = append(x.pending, f)
}

// lostBlobs makes one finding of all that is in no index: a lost index would
// make thousands.
func (x *tracer) lostBlobs() {
	if len(x.missing) == 0 {
		return
	}
	f := &Finding{Kind: BlobMissing, Text: fmt.Sprintf(
		"Parts of files and folders are in no index (%d). Repairing the index finds them if their packs are there.", len(x.missing))}
	x.add(f)
	for name := range x.missing {
		addFinding(x.lost, name, f)
	}
}

// trace names the snapshots and the paths. The trees are read once more to
// learn which is in which, and then only those with damage below.
func (x *tracer) trace(ctx context.Context) error {
	x.affected, x.seen = map[int][]*Finding{}, map[[16]byte]bool{}
	if err := x.eachTree(ctx, x.roots(), x.look); err != nil {
		return err
	}
	x.spread()
	for _, s := range x.snapshots {
		if err := x.traceSnapshot(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// look notes what a tree holds. It is called by several goroutines.
func (x *tracer) look(at id.ID, b []byte, err error) (below []id.ID) {
	if err != nil {
		return nil
	}
	i := x.table.Find(at, pack.Tree)
	for n, err := range tree.Decode(b) {
		if n == nil {
			break
		}
		x.note(i, x.hurt(at, n, err), n.Subtree)
		if n.Subtree != nil {
			below = append(below, *n.Subtree)
		}
	}
	return below
}

func (x *tracer) note(i int, findings []*Finding, below *id.ID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.affect(i, findings)
	if below == nil {
		return
	}
	if j := x.table.Find(*below, pack.Tree); j >= 0 {
		x.above = append(x.above, edge{int32(j), int32(i)})
	}
}

// affect adds findings to a tree, and returns those that are new there.
func (x *tracer) affect(i int, findings []*Finding) (fresh []*Finding) {
	for _, f := range findings {
		if !slices.Contains(x.affected[i], f) {
			x.affected[i] = append(x.affected[i], f)
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// hurt are the findings that an entry suffers from itself.
func (x *tracer) hurt(at id.ID, n *tree.Node, err error) (findings []*Finding) {
	if f := x.nodes[at]; err != nil && f != nil {
		findings = append(findings, f)
	}
	for _, blob := range n.Content {
		findings = append(findings, x.lost[blobName{blob, pack.Data}]...)
	}
	if n.Subtree != nil {
		findings = append(findings, x.lost[blobName{*n.Subtree, pack.Tree}]...)
	}
	return findings
}

// spread carries findings from trees to those that they are in.
func (x *tracer) spread() {
	byBelow := func(a, b edge) int { return cmp.Compare(a.below, b.below) }
	slices.SortFunc(x.above, byBelow)
	var queue []int
	for i := range x.affected {
		queue = append(queue, i)
	}
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		at, _ := slices.BinarySearchFunc(x.above, edge{below: int32(i)}, byBelow)
		for ; at < len(x.above) && x.above[at].below == int32(i); at++ {
			above := int(x.above[at].above)
			if len(x.affect(above, x.affected[i])) > 0 {
				queue = append(queue, above)
			}
		}
	}
}

func (x *tracer) traceSnapshot(ctx context.Context, s *Snapshot) error {
	findings := slices.Clone(x.lost[blobName{*s.Tree, pack.Tree}])
	for _, f := range findings {
		x.addPath(f, "/")
	}
	i := x.table.Find(*s.Tree, pack.Tree)
	if i >= 0 {
		findings = append(findings, x.affected[i]...)
	}
	for _, f := range findings {
		if !slices.Contains(f.Snapshots, s.ID) {
			f.Snapshots = append(f.Snapshots, s.ID)
		}
	}
	return x.descend(ctx, *s.Tree, i, "")
}

// mostVisits is how many folders are looked into for names of what is lost.
const mostVisits = 100_000

// descend names what is lost below a path. What is the same in several
// snapshots is looked at once.
func (x *tracer) descend(ctx context.Context, at id.ID, i int, path string) error {
	if i < 0 || len(x.affected[i]) == 0 || !x.first("tree", path, at[:]) {
		return nil
	}
	if x.visits++; x.visits > mostVisits {
		for _, f := range x.affected[i] {
			f.Uncounted = true
		}
		return nil
	}
	b, err := x.reader.blob(ctx, at, pack.Tree)
	if err != nil {
		return outage(ctx, err) // it is a finding itself
	}
	for n, err := range tree.Decode(b) {
		if n == nil {
			break
		}
		if err := x.descendNode(ctx, at, n, err, path+"/"+n.Name); err != nil {
			return err
		}
	}
	return nil
}

func (x *tracer) descendNode(ctx context.Context, at id.ID, n *tree.Node, bad error, path string) error {
	for _, f := range x.hurt(at, n, bad) {
		x.addPath(f, path)
	}
	if n.Subtree == nil {
		return nil
	}
	below := *n.Subtree
	return x.descend(ctx, below, x.table.Find(below, pack.Tree), path)
}

// addPath notes a path with a finding once.
func (x *tracer) addPath(f *Finding, path string) {
	if x.first("path", path, fmt.Appendf(nil, "%p", f)) {
		f.addPath(path)
	}
}

// first tells whether something is met for the first time.
func (x *tracer) first(what, path string, about []byte) bool {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q ", what, path)
	h.Write(about)
	key := [16]byte(h.Sum(nil)[:16])
	if x.seen[key] {
		return false
	}
	x.seen[key] = true
	return true
}
