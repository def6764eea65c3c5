package engine

import (
	"context"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Origin is where a version came from, as far as the archive knows.
type Origin struct {
	Version Version
	// Host is the machine, and Folders are the paths there.
	Host    string
	Folders []string
	// Past are the versions of the same machine and folders, newest first. Volumes
	// know neither: all of them are.
	Past []Version
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
	o := Origin{Version: newest.version()}
	if o.Host, o.Folders, err = newest.origin(ctx); err != nil {
		return Origin{}, classify(ctx, op, err)
	}
	all, err := archive.versions(ctx)
	o.Past = slices.DeleteFunc(all, func(v Version) bool { return v.Host != o.Version.Host || !slices.Equal(v.Paths, o.Version.Paths) })
	return o, classify(ctx, op, err)
}
