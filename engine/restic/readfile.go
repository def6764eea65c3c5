package restic

import (
	"errors"
	"fmt"
	"io"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
	"github.com/varve-backup/varve/engine/source"
)

// fileJob is a file that is to be read.
type fileJob struct {
	folder *folder
	slot   *slot
	entry  *repository.Entry
	node   *tree.Node
	old    *tree.Node
}

// takeFile uses what is stored of a file that did not change, and lets another
// goroutine read one that did.
func (b *run) takeFile(f *folder, e *repository.Entry, n, old *tree.Node) error {
	if b.unchanged(e, n, old) {
		n.Size, n.Content = old.Size, old.Content
		b.counts.filesSame.Add(1)
		b.done(int64(old.Size))
		b.note(e.Path, n, old)
		f.put(f.add(), n)
		return nil
	}
	j := &fileJob{f, f.add(), e, n, old}
	j.slot.old = old
	select {
	case b.jobs <- j:
		return nil
	default:
		return b.queue(j)
	}
}

// queue waits until a reader takes a file, which may be long.
func (b *run) queue(j *fileJob) error {
	for {
		due := b.dueCheckpoint()
		select {
		case b.jobs <- j:
			due.Stop()
			return nil
		case <-b.ctx.Done():
			due.Stop()
			return b.ctx.Err()
		case <-due.C:
			if err := b.checkpoint(); err != nil {
				return err
			}
		}
	}
}

// done counts a file.
func (b *run) done(bytes int64) {
	b.counts.files.Add(1)
	b.counts.bytes.Add(bytes)
	b.watch.Handled(1, bytes)
}

// readFiles reads files until there are no more.
func (b *run) readFiles() {
	c := &cutter{run: b}
	for j := range b.jobs {
		if b.ctx.Err() == nil {
			b.readFile(c, j)
		}
	}
}

// readFile stores a file. One that cannot be read stays as it was in the
// snapshot before.
func (b *run) readFile(c *cutter, j *fileJob) {
	err := c.read(j)
	if b.ctx.Err() != nil {
		return
	}
	var broken *storeError
	switch {
	case errors.As(err, &broken):
		b.fail(broken.err)
		return
	case err != nil:
		b.watch.Problem(j.entry.Path, source.ProblemOf(err), err)
		j.folder.distrust()
		if j.old != nil && source.ProblemOf(err) == repository.Unreadable {
			j.folder.put(j.slot, j.old)
			return
		}
		if j.old != nil {
			b.counts.deleted.Add(1)
			b.watch.Changed(j.entry.Path, repository.Deleted)
		}
		j.folder.put(j.slot, nil)
		return
	}
	b.noteFile(j)
	b.counts.files.Add(1)
	b.watch.Handled(1, 0)
	j.folder.put(j.slot, j.node)
}

func (b *run) noteFile(j *fileJob) {
	kind := repository.Modified
	if j.old == nil {
		kind = repository.Added
		b.counts.filesNew.Add(1)
		b.counts.added.Add(1)
	} else {
		if sameNode(j.node, j.old) && sameContent(j.node.Content, j.old.Content) {
			b.counts.filesSame.Add(1)
			return
		}
		b.counts.filesChanged.Add(1)
		b.counts.changed.Add(1)
	}
	b.watch.Changed(j.entry.Path, kind)
}

func sameContent(a, b []id.ID) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// storeError is one of the destination, and not of the file.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// cutter cuts files into chunks. It belongs to one goroutine.
type cutter struct {
	run  *run
	buf  []byte
	room room
	zero id.ID // of a chunk of zeros, once it is known
	// holds tells that it is the one that reads from a disk that turns.
	holds bool
}

// takeHead waits until nobody else reads from a disk that turns: it reads best
// from one place at a time.
func (c *cutter) takeHead() {
	if c.run.head != nil && !c.holds {
		c.run.head <- struct{}{}
		c.holds = true
	}
}

// giveHead lets others read, while what was read is worked on.
func (c *cutter) giveHead() {
	if c.holds {
		<-c.run.head
		c.holds = false
	}
}

