package engine

import (
	"context"
	"errors"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
)

// Diff is two versions, opened to be compared.
type Diff struct {
	archive  archive
	from, to *tree
}

// Difference is one item that is not the same in two versions.
type Difference struct {
	Path   string
	Change Change
	// Entry is the item in the newer of the two, or in the older one where it
	// was deleted.
	Entry repository.Entry
	// What says what was changed of an item that is in both.
	What []Aspect
}

// Aspect is something that can change of an item.
type Aspect string

// The aspects. The content of a file counts as changed when its length or its
// hash did; where only its time is known to have changed, that is said.
const (
	AspectType        Aspect = "type"
	AspectContent     Aspect = "content"
	AspectTime        Aspect = "time"
	AspectPermissions Aspect = "permissions"
	AspectOwner       Aspect = "owner"
	AspectTarget      Aspect = "target"
	AspectDevice      Aspect = "device"
	AspectAttributes  Aspect = "attributes"
)

// Diff opens two versions. The caller closes the Diff.
func (e *Engine) Diff(ctx context.Context, d Destination, from, to Moment) (*Diff, error) {
	const op = "comparing versions"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	diff := &Diff{archive: archive}
	if diff.from, err = openTree(ctx, archive, from); err == nil {
		diff.to, err = openTree(ctx, archive, to)
	}
	if err != nil {
		return nil, classify(ctx, op, errors.Join(err, diff.Close()))
	}
	return diff, nil
}

// From is the version that was compared.
func (d *Diff) From() Version { return d.from.version }

// To is the version that it was compared with.
func (d *Diff) To() Version { return d.to.version }

// Close ends the comparison.
func (d *Diff) Close() error {
	var errs []error
	for _, t := range []*tree{d.from, d.to} {
		if t != nil {
			errs = append(errs, t.listing.Close())
		}
	}
	return errors.Join(append(errs, d.archive.close())...)
}

// All yields what differs, in order of the paths. A folder of which only the
// time changed is left out: what happened in it says more. It stops at what
// cannot be read, because whatever lies below would seem to be deleted.
func (d *Diff) All(ctx context.Context) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		a, stopA := iter.Pull2(d.from.Walk(ctx, ""))
		defer stopA()
		b, stopB := iter.Pull2(d.to.Walk(ctx, ""))
		defer stopB()
		was, errA, moreA := a()
		is, errB, moreB := b()
		for moreA || moreB {
			if err := errors.Join(errA, errB); err != nil {
				yield(Difference{}, err)
				return
			}
			order := orderOf(was, moreA, is, moreB)
			if x, differs := differenceBetween(order, &was, &is); differs && !yield(x, nil) {
				return
			}
			if order <= 0 {
				was, errA, moreA = a()
			}
			if order >= 0 {
				is, errB, moreB = b()
			}
		}
	}
}

// orderOf tells which of two items comes first.
func orderOf(was repository.Entry, moreA bool, is repository.Entry, moreB bool) int {
	switch {
	case !moreA:
		return 1
	case !moreB:
		return -1
	}
	return repository.Compare(was.Path, is.Path)
}

func differenceBetween(order int, was, is *repository.Entry) (Difference, bool) {
	switch {
	case order < 0:
		return Difference{Path: was.Path, Change: repository.Deleted, Entry: *was}, true
	case order > 0:
		return Difference{Path: is.Path, Change: repository.Added, Entry: *is}, true
	}
	what := aspects(was, is)
	return Difference{Path: is.Path, Change: repository.Modified, Entry: *is, What: what}, len(what) > 0
}

// aspects lists what is not the same of an item.
func aspects(was, is *repository.Entry) []Aspect {
	if was.Type != is.Type {
		return []Aspect{AspectType}
	}
	if was.Type == repository.Symlink {
		// Formats do not agree on times, modes and owners of links.
		if differenceOfTarget(was.Target, is.Target) != "" {
			return []Aspect{AspectTarget}
		}
		return nil
	}
	var what []Aspect
	for _, x := range []struct {
		differs bool
		aspect  Aspect
	}{
		{was.Type == repository.File && contentDiffers(was, is), AspectContent},
		{was.Type != repository.Dir && !sameTime(was, is), AspectTime},
		{was.Mode != is.Mode, AspectPermissions},
		{was.UID != is.UID || was.GID != is.GID, AspectOwner},
		{was.Major != is.Major || was.Minor != is.Minor, AspectDevice},
		{was.HasXattrs && is.HasXattrs && !repository.SameXattrs(was.Xattrs, is.Xattrs), AspectAttributes},
	} {
		if x.differs {
			what = append(what, x.aspect)
		}
	}
	return what
}

// contentDiffers tells what is known of the content of two files.
func contentDiffers(was, is *repository.Entry) bool {
	switch {
	case was.ContentKey != "" && is.ContentKey != "":
		return was.ContentKey != is.ContentKey
	case was.SHA256 != nil && is.SHA256 != nil:
		return string(was.SHA256) != string(is.SHA256)
	}
	return was.Size >= 0 && is.Size >= 0 && was.Size != is.Size
}
