package duplicity

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/librsync"
	"github.com/varve-backup/varve/engine/repository"
)

// Item is one item of a version. Entry's size and hash are what was recorded;
// after the content has been read to its end they are what was read.
type Item struct {
	repository.Entry
	// Version is the time of the version that is read.
	Version time.Time
	// Broken says why the item cannot be brought back, nil when it can.
	Broken error

	archive *Archive
	parts   []*memberData // what stands alone, then the deltas against it
}

// Open returns the content of a regular file. Reading it to the end proves
// length and hash where they were recorded: the last Read fails when they do
// not match, and nothing that was read may then be used.
func (it *Item) Open() (io.ReadCloser, error) {
	content, err := it.Content()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{newProved(content, it), content}, nil
}

// Content is Open for a caller that compares Size and SHA256 itself, once it
// has read to the end: only then are they known.
func (it *Item) Content() (io.ReadCloser, error) {
	newest := it.parts[len(it.parts)-1]
	if len(it.parts) == 1 {
		return io.NopCloser(&recorded{newest, it, newest}), nil
	}
	basis := newSpool(it.archive.tempDir)
	if _, err := io.Copy(basis, it.parts[0]); err != nil {
		return nil, errors.Join(err, basis.Close())
	}
	for _, delta := range it.parts[1 : len(it.parts)-1] {
		next := newSpool(it.archive.tempDir)
		_, err := io.Copy(next, librsync.NewPatchReader(basis, basis.size, delta))
		if err := errors.Join(err, basis.Close()); err != nil {
			return nil, errors.Join(damage(err), next.Close())
		}
		basis = next
	}
	last := librsync.NewPatchReader(basis, basis.size, newest)
	return struct {
		io.Reader
		io.Closer
	}{&recorded{last, it, newest}, basis}, nil
}

// isFileBelow reports that e is a regular file at or below one of paths; no
// paths means everything.
func isFileBelow(e *repository.Entry, paths []string) bool {
	return e.Type == repository.File && (len(paths) == 0 || slices.ContainsFunc(paths, func(p string) bool {
		return repository.Contains(p, e.Path)
	}))
}
