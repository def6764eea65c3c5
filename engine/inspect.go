package engine

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
)

// Inspect looks at a destination without opening what it holds. A folder that
// is not there is an answer, not an error.
func (e *Engine) Inspect(ctx context.Context, d Destination) (Found, error) {
	found := Found{Free: -1, Total: -1}
	store, err := e.openPlace(ctx, d.URL, e.reach(d, false))
	if errors.Is(err, backends.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, classify(ctx, "looking at the destination", err)
	}
	defer store.Close()
	found.Exists = true
	if s, ok := backends.As[backends.Spacer](store); ok {
		if free, total, err := s.Space(ctx); err == nil {
			found.Free, found.Total = free, total
		}
	}
	if p, ok := backends.As[backends.Prober](store); ok {
		found.Writable = p.Writable(ctx) == nil
	}
	err = e.inspectArchive(ctx, d, store, &found)
	return found, classify(ctx, "looking at the destination", err)
}

// inspectArchive tells what can be known without a passphrase.
func (e *Engine) inspectArchive(ctx context.Context, d Destination, store backends.Store, found *Found) error {
	there, err := restic.Exists(ctx, store)
	if err != nil {
		return err
	}
	if !there {
		return e.openVolumes(ctx, d, store, repository.Ignore()).inspect(ctx, found)
	}
	found.Format, found.Encrypted = Deduplicated, true
	found.Versions, found.Latest, err = restic.Inspect(ctx, store)
	return err
}
