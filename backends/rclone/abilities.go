package rclone

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: s.options.Connections}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// Space implements backends.Spacer, for remotes that tell.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	said, err := s.output(ctx, "about", "--json", s.root)
	if err != nil {
		return -1, -1, fmt.Errorf("asking for the room: %w", err)
	}
	var room struct{ Free, Total *int64 }
	if err := json.Unmarshal(said, &room); err != nil || room.Free == nil {
		return -1, -1, fmt.Errorf("asking for the room: %w: the remote does not tell", backends.ErrUnsupported)
	}
	if room.Total == nil {
		return *room.Free, -1, nil
	}
	return *room.Free, *room.Total, nil
}

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	return transfer.Sweep(
		func(visit func(backends.Object) bool) error { return s.walk(ctx, "", visit) },
		func(name string) error { return s.Delete(ctx, name) },
	)
}
