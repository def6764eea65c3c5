package engine

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/engine/repository"
)

// Stats are what an archive amounts to.
type Stats struct {
	Format   Format
	Versions int
	// Newest is the newest version; the counts are zero where there is none.
	Newest Version
	// Files and Bytes count the regular files of the newest version; Items
	// everything, folders and links too. Unsized of the files have a length
	// that the archive does not tell, so that Bytes is without them.
	Files, Bytes, Items, Unsized int64
	// Stored is what lies at the destination, in bytes, -1 when unknown.
	Stored int64
}

// measured is an archive that knows how much it keeps at the destination.
type measured interface {
	stored(ctx context.Context) (int64, error)
}

// Stats counts what a destination holds. It reads the list of all files of
// the newest version.
func (e *Engine) Stats(ctx context.Context, d Destination) (Stats, error) {
	const op = "counting"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return Stats{}, classify(ctx, op, err)
	}
	stats, err := statsOf(ctx, archive)
	return stats, classify(ctx, op, errors.Join(err, archive.close()))
}

func statsOf(ctx context.Context, a archive) (Stats, error) {
	s := Stats{Stored: -1}
	status, err := a.status(ctx)
	if err != nil {
		return s, err
	}
	s.Format = status.Format
	for _, c := range status.Chains {
		s.Versions += len(c.Versions)
	}
	if m, ok := a.(measured); ok {
		if s.Stored, err = m.stored(ctx); err != nil {
			return s, err
		}
	}
	if s.Versions == 0 {
		return s, nil
	}
	return s, s.countNewest(ctx, a)
}

func (s *Stats) countNewest(ctx context.Context, a archive) error {
	t, err := openTree(ctx, a, Moment{})
	if err != nil {
		return err
	}
	defer t.listing.Close()
	s.Newest = t.version
	for e, err := range t.listing.Walk(ctx, "") {
		if err != nil {
			return err
		}
		s.Items++
		if e.Type != repository.File {
			continue
		}
		s.Files++
		s.Bytes += max(e.Size, 0)
		if e.Size < 0 {
			s.Unsized++
		}
	}
	return nil
}

func (a *volumes) stored(ctx context.Context) (int64, error) {
	versions, err := a.Versions(ctx)
	var sum int64
	for i := range versions {
		sum += versions[i].Stored
	}
	return sum, err
}

func (a *deduplicated) stored(ctx context.Context) (int64, error) {
	var sum int64
	for o, err := range a.store.List(ctx, "") {
		if err != nil {
			return 0, err
		}
		sum += o.Size
	}
	return sum, nil
}
