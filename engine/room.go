package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic"
)

// Room is how much lies at a destination, and how much more goes there, both in
// bytes.
type Room struct {
	Stored int64
	// Free is -1 where the destination does not tell.
	Free int64
}

// Room measures a destination by the list of its files. Nothing is opened, so
// no passphrase is needed.
func (e *Engine) Room(ctx context.Context, d Destination) (Room, error) {
	const op = "measuring the destination"
	store, err := e.openPlace(ctx, d.URL, e.reach(d, false))
	if err != nil {
		return Room{}, classify(ctx, op, err)
	}
	r, err := roomOf(ctx, store)
	return r, classify(ctx, op, errors.Join(err, store.Close()))
}

func roomOf(ctx context.Context, store backends.Store) (Room, error) {
	r := Room{Free: -1}
	deduplicated, err := restic.Exists(ctx, store)
	if err != nil {
		return r, err
	}
	for o, err := range store.List(ctx, "") {
		if err != nil {
			return r, err
		}
		if deduplicated || strings.Contains(o.Name, "duplicity-") { // others may keep files beside volumes
			r.Stored += o.Size
		}
	}
	if s, ok := backends.As[backends.Spacer](store); ok {
		if free, _, err := s.Space(ctx); err == nil {
			r.Free = free
		}
	}
	return r, nil
}
