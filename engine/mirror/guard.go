package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/backends"
)

// guard refuses to remove a large part of the destination: the source may be
// the wrong one, or not all there. What is set aside is not lost.
func (r *run) guard() error {
	gone, there := len(r.work.gone), r.work.there
	if r.Retention || r.AllowEmptySource || gone*100 <= r.MaxRemove*there {
		return nil
	}
	return fmt.Errorf("%w: %d of the destination's %d files are not at the source, and no more than %d %% may be removed", ErrTooMany, gone, there, r.MaxRemove)
}

// checkRoom refuses what does not fit: everything that is copied, beside what it
// replaces. A destination that does not know its room takes what it takes.
func (r *run) checkRoom(ctx context.Context) error {
	spacer, ok := backends.As[backends.Spacer](r.dst)
	need := r.work.bytes()
	if r.IgnoreRoom || !ok || need == 0 {
		return nil
	}
	free, _, err := spacer.Space(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil || free < 0 || free >= need {
		return nil //nolint:nilerr // a room that is not told is not known to be too small
	}
	err = fmt.Errorf("%w: %d bytes are to be copied, and %d are free", backends.ErrFull, need, free)
	if back := r.givesBack(); back > 0 {
		err = fmt.Errorf("%w (%d more when what the source does not have was removed, which comes last)", err, back)
	}
	return atDestination(err)
}

// givesBack is what will be removed, in bytes.
func (r *run) givesBack() (n int64) {
	if r.Retention {
		return 0
	}
	for i := range r.work.gone {
		n += r.work.gone[i].Size
	}
	return n
}

// sourceIsWhole reports a source that said nothing went wrong while it was
// read: one of several destinations that does not take part holds files too.
func (r *run) sourceIsWhole() error {
	w, ok := backends.As[backends.Warner](r.src)
	if !ok {
		return nil
	}
	return errors.Join(w.Warnings()...)
}
