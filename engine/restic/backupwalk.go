package restic

import (
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
	"github.com/varve-backup/varve/engine/source"
)

// queueAhead is how many files wait for a reader.
const queueAhead = 64

func deviceNumber(major, minor uint32) uint64 { return unix.Mkdev(major, minor) }

// walk passes the source and returns the tree of the snapshot.
func (b *run) walk() (root id.ID, err error) {
	b.jobs = make(chan *fileJob, queueAhead)
	medium := b.tree.Medium()
	if medium == source.Rotational {
		b.head = make(chan struct{}, 1)
	}
	for range medium.Workers() {
		b.readers.Go(b.readFiles)
	}
	b.saved = b.now()
	if err = b.descend(); err == nil {
		err = b.pass()
	}
	close(b.jobs)
	if err == nil {
		err = b.awaitReaders()
	}
	b.readers.Wait()
	if err != nil {
		return root, err
	}
	select {
	case root = <-b.root:
		return root, b.ctx.Err()
	case <-b.ctx.Done():
		return root, b.ctx.Err()
	}
}

// awaitReaders waits for the last files, which may be long ones.
func (b *run) awaitReaders() error {
	done := make(chan struct{})
	go func() {
		b.readers.Wait()
		close(done)
	}()
	for {
		due := b.dueCheckpoint()
		select {
		case <-done:
			due.Stop()
			return nil
		case <-due.C:
			if err := b.checkpoint(); err != nil {
				b.fail(err)
				<-done
				return err
			}
		}
	}
}

// lookAtClock is after how many items the walk asks whether a checkpoint is
// due: asking takes longer than passing one that did not change.
const lookAtClock = 16

// pass takes every item of the source.
func (b *run) pass() error {
	for e, err := range b.tree.Walk(b.ctx) {
		if err != nil {
			return err
		}
		if err := b.watch.Wait(b.ctx); err != nil {
			return err
		}
		b.watch.Item(e.Path)
		if err := b.leave(e.Path); err != nil {
			return err
		}
		if err := b.take(e); err != nil {
			return err
		}
		if b.passed++; b.passed%lookAtClock == 0 {
			if err := b.checkpoint(); err != nil {
				return err
			}
		}
	}
	for len(b.stack) > 0 {
		if err := b.leaveOne(); err != nil {
			return err
		}
	}
	return b.ctx.Err()
}

// descend opens the folders above what is backed up.
func (b *run) descend() error {
	b.outermost = &folder{run: b, enc: b.encoder(), path: outside}
	b.stack = []*folder{b.outermost}
	if b.parent != nil {
		if err := b.loadOld(b.stack[0], *b.parent.Tree); err != nil {
			return err
		}
	}
	names := components(b.options.Path)
	for i, name := range names[:max(0, len(names)-1)] {
		n, err := nodeOutside("/" + strings.Join(names[:i+1], "/"))
		if err != nil {
			return err
		}
		top := b.top()
		f := &folder{run: b, above: top, in: top.add(), enc: b.encoder(), path: outside, node: n}
		f.in.below = f
		if err := b.matchOld(f, top.passOld(name, func(*tree.Node) {})); err != nil {
			return err
		}
		top.old = nil
		b.stack = append(b.stack, f)
	}
	b.base = len(b.stack)
	return nil
}

func (b *run) top() *folder { return b.stack[len(b.stack)-1] }

// outside is the path of folders above what is backed up.
const outside = "\x00"

// nodeOutside describes a folder above what is backed up.
func nodeOutside(at string) (*tree.Node, error) {
	info, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	n := &tree.Node{
		Name: path.Base(at), Type: tree.Dir, Mode: tree.Mode(repository.Dir, uint32(info.Mode().Perm())),
		ModTime: info.ModTime().UTC(), AccessTime: info.ModTime().UTC(), ChangeTime: info.ModTime().UTC(),
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		n.Mode = tree.Mode(repository.Dir, uint32(st.Mode)&0o7777)
		n.UID, n.GID, n.Inode, n.DeviceID = st.Uid, st.Gid, st.Ino, uint64(st.Dev) //nolint:unconvert // not as long on every system
	}
	return n, nil
}

func (b *run) encoder() *tree.Encoder {
	e := b.encoders.Get().(*tree.Encoder)
	e.Reset()
	return e
}

