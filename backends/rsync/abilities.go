package rsync

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: cap(s.slots), WholeReads: true}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// abandoned is the age at which a temporary file is of no run any more.
const abandoned = 24 * time.Hour

// Sweep implements backends.Sweeper: a connection that is cut leaves a file
// behind where the other side was killed too.
func (s *Store) Sweep(ctx context.Context) error {
	found, err := s.entries(ctx, "--recursive", "--exclude=/lost+found/", "--", s.base)
	if err != nil {
		return fmt.Errorf("looking for what broken runs left: %w", err)
	}
	for _, o := range found {
		folder, base := transfer.Split(o.Name)
		if !temporary.MatchString(base) || time.Since(o.ModTime) < abandoned {
			continue
		}
		if err := s.unlink(ctx, folder, base); err != nil {
			return fmt.Errorf("deleting %s: %w", o.Name, err)
		}
	}
	return nil
}
