package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/catalog"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/zone"
)

// LearnProgress tells how far Learn is.
type LearnProgress struct {
	// Done of Total versions that are new to the catalog are learnt.
	Done, Total int
	// Version is the time of the one that is being learnt.
	Version time.Time
}

const learning = "learning what versions hold"

// Learn goes to the destination, learns the versions that are new, oldest
// first, and drops those that are gone. watch may be nil. What was learnt stays
// when it ends early. A version that cannot be read whole is not learnt: the
// error says so, and is tried again the next time.
//
// A version of a run that was interrupted counts only as long as its line has
// no other.
func (c *Catalog) Learn(ctx context.Context, watch func(LearnProgress)) error {
	archive, err := c.engine.openArchive(ctx, c.d, repository.Ignore(), false)
	if err != nil {
		return classify(ctx, learning, err)
	}
	l := learner{catalog: c, watch: watch}
	err = errors.Join(l.learn(ctx, archive), archive.close())
	if err == nil && len(l.unread) > 0 {
		err = errors.Join(l.unread...)
		first, _ := errors.AsType[*Error](err)
		err = &Error{Op: learning, Kind: first.Kind, Err: err}
	}
	return classify(ctx, learning, err)
}

// learner brings a catalog up to date.
type learner struct {
	catalog *Catalog
	watch   func(LearnProgress)
	// unread says which versions could not be learnt, and why.
	unread      []error
	unreadNames []string
	// versions are those that are wanted, newest first.
	versions []openVersion
}

func (l *learner) learn(ctx context.Context, a archive) error {
	for range attempts {
		before := l.catalog.store.Renewals()
		l.unread, l.unreadNames = nil, nil
		if err := l.learnOnce(ctx, a); err != nil || l.catalog.store.Renewals() == before {
			return err
		}
	}
	return errUseless
}

func (l *learner) learnOnce(ctx context.Context, a archive) error {
	// What is known is asked first: what somebody else learns from here on is
	// not taken for something that is gone.
	known, err := l.catalog.store.Names(ctx)
	if err != nil {
		return err
	}
	all, err := a.all(ctx)
	whole := err == nil
	if err != nil && len(all) == 0 {
		return err
	}
	l.versions = wanted(all)
	if err := l.follow(ctx, known); err != nil {
		return err
	}
	if err := l.learnNew(ctx, known); err != nil {
		return err
	}
	info := map[string][]byte{}
	for _, v := range l.versions {
		id := v.version().ID
		delete(known, id)
		if info[id], err = json.Marshal(v.version()); err != nil {
			return err
		}
	}
	if err := l.catalog.store.Refresh(ctx, info); err != nil || !whole {
		return err // what could not be read is not gone
	}
	var gone []string
	for id := range known {
		gone = append(gone, id)
	}
	slices.Sort(gone)
	return l.catalog.store.Drop(ctx, gone)
}

// wanted leaves out versions of interrupted runs, unless a line has no other:
// then the newest counts.
func wanted(all []openVersion) (chosen []openVersion) {
	whole := map[string]bool{}
	for _, v := range all {
		if !v.version().Partial {
			whole[sourceKey(v)] = true
		}
	}
	for _, v := range all {
		if !v.version().Partial {
			chosen = append(chosen, v)
		} else if key := sourceKey(v); !whole[key] {
			whole[key] = true
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// learnNew learns what is not known, oldest first, so that each version is
// compared with the one before it.
func (l *learner) learnNew(ctx context.Context, known map[string]bool) error {
	var fresh []openVersion
	for _, v := range slices.Backward(l.versions) {
		if !known[v.version().ID] {
			fresh = append(fresh, v)
		}
	}
	for i, v := range fresh {
		if l.watch != nil {
			l.watch(LearnProgress{i, len(fresh), v.version().Time})
		}
		err := l.add(ctx, v)
		if err == nil {
			continue
		}
		err = classify(ctx, "reading the version of "+zone.Of(v.version().Time).Format(time.DateTime), err)
		if !aboutVersion(err) {
			return err
		}
		l.unread = append(l.unread, err)
		l.unreadNames = append(l.unreadNames, v.version().ID)
	}
	if l.watch != nil && len(fresh) > 0 {
		l.watch(LearnProgress{len(fresh), len(fresh), fresh[len(fresh)-1].version().Time})
	}
	return nil
}

// aboutVersion tells what is wrong with one version from what will be wrong
// with all.
func aboutVersion(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains([]ErrorKind{Other, Damaged, NotFound, BadManifest, ManifestMismatch, NoSignatures}, e.Kind)
}

// treeWalker is a listing that knows when everything below a folder is as it
// was somewhere else.
type treeWalker interface {
	WalkTrees(ctx context.Context, use func(e *repository.Entry, tree []byte) (known bool, err error)) error
}

func (l *learner) add(ctx context.Context, v openVersion) error {
	version := v.version()
	info, err := json.Marshal(version)
	if err != nil {
		return err
	}
	// A passphrase may be asked for: nobody else waits for the catalog until it
	// is there.
	listing, err := v.browse(ctx)
	if err != nil {
		return err
	}
	err = l.catalog.store.Add(ctx, sourceOfVersion(v), catalog.Version{Name: version.ID, Time: version.Time, Info: info}, func(in *catalog.Intake) error {
		return pour(ctx, listing, in)
	})
	return errors.Join(err, listing.Close())
}

// pour hands everything in a version to the catalog.
func pour(ctx context.Context, listing listing, in *catalog.Intake) error {
	if t, ok := listing.(treeWalker); ok {
		return t.WalkTrees(ctx, in.Put)
	}
	for e, err := range listing.Walk(ctx, "") {
		if err != nil {
			return err
		}
		if _, err := in.Put(&e, nil); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sourceOfVersion is what a version is of.
func sourceOfVersion(v openVersion) catalog.Source {
	return catalog.Source{Host: v.version().Host, Paths: v.roots()}
}

// sourceKey is equal for versions of one line.
func sourceKey(v openVersion) string {
	return v.version().Host + "\x00" + strings.Join(v.roots(), "\x00")
}
