package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/rewind"
	"github.com/varve-backup/varve/engine/source"
)

// volumes is an archive in duplicity's format.
type volumes struct {
	engine *Engine
	*duplicity.Archive
	store backends.Store
	dir   string // the archive directory
}

func (e *Engine) openVolumes(ctx context.Context, d Destination, store backends.Store, watch repository.Observer) *volumes {
	a := &volumes{engine: e, store: store, dir: e.cacheDir(d)}
	// Only somebody who is asked waits for the answer to this.
	isNew := func() bool {
		empty, err := a.IsEmpty(ctx)
		return err == nil && empty
	}
	a.Archive = duplicity.Open(duplicity.Config{
		Store: store, CacheDir: e.cacheDir(d), TempDir: e.config.TempDir, Naming: naming(d.Prefixes),
		Codec: e.codec(ctx, d, isNew), Host: e.config.Host, Now: e.config.Now, Watch: watch,
	})
	return a
}

func (a *volumes) close() error { return a.store.Close() }

func (a *volumes) versions(ctx context.Context) ([]Version, error) {
	found, err := a.Versions(ctx)
	if err != nil {
		return nil, err
	}
	versions := make([]Version, len(found))
	for i, v := range found {
		versions[i] = versionOf(v)
	}
	return versions, nil
}

func (a *volumes) status(ctx context.Context) (Status, error) {
	status := Status{Format: Volumes, ArchiveDir: a.dir, Active: -1}
	s, err := a.Status(ctx)
	if err != nil {
		return status, err
	}
	status.Active, status.Orphaned, status.Incomplete = s.Active, s.Orphaned, s.Incomplete
	for _, c := range s.Chains {
		var chain Chain
		for _, v := range c {
			chain.Versions = append(chain.Versions, versionOf(v))
		}
		status.Chains = append(status.Chains, chain)
	}
	return status, nil
}

func (a *volumes) backup(j jobRun, p BackupPlan, watch repository.Observer) (Summary, error) {
	result, err := a.Backup(j.ctx, a.engine.volumeOptions(j, p, watch))
	return Summary{
		Version: versionOf(result.Version), Files: result.Files, Bytes: result.Bytes, Items: result.Items,
		Added: result.Added, Changed: result.Changed, Deleted: result.Deleted,
		Stored: result.Stored, Volumes: result.Volumes, Unchanged: result.Unchanged,
	}, err
}

func (e *Engine) volumeOptions(j jobRun, p BackupPlan, watch repository.Observer) duplicity.BackupOptions {
	o := duplicity.BackupOptions{
		Kind: duplicity.Kind(p.Kind), FullIfOlderThan: p.FullIfOlderThan,
		VolumeSize: p.VolumeSize, MaxBlockSize: p.MaxBlockSize,
		AllowSourceMismatch: p.AllowSourceMismatch, NumericOwner: p.NumericOwner,
		SkipIfNoChange: p.SkipIfNoChange, DryRun: p.DryRun, Time: p.Time, SourceName: p.SourceName,
		OpenSource: func(unlisted func(string)) (*source.Tree, error) {
			j.report(PhaseChanged{Working})
			return e.openSource(sourceOf(p), watch, source.Hooks{Unlisted: unlisted})
		},
	}
	if o.VolumeSize == 0 {
		o.VolumeSize = DefaultVolumeSize
	}
	if o.SourceName == "" {
		o.SourceName = filepath.Clean(p.Root)
	}
	return o
}

func versionOf(v duplicity.Version) Version {
	return Version{
		ID: v.Time.UTC().Format("20060102T150405Z"), Time: v.Time, Full: v.Full, Chain: v.Chain, Volumes: v.Volumes, Stored: v.Stored,
		Encrypted: v.Encrypted, Damaged: v.Damaged, Pin: v.Pin,
	}
}

func (a *volumes) at(ctx context.Context, at time.Time) (openVersion, error) {
	v, err := a.VersionAt(ctx, at)
	if err != nil {
		return nil, err
	}
	return &volumeVersion{a.Archive, v}, nil
}

func (a *volumes) all(ctx context.Context) ([]openVersion, error) {
	found, err := a.Versions(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]openVersion, len(found))
	for i := range found {
		all[i] = &volumeVersion{a.Archive, &found[i]}
	}
	return all, nil
}

// volumeVersion is a version of such an archive.
type volumeVersion struct {
	archive *duplicity.Archive
	v       *duplicity.Version
}

func (v *volumeVersion) version() Version { return versionOf(*v.v) }

func (v *volumeVersion) roots() []string { return nil }

func (v *volumeVersion) origin(ctx context.Context) (host string, folders []string, err error) {
	host, folder, err := v.archive.Origin(ctx, v.v)
	if folder != "" {
		folders = []string{folder}
	}
	return host, folders, err
}

func (v *volumeVersion) contents(ctx context.Context, paths []string) (contents, error) {
	c, err := v.archive.Contents(ctx, v.v, paths)
	if err != nil {
		return nil, err
	}
	return volumeContents{c}, nil
}

func (v *volumeVersion) browse(ctx context.Context) (listing, error) {
	l, err := v.archive.Browse(ctx, v.v)
	if errors.Is(err, duplicity.ErrNoSignatures) {
		return nil, fmt.Errorf("%w: the signatures of this version, which list its files, are missing", duplicity.ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	return volumeListing{l, v}, nil
}

type volumeListing struct {
	*duplicity.Listing
	version *volumeVersion
}

// open reads from the beginning of the file on: that is how volumes hold it.
func (l volumeListing) open(_ context.Context, e *repository.Entry, temp string) (File, error) {
	if e.Type != repository.File {
		return nil, fmt.Errorf("%q is no regular file: %w", e.Path, duplicity.ErrNotFound)
	}
	path := e.Path
	return rewind.Open(temp, func(ctx context.Context, out io.Writer) error {
		return catFrom(ctx, l.version, path, out)
	}, e.Size, rewind.Window)
}

func (v *volumeVersion) totals(ctx context.Context, paths []string) (files, bytes int64, known bool, err error) {
	return v.archive.CachedTotals(ctx, v.v, paths)
}

type volumeContents struct{ *duplicity.Contents }

func (c volumeContents) next(ctx context.Context) (*item, error) {
	it, err := c.Next(ctx)
	if err != nil || it == nil {
		return nil, err
	}
	return &item{&it.Entry, it.Broken, it}, nil
}

// inspect adds what can be told without a passphrase.
func (a *volumes) inspect(ctx context.Context, found *Found) error {
	versions, err := a.Versions(ctx)
	if errors.Is(err, backends.ErrNotExist) {
		found.Exists = false
		return nil
	}
	if err != nil {
		return err
	}
	found.Versions = len(versions)
	if len(versions) > 0 {
		found.Latest, found.Encrypted = versions[0].Time, versions[0].Encrypted
	}
	if found.Foreign, err = a.Foreign(ctx); err != nil {
		return err
	}
	found.Interrupted, err = a.Interrupted()
	return err
}
