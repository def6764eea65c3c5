package rclone

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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

// abandoned is the age at which an unfinished file is of no run any more.
const abandoned = 24 * time.Hour

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	var old []string
	err := s.walk(ctx, "", func(o backends.Object) bool {
		if transfer.IsTemp(o.Name) && time.Since(o.ModTime) > abandoned {
			old = append(old, o.Name)
		}
		return true
	})
	for _, name := range old {
		if err == nil {
			err = s.Delete(ctx, name)
		}
	}
	if err != nil {
		return fmt.Errorf("deleting what broken runs left: %w", err)
	}
	return nil
}
