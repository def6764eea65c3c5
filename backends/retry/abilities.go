package retry

import (
	"context"

	"github.com/varve-backup/varve/backends"
)

// opener, spacer and prober try again what a wrapped store can besides.
type (
	opener struct {
		*Store
		inner backends.Opener
	}
	spacer struct {
		*Store
		inner backends.Spacer
	}
	prober struct {
		*Store
		inner backends.Prober
	}
)

// OpenFile implements backends.Opener.
func (o opener) OpenFile(ctx context.Context, name string) (f backends.OpenedFile, err error) {
	err = o.again(ctx, func() error {
		f, err = o.inner.OpenFile(ctx, name)
		return err
	})
	return f, err
}

// Space implements backends.Spacer.
func (s spacer) Space(ctx context.Context) (free, total int64, err error) {
	err = s.again(ctx, func() error {
		free, total, err = s.inner.Space(ctx)
		return err
	})
	return free, total, err
}

// Writable implements backends.Prober.
func (p prober) Writable(ctx context.Context) error {
	return p.again(ctx, func() error { return p.inner.Writable(ctx) })
}

// withAbilities returns a Store with just the abilities of the wrapped one: a
// caller asks for them by type.
func withAbilities(s *Store) backends.Store {
	o, opens := s.inner.(backends.Opener)
	sp, measures := s.inner.(backends.Spacer)
	p, probes := s.inner.(backends.Prober)
	switch {
	case opens && measures && probes:
		return struct {
			*Store
			backends.Opener
			backends.Spacer
			backends.Prober
		}{s, opener{s, o}, spacer{s, sp}, prober{s, p}}
	case opens && measures:
		return struct {
			*Store
			backends.Opener
			backends.Spacer
		}{s, opener{s, o}, spacer{s, sp}}
	case opens && probes:
		return struct {
			*Store
			backends.Opener
			backends.Prober
		}{s, opener{s, o}, prober{s, p}}
	case measures && probes:
		return struct {
			*Store
			backends.Spacer
			backends.Prober
		}{s, spacer{s, sp}, prober{s, p}}
	case opens:
		return opener{s, o}
	case measures:
		return spacer{s, sp}
	case probes:
		return prober{s, p}
	}
	return s
}
