package restic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
	"github.com/varve-backup/varve/engine/source"
)

// BackupOptions describe one backup.
type BackupOptions struct {
	// Path is the folder or file that is backed up, absolute.
	Path string
	// Excludes are the rules, as the snapshot shows them.
	Excludes []string
	// Force reads every file, whether it changed or not.
	Force bool
	// SkipIfNoChange makes no snapshot that is the same as the one before.
	SkipIfNoChange bool
	// DryRun compares and reports, and stores nothing.
	DryRun bool
	// Time is when the snapshot counts as made; zero means now.
	Time time.Time
	// Checkpoint is how often what is done so far is made safe; zero means
	// five minutes.
	Checkpoint time.Duration
	// OpenSource opens the folder for one walk, with what the run wants to be
	// asked and told.
	OpenSource func(source.Hooks) (*source.Tree, error)

	// ignoreKnown leaves the files cache out.
	ignoreKnown bool
}

// Counts is what a backup found, in items and bytes of the source.
type Counts struct {
	Items, Files, Bytes     int64
	Added, Changed, Deleted int64
	Stored                  int64
}

// Result is what a backup made.
type Result struct {
	Counts
	Snapshot Snapshot
	// Unchanged: everything was as before, and no snapshot was made.
	Unchanged bool
}

// defaultCheckpoint is what is lost at most when a run is killed.
const defaultCheckpoint = 5 * time.Minute

// Backup writes a snapshot.
func (r *Repository) Backup(ctx context.Context, o BackupOptions) (res Result, err error) {
	if o.Time.IsZero() {
		o.Time = r.now()
	}
	if o.DryRun {
		return r.backup(ctx, o)
	}
	l, err := r.lock(ctx, false)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	return r.backup(l.ctx, o)
}

// backup does without the files cache when that turns out not to fit.
func (r *Repository) backup(ctx context.Context, o BackupOptions) (Result, error) {
	res, err := r.backupOnce(ctx, o)
	if errors.Is(err, errStale) {
		o.ignoreKnown = true
		res, err = r.backupOnce(ctx, o)
	}
	return res, err
}

func (r *Repository) backupOnce(ctx context.Context, o BackupOptions) (res Result, err error) {
	x, err := r.newIndex(ctx)
	if err != nil {
		return res, err
	}
	rd := r.newLooker(x)
	defer func() { err = errors.Join(err, rd.close(), x.Close()) }()
	b := &run{reader: rd, options: o, started: r.now(), root: make(chan id.ID, 1), unlisted: map[string]bool{}}
	b.encoders.New = func() any { return &tree.Encoder{} }
	b.tables = chunker.NewTables(r.polynomial)
	if b.parent, b.partials, err = b.chooseParent(ctx); err != nil {
		return res, err
	}
	ctx, b.cancel = context.WithCancelCause(ctx)
	defer b.cancel(nil)
	b.ctx = ctx
	b.saver = r.newSaver(ctx, x)
	if err := b.openKnown(ctx); err != nil {
		return res, err
	}
	b.openHalves()
	defer func() {
		b.closeKnown(err == nil)
		b.closeHalves(err == nil)
	}()
	return b.do()
}

// run is one backup.
type run struct {
	*reader
	options BackupOptions
	started time.Time
	ctx     context.Context //nolint:containedctx // of one run
	cancel  context.CancelCauseFunc
	saver   *saver
	tables  *chunker.Tables
	tree    *source.Tree

	parent   *Snapshot  // what it is compared with, or nil
	partials []Snapshot // of runs that did not end, older than this one

	// Known to the walk alone: the folders that it is in, and how many lie
	// above what is backed up.
	stack     []*folder
	base      int
	outermost *folder

	encoders sync.Pool // of *tree.Encoder
	root     chan id.ID
	jobs     chan *fileJob
	readers  sync.WaitGroup
	// head is held by whoever reads from a disk that turns; nil for others.
	head   chan struct{}
	saved  time.Time // the last checkpoint
	passed int       // items of the walk

	known  known // to the walk alone
	halves halves

	unlistedMu sync.Mutex
	unlisted   map[string]bool // guarded by unlistedMu

	counts counters
}

// counters are what several goroutines count.
type counters struct {
	items, files, bytes, added, changed, deleted atomic.Int64
	filesNew, filesChanged, filesSame            atomic.Int64
	dirsNew, dirsChanged, dirsSame               atomic.Int64
}

// fail ends the run.
func (b *run) fail(err error) { b.cancel(err) }

// do walks, stores, and makes the snapshot.
func (b *run) do() (res Result, err error) {
	if b.tree, err = b.options.OpenSource(source.Hooks{Unlisted: b.unlist, Known: b.passKnown, SkipXattrs: b.skipXattrs}); err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, b.tree.Close()) }()
	root, err := b.walk()
	if err == nil && !b.options.DryRun {
		b.watch.Finishing()
		err = b.saver.flush(b.ctx)
	} else if !b.options.DryRun {
		// What was stored shall not be lost, if that can be.
		_ = b.saver.sends.Wait()
	}
	res.Counts = b.count()
	if err == nil && b.options.DryRun {
		res.Unchanged = b.parent != nil && root == *b.parent.Tree
		return res, nil
	}
	if err != nil {
		if cause := context.Cause(b.ctx); cause != nil && errors.Is(err, context.Canceled) {
			err = cause
		}
		return res, err
	}
	return b.conclude(res, root)
}

