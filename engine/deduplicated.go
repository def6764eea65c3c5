package engine

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/source"
)

// deduplicated is an archive in restic's format.
type deduplicated struct {
	engine *Engine
	*restic.Repository
	store backends.Store
	watch repository.Observer

	mu     sync.Mutex
	listed []restic.Snapshot // guarded by mu; nil before the first time
}

// snapshots lists the snapshots once; archives are not open for long.
func (a *deduplicated) snapshots(ctx context.Context) ([]restic.Snapshot, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.listed != nil {
		return a.listed, nil
	}
	all, err := a.Snapshots(ctx)
	if err == nil {
		a.listed = all
	}
	return all, err
}

// openDeduplicated opens a repository, or makes one.
func (e *Engine) openDeduplicated(ctx context.Context, d Destination, store backends.Store, watch repository.Observer, create bool) (*deduplicated, error) {
	c := restic.Config{
		Store: store, CacheDir: e.disposable(), Place: filepath.Base(e.cacheDir(d)), Host: e.config.Host, User: userName(), Program: e.config.Program,
		Now: e.config.Now, Watch: watch, KeyRing: &e.keys,
		Passphrase: func() (string, error) { return e.passphrase(ctx, d, func() bool { return create }) },
	}
	open := restic.Open
	if create {
		open = restic.Create
	}
	r, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &deduplicated{engine: e, Repository: r, store: store, watch: watch}, nil
}

// disposable is where caches lie that only this program reads.
func (e *Engine) disposable() string {
	if e.config.CacheDir != "" {
		return e.config.CacheDir
	}
	return e.config.ArchiveDir
}

// userName is who makes a version; unknown, it only shows in lists.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (a *deduplicated) close() error { return errors.Join(a.Repository.Close(), a.store.Close()) }

func (a *deduplicated) versions(ctx context.Context) ([]Version, error) {
	all, err := a.Snapshots(ctx)
	versions := make([]Version, len(all))
	for i := range all {
		versions[i] = snapshotVersion(&all[i])
	}
	if len(all) > 0 {
		return versions, nil // a check tells of those that cannot be read
	}
	return versions, err
}

func snapshotVersion(s *restic.Snapshot) Version {
	v := Version{
		ID: s.ID.String(), Time: s.Time, Full: true, Chain: s.Time, Encrypted: true,
		Host: s.Hostname, Paths: s.Paths, Tags: s.Tags, Partial: s.IsPartial(), Pin: s.Pin(), Tree: s.Tree.String(),
	}
	if s.Original != nil {
		v.Original = s.Original.String()
	}
	if s.Summary != nil {
		v.Stored = s.Summary.DataAddedPacked
	}
	return v
}

func (a *deduplicated) status(ctx context.Context) (Status, error) {
	versions, err := a.versions(ctx)
	status := Status{Format: Deduplicated, Active: -1}
	for i := range slices.Backward(versions) {
		status.Chains = append(status.Chains, Chain{versions[i : i+1]})
	}
	return status, err
}

func (a *deduplicated) backup(j jobRun, p BackupPlan, watch repository.Observer) (Summary, error) {
	if err := a.suits(p, watch); err != nil {
		return Summary{}, err
	}
	root := p.SourceName
	if root == "" {
		root = p.Root
	}
	path, err := filepath.Abs(root)
	if err != nil {
		return Summary{}, err
	}
	result, err := a.Backup(j.ctx, restic.BackupOptions{
		Path: path, Force: p.Kind == Full, SkipIfNoChange: p.SkipIfNoChange, DryRun: p.DryRun, Time: p.Time,
		Excludes: excludesOf(p.Rules),
		OpenSource: func(h source.Hooks) (*source.Tree, error) {
			j.report(PhaseChanged{Working})
			return a.engine.openSource(sourceOf(p), watch, h)
		},
	})
	summary := Summary{
		Files: result.Files, Bytes: result.Bytes, Items: result.Items, Added: result.Added, Changed: result.Changed,
		Deleted: result.Deleted, Stored: result.Stored, Unchanged: result.Unchanged,
	}
	if err == nil && !p.DryRun {
		summary.Version = snapshotVersion(&result.Snapshot)
	}
	return summary, err
}

