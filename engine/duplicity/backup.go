package duplicity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
)

// Kind says what a backup makes.
type Kind uint8

// The kinds: Auto continues the last chain where that is possible.
const (
	Auto Kind = iota
	Full
	Incremental
)

// BackupOptions describe one backup.
type BackupOptions struct {
	Kind Kind
	// FullIfOlderThan begins a new chain when the last full version is older;
	// zero means never.
	FullIfOlderThan time.Duration
	// VolumeSize is where a volume ends, in bytes.
	VolumeSize int64
	// MaxBlockSize bounds the blocks of signatures, in bytes.
	MaxBlockSize int
	// AllowSourceMismatch accepts an archive of another folder or machine.
	AllowSourceMismatch bool
	NumericOwner        bool
	// SkipIfNoChange makes no empty incremental version.
	SkipIfNoChange bool
	// DryRun compares and reports, and stores nothing.
	DryRun bool
	// Time is when the version counts as made; zero means now.
	Time time.Time
	// SourceName is the folder as manifests name it.
	SourceName string
	// OpenSource opens the folder for one walk. unlisted is called for
	// folders whose content could not be listed, before the walk passes them.
	OpenSource func(unlisted func(path string)) (*source.Tree, error)
	// Items, when set, are what the version is made of instead of a folder; no
	// interrupted run of another Time is continued then.
	Items Items
}

// Result is what a backup made.
type Result struct {
	Counts
	Version Version
	// Unchanged: nothing had changed, and no version was made.
	Unchanged bool
}

// session is one call of Backup.
type session struct {
	archive *Archive
	options BackupOptions
	set     filename.Name // of a volume
	base    []storedName
	marks   []volumeMark
	header  runHeader
	proof   *proof
	// keyProved: the passphrase was proved already.
	keyProved bool
	beside    sync.WaitGroup // what works beside the walk
}

// Backup writes a version. It holds the archive directory's lock.
func (a *Archive) Backup(ctx context.Context, o BackupOptions) (res Result, err error) {
	if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
		return res, fmt.Errorf("making the archive directory: %w", err)
	}
	held, err := takeLock(a.cacheDir)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	s := &session{archive: a, options: o}
	defer s.beside.Wait()
	if err := s.prepare(ctx); err != nil {
		return res, err
	}
	return s.write(ctx)
}

// write attempts the run, and rolls back to an earlier volume as long as the
// item that an interrupted run had open is not the same any more.
func (s *session) write(ctx context.Context) (Result, error) {
	for {
		res, err := s.attempt(ctx)
		if !errors.Is(err, errPrefixChanged) {
			return res, err
		}
		s.marks = rollBack(s.marks)
		s.archive.watch.Notice("A file changed since the interrupted run, so the part of it that was stored is stored again.")
	}
}

// attempt walks the source once.
func (s *session) attempt(ctx context.Context) (Result, error) {
	r, err := s.begin(ctx)
	if err != nil {
		return Result{}, err
	}
	err = s.fill(ctx, r)
	if perr := s.proof.wait(); perr != nil {
		err = perr
	}
	err = errors.Join(err, r.volumes.abandon())
	if uerr := r.uploads.wait(); uerr != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = uerr
	}
	if err == nil && s.options.DryRun {
		return Result{Counts: r.counts, Unchanged: r.unchanged()}, errors.Join(r.close(), s.archive.dropParts(r.set))
	}
	if err == nil && s.options.SkipIfNoChange && !r.set.Full && r.unchanged() {
		return Result{Counts: r.counts, Unchanged: true}, errors.Join(r.close(), s.archive.dropParts(r.set))
	}
	if err == nil {
		s.archive.watch.Finishing()
		err = r.commit(ctx, r.journal.marks)
	}
	if err := errors.Join(err, r.close()); err != nil {
		return Result{Counts: r.counts}, err
	}
	return Result{Counts: r.counts, Version: r.version()}, s.archive.dropParts(r.set)
}

// fill walks, compares, and stores; at its end every volume is stored.
func (s *session) fill(ctx context.Context, r *run) error {
	stored, err := s.archive.openSignatures(s.base)
	if err != nil {
		return err
	}
	defer stored.Close()
	if r.tree, err = s.options.open(r.unlisted); err != nil {
		return err
	}
	defer r.tree.Close()
	if err := r.collate(ctx, stored); err != nil {
		return err
	}
	if s.options.DryRun || s.options.SkipIfNoChange && !r.set.Full && r.unchanged() {
		return nil
	}
	if err := r.volumes.end(ctx); err != nil {
		return err
	}
	return r.uploads.wait()
}

// begin prepares the files of a run, cut back to the last mark.
func (s *session) begin(ctx context.Context) (*run, error) {
	a := s.archive
	r := &run{
		archive: a, options: s.options, watch: a.watch, set: s.set,
		compare: newComparison(s.options.NumericOwner), resume: newResumePoint(s.marks),
	}
	var keepSignatures, keepList int64
	if n := len(s.marks); n > 0 {
		keepSignatures, keepList = s.marks[n-1].Signatures, s.marks[n-1].List
	}
	var err error
	if r.signatures, err = openGrowingTar(a.cached(a.partName(signatureName(s.set))), keepSignatures); err != nil {
		return nil, err
	}
	if r.list, err = openGrowingList(a.cached(listName), keepList); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if !s.options.DryRun {
		if r.journal, err = a.beginJournal(s.header, s.set, s.options, s.marks); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	r.volumes = &volumeWriter{
		codec: a.codec, naming: a.naming, set: s.set, limit: s.options.VolumeSize,
		dir: a.tempDir, seal: r.sealed, number: len(s.marks),
	}
	r.uploads = newUploader(ctx, r.stored)
	for _, m := range s.marks {
		r.counts.Volumes++
		r.counts.Stored += m.Size
	}
	return r, nil
}

// stored makes one volume durable, and then says so in the journal.
func (r *run) stored(ctx context.Context, q queuedVolume) error {
	if err := r.archive.storeFile(ctx, q.volume.name, q.volume.path, q.volume.size); err != nil {
		return err
	}
	return r.journal.add(r.archive, r.options.SourceName, q.mark)
}

// unlisted notes a folder whose content is unknown this time.
// The walk runs ahead in its own goroutine.
func (r *run) unlisted(path string) {
	r.unreadMu.Lock()
	defer r.unreadMu.Unlock()
	r.unread = append(r.unread, path)
}

// isUnread reports that an item, or a folder above it, could not be looked at.
func (r *run) isUnread(path string) bool {
	r.unreadMu.Lock()
	defer r.unreadMu.Unlock()
	return slices.ContainsFunc(r.unread, func(dir string) bool { return repository.Contains(dir, path) })
}

func (r *run) unchanged() bool {
	return r.counts.Added+r.counts.Changed+r.counts.Deleted == 0
}

// version describes what was written.
func (r *run) version() Version {
	return Version{Time: r.set.End, Full: r.set.Full, Volumes: r.counts.Volumes, Stored: r.counts.Stored, Encrypted: r.set.Encrypted}
}

// close closes the run's files.
func (r *run) close() error {
	var errs []error
	if r.signatures != nil {
		errs = append(errs, r.signatures.file.Close())
	}
	if r.list != nil {
		errs = append(errs, r.list.file.Close())
	}
	if r.journal != nil {
		errs = append(errs, r.journal.close())
	}
	return errors.Join(errs...)
}
