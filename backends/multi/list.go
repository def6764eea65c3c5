package multi

import (
	"context"
	"iter"
	"slices"

	"github.com/varve-backup/varve/backends"
)

// List implements backends.Store: what any part holds, each name once. A part
// that cannot be listed is done without when mirroring with Continue, where the
// others hold all that it does; otherwise it is an error.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		l := listing{store: s, seen: map[string]struct{}{}, yield: yield}
		for _, p := range s.parts {
			err := l.of(ctx, p, prefix)
			if l.left {
				return
			}
			if gone := ended(ctx); gone != nil {
				yield(backends.Object{}, gone)
				return
			}
			if err == nil {
				continue
			}
			l.failed = append(l.failed, p)
			if err = p.failed(err); l.first == nil {
				l.first = err
			}
			if !s.without(l.failed) {
				yield(backends.Object{}, l.first)
				return
			}
		}
	}
}

// without tells whether a list is whole that lacks those parts.
func (s *Store) without(failed []*part) bool {
	if s.options.Mode == Stripe || s.options.OnFail == Abort || len(failed) == len(s.parts) {
		return false
	}
	for _, f := range failed {
		for _, prefix := range f.Prefixes {
			covered := slices.ContainsFunc(s.parts, func(p *part) bool { return !slices.Contains(failed, p) && p.takes(prefix) })
			if !covered {
				return false
			}
		}
	}
	return true
}

// listing is one call of List.
type listing struct {
	store  *Store
	seen   map[string]struct{}
	yield  func(backends.Object, error) bool
	left   bool // the caller has seen enough
	failed []*part
	first  error
}

// of lists one part.
func (l *listing) of(ctx context.Context, p *part, prefix string) error {
	for o, err := range p.Store.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if _, known := l.seen[o.Name]; known || p.isBehind(o.Name) {
			continue
		}
		l.seen[o.Name] = struct{}{}
		l.store.learn(o.Name, p)
		if !l.yield(o, nil) {
			l.left = true
			return nil
		}
	}
	return nil
}