// leave closes the folders that do not hold path.
func (b *run) leave(path string) error {
	for len(b.stack) > b.base && !repository.Contains(b.top().path, path) {
		if err := b.leaveOne(); err != nil {
			return err
		}
	}
	return nil
}

// leaveOne closes the innermost folder. What it held before and does not any
// more is deleted; what could not be listed stays as it was.
func (b *run) leaveOne() error {
	top := b.top()
	if top.same && !top.known.AtEnd() {
		if err := b.differ(); err != nil {
			return err
		}
	}
	b.stack = b.stack[:len(b.stack)-1]
	if top.same {
		b.leaveKnown(top)
		return nil
	}
	for _, old := range top.old {
		b.notMet(top, old)
	}
	top.old = nil
	if w := top.nextCache(); w != nil {
		w.Leave()
	}
	top.close()
	return nil
}

// notMet handles an item of the snapshot before that did not come.
func (b *run) notMet(f *folder, old *tree.Node) {
	if f.path == outside || f.moved {
		return
	}
	p := strings.TrimPrefix(f.path+"/"+old.Name, "/")
	if b.isUnlisted(f.path) || b.isUnlisted(p) {
		f.put(f.add(), old)
		f.distrust()
		return
	}
	b.counts.deleted.Add(1)
	b.watch.Changed(p, repository.Deleted)
}

// take handles one item.
func (b *run) take(e *repository.Entry) error {
	top, name := b.top(), b.nameOf(e)
	if name == "" {
		return b.takeRoot(top, e) // the root of the file system has no node
	}
	if top.same {
		if b.takeKnown(top, e, name) {
			return nil
		}
		if err := b.differ(); err != nil {
			return err
		}
	}
	n := b.nodeOf(e)
	n.Name = name
	old := top.passOld(n.Name, func(o *tree.Node) { b.notMet(top, o) })
	writeAs(n, old)
	if !e.HasXattrs && old != nil && b.isSame(e, old) {
		n.Xattrs = old.Xattrs
	}
	b.counts.items.Add(1)
	switch e.Type {
	case repository.Dir:
		return b.takeFolder(top, e, n, old)
	case repository.File:
		b.remember(e, name)
		return b.takeFile(top, e, n, old)
	}
	b.remember(e, name)
	b.note(e.Path, n, old)
	top.put(top.add(), n)
	return nil
}

// writeAs writes what means the same just as it was written before, so that the
// tree stays the same: times in the zone of whoever wrote them, and the number
// of the device, which changes when a disk is plugged in again and only tells
// hard links from each other.
func writeAs(n, old *tree.Node) {
	if old == nil || old.Type != n.Type || old.Inode != n.Inode {
		return
	}
	if n.Links < 2 {
		n.DeviceID = old.DeviceID
	}
	for _, t := range [...]struct{ now, before *time.Time }{
		{&n.ModTime, &old.ModTime}, {&n.AccessTime, &old.AccessTime}, {&n.ChangeTime, &old.ChangeTime},
	} {
		if t.now.Equal(*t.before) {
			*t.now = *t.before
		}
	}
}

// takeFolder goes into a folder.
func (b *run) takeFolder(top *folder, e *repository.Entry, n, old *tree.Node) error {
	f := &folder{run: b, above: top, in: top.add(), path: e.Path, node: n}
	f.in.below, f.in.old = f, old
	b.noteFolder(e.Path, n, old)
	if e.Path == "" {
		b.startKnown(f, old, e.ID.Inode)
	} else {
		b.follow(f, e, n.Name, old)
	}
	if !f.same {
		f.enc = b.encoder()
		if err := b.matchOld(f, old); err != nil {
			return err
		}
	}
	b.push(f, e, n.Name)
	return nil
}

// nameOf is the name of an item, "" for the root of the file system.
func (b *run) nameOf(e *repository.Entry) string {
	if e.Path != "" {
		return e.Path[strings.LastIndexByte(e.Path, '/')+1:]
	}
	if names := components(b.options.Path); len(names) > 0 {
		return names[len(names)-1]
	}
	return ""
}

