package engine

import (
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// consulting are contents that look at the target before they fetch.
type consulting interface {
	// Consult is called once, after the first item was taken: see
	// restic.Contents.
	Consult(present func(*repository.Entry) (repository.Present, bool))
}

// pathBelowTarget is where an item of a version goes.
func (p *RestorePlan) pathBelowTarget(stored string) string {
	if !p.AsTarget {
		return p.names.of(stored)
	}
	return strings.TrimPrefix(strings.TrimPrefix(stored, p.Paths[0]), "/")
}

// presentIn looks for files that are at the target already.
func (p *RestorePlan) presentIn(out *restore.Writer) func(*repository.Entry) (repository.Present, bool) {
	return func(e *repository.Entry) (repository.Present, bool) {
		at := *e
		at.Path = p.pathBelowTarget(e.Path)
		found := out.Find(&at)
		switch {
		case found == nil:
			return nil, !p.DryRun
		case found.Stays():
			_ = found.Close() // nothing was read
			return nil, false
		}
		return found, !p.DryRun
	}
}

// presentOf returns the file at the target that has the content of an item
// already, nil for none.
func (j jobRun) presentOf(item *item, out *restore.Writer) *restore.Present {
	c, ok := item.source.(interface{ Present() repository.Present })
	if !ok {
		return j.presentAlike(item, out)
	}
	there, _ := c.Present().(*restore.Present) // of no other kind
	return there
}
