package mirror

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// work is what the comparison found.
type work struct {
	// copies are in the order of their ranks.
	copies []task
	// same are files that seem to be equal; doubtful those of one size whose
	// times do not settle it.
	same     []pair
	doubtful []pair
	// gone are files that only the destination has, aside what was given another
	// name there, and staged what an interrupted run left.
	gone   []backends.Object
	aside  []backends.Object
	staged []backends.Object
	// there counts the destination's files but those.
	there int
	stamp time.Time
}

// task is one file to copy.
type task struct {
	backends.Object
	// replaces: the destination has a file of that name.
	replaces bool
}

func (t *task) action() Action {
	if t.replaces {
		return Replace
	}
	return Copy
}

// pair is a file that both sides have.
type pair struct {
	src, dst backends.Object
	// newer: the source's was changed after the destination's was stored.
	newer bool
}

// compare lists both sides and compares them.
func (r *run) compare(ctx context.Context) error {
	src, err := list(ctx, r.src)
	if err != nil {
		return atSource(err)
	}
	dst, err := list(ctx, r.dst)
	if err != nil {
		return atDestination(err)
	}
	if r.Vet != nil {
		if err := r.Vet(ctx, src, dst); err != nil {
			return err
		}
	}
	r.work = compare(src, dst, r.Force)
	r.work.stamp = freeStamp(r.Now(), dst)
	if len(src) == 0 && r.work.there > 0 && !r.AllowEmptySource {
		return fmt.Errorf("%w, and the destination holds %d files. A source that is gone looks the same", ErrEmptySource, r.work.there)
	}
	return r.settle(ctx)
}

// list reads a listing, in order of the names.
func list(ctx context.Context, s backends.Store) (all []backends.Object, err error) {
	for o, err := range s.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		if !isOutside(o.Name) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b backends.Object) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(all); i++ {
		if all[i].Name == all[i-1].Name {
			return nil, fmt.Errorf("%w: %q", ErrTwice, all[i].Name)
		}
	}
	return all, nil
}

// compare sorts the files of two listings into what is to be done with them.
func compare(src, dst []backends.Object, force bool) *work {
	w := &work{}
	for s, d := range merge(src, dst) {
		switch {
		case s == nil:
			w.onlyThere(d)
			continue
		case d == nil:
			w.copies = append(w.copies, task{Object: *s})
			continue
		}
		w.there++
		switch newer, known := isNewer(s, d); {
		case force || s.Size != d.Size:
			w.copies = append(w.copies, task{*s, true})
		case newer || !known:
			w.doubtful = append(w.doubtful, pair{*s, *d, newer})
		default:
			w.same = append(w.same, pair{src: *s, dst: *d})
		}
	}
	return w
}

// onlyThere takes a file that the source does not have.
func (w *work) onlyThere(d *backends.Object) {
	if _, _, ok := ParseAside(d.Name); ok {
		w.aside = append(w.aside, *d)
		return
	}
	if isStaged(d.Name) {
		w.staged = append(w.staged, *d)
		return
	}
	w.there++
	w.gone = append(w.gone, *d)
}

// merge walks two sorted listings side by side.
func merge(src, dst []backends.Object) iter.Seq2[*backends.Object, *backends.Object] {
	return func(yield func(s, d *backends.Object) bool) {
		for i, j := 0, 0; i < len(src) || j < len(dst); {
			order := 0
			switch {
			case i == len(src):
				order = 1
			case j == len(dst):
				order = -1
			default:
				order = strings.Compare(src[i].Name, dst[j].Name)
			}
			var s, d *backends.Object
			if order <= 0 {
				s = &src[i]
				i++
			}
			if order >= 0 {
				d = &dst[j]
				j++
			}
			if !yield(s, d) {
				return
			}
		}
	}
}

// isNewer compares times as exactly as the destination tells them: one that
// knows whole seconds only would seem older than what was copied to it at once.
// A time that a side does not tell says nothing.
func isNewer(s, d *backends.Object) (newer, known bool) {
	if !tells(s.ModTime) || !tells(d.ModTime) {
		return false, false
	}
	at := s.ModTime
	if d.ModTime.Nanosecond() == 0 {
		at = at.Truncate(time.Second)
	}
	return at.After(d.ModTime), true
}

// tells reports a time that somebody measured: stores without one have year 1
// or 1970.
func tells(t time.Time) bool { return t.Unix() > 0 }

// settle decides about files of one size whose times do not: by the sums that
// both servers know, and else a newer one counts as another one, and what no
// time is known of as the same.
func (r *run) settle(ctx context.Context) error {
	w := r.work
	verdicts := make([]verdict, len(w.doubtful))
	// What cannot be asked stays unknown, so that there is no failure but that of
	// the context.
	each(ctx, r.Workers, indexes(w.doubtful), func(ctx context.Context, i int) error {
		verdicts[i] = r.bySums(ctx, w.doubtful[i].src.Name)
		return nil
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for i, p := range w.doubtful {
		if verdicts[i] == differs || verdicts[i] == unknown && p.newer {
			w.copies = append(w.copies, task{p.src, true})
		} else {
			w.same = append(w.same, p)
		}
	}
	w.doubtful = nil
	w.sort()
	return nil
}

func indexes[T any](of []T) []int {
	all := make([]int, len(of))
	for i := range all {
		all[i] = i
	}
	return all
}

// sort brings the copies into the order in which they are made.
func (w *work) sort() {
	slices.SortStableFunc(w.copies, func(a, b task) int {
		return cmp.Or(cmp.Compare(rank(a.Name), rank(b.Name)), strings.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(w.gone, func(a, b backends.Object) int {
		return cmp.Or(cmp.Compare(rank(b.Name), rank(a.Name)), strings.Compare(a.Name, b.Name))
	})
}

// bytes is what the copies hold.
func (w *work) bytes() (n int64) {
	for i := range w.copies {
		n += w.copies[i].Size
	}
	return n
}

// preview counts what will be done.
func (w *work) preview(o *Options) Preview {
	p := Preview{Removed: len(w.gone), Expired: len(w.expired(o)), Bytes: w.bytes(), Retention: o.Retention}
	for i := range w.copies {
		if w.copies[i].replaces {
			p.Replaced++
		} else {
			p.Copies++
		}
	}
	return p
}

// expired are files that were set aside long enough ago.
func (w *work) expired(o *Options) (all []backends.Object) {
	if o.KeepAside <= 0 {
		return nil
	}
	for _, old := range w.aside {
		if _, at, ok := ParseAside(old.Name); ok && o.Now().Sub(at) > o.KeepAside {
			all = append(all, old)
		}
	}
	return all
}
