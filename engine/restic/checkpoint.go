package restic

import (
	"errors"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// everyCheckpoint is how often one is made.
func (b *run) everyCheckpoint() time.Duration {
	if b.options.Checkpoint > 0 {
		return b.options.Checkpoint
	}
	return defaultCheckpoint
}

// dueCheckpoint fires when the next checkpoint is due.
func (b *run) dueCheckpoint() *time.Timer {
	return time.NewTimer(max(time.Millisecond, b.everyCheckpoint()-b.now().Sub(b.saved)))
}

// checkpoint makes safe what is done, when it is time: a partial snapshot
// holds everything that is ready, and in place of what is not what it was.
func (b *run) checkpoint() error {
	if b.now().Sub(b.saved) < b.everyCheckpoint() {
		return nil
	}
	b.saved = b.now()
	if b.options.DryRun {
		return nil
	}
	halves := b.halvesNow()
	if b.outermost.asBefore() && len(halves.Files) == 0 {
		return nil
	}
	root, err := b.outermost.soFar()
	if errors.Is(err, errFinishing) {
		return nil // the whole snapshot is about to be made
	}
	if err != nil {
		return err
	}
	if err := b.savePartial(root); err != nil {
		return err
	}
	b.noteHalves(halves)
	b.saved = b.now()
	return nil
}

// asBefore reports that nothing below a folder differs from the snapshot
// before until now.
func (f *folder) asBefore() bool {
	if f.same {
		return true
	}
	f.mu.Lock()
	slots := slices.Clone(f.slots)
	f.mu.Unlock()
	return f.path == outside && len(slots) == 1 && slots[0].below != nil && slots[0].below.asBefore()
}

// errFinishing: the folder is being stored whole.
var errFinishing = errors.New("the folder is being stored")

// soFar stores a tree of what is ready in a folder.
func (f *folder) soFar() (id.ID, error) {
	if f.same {
		return f.known.Tree(), nil
	}
	f.mu.Lock()
	if f.finishing {
		f.mu.Unlock()
		return id.ID{}, errFinishing
	}
	enc, slots := f.enc.Clone(), slices.Clone(f.slots)
	f.mu.Unlock()
	for _, s := range slots {
		n, err := f.nodeSoFar(s)
		if err != nil {
			return id.ID{}, err
		}
		if n == nil {
			continue
		}
		if err := enc.Add(n); err != nil {
			return id.ID{}, err
		}
	}
	// What was not reached yet is as it was before, and all of it comes behind.
	for _, o := range f.old {
		if err := enc.Add(o); err != nil {
			return id.ID{}, err
		}
	}
	return f.run.saver.save(enc.Finish(), pack.Tree, &room{})
}

// nodeSoFar describes an item as far as it is known: nil when nothing is.
func (f *folder) nodeSoFar(s *slot) (*tree.Node, error) {
	if n, ready := f.readyNode(s); ready {
		return n, nil
	}
	if s.below == nil {
		return s.old, nil
	}
	name, err := s.below.soFar()
	if errors.Is(err, errFinishing) {
		s.below.stored.Wait()
		n, _ := f.readyNode(s)
		return n, nil
	}
	n := *s.below.node
	n.Subtree = &name
	return &n, err
}

func (f *folder) readyNode(s *slot) (n *tree.Node, ready bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return s.node, s.ready
}

// savePartial makes a tree safe that is not whole.
func (b *run) savePartial(root id.ID) error {
	if err := b.saver.flushBeside(b.ctx); err != nil {
		return err
	}
	s := b.snapshot(root)
	s.Time = b.now()
	s.Tags = []string{partialTag}
	s.Paths = append(s.Paths, partialPath)
	if err := b.saveSnapshot(b.ctx, s); err != nil {
		return err
	}
	if err := b.dropPartials(s.ID); err != nil {
		return err
	}
	b.partials = append(b.partials, *s)
	return nil
}
