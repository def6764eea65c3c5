package mirror

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/backends"
)

// removeAll removes what the source does not have, or sets it aside, and lets
// go what was set aside long ago: rank after rank, the highest first. After
// anything went wrong all of it stays, because what replaces it may be what is
// missing.
func (r *run) removeAll(ctx context.Context) error {
	gone, expired := r.work.gone, r.work.expired(&r.Options)
	total := len(gone) + len(expired)
	if total == 0 {
		return nil
	}
	if why := r.holdBack(); why != "" {
		r.result.add(func(s *Result) { s.HeldBack = int64(total) })
		r.watch.Notice(fmt.Sprintf("Nothing was removed: %s. %d files wait for the next run.", why, total))
		return nil
	}
	r.watch.Stage(Remove, int64(total), 0)
	for len(gone) > 0 {
		n := 0
		for n < len(gone) && rank(gone[n].Name) == rank(gone[0].Name) {
			n++
		}
		if err := r.removeSome(ctx, r.removal(), gone[:n]); err != nil {
			return err
		}
		gone = gone[n:]
	}
	return r.removeSome(ctx, Expire, expired)
}

func (r *run) removal() Action {
	if r.Retention {
		return Keep
	}
	return Remove
}

// holdBack says why nothing may go, "" when it may.
func (r *run) holdBack() string {
	if n := r.result.read().NotCopied; n > 0 {
		return fmt.Sprintf("%d files could not be copied", n)
	}
	if err := r.sourceIsWhole(); err != nil {
		return fmt.Sprintf("the source is not all there (%v)", err)
	}
	return ""
}

func (r *run) removeSome(ctx context.Context, a Action, some []backends.Object) error {
	failed := each(ctx, r.Workers, some, func(ctx context.Context, o backends.Object) error {
		if err := r.watch.Wait(ctx); err != nil {
			return err
		}
		return r.remove(ctx, a, o)
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	report(r, failed, func(o backends.Object) (Action, string) { return a, o.Name })
	r.result.add(func(s *Result) { s.NotRemoved += int64(len(failed)) })
	return nil
}

func (r *run) remove(ctx context.Context, a Action, o backends.Object) (err error) {
	aside := ""
	if a == Keep {
		aside = Aside(o.Name, r.work.stamp)
	}
	switch {
	case r.DryRun:
	case a == Keep:
		err = r.setAside(ctx, o.Name, aside)
	default:
		err = atDestination(r.dst.Delete(ctx, o.Name))
	}
	if err != nil {
		return err
	}
	r.result.add(func(s *Result) {
		switch a {
		case Keep:
			s.SetAside++
		case Expire:
			s.Expired++
		default:
			s.Removed++
		}
	})
	r.watch.Done(a, o.Name, aside, o.Size)
	return nil
}

// tidy removes what an interrupted run left half done. What cannot be removed
// now can be later.
func (r *run) tidy(ctx context.Context) error {
	if r.DryRun {
		return nil
	}
	for _, o := range r.work.staged {
		if err := r.dst.Delete(ctx, o.Name); err != nil {
			r.watch.Notice(fmt.Sprintf("%q, which an interrupted run left, could not be removed: %v", o.Name, err))
		}
	}
	return context.Cause(ctx)
}
