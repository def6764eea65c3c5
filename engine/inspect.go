package engine

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
)

// Inspect looks at a destination without opening what it holds. A folder that
// is not there is an answer, not an error.
func (e *Engine) Inspect(ctx context.Context, d Destination) (Found, error) {
	found := Found{Free: -1, Total: -1}
	store, err := open.Store(ctx, d.URL, open.Options{})
	if errors.Is(err, backends.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, classify(ctx, "looking at the destination", err)
	}
	defer store.Close()
	found.Exists = true
	if s, ok := store.(backends.Spacer); ok {
		if free, total, err := s.Space(ctx); err == nil {
			found.Free, found.Total = free, total
		}
	}
	if p, ok := store.(backends.Prober); ok {
		found.Writable = p.Writable(ctx) == nil
	}
	err = e.inspectArchive(ctx, d, store, &found)
	return found, classify(ctx, "looking at the destination", err)
}

func (e *Engine) inspectArchive(ctx context.Context, d Destination, store backends.Store, found *Found) error {
	archive := duplicity.Open(duplicity.Config{
		Store: store, CacheDir: e.cacheDir(d), TempDir: e.config.TempDir, Naming: naming(d.Prefixes),
		Codec: e.codec(ctx, d), Host: e.config.Host, Now: e.config.Now, Watch: repository.Ignore(),
	})
	versions, err := archive.Versions(ctx)
	if errors.Is(err, backends.ErrNotExist) {
		found.Exists = false
		return nil
	}
	if err != nil {
		return err
	}
	found.Versions = len(versions)
	if len(versions) > 0 {
		found.Latest, found.Encrypted = versions[0].Time, versions[0].Encrypted
	}
	if found.Foreign, err = archive.Foreign(ctx); err != nil {
		return err
	}
	found.Interrupted, err = archive.Interrupted()
	return err
}
