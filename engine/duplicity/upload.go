package duplicity

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/backends"
)

// uploader stores volumes while the next one is being built: one at a time
// and in order, so that what the journal says is always a prefix. At most two
// volumes exist as temporary files.
type uploader struct {
	group  *errgroup.Group
	ctx    context.Context //nolint:containedctx // the group's own, which ends with its first error
	queue  chan queuedVolume
	closed bool
}

type queuedVolume struct {
	volume *sealedVolume
	mark   volumeMark
}

// newUploader starts the worker. store makes one volume durable and recorded.
func newUploader(ctx context.Context, store func(context.Context, queuedVolume) error) *uploader {
	group, ctx := errgroup.WithContext(ctx)
	u := &uploader{group: group, ctx: ctx, queue: make(chan queuedVolume)}
	group.Go(func() error {
		for q := range u.queue {
			if err := store(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	return u
}

// put hands a volume over; it waits while the one before is on its way.
func (u *uploader) put(ctx context.Context, v *sealedVolume, m volumeMark) error {
	select {
	case u.queue <- queuedVolume{v, m}:
		return nil
	case <-u.ctx.Done():
		os.Remove(v.path)
		return context.Cause(u.ctx)
	case <-ctx.Done():
		os.Remove(v.path)
		return context.Cause(ctx)
	}
}

// wait ends the worker and returns its first error.
func (u *uploader) wait() error {
	if !u.closed {
		close(u.queue)
		u.closed = true
	}
	return u.group.Wait()
}

// storeFile puts a local file at the destination and removes it here.
func (a *Archive) storeFile(ctx context.Context, name, path string, size int64) error {
	defer os.Remove(path)
	return a.putFile(ctx, name, path, size)
}

func (a *Archive) putFile(ctx context.Context, name, path string, size int64) error {
	return a.put(ctx, name, backends.FileSource{Path: path, Bytes: size})
}

// put stores an object and proves its length at the destination.
func (a *Archive) put(ctx context.Context, name string, src backends.Source) error {
	if err := a.store.Put(ctx, name, src); err != nil {
		return fmt.Errorf("storing %s: %w", name, err)
	}
	stored, err := a.store.Stat(ctx, name)
	if err != nil {
		return fmt.Errorf("storing %s: %w", name, err)
	}
	if stored.Size != src.Size() {
		return fmt.Errorf("storing %s: %w: %d bytes arrived of %d", name, ErrDamaged, stored.Size, src.Size())
	}
	a.watch.Transferred(src.Size())
	return nil
}
