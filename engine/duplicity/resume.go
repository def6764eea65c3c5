package duplicity

import (
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/repository"
)

// resumePoint is the end of the last volume that an interrupted run stored.
type resumePoint struct {
	last manifest.Position
	open *openItem // the item that goes on behind it, or nil
	met  bool      // the open item was found again
}

func newResumePoint(marks []volumeMark) *resumePoint {
	if len(marks) == 0 {
		return nil
	}
	m := marks[len(marks)-1]
	return &resumePoint{last: m.Last, open: m.Open}
}

// alreadyStored reports that an item lies before the point where an
// interrupted run is taken up. Items arrive in order; one behind an item that
// is still open means that the open one does not continue.
func (r *run) alreadyStored(path string) (bool, error) {
	if r.resume == nil {
		return false, nil
	}
	order := repository.Compare(path, r.resume.last.Path)
	if order > 0 && r.resume.open != nil && !r.resume.met {
		return false, errPrefixChanged
	}
	return order < 0 || order == 0 && r.resume.open == nil, nil
}

// openItemMissed reports, at the end of the walk, that the item which the
// interrupted run had open did not come.
func (r *run) openItemMissed() bool {
	return r.resume != nil && r.resume.open != nil && !r.resume.met
}

// resumesInside reports that the border of the interrupted run cuts this item.
func (r *run) resumesInside(path string) bool {
	return r.resume != nil && r.resume.open != nil && string(r.resume.open.Path) == path
}

// resumedItem returns what is stored of an item that the border cuts, nil for
// other items, and errPrefixChanged when it is not the same item any more.
func (r *run) resumedItem(e *repository.Entry, delta bool) (*openItem, error) {
	if !r.resumesInside(e.Path) {
		return nil, nil
	}
	open := r.resume.open
	if !open.ModTime.Equal(e.ModTime) || open.Size != e.Size || open.Delta != delta {
		return nil, errPrefixChanged
	}
	r.resume.met = true
	return open, nil
}

// rollBack drops marks until the last one ends between items: used when the
// item that it cuts is gone or changed.
func rollBack(marks []volumeMark) []volumeMark {
	marks = marks[:len(marks)-1]
	for len(marks) > 0 && marks[len(marks)-1].Open != nil {
		marks = marks[:len(marks)-1]
	}
	return marks
}