const (
	// firstRead is what is read of a file at once, in bytes: many are smaller.
	firstRead = 64 << 10
	laterRead = 1 << 20
)

// read stores the content of a file and fills in its node. A file that changes
// meanwhile is read once more; after that it is stored as it was read.
func (c *cutter) read(j *fileJob) error {
	defer c.run.outOfHand(j)
	for attempt := 0; ; attempt++ {
		changed, err := c.readOnce(j, attempt == 0)
		if err != nil {
			return err
		}
		if !changed {
			return nil
		}
		if attempt > 0 {
			c.run.watch.Problem(j.entry.Path, repository.ChangedInRead, errors.New("it changed while it was read"))
			return nil
		}
	}
}

// readOnce reads a file, where it may from where a run before was stopped.
func (c *cutter) readOnce(j *fileJob, goOn bool) (changed bool, err error) {
	c.run.outOfHand(j)
	c.takeHead()
	defer c.giveHead()
	f, err := c.run.tree.OpenFile(j.entry)
	if err != nil {
		return false, err
	}
	defer f.Close()
	j.node.SetFlags(f.Flags())
	j.node.Size, j.node.Content = 0, []id.ID{}
	if goOn {
		stored := c.run.goOn(j)
		f.Skip(stored)
		c.handled(stored)
	}
	c.buf = c.buf[:0]
	searched := 0
	for end := false; ; {
		if searched == 0 && !end {
			if err := c.holes(f, j, &c.zero); err != nil {
				return false, err
			}
		}
		n, ok := c.run.tables.CutFrom(c.buf, searched, end)
		if !ok {
			searched = len(c.buf)
			if end, err = c.fill(f, j); err != nil {
				return false, err
			}
			continue
		}
		if n == 0 {
			return f.Changed(), nil
		}
		if err := c.chunk(j, c.buf[:n]); err != nil {
			return false, err
		}
		c.buf = c.buf[:copy(c.buf, c.buf[n:])]
		searched = 0
	}
}

// fill reads on; end tells that the file ended.
func (c *cutter) fill(f io.Reader, j *fileJob) (end bool, err error) {
	if err := c.run.watch.Wait(c.run.ctx); err != nil {
		return false, err
	}
	want := laterRead
	if len(c.buf) == 0 && j.entry.Size < firstRead {
		want = firstRead
	}
	start := len(c.buf)
	if cap(c.buf)-start < want {
		grown := make([]byte, start, min(max(2*cap(c.buf), start+want), chunker.MaxSize+2*laterRead))
		copy(grown, c.buf)
		c.buf = grown
	}
	c.takeHead()
	n, err := c.readFull(f, c.buf[start:start+want], j)
	c.giveHead()
	c.buf = c.buf[:start+n]
	c.handled(int64(n))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true, nil
	}
	return false, err
}

func (c *cutter) handled(bytes int64) {
	c.run.watch.Handled(0, bytes)
	c.run.counts.bytes.Add(bytes)
}

// readFull fills b. A small file that came at once is not asked for more:
// whether it is longer now, Changed tells.
func (c *cutter) readFull(f io.Reader, b []byte, j *fileJob) (int, error) {
	if j.entry.Size >= firstRead {
		return io.ReadFull(f, b)
	}
	n, err := f.Read(b)
	if err == nil && int64(n) == j.entry.Size {
		return n, io.EOF
	}
	if err != nil {
		return n, err
	}
	more, err := io.ReadFull(f, b[n:])
	return n + more, err
}

// chunk stores one chunk.
func (c *cutter) chunk(j *fileJob, b []byte) error {
	name, err := c.store(b)
	if err != nil {
		return &storeError{fmt.Errorf("storing a part of %q: %w", j.entry.Path, err)}
	}
	j.node.Content = append(j.node.Content, name)
	j.node.Size += uint64(len(b))
	c.run.inHand(j)
	return nil
}

func (c *cutter) store(b []byte) (id.ID, error) {
	if c.run.options.DryRun {
		return id.Of(b), nil
	}
	return c.run.saver.save(b, pack.Data, &c.room)
}
