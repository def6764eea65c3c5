package restic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
)

// Snapshot is one point in time, in restic's field order (formats/restic.md
// section 8).
type Snapshot struct {
	Time     time.Time `json:"time"`
	Parent   *id.ID    `json:"parent,omitempty"`
	Tree     *id.ID    `json:"tree"`
	Paths    []string  `json:"paths"`
	Hostname string    `json:"hostname,omitempty"`
	Username string    `json:"username,omitempty"`
	UID      uint32    `json:"uid,omitempty"`
	GID      uint32    `json:"gid,omitempty"`
	Excludes []string  `json:"excludes,omitempty"`
	Tags     []string  `json:"tags,omitempty"`
	Original *id.ID    `json:"original,omitempty"`
	Program  string    `json:"program_version,omitempty"`
	Summary  *Summary  `json:"summary,omitempty"`

	// ID is the name of its file.
	ID id.ID `json:"-"`
}

// Summary is what the run that made a snapshot did.
type Summary struct {
	Start           time.Time `json:"backup_start"`
	End             time.Time `json:"backup_end"`
	FilesNew        int64     `json:"files_new"`
	FilesChanged    int64     `json:"files_changed"`
	FilesUnmodified int64     `json:"files_unmodified"`
	DirsNew         int64     `json:"dirs_new"`
	DirsChanged     int64     `json:"dirs_changed"`
	DirsUnmodified  int64     `json:"dirs_unmodified"`
	DataBlobs       int64     `json:"data_blobs"`
	TreeBlobs       int64     `json:"tree_blobs"`
	DataAdded       int64     `json:"data_added"`
	DataAddedPacked int64     `json:"data_added_packed"`
	FilesProcessed  int64     `json:"total_files_processed"`
	BytesProcessed  int64     `json:"total_bytes_processed"`
}

// Partial snapshots hold what an unfinished run had stored. They carry a tag,
// and a path that no other has, so that no rule of restic's counts them among
// the real ones.
const (
	partialTag  = "varve-partial"
	partialPath = "/.varve-partial"
)

// IsPartial tells that a snapshot is of an unfinished run.
func (s *Snapshot) IsPartial() bool { return slices.Contains(s.Tags, partialTag) }

// Snapshots lists all snapshots, newest first. Those that cannot be read are
// in the error, beside the others.
func (r *Repository) Snapshots(ctx context.Context) ([]Snapshot, error) {
	names, err := r.ids(ctx, snapshotFile)
	if err != nil {
		return nil, err
	}
	all := make([]*Snapshot, len(names))
	bad := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(connections)
	for i, name := range names {
		g.Go(func() error {
			var sealed []byte
			if sealed, bad[i] = r.whole(ctx, snapshotFile, name); bad[i] == nil {
				all[i], bad[i] = r.openSnapshot(name, sealed)
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var found []Snapshot
	for _, s := range all {
		if s != nil {
			found = append(found, *s)
		}
	}
	slices.SortFunc(found, func(a, b Snapshot) int {
		if order := b.Time.Compare(a.Time); order != 0 {
			return order
		}
		return strings.Compare(a.ID.String(), b.ID.String())
	})
	return found, errors.Join(bad...)
}

// connections is how many files are fetched at a time.
const connections = 5

// snapshot reads a snapshot from the destination.
func (r *Repository) snapshot(ctx context.Context, name id.ID) (*Snapshot, error) {
	sealed, err := r.read(ctx, snapshotFile, name)
	if err != nil {
		return nil, err
	}
	return r.openSnapshot(name, sealed)
}

func (r *Repository) openSnapshot(name id.ID, sealed []byte) (*Snapshot, error) {
	text, err := r.openText(sealed)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w: %w", nameOf(snapshotFile, name), ErrDamaged, err)
	}
	s := &Snapshot{ID: name}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("reading snapshot %s: %w: %w", name.Short(), ErrDamaged, err)
	}
	if s.Tree == nil {
		return nil, fmt.Errorf("reading snapshot %s: %w: it has no tree", name.Short(), ErrDamaged)
	}
	return s, nil
}

// saveSnapshot stores a snapshot and fills in its name.
func (r *Repository) saveSnapshot(ctx context.Context, s *Snapshot) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	s.ID, err = r.save(ctx, snapshotFile, text)
	return err
}

// Inspect tells what a store says of its repository to everybody: how many
// snapshots there are, and when the newest was stored.
func Inspect(ctx context.Context, s backends.Store) (snapshots int, newest time.Time, err error) {
	r := &Repository{store: s}
	for f, err := range r.list(ctx, snapshotFile) {
		if err != nil {
			return 0, time.Time{}, err
		}
		snapshots++
		if f.ModTime.After(newest) {
			newest = f.ModTime
		}
	}
	return snapshots, newest, nil
}
