package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/varve-backup/varve/backends"
)

// copyAll copies rank after rank, each with all its further rounds, so that
// nothing is named before it is there unless it cannot be had.
func (r *run) copyAll(ctx context.Context) error {
	todo := r.work.copies
	if len(todo) == 0 {
		return nil
	}
	r.watch.Stage(Copy, int64(len(todo)), r.work.bytes())
	for len(todo) > 0 {
		n := 0
		for n < len(todo) && rank(todo[n].Name) == rank(todo[0].Name) {
			n++
		}
		if err := r.copyRank(ctx, todo[:n]); err != nil {
			return err
		}
		todo = todo[n:]
	}
	return nil
}

func (r *run) copyRank(ctx context.Context, todo []task) error {
	failed := each(ctx, r.Workers, todo, r.copy)
	for round := 0; round < r.Rounds && len(failed) > 0 && ctx.Err() == nil; round++ {
		r.watch.Notice(again(failed, r.Pause))
		if err := pause(ctx, r.Pause); err != nil {
			return err
		}
		todo = todo[:0:0]
		for _, f := range failed {
			todo = append(todo, f.item)
		}
		failed = each(ctx, r.Workers, todo, r.copyAnew)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	report(r, failed, func(t task) (Action, string) { return t.action(), t.Name })
	r.result.add(func(s *Result) { s.NotCopied += int64(len(failed)) })
	return nil
}

func again(failed []failure[task], after time.Duration) string {
	first := failed[0]
	return fmt.Sprintf("%d files could not be copied, the first because of this: %q: %v. They are tried again in %v.", len(failed), first.item.Name, first.err, after)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// report tells of what failed. Of many that were not even tried, one sentence
// does.
func report[T any](r *run, failed []failure[T], name func(T) (Action, string)) {
	untried := 0
	for _, f := range failed {
		if errors.Is(f.err, errNotTried) {
			untried++
			continue
		}
		a, n := name(f.item)
		r.watch.Failed(a, n, f.err)
	}
	if untried > 0 {
		r.watch.Notice(fmt.Sprintf("%d more files were not tried, because too many failed one after the other.", untried))
	}
}

// copyAnew copies a file as it is now: its size may be why that failed.
func (r *run) copyAnew(ctx context.Context, t task) error {
	now, err := r.src.Stat(ctx, t.Name)
	if err != nil {
		return atSource(err)
	}
	t.Object = now
	return r.copy(ctx, t)
}

// copy copies one file.
func (r *run) copy(ctx context.Context, t task) error {
	var err error
	aside := ""
	if r.Retention && t.replaces {
		aside = Aside(t.Name, r.work.stamp)
	}
	switch {
	case r.DryRun:
	case aside != "":
		err = r.replaceAside(ctx, &t, aside)
	default:
		err = r.put(ctx, t.Name, &t)
	}
	if err != nil {
		return err
	}
	r.result.add(func(s *Result) {
		s.Bytes += t.Size
		if t.replaces {
			s.Replaced++
		} else {
			s.Copied++
		}
		if aside != "" {
			s.SetAside++
		}
	})
	r.watch.Done(t.action(), t.Name, aside, t.Size)
	return nil
}

// put stores a file of the source under a name.
func (r *run) put(ctx context.Context, name string, t *task) error {
	var sum hash.Hash
	if r.VerifyAfterPut {
		sum = sha256.New()
	}
	s := &stream{ctx: ctx, from: r.src, name: t.Name, size: t.Size, wait: r.watch.Wait, read: r.watch.Moved, sum: sum}
	if err := r.dst.Put(ctx, name, s); err != nil {
		if cause := s.cause(); cause != nil {
			return atSource(cause)
		}
		return atDestination(err)
	}
	if sum == nil {
		return nil
	}
	err := r.arrived(ctx, name, t.Size, sum.Sum(nil))
	if errors.Is(err, backends.ErrCorrupt) {
		// The next run would take it for good: it has the size, and is newer.
		err = errors.Join(err, r.dst.Delete(ctx, name))
	}
	return atDestination(err)
}

// arrived reads back what was stored.
func (r *run) arrived(ctx context.Context, name string, size int64, want []byte) error {
	in, err := r.dst.Get(ctx, name, 0, -1)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r.counted(ctx, in))
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if n != size || !bytes.Equal(sum.Sum(nil), want) {
		return fmt.Errorf("%w: %q came back with other content", backends.ErrCorrupt, name)
	}
	return nil
}

// counted is a reader that pauses with the run and counts for it.
func (r *run) counted(ctx context.Context, in io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := r.watch.Wait(ctx); err != nil {
			return 0, err
		}
		n, err := in.Read(p)
		r.watch.Moved(int64(n))
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
