package duplicity

import (
	"context"
	"iter"

	"github.com/varve-backup/varve/engine/duplicity/librsync"
	"github.com/varve-backup/varve/engine/repository"
)

// collate goes through the source and the signatures side by side, both in
// order, and stores what differs (formats/duplicity.md section 7).
func (r *run) collate(ctx context.Context, stored *signatureChain) error {
	next, stop := iter.Pull2(walkAhead(ctx, r.tree.Walk))
	defer stop()
	old, err := stored.next()
	if err != nil {
		return err
	}
	now, err, more := next()
	for (more || old != nil) && err == nil {
		if err = r.watch.Wait(ctx); err != nil {
			return err
		}
		order := compareItems(now, more, old)
		if err = r.handle(ctx, order, now, old); err != nil {
			return err
		}
		if order >= 0 {
			if old, err = stored.next(); err != nil {
				return err
			}
		}
		if order <= 0 {
			now, err, more = next()
		}
	}
	if err == nil && r.openItemMissed() {
		err = errPrefixChanged
	}
	return err
}

// handle deals with the smaller of both heads, or with both when they are the
// same item.
func (r *run) handle(ctx context.Context, order int, now *repository.Entry, old *storedItem) error {
	path := ""
	if order <= 0 {
		path = now.Path
	} else {
		path = old.Path
	}
	stored, err := r.alreadyStored(path)
	switch {
	case err != nil:
		return err
	case stored:
		return r.passOver(order, now)
	case order > 0:
		return r.absent(ctx, old)
	}
	return r.present(ctx, now, matching(order, old))
}

// passOver counts an item that the interrupted run has stored.
func (r *run) passOver(order int, now *repository.Entry) error {
	if order <= 0 {
		r.count(now)
		r.passed(now)
	}
	return nil
}

// count counts an item of the source.
func (r *run) count(now *repository.Entry) {
	r.counts.Items++
	if now.Type == repository.File {
		r.counts.Files++
		r.counts.Bytes += now.Size
	}
}

// passed tells the watcher that nothing had to be done for a file.
func (r *run) passed(now *repository.Entry) {
	if now.Type == repository.File {
		r.watch.Handled(1, now.Size)
	}
}

// compareItems orders the heads of both streams; a stream at its end comes last.
func compareItems(now *repository.Entry, more bool, old *storedItem) int {
	switch {
	case !more:
		return 1
	case old == nil:
		return -1
	}
	return repository.Compare(now.Path, old.Path)
}

func matching(order int, old *storedItem) *storedItem {
	if order == 0 {
		return old
	}
	return nil
}

// present handles an item of the source; old is what is stored of it, or nil.
func (r *run) present(ctx context.Context, now *repository.Entry, old *storedItem) error {
	r.watch.Item(now.Path)
	r.count(now)
	if old != nil && r.compare.equal(old, now) && !r.options.changed(now.Path) {
		r.passed(now)
		return nil
	}
	change := repository.Added
	if old != nil {
		change = repository.Modified
	}
	if r.options.DryRun {
		r.note(now.Path, change)
		r.passed(now)
		return nil
	}
	if now.Type != repository.File {
		return r.storeOther(ctx, now, change)
	}
	return r.storeFile(ctx, now, r.basis(old), change)
}

// basis is the signature to make a delta against, nil when the item is new or
// was no regular file. A signature that does not parse costs only room.
func (r *run) basis(old *storedItem) *librsync.Signature {
	if old == nil || old.Type != repository.File {
		return nil
	}
	sig, err := librsync.ReadSignature(old.signature)
	if err != nil {
		r.watch.Notice("The stored signature of " + old.Path + " is damaged, so the whole file is stored again.")
		return nil
	}
	return sig
}

// absent handles an item that only the archive knows. What could not be
// looked at is not gone.
func (r *run) absent(ctx context.Context, old *storedItem) error {
	if old.Path == "" || r.isUnread(old.Path) {
		return nil
	}
	if r.options.DryRun {
		r.note(old.Path, repository.Deleted)
		return nil
	}
	return r.storeDeletion(ctx, old)
}
