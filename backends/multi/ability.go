package multi

import (
	"context"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/backends"
)

// Traits implements backends.Describer: what holds for one holds for all.
func (s *Store) Traits() backends.Traits {
	var all backends.Traits
	connections := 0
	for i, p := range s.parts {
		t := backends.TraitsOf(p.Store)
		all.Remote = all.Remote || t.Remote
		all.WholeReads = all.WholeReads || t.WholeReads
		if t.MaxSize > 0 && (all.MaxSize == 0 || t.MaxSize < all.MaxSize) {
			all.MaxSize = t.MaxSize
		}
		own := max(t.Connections, 1)
		switch {
		case s.options.Mode == Stripe:
			connections += own
		case i == 0 || own < connections:
			connections = own
		}
	}
	all.Connections = connections
	return all
}

// Space implements backends.Spacer: the room of all together, or of the mirror
// that has the least.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	for i, p := range s.parts {
		spacer, ok := backends.As[backends.Spacer](p.Store)
		if !ok {
			return -1, -1, fmt.Errorf("%s: asking for its room: %w", p.Name, backends.ErrUnsupported)
		}
		f, t, err := spacer.Space(ctx)
		if err != nil {
			return -1, -1, fmt.Errorf("%s: %w", p.Name, err)
		}
		switch {
		case s.options.Mode == Stripe:
			free, total = free+f, total+t
		case i == 0 || f < free:
			free, total = f, t
		}
	}
	return free, total, nil
}

// Writable implements backends.Prober. With Continue, one part that takes
// something is enough.
func (s *Store) Writable(ctx context.Context) error {
	errs := everywhere(s.parts, func(_ int, p *part) error {
		if gone, is := p.Store.(absent); is {
			return gone.err
		}
		prober, ok := backends.As[backends.Prober](p.Store)
		if !ok {
			return nil
		}
		return prober.Writable(ctx)
	})
	var first error
	bad := 0
	for i, p := range s.parts {
		if errs[i] == nil {
			continue
		}
		err := p.failed(errs[i])
		if bad++; first == nil {
			first = err
		}
	}
	if s.options.OnFail == Continue && bad < len(s.parts) {
		return nil
	}
	return first
}

// Thaw implements backends.Thawer. Each part is asked for what lies there.
func (s *Store) Thaw(ctx context.Context, names []string, days int) error {
	wanted := make([][]string, len(s.parts))
	for _, name := range names {
		_, err := s.ask(ctx, name, s.holders(name), func(p *part) error {
			if _, err := p.Store.Stat(ctx, name); err != nil {
				return err
			}
			at := slices.Index(s.parts, p)
			wanted[at] = append(wanted[at], name)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i, p := range s.parts {
		if len(wanted[i]) == 0 {
			continue
		}
		thawer, ok := backends.As[backends.Thawer](p.Store)
		if !ok {
			return fmt.Errorf("%s: fetching from an archive: %w", p.Name, backends.ErrUnsupported)
		}
		if err := thawer.Thaw(ctx, wanted[i], days); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	var first error
	for _, p := range s.parts {
		sweeper, ok := backends.As[backends.Sweeper](p.Store)
		if !ok {
			continue
		}
		if err := sweeper.Sweep(ctx); err != nil && first == nil {
			first = fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return first
}
