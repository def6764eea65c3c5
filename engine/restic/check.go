package restic

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// CheckOptions say how much Check reads. The zero value reads no packs but
// those that hold folders.
type CheckOptions struct {
	Data reread.Plan
}

// Checked is how much Check looked at.
type Checked struct {
	Snapshots, Indexes, Packs, Trees int
	// PacksRead and BytesRead were read to the last byte.
	PacksRead int
	BytesRead int64
	// Fresh is how much of the packs was read to the last byte lately, this
	// time included.
	Fresh reread.Fresh
}

// Check proves what is stored, and tells report of everything that is wrong,
// from one goroutine. It changes nothing, and others may back up meanwhile.
// The error says why Check itself could not go on, never what it found.
func (r *Repository) Check(ctx context.Context, o CheckOptions, report func(Finding)) (res Checked, err error) {
	if err := o.Data.Validate(); err != nil {
		return res, err
	}
	l, err := r.lock(ctx, false)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	dir, err := os.MkdirTemp(r.cache, "check-*")
	if err != nil {
		return res, fmt.Errorf("making a folder for the check: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := r.newChecker(o, report)
	err = c.check(l.ctx, dir)
	return c.result, errors.Join(err, c.close())
}

// checker is one call of Check.
type checker struct {
	*Repository
	options CheckOptions
	report  func(Finding)
	result  Checked

	snapshots []*Snapshot
	table     *index.Table // made anew: the local index may be what is wrong
	reader    *reader
	packs     map[id.ID]*checkedPack
	record    *reread.Record

	mu         sync.Mutex
	pending    []*Finding            // wait to learn what they cost; guarded by mu
	missing    map[blobName]struct{} // in no index; guarded by mu
	unreadable map[id.ID]error       // trees; guarded by mu
	badNodes   map[id.ID]error       // by tree; guarded by mu
}

// blobName names a blob: a folder and a file may have one sum.
type blobName struct {
	id.ID
	kind pack.Kind
}

// checkedPack is a pack as the listing and the index have it.
type checkedPack struct {
	size    int64 // -1 when it is not there
	entries int   // that indexes have of it
	fits    bool  // one of them is of that size
	sum     int64 // of all of them
	finding *Finding
}

func (r *Repository) newChecker(o CheckOptions, report func(Finding)) *checker {
	return &checker{
		Repository: r, options: o, report: report, packs: map[id.ID]*checkedPack{},
		missing: map[blobName]struct{}{}, unreadable: map[id.ID]error{}, badNodes: map[id.ID]error{},
	}
}

func (c *checker) close() error {
	if c.reader == nil {
		return nil
	}
	return errors.Join(c.reader.close(), c.reader.index.Close())
}

// check goes from the small to the large. Snapshots are listed before the
// index is loaded, so that everything they need is in it.
func (c *checker) check(ctx context.Context, dir string) error {
	steps := []func(context.Context) error{
		c.checkConfig, c.checkKeys, c.loadSnapshots,
		func(ctx context.Context) error { return c.loadTable(ctx, dir) },
		c.checkPacks, c.checkTrees, c.checkData, c.explain,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// isOutage tells that an error says nothing about what is stored.
func isOutage(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, backends.ErrOffline) ||
		errors.Is(err, backends.ErrTemporary) || errors.Is(err, backends.ErrPermission)
}

// checkConfig proves that the file is still what the repository was opened
// with.
func (c *checker) checkConfig(ctx context.Context) error {
	var now configText
	sealed, err := c.readObject(ctx, configName)
	if err == nil {
		var text []byte
		if text, err = c.key.Open(nil, sealed); err == nil {
			err = json.Unmarshal(text, &now)
		}
	}
	switch {
	case err != nil && isOutage(ctx, err):
		return err
	case err != nil:
		c.report(Finding{Kind: ConfigDamaged, Severity: Lost, Err: err, Text: "The file config cannot be read. Without it the repository does not open: put it back from a copy."})
	case now != c.config:
		c.report(Finding{Kind: ConfigDamaged, Severity: Lost, Text: "The file config is of another repository."})
	}
	return nil
}

func (c *checker) checkKeys(ctx context.Context) error {
	names, err := c.ids(ctx, keyFile)
	if err != nil {
		return err
	}
	for _, name := range names {
		_, err := c.readKey(ctx, name)
		if errors.Is(err, backends.ErrNotExist) || err == nil {
			continue
		}
		if isOutage(ctx, err) {
			return err
		}
		c.report(Finding{Kind: KeyDamaged, Severity: Damaged, Key: name, Err: err, Text: c.damagedKey(name)})
	}
	return nil
}

func (c *checker) damagedKey(name id.ID) string {
	text := fmt.Sprintf("The key file %s is damaged: its passphrase no longer opens the repository.", name.Short())
	if name == c.keyID {
		text += " This computer still remembers what was in it, for some minutes: add a key now."
	}
	return text
}

func (c *checker) loadSnapshots(ctx context.Context) error {
	names, err := c.ids(ctx, snapshotFile)
	if err != nil {
		return err
	}
	all, bad := make([]*Snapshot, len(names)), make([]error, len(names))
	err = eachOf(ctx, names, func(ctx context.Context, i int) (err error) {
		all[i], bad[i] = c.snapshot(ctx, names[i])
		return outage(ctx, bad[i])
	})
	if err != nil {
		return err
	}
	for i, name := range names {
		if all[i] != nil {
			c.snapshots = append(c.snapshots, all[i])
		} else if !errors.Is(bad[i], backends.ErrNotExist) {
			c.report(Finding{Kind: SnapshotDamaged, Severity: Lost, Snapshot: name, Err: bad[i], Text: fmt.Sprintf(
				"The snapshot %s cannot be read: nothing can be restored from it.", name.Short())})
		}
	}
	slices.SortFunc(c.snapshots, func(a, b *Snapshot) int { return b.Time.Compare(a.Time) })
	c.result.Snapshots = len(c.snapshots)
	return nil
}

// eachOf calls do for every file, a few at a time.
func eachOf(ctx context.Context, names []id.ID, do func(ctx context.Context, i int) error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(connections)
	for i := range names {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error { return do(gctx, i) })
	}
	return cmp.Or(g.Wait(), context.Cause(ctx))
}

// outage returns only what says nothing about what is stored.
func outage(ctx context.Context, err error) error {
	if err != nil && isOutage(ctx, err) {
		return err
	}
	return nil
}

// loadTable makes a table of all indexes that can be read.
func (c *checker) loadTable(ctx context.Context, dir string) error {
	t, bad, n, err := c.newTable(ctx, filepath.Join(dir, tableName))
	c.table = t
	c.reader = c.newReader(index.New(t))
	if err != nil {
		return err
	}
	c.result.Indexes = n
	for name, err := range bad {
		c.report(Finding{Kind: IndexDamaged, Severity: Damaged, Index: name, Err: err, Text: fmt.Sprintf(
			"The index %s cannot be read. Repairing the index makes it anew from the packs.", name.Short())})
	}
	return nil
}

// newTable makes a table at path of all indexes. Those that are damaged are
// returned beside it.
func (r *Repository) newTable(ctx context.Context, path string) (t *index.Table, bad map[id.ID]error, n int, err error) {
	names, err := r.ids(ctx, indexFile)
	if err != nil {
		return nil, nil, 0, err
	}
	bad = map[id.ID]error{}
	var files []id.ID
	var packs []index.Pack
	blobs := 0
	for part := range slices.Chunk(names, 2*connections) {
		if err = r.loadSome(ctx, part, bad, func(name id.ID, found []index.Pack) {
			files, packs = append(files, name), append(packs, found...)
			for i := range found {
				blobs += len(found[i].Blobs)
			}
		}); err != nil {
			return t, bad, 0, err
		}
		if blobs > batch {
			if t, err = mergeInto(path, t, files, packs); err != nil {
				return t, bad, 0, err
			}
			files, packs, blobs = nil, nil, 0
		}
	}
	if len(files) > 0 {
		t, err = mergeInto(path, t, files, packs)
	}
	return t, bad, len(names), err
}

// loadSome reads index files and hands on what is in them. Those that are
// damaged are noted in bad.
func (r *Repository) loadSome(ctx context.Context, names []id.ID, bad map[id.ID]error, use func(id.ID, []index.Pack)) error {
	found, errs := make([][]index.Pack, len(names)), make([]error, len(names))
	err := eachOf(ctx, names, func(ctx context.Context, i int) error {
		found[i], errs[i] = r.loadIndex(ctx, names[i])
		return outage(ctx, errs[i])
	})
	if err != nil {
		return err
	}
	for i, name := range names {
		switch {
		case errs[i] == nil:
			use(name, found[i])
		case !errors.Is(errs[i], backends.ErrNotExist):
			bad[name] = errs[i]
		}
	}
	return nil
}

// mergeInto puts packs into the table at path, which is t.
func mergeInto(path string, t *index.Table, files []id.ID, packs []index.Pack) (*index.Table, error) {
	err := index.Merge(path, t, files, packs)
	if err := errors.Join(err, t.Close()); err != nil {
		return nil, err
	}
	return index.OpenTable(path)
}

// checkPacks compares the packs that are there with those that should be.
func (c *checker) checkPacks(ctx context.Context) error {
	for f, err := range c.list(ctx, packFile) {
		if err != nil {
			return err
		}
		c.packs[f.ID] = &checkedPack{size: f.Size}
	}
	c.result.Packs = len(c.packs)
	for n, size := range entrySizes(c.table) {
		c.packOf(c.table.Pack(n)).indexed(size)
	}
	names := slices.SortedFunc(maps.Keys(c.packs), func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, name := range names {
		c.comparePack(name, c.packs[name])
	}
	return nil
}

func (c *checker) packOf(name id.ID) *checkedPack {
	p := c.packs[name]
	if p == nil {
		p = &checkedPack{size: -1}
		c.packs[name] = p
	}
	return p
}

// entrySizes are the lengths of packs, as the entries of the index have it.
func entrySizes(t *index.Table) []int64 {
	sizes := make([]int64, t.Packs())
	for n := range sizes {
		sizes[n] = pack.Size(nil)
	}
	for i := range t.Len() {
		if b, n := t.Record(i); n < len(sizes) {
			sizes[n] += pack.Size([]pack.Blob{b}) - pack.Size(nil)
		}
	}
	return sizes
}

func (p *checkedPack) indexed(size int64) {
	p.fits = p.fits || size == p.size
	p.sum += size
	if p.entries++; p.entries > 1 {
		p.sum -= pack.Size(nil)
	}
}

func (c *checker) comparePack(name id.ID, p *checkedPack) {
	switch {
	case p.size < 0:
		c.badPack(name, PackMissing, nil, "is missing")
	case p.entries == 0:
		c.report(Finding{Kind: PackOrphan, Severity: Hint, Pack: name, Text: fmt.Sprintf(
			"No index tells of the pack %s. An interrupted run leaves such packs; nothing is wrong with that.", name.Short())})
	case p.fits:
	case p.sum == p.size:
		c.report(Finding{Kind: PackSplit, Severity: Hint, Pack: name, Text: fmt.Sprintf(
			"Several indexes tell of parts of the pack %s. Repairing the index joins them.", name.Short())})
	default:
		c.badPack(name, PackSize, nil, fmt.Sprintf("has %d bytes, and the index speaks of %d", p.size, p.sum))
	}
}

// badPack notes a finding about a pack, to be told once it is known what it
// costs.
func (c *checker) badPack(name id.ID, kind FindingKind, err error, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := &Finding{Kind: kind, Severity: Damaged, Pack: name, Err: err, Text: fmt.Sprintf("The pack %s %s.", name.Short(), what)}
	c.packOf(name).finding = f
	c.pending = append(c.pending, f)
}

// checkTrees walks the folders of all snapshots.
func (c *checker) checkTrees(ctx context.Context) error {
	return c.eachTree(ctx, c.roots(), func(at id.ID, b []byte, err error) []id.ID {
		c.mu.Lock()
		c.result.Trees++
		c.mu.Unlock()
		return c.checkTree(at, b, err)
	})
}

func (c *checker) roots() []id.ID {
	var roots []id.ID
	for _, s := range c.snapshots {
		roots = append(roots, *s.Tree)
		c.want(*s.Tree, pack.Tree)
	}
	return roots
}

// checkTree looks at one folder and returns those in it.
func (c *checker) checkTree(at id.ID, b []byte, err error) (below []id.ID) {
	if err != nil {
		c.noteTree(c.unreadable, at, err)
		return nil
	}
	for n, err := range tree.Decode(b) {
		if n == nil {
			c.noteTree(c.unreadable, at, err)
			break
		}
		if err != nil {
			c.noteTree(c.badNodes, at, err)
		}
		for _, blob := range n.Content {
			c.want(blob, pack.Data)
		}
		if n.Subtree != nil {
			c.want(*n.Subtree, pack.Tree)
			below = append(below, *n.Subtree)
		}
	}
	return below
}

func (c *checker) noteTree(where map[id.ID]error, at id.ID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if where[at] == nil {
		where[at] = err
	}
}

// want notes a blob that is in no index.
func (c *checker) want(blob id.ID, kind pack.Kind) {
	if blob.IsZero() || c.table.Find(blob, kind) >= 0 {
		return // a name of zeros is an error of its node
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missing[blobName{blob, kind}] = struct{}{}
}

// eachTree reads every tree below roots once, a few at a time, and goes where
// visit says. Trees that no index has are passed over.
func (c *checker) eachTree(ctx context.Context, roots []id.ID, visit func(at id.ID, b []byte, err error) []id.ID) error {
	seen := newBits(c.table.Len())
	for len(roots) > 0 {
		var mu sync.Mutex
		var next []id.ID
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(connections)
		for _, at := range roots {
			i := c.table.Find(at, pack.Tree)
			if i < 0 || seen.has(i) {
				continue
			}
			seen.set(i)
			if err := c.watch.Wait(gctx); err != nil {
				return errors.Join(g.Wait(), err)
			}
			g.Go(func() error {
				b, err := c.reader.blob(gctx, at, pack.Tree)
				if err := outage(gctx, err); err != nil {
					return err
				}
				below := visit(at, b, err)
				mu.Lock()
				defer mu.Unlock()
				next = append(next, below...)
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		roots = next
	}
	return nil
}
