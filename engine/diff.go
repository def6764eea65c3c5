package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/varve-backup/varve/engine/catalog"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/zone"
)

// Diff is two versions, opened to be compared.
type Diff struct {
	catalog  *Catalog
	from, to compared
}

// compared is one of them.
type compared struct {
	version Version
	line    int64
}

// Difference is one item that is not the same in two versions.
type Difference = catalog.Difference

// Aspect is something that can change of an item.
type Aspect = catalog.Aspect

// The aspects.
const (
	AspectType        = catalog.AspectType
	AspectContent     = catalog.AspectContent
	AspectTime        = catalog.AspectTime
	AspectPermissions = catalog.AspectPermissions
	AspectOwner       = catalog.AspectOwner
	AspectTarget      = catalog.AspectTarget
	AspectDevice      = catalog.AspectDevice
	AspectAttributes  = catalog.AspectAttributes
	AspectFlags       = catalog.AspectFlags
)

// Diff opens two versions. Where from is a time, it is the time of a version of
// the same source as to. The catalog learns what is new first. The caller
// closes the Diff.
func (e *Engine) Diff(ctx context.Context, d Destination, from, to Moment) (*Diff, error) {
	const op = "comparing versions"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	a, b, err := pickTwo(ctx, archive, from, to)
	if err != nil {
		return nil, classify(ctx, op, errors.Join(err, archive.close()))
	}
	c, err := e.Catalog(ctx, d)
	if err != nil {
		return nil, classify(ctx, op, errors.Join(err, archive.close()))
	}
	diff := &Diff{catalog: c}
	err = askLearnt(ctx, archive, c, func(l *learner) error { return diff.find(ctx, l, a, b) })
	if err = errors.Join(err, archive.close()); err != nil {
		return nil, classify(ctx, op, errors.Join(err, c.Close()))
	}
	return diff, nil
}

// pickTwo chooses the newer one first, which says of which line they are.
func pickTwo(ctx context.Context, a archive, from, to Moment) (older, newer openVersion, err error) {
	if newer, err = pick(ctx, a, to); err != nil {
		return nil, nil, err
	}
	if from.ID != "" {
		older, err = pick(ctx, a, from)
		return older, newer, err
	}
	all, err := a.all(ctx)
	if err != nil && len(all) == 0 {
		return nil, nil, err
	}
	for _, v := range all {
		if sourceKey(v) != sourceKey(newer) || v.version().Partial != newer.version().Partial {
			continue
		}
		if older = v; !younger(v.version().Time, from.At) {
			break
		}
	}
	return older, newer, nil
}

// younger tells whether a version is younger than at, where zero means now. As
// people write times, all of the second is meant.
func younger(version, at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if at.Nanosecond() == 0 {
		at = at.Add(time.Second - 1)
	}
	return version.After(at)
}

// find finds both versions in the catalog.
func (d *Diff) find(ctx context.Context, l *learner, from, to openVersion) error {
	for _, x := range []struct {
		from openVersion
		into *compared
	}{{from, &d.from}, {to, &d.to}} {
		v := x.from.version()
		line, err := d.catalog.store.LineOf(ctx, v.ID)
		if errors.Is(err, catalog.ErrNotFound) {
			return whyUnknown(l, &v)
		}
		if err != nil {
			return err
		}
		*x.into = compared{v, line}
	}
	return nil
}

// whyUnknown says why a version is not in the catalog.
func whyUnknown(l *learner, v *Version) error {
	for i, name := range l.unreadNames {
		if name == v.ID {
			return l.unread[i]
		}
	}
	return fmt.Errorf("%w: the version of %s is not whole, because its run was interrupted; choose another one", errInvalid, zone.Of(v.Time).Format(time.DateTime))
}

// From is the version that was compared.
func (d *Diff) From() Version { return d.from.version }

// To is the version that it was compared with.
func (d *Diff) To() Version { return d.to.version }

// Close ends the comparison.
func (d *Diff) Close() error { return d.catalog.Close() }

// All yields what differs, in order of the paths. A folder of which only the
// time changed is left out: what happened in it says more.
func (d *Diff) All(ctx context.Context) iter.Seq2[Difference, error] {
	all := d.catalog.store.Differences(ctx, d.from.line, d.from.version.ID, d.to.version.ID, "")
	if d.from.line != d.to.line {
		all = d.catalog.store.Across(ctx, d.from.line, d.from.version.ID, d.to.line, d.to.version.ID)
	}
	return func(yield func(Difference, error) bool) {
		for x, err := range all {
			if !yield(x, classify(ctx, readingCatalog, err)) {
				return
			}
		}
	}
}
