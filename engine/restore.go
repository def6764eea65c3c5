package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"syscall"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// Restore makes a job that brings items back.
func (e *Engine) Restore(p RestorePlan) *Job {
	return e.job("restoring", func(j jobRun) (Summary, error) { return e.restore(j, p, openVersion.contents) })
}

// opening opens what a version holds.
type opening func(v openVersion, ctx context.Context, paths []string) (contents, error)

func (e *Engine) restore(j jobRun, p RestorePlan, open opening) (Summary, error) {
	j.report(PhaseChanged{Preparing})
	if p.AsTarget && len(p.Paths) != 1 {
		return Summary{}, fmt.Errorf("%w: only one item can become the target itself", errInvalid)
	}
	watch := j.observer()
	archive, err := e.openArchive(j.ctx, p.Destination, watch, false)
	if err != nil {
		return Summary{}, err
	}
	defer archive.close()
	moment := Moment{ID: p.Version, At: p.At}
	version, err := pick(j.ctx, archive, moment)
	if err != nil {
		return Summary{}, err
	}
	p.names = p.datedNames(version.version())
	if s := tellSource(j.ctx, archive, moment, version); s != "" {
		j.report(Notice{s})
	}
	contents, err := open(version, j.ctx, p.Paths)
	if err != nil {
		return Summary{Version: version.version()}, err
	}
	defer contents.Close()
	stop := j.countVersion(version, p.Paths)
	defer stop()
	j.report(PhaseChanged{Working})
	summary, err := e.bringBack(j, p, contents, watch)
	summary.Version = version.version()
	return summary, err
}

// countVersion counts what is to be read, for progress only, beside the run.
func (j jobRun) countVersion(v openVersion, paths []string) (stop func()) {
	ctx, cancel := context.WithCancel(j.ctx)
	var counting sync.WaitGroup
	counting.Go(func() {
		files, bytes, known, err := v.totals(ctx, paths)
		if err == nil {
			j.totalFiles.Store(files)
			j.totalBytes.Store(bytes)
			j.counted.Store(known)
		}
	})
	return func() { cancel(); counting.Wait() }
}

// bringBack writes every item of contents to the target.
func (e *Engine) bringBack(j jobRun, p RestorePlan, contents contents, watch repository.Observer) (Summary, error) {
	first, err := contents.next(j.ctx)
	if err != nil {
		return Summary{}, err
	}
	if first == nil {
		return Summary{}, emptyContents(contents)
	}
	out, err := restore.Open(p.Target, restore.Options{
		Clash: p.Clash, Owner: p.Owner, SingleItem: (p.AsTarget || first.Path == "") && first.Type != repository.Dir,
		Watch: watch, DryRun: p.DryRun, Now: e.config.Now, Met: j.met, Undo: e.undoOf(p), Twins: p.names.twins(),
	})
	if err != nil {
		return Summary{}, err
	}
	if c, ok := contents.(consulting); ok {
		c.Consult(p.presentIn(out))
	}
	for item := first; item != nil && err == nil; {
		if err = j.bringBackOne(p, item, out); err == nil {
			item, err = contents.next(j.ctx)
		}
	}
	watch.Finishing()
	counts, cerr := out.Close(j.ctx)
	summary := Summary{Items: counts.Items, Files: counts.Files, Bytes: counts.Bytes, Same: counts.Same, Skipped: counts.Skipped, Kept: counts.Kept, Undo: counts.Undo, Unkept: counts.Unkept}
	return summary, errors.Join(err, cerr, contentsError(contents))
}

// met tells what lies where an item goes, by its place below the target.
func (j jobRun) met(path string, here restore.Standing, size int64) {
	j.report(ItemMet{Path: path, Here: here, Size: size})
}

// bringBackOne writes one item. One that is broken is reported, and leaves
// nothing behind.
func (j jobRun) bringBackOne(p RestorePlan, item *item, out *restore.Writer) error {
	stored := item.Path
	back := p.names.rename(item.Entry)
	defer back()
	item.Path = p.pathBelowTarget(stored)
	j.current.Store(&stored)
	err := item.broken
	if err == nil {
		err = j.putItem(p, item, out)
	}
	item.Path = stored
	switch {
	case err == nil:
		j.report(ItemRestored{Path: stored})
		return nil
	case j.ctx.Err() != nil || endsRun(err):
		return err
	}
	j.report(FileProblem{Path: stored, Problem: repository.NotRestored, Err: err})
	return nil
}

// endsRun tells what stops a restore from what is wrong with one item.
func endsRun(err error) bool {
	for _, e := range []error{
		restore.ErrFull, syscall.ENOSPC, backends.ErrOffline, backends.ErrTemporary, backends.ErrPermission,
		openpgp.ErrWrongPassphrase, openpgp.ErrNoSecretKey, openpgp.ErrNoGnuPG, errNoPassphrase,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (j jobRun) putItem(p RestorePlan, item *item, out *restore.Writer) error {
	if item.Type != repository.File {
		return out.Put(j.ctx, item.Entry, nil)
	}
	if there := j.presentOf(item, out); there != nil {
		return out.PutPresent(j.ctx, item.Entry, there)
	}
	if p.DryRun {
		return out.Put(j.ctx, item.Entry, nil)
	}
	content, err := item.source.Content()
	if err != nil {
		return err
	}
	err = out.Put(j.ctx, item.Entry, gated{j, content})
	return errors.Join(err, content.Close())
}

// gated holds a reader up while the job is paused, and ends it with the job.
type gated struct {
	j   jobRun
	src io.Reader
}

func (g gated) Read(p []byte) (int, error) {
	if err := g.j.gate.wait(g.j.ctx); err != nil {
		return 0, err
	}
	return g.src.Read(p)
}

// emptyContents explains why there was nothing to read.
func emptyContents(c contents) error {
	if err := contentsError(c); err != nil {
		return err
	}
	return duplicity.ErrNotFound
}

// contentsError says which volumes could not be used, and which wanted paths
// did not come.
func contentsError(c contents) error {
	if lost := c.Lost(); len(lost) > 0 {
		return errors.Join(lost...)
	}
	if missing := c.Missing(); len(missing) > 0 {
		return fmt.Errorf("%w: %s", duplicity.ErrNotFound, path.Join("/", missing[0])[1:])
	}
	return nil
}