// suits looks for what was asked for and belongs to the other format.
func (a *deduplicated) suits(p BackupPlan, watch repository.Observer) error {
	c := p.Destination.Encryption
	if c.Mode != EncryptPassphrase || c.SignKey != "" {
		return fmt.Errorf("%w: a deduplicated archive is always encrypted with a passphrase, and with nothing else", errInvalid)
	}
	if p.VolumeSize+int64(p.MaxBlockSize)+int64(p.FullIfOlderThan) > 0 || c.NoCompression {
		watch.Notice("What was said about volumes, blocks, full versions or compression means nothing to a deduplicated archive.")
	}
	return nil
}

// excludesOf are the rules that leave out, as a list of versions shows them.
func excludesOf(rules []selection.Condition) []string {
	var excludes []string
	for _, r := range rules {
		if !r.Include && r.Kind == selection.Glob {
			excludes = append(excludes, r.Pattern)
		}
	}
	return excludes
}

func (a *deduplicated) at(ctx context.Context, at time.Time) (openVersion, error) {
	all, err := a.snapshots(ctx)
	if len(all) == 0 {
		return nil, errors.Join(err, restic.ErrNotFound)
	}
	if !at.IsZero() && at.Nanosecond() == 0 {
		at = at.Add(time.Second - 1) // as people write times, all of the second is meant
	}
	s := restic.SnapshotAt(all, func(s *restic.Snapshot) bool { return !at.IsZero() && s.Time.After(at) })
	if s == nil {
		return nil, errors.Join(err, restic.ErrNotFound)
	}
	if err != nil {
		a.watch.Notice("Some versions cannot be read, and one of them may be the one that was meant: a check names them.")
	}
	return &snapshotAt{a.Repository, s}, nil
}

func (a *deduplicated) all(ctx context.Context) ([]openVersion, error) {
	found, err := a.snapshots(ctx)
	all := make([]openVersion, len(found))
	for i := range found {
		all[i] = &snapshotAt{a.Repository, &found[i]}
	}
	return all, err
}

// snapshotAt is a version of such an archive.
type snapshotAt struct {
	repository *restic.Repository
	s          *restic.Snapshot
}

func (v *snapshotAt) version() Version { return snapshotVersion(v.s) }

func (v *snapshotAt) roots() []string { return v.s.Roots() }

func (v *snapshotAt) origin(context.Context) (host string, folders []string, err error) {
	return v.s.Hostname, v.s.Roots(), nil
}

func (v *snapshotAt) contents(ctx context.Context, paths []string) (contents, error) {
	c, err := v.repository.Contents(ctx, v.s, paths)
	if err != nil {
		return nil, err
	}
	return snapshotContents{c}, nil
}

func (v *snapshotAt) browse(ctx context.Context) (listing, error) {
	l, err := v.repository.Browse(ctx, v.s)
	if err != nil {
		return nil, err
	}
	return snapshotListing{l}, nil
}

type snapshotListing struct{ *restic.Listing }

// open reads blob by blob.
func (l snapshotListing) open(ctx context.Context, e *repository.Entry, _ string) (File, error) {
	return l.OpenFile(ctx, e.Path)
}

func (v *snapshotAt) totals(_ context.Context, paths []string) (files, bytes int64, known bool, err error) {
	files, bytes, known = v.s.Totals(paths)
	return files, bytes, known, nil
}

type snapshotContents struct{ *restic.Contents }

func (c snapshotContents) next(ctx context.Context) (*item, error) {
	it, err := c.Next(ctx)
	if err != nil || it == nil {
		return nil, err
	}
	return &item{&it.Entry, it.Broken, it}, nil
}