// conclude stores the snapshot and removes what stood in for it.
func (b *run) conclude(res Result, root id.ID) (Result, error) {
	if b.options.SkipIfNoChange && b.parent != nil && !b.parent.IsPartial() && root == *b.parent.Tree {
		res.Unchanged, res.Snapshot = true, *b.parent
		return res, nil
	}
	s := b.snapshot(root)
	if err := b.saveSnapshot(b.ctx, s); err != nil {
		return res, err
	}
	res.Snapshot = *s
	return res, b.dropPartials(s.ID)
}

// snapshot describes the run.
func (b *run) snapshot(root id.ID) *Snapshot {
	s := &Snapshot{
		Time: b.options.Time, Tree: &root, Paths: []string{b.options.Path}, Hostname: b.host, Username: b.user,
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()), Excludes: b.options.Excludes,
		Program: b.program, Summary: b.summary(),
	}
	if b.parent != nil && !b.parent.IsPartial() {
		s.Parent = &b.parent.ID
	}
	return s
}

func (b *run) summary() *Summary {
	c, s := &b.counts, &b.saver.count
	return &Summary{
		Start: b.started, End: b.now(), FilesNew: c.filesNew.Load(), FilesChanged: c.filesChanged.Load(), FilesUnmodified: c.filesSame.Load(),
		DirsNew: c.dirsNew.Load(), DirsChanged: c.dirsChanged.Load(), DirsUnmodified: c.dirsSame.Load(),
		DataBlobs: s.blobs.Load(), TreeBlobs: s.trees.Load(), DataAdded: s.plain.Load(), DataAddedPacked: s.packed.Load(),
		FilesProcessed: c.files.Load(), BytesProcessed: c.bytes.Load(),
	}
}

func (b *run) count() Counts {
	c := &b.counts
	return Counts{
		Items: c.items.Load(), Files: c.files.Load(), Bytes: c.bytes.Load(), Added: c.added.Load(), Changed: c.changed.Load(),
		Deleted: c.deleted.Load(), Stored: b.saver.count.packed.Load(),
	}
}

// chooseParent finds the newest snapshot of the same folder on this machine,
// and the partial ones that this run makes superfluous.
func (b *run) chooseParent(ctx context.Context) (parent *Snapshot, partials []Snapshot, err error) {
	all, err := b.Snapshots(ctx)
	if err != nil && len(all) == 0 {
		return nil, nil, err
	}
	if err != nil {
		b.watch.Notice("Some versions cannot be read, so that this one may take longer: a check tells more.")
	}
	for i := range all {
		s := &all[i]
		if s.Hostname != b.host || !slices.Contains(s.Paths, b.options.Path) || s.Time.After(b.options.Time) {
			continue
		}
		if s.IsPartial() && !s.Pin().Holds(b.now()) {
			partials = append(partials, *s)
		}
		if parent == nil {
			parent = s
		}
	}
	if b.options.Force {
		parent = nil
	}
	return parent, partials, nil
}

// dropPartials removes the partial snapshots that another one makes
// superfluous. A destination that allows no deleting keeps them.
func (b *run) dropPartials(but id.ID) error {
	for _, s := range b.partials {
		if s.ID == but {
			continue
		}
		if err := b.remove(b.ctx, snapshotFile, s.ID); err != nil {
			b.watch.Notice(fmt.Sprintf("A partial version could not be removed: %v.", err))
		}
	}
	b.partials = nil
	return nil
}

// unlist notes an item whose content is unknown this time. The walk runs
// beside the goroutines that read.
func (b *run) unlist(path string) {
	b.unlistedMu.Lock()
	defer b.unlistedMu.Unlock()
	b.unlisted[path] = true
}

func (b *run) isUnlisted(path string) bool {
	b.unlistedMu.Lock()
	defer b.unlistedMu.Unlock()
	return b.unlisted[path]
}

// saveTree stores a folder.
func (b *run) saveTree(text []byte) (id.ID, error) {
	if b.options.DryRun {
		return id.Of(text), nil
	}
	m := rooms.Get().(*room)
	defer rooms.Put(m)
	return b.saver.save(text, pack.Tree, m)
}

// rooms is memory for saving, used again.
var rooms = sync.Pool{New: func() any { return &room{} }}

// nodeOf describes an item of the source, all but its content.
func (b *run) nodeOf(e *repository.Entry) *tree.Node {
	n := &tree.Node{
		Name: e.Path[strings.LastIndexByte(e.Path, '/')+1:], Type: tree.TypeOf(e.Type), Mode: tree.Mode(e.Type, e.Mode),
		// In UTC, so that a trip to another zone stores nothing anew. The time
		// of access would make every tree new.
		ModTime: e.ModTime.UTC(), AccessTime: e.ModTime.UTC(), ChangeTime: e.ChangeTime.UTC(),
		UID: e.UID, GID: e.GID, User: e.User, Group: e.Group, Inode: e.ID.Inode, DeviceID: e.ID.Device, LinkTarget: e.Target,
	}
	if e.Type != repository.Dir && e.Type != repository.FIFO {
		n.Links = e.Links
	}
	if e.Type == repository.CharDevice || e.Type == repository.BlockDevice {
		n.Device = deviceNumber(e.Major, e.Minor)
	}
	for _, x := range e.Xattrs {
		n.Xattrs = append(n.Xattrs, tree.Xattr{Name: x.Name, Value: x.Value})
	}
	n.SetFlags(b.flagsOf(e))
	return n
}
