package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// Sample is a file that was brought back from the newest version, for a person
// to see that it can be done.
type Sample struct {
	// Path is where the file lies on this computer, raw bytes; Size is in bytes.
	Path string
	Size int64
	// Same tells that what came back is, byte for byte, what lies there.
	Same bool
}

var (
	// ErrNoSample: the version holds no file that could be compared.
	ErrNoSample = errors.New("there is no file in the version that is as it was when the version was made")
	// ErrNotTheSame: what came back is not what lies in the folder.
	ErrNotTheSame = errors.New("the file that came back is not the one that was backed up")
)

const (
	// sampleSize is the largest file that is brought back, in bytes.
	sampleSize = 16 << 20
	// sampleSearch is how many items are looked at to find a good one.
	sampleSearch = 5000
	// sampleTries is how many files may have changed since the version was made.
	sampleTries = 20
)

// SampleRestore brings one file of a job's newest version back into a scratch
// folder, and compares it with the one that lies on this computer. look is
// called with the path of what came back, which is gone once it returns.
func (s *Session) SampleRestore(ctx context.Context, id int64, look func(ctx context.Context, path string) error) (Sample, error) {
	job, err := s.store.Job(ctx, id)
	if err != nil {
		return Sample{}, err
	}
	a := ArchiveOf(&job)
	found, err := s.candidates(ctx, a)
	if err != nil {
		return Sample{}, err
	}
	scratch, err := os.MkdirTemp("", "varve-sample-")
	if err != nil {
		return Sample{}, err
	}
	defer os.RemoveAll(scratch)
	for _, path := range found {
		here := filepath.Join(a.Root, path)
		back := filepath.Join(scratch, filepath.Base(path))
		before, err := os.Stat(here)
		if err != nil {
			continue
		}
		plan := engine.RestorePlan{Paths: []string{path}, AsTarget: true, Target: back, Owner: restore.None}
		if err := s.Restore(a, plan).Run(ctx, func(engine.Event) {}); err != nil {
			return Sample{}, err
		}
		sample := Sample{Path: here, Size: before.Size()}
		if sample.Same, err = engine.SameFiles(ctx, here, back); err != nil {
			return sample, err
		}
		if after, err := os.Stat(here); !sample.Same && (err != nil || !after.ModTime().Equal(before.ModTime())) {
			continue // somebody works on it
		}
		if !sample.Same {
			return sample, &engine.Error{Op: "comparing what came back", Path: path, Kind: engine.Damaged, Err: ErrNotTheSame}
		}
		return sample, look(ctx, back)
	}
	return Sample{}, ErrNoSample
}

// candidates are files of the newest version which are as they were then, those
// that a person knows first.
func (s *Session) candidates(ctx context.Context, a Archive) (paths []string, err error) {
	tree, err := s.engine.Browse(ctx, s.reach(ctx, a), engine.Moment{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	var known, others []string
	seen := 0
	for e, err := range tree.Walk(ctx, "") {
		if err != nil {
			return nil, err
		}
		if seen++; seen > sampleSearch && len(known)+len(others) > 0 || len(known) == sampleTries {
			break
		}
		switch {
		case !isAsItWas(a.Root, &e):
		case isKnown(e.Path):
			known = append(known, e.Path)
		case len(others) < sampleTries:
			others = append(others, e.Path)
		}
	}
	paths = slices.Concat(known, others)
	return paths[:min(len(paths), sampleTries)], nil
}

// isAsItWas tells that a file of a version lies unchanged on this computer, and
// is of a size to be shown.
func isAsItWas(root string, e *repository.Entry) bool {
	if e.Type != repository.File || e.Size == 0 || e.Size > sampleSize {
		return false
	}
	here, err := os.Lstat(filepath.Join(root, e.Path))
	return err == nil && here.Mode().IsRegular() && here.Size() > 0 && here.Size() <= sampleSize && (e.Size < 0 || here.Size() == e.Size) &&
		here.ModTime().Unix() == e.ModTime.Unix()
}

// isKnown tells that a person is likely to know a file, and that it can be
// shown.
func isKnown(path string) bool {
	if strings.HasPrefix(path, ".") || strings.Contains(path, "/.") {
		return false
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg", ".png", ".txt", ".md", ".csv", ".tex", ".html":
		return true
	}
	return false
}
