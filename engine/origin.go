package engine

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Origin is where a version came from, as far as the archive knows.
type Origin struct {
	Version Version
	// Host is the machine, and Folders are the paths there.
	Host    string
	Folders []string
}

// Origin tells where the newest version came from.
func (e *Engine) Origin(ctx context.Context, d Destination) (Origin, error) {
	const op = "looking where a backup came from"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return Origin{}, classify(ctx, op, err)
	}
	defer archive.close()
	newest, err := archive.at(ctx, time.Time{})
	if err != nil {
		return Origin{}, classify(ctx, op, err)
	}
	host, folders, err := newest.origin(ctx)
	return Origin{newest.version(), host, folders}, classify(ctx, op, err)
}