// skipXattrs tells that the attributes of an item are those of the snapshot
// before: changing one moves the time of change.
func (b *run) skipXattrs(e *repository.Entry) bool {
	if b.parent == nil {
		return false
	}
	if b.leave(e.Path) != nil {
		return false // and again when it is taken
	}
	top := b.top()
	if top.same {
		return top.known.Next(b.nameOf(e), b.aboutItem(e))
	}
	old := top.peekOld(b.nameOf(e))
	return old != nil && b.isSame(e, old)
}

// isSame reports that an item is the inode of the snapshot before, untouched.
func (b *run) isSame(e *repository.Entry, old *tree.Node) bool {
	return old.Type.Entry() == e.Type && old.Inode == e.ID.Inode && old.ChangeTime.Equal(e.ChangeTime) &&
		b.parent.readAt().Sub(e.ChangeTime) >= trusted
}

// takeRoot makes the outermost folder the one that is backed up.
func (b *run) takeRoot(top *folder, e *repository.Entry) error {
	top.path = e.Path
	b.counts.items.Add(1)
	var old *tree.Node
	if b.parent != nil {
		old = &tree.Node{Subtree: b.parent.Tree}
	}
	b.startKnown(top, old, e.ID.Inode)
	return nil
}

// matchOld loads what a folder held in the snapshot before.
func (b *run) matchOld(f *folder, old *tree.Node) error {
	if old == nil || old.Type != tree.Dir || old.Subtree == nil {
		return nil
	}
	return b.loadOld(f, *old.Subtree)
}

// loadOld reads a tree of the snapshot before. One that cannot be read only
// means that everything below counts as new.
func (b *run) loadOld(f *folder, at id.ID) error {
	v := &view{reader: b.reader, snapshot: b.parent}
	nodes, bad, err := v.nodesBelow(b.ctx, at)
	if b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	if err = errors.Join(append(bad, err)...); err != nil {
		b.watch.Notice("A part of the version before cannot be read, so that everything in it is stored again.")
		return nil //nolint:nilerr // it was told
	}
	f.old = nodes
	return nil
}

// note counts an item that is neither file nor folder.
func (b *run) note(p string, n, old *tree.Node) {
	switch {
	case old == nil:
		b.counts.added.Add(1)
		b.watch.Changed(p, repository.Added)
	case !sameNode(n, old):
		b.counts.changed.Add(1)
		b.watch.Changed(p, repository.Modified)
	}
}

func (b *run) noteFolder(p string, n, old *tree.Node) {
	switch {
	case old == nil:
		b.counts.dirsNew.Add(1)
	case !sameNode(n, old):
		b.counts.dirsChanged.Add(1)
	default:
		b.counts.dirsSame.Add(1)
	}
	b.note(p, n, old)
}

// sameNode compares what a person calls the item: not its number, its times of
// access and change, nor its content.
func sameNode(a, b *tree.Node) bool {
	return a.Type == b.Type && a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID && a.ModTime.Equal(b.ModTime) &&
		a.LinkTarget == b.LinkTarget && a.Device == b.Device && a.Flags() == b.Flags() && slices.EqualFunc(a.Xattrs, b.Xattrs, func(x, y tree.Xattr) bool {
		return x.Name == y.Name && string(x.Value) == string(y.Value)
	})
}

// trusted is how long before it is read a file must have been changed last, so
// that a change just after would show in its times.
const trusted = 2 * time.Second

// unchanged reports that a file is the one of the snapshot before.
func (b *run) unchanged(e *repository.Entry, n, old *tree.Node) bool {
	if old == nil || old.Type != tree.File || b.options.Force {
		return false
	}
	if int64(old.Size) != e.Size || !old.ModTime.Equal(n.ModTime) || !old.ChangeTime.Equal(n.ChangeTime) || old.Inode != n.Inode {
		return false
	}
	newest := n.ChangeTime
	if n.ModTime.After(newest) {
		newest = n.ModTime
	}
	if b.parent.readAt().Sub(newest) < trusted {
		return false
	}
	if b.known.cache != nil {
		return true // no blob went away since
	}
	return !slices.ContainsFunc(old.Content, func(blob id.ID) bool { return !b.index.Has(blob, pack.Data) })
}

// readAt is when reading for a snapshot began.
func (s *Snapshot) readAt() time.Time {
	if s.Summary != nil && !s.Summary.Start.IsZero() {
		return s.Summary.Start
	}
	return s.Time
}
