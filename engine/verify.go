package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
	"github.com/varve-backup/varve/engine/zone"
)

// Verify makes a job that reads a whole version, proves what can be proved of
// it, and compares it with the folder: always what is there and its
// attributes, with CompareData every byte too. Differences are FileProblem
// events with the problem Differs.
func (e *Engine) Verify(p VerifyPlan) *Job {
	return e.job("verifying", func(j jobRun) (Summary, error) { return e.verify(j, p) })
}

func (e *Engine) verify(j jobRun, p VerifyPlan) (Summary, error) {
	j.report(PhaseChanged{Preparing})
	archive, err := e.openArchive(j.ctx, p.Destination, j.observer(), false)
	if err != nil {
		return Summary{}, err
	}
	defer archive.close()
	moment := Moment{ID: p.Version, At: p.At}
	version, err := pick(j.ctx, archive, moment)
	if err != nil {
		return Summary{}, err
	}
	if s := tellSource(j.ctx, archive, moment, version); s != "" {
		j.report(Notice{s})
	}
	var paths []string
	if p.Path != "" {
		paths = []string{p.Path}
	}
	contents, err := version.contents(j.ctx, paths)
	if err != nil {
		return Summary{}, err
	}
	defer contents.Close()
	v := &verification{jobRun: j, plan: p, contents: contents}
	j.report(PhaseChanged{Working})
	err = v.open(e)
	if err == nil {
		defer v.tree.Close()
		err = v.compare()
	}
	v.summary.Version = version.version()
	if err == nil && contentsError(contents) != nil && v.summary.Items == 0 {
		err = emptyContents(contents)
	}
	return v.summary, errors.Join(err, errors.Join(contents.Lost()...))
}

// verification walks a version and a folder side by side.
type verification struct {
	jobRun
	plan     VerifyPlan
	contents contents
	tree     *source.Tree
	summary  Summary
}

func (v *verification) open(e *Engine) (err error) {
	p := v.plan
	v.tree, err = e.openSource(sourcePlan{
		Root: filepath.Join(p.Root, p.Path), Rules: p.Rules, FollowLinks: p.FollowLinks, NumericOwner: p.NumericOwner,
	}, repository.Ignore(), source.Hooks{})
	return err
}

// compare collates both sides by path, each in order.
func (v *verification) compare() error {
	next, stop := iter.Pull2(v.tree.Walk(v.ctx))
	defer stop()
	now, err, more := next()
	item, ierr := v.contents.next(v.ctx)
	for err == nil && ierr == nil && (more || item != nil) {
		if err := v.gate.wait(v.ctx); err != nil {
			return err
		}
		order := v.order(now, more, item)
		v.pair(order, now, item)
		if order >= 0 {
			item, ierr = v.contents.next(v.ctx)
		}
		if order <= 0 {
			now, err, more = next()
		}
	}
	return errors.Join(err, ierr)
}

func (v *verification) order(now *repository.Entry, more bool, item *item) int {
	switch {
	case !more:
		return 1
	case item == nil:
		return -1
	}
	return repository.Compare(v.full(now.Path), item.Path)
}

// full is the path in the version of an item of the folder.
func (v *verification) full(path string) string {
	return strings.Trim(v.plan.Path+"/"+path, "/")
}

// pair compares what is on both sides.
func (v *verification) pair(order int, now *repository.Entry, item *item) {
	if order < 0 {
		v.differs(v.full(now.Path), "it is new in the folder")
		return
	}
	v.current.Store(&item.Path)
	v.summary.Items++
	if item.broken != nil {
		v.report(FileProblem{Path: item.Path, Problem: repository.NotRestored, Err: item.broken})
		return
	}
	if order == 0 {
		if item.Flags != 0 && now.Type == repository.File {
			now.Flags = v.tree.Flags(now)
		}
		if difference := differenceOf(item.Entry, now, v.plan.NumericOwner); difference != "" {
			v.differs(item.Path, difference)
		}
	} else {
		v.differs(item.Path, "it is not in the folder any more")
	}
	if item.Type == repository.File {
		v.read(order, now, item)
	}
}

// read reads an item's content to its end, which proves it, and compares it
// with the file where that is wanted and there is one.
func (v *verification) read(order int, now *repository.Entry, item *item) {
	content, err := item.source.Open()
	if err == nil {
		defer content.Close()
		if v.plan.CompareData && order == 0 && now.Type == repository.File {
			err = v.compareData(item, now, content)
		} else {
			_, err = io.Copy(io.Discard, content)
		}
	}
	if err != nil && v.ctx.Err() == nil {
		v.report(FileProblem{Path: item.Path, Problem: repository.NotRestored, Err: err})
		return
	}
	v.summary.Files++
	v.summary.Bytes += item.Size
	v.files.Add(1)
	v.bytes.Add(item.Size)
}

func (v *verification) compareData(item *item, now *repository.Entry, content io.Reader) error {
	file, err := v.tree.OpenFile(now)
	if err != nil {
		v.differs(item.Path, "it cannot be read in the folder")
		_, err = io.Copy(io.Discard, content)
		return err
	}
	defer file.Close()
	same, err := sameAsStored(v.ctx, content, file)
	if err == nil && !same {
		v.differs(item.Path, "its content is not the same")
		_, err = io.Copy(io.Discard, content)
	}
	return err
}

func (v *verification) differs(path, how string) {
	v.summary.Differences++
	v.report(FileProblem{Path: path, Problem: repository.Differs, Err: errors.New(how)})
}

// sameAsStored reads both up to the first difference. An error is one of what
// is stored; a file of the folder that cannot be read to its end is different.
func sameAsStored(ctx context.Context, stored, file io.Reader) (bool, error) {
	here := remembering{Reader: file}
	same, err := sameContent(ctx, stored, &here)
	if here.err != nil {
		return false, nil //nolint:nilerr // it is the folder's
	}
	return same, err
}

// remembering reads, and keeps why that ended early.
type remembering struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// differenceOf says how an item differs from what was stored of it, "" when
// it does not. Folders' and links' times count as duplicity counts them:
// those of links never.
func differenceOf(stored, now *repository.Entry, numeric bool) string {
	switch {
	case stored.Type != now.Type:
		return fmt.Sprintf("it was a %s and is a %s", stored.Type, now.Type)
	case stored.Type == repository.Symlink:
		return differenceOfTarget(stored.Target, now.Target)
	case stored.Mode != now.Mode:
		return fmt.Sprintf("its permissions were %04o and are %04o", stored.Mode, now.Mode)
	case !sameOwner(stored, now, numeric):
		return fmt.Sprintf("its owner was %s and is %s", ownerOf(stored), ownerOf(now))
	case stored.Major != now.Major || stored.Minor != now.Minor:
		return "it is another device"
	case !sameTime(stored, now):
		return fmt.Sprintf("its time was %s and is %s", zone.Of(stored.ModTime), zone.Of(now.ModTime))
	case stored.Type == repository.File && stored.Size >= 0 && stored.Size != now.Size:
		return fmt.Sprintf("it had %d bytes and has %d", stored.Size, now.Size)
	case stored.HasXattrs && now.HasXattrs && !repository.SameXattrs(stored.Xattrs, now.Xattrs):
		return "its extended attributes are not the same"
	case stored.Flags != 0 && stored.Flags != now.Flags:
		return fmt.Sprintf("its flags were %q and are %q", stored.Flags, now.Flags)
	}
	return ""
}

func differenceOfTarget(stored, now string) string {
	if strings.TrimRight(stored, "/") == strings.TrimRight(now, "/") {
		return ""
	}
	return fmt.Sprintf("it pointed to %s and points to %s", stored, now)
}

func sameOwner(stored, now *repository.Entry, numeric bool) bool {
	same := func(name, other string, id, otherID uint32) bool {
		return id == otherID || !numeric && name != "" && name == other
	}
	return same(stored.User, now.User, stored.UID, now.UID) && same(stored.Group, now.Group, stored.GID, now.GID)
}

func ownerOf(e *repository.Entry) string {
	return fmt.Sprintf("%s:%s (%d:%d)", e.User, e.Group, e.UID, e.GID)
}

// sameTime compares as exactly as the stored time is; times before 1970 are
// stored as 1970.
func sameTime(stored, now *repository.Entry) bool {
	if stored.HasNanoseconds && now.HasNanoseconds && now.ModTime.Unix() >= 0 {
		return stored.ModTime.Equal(now.ModTime)
	}
	return max(stored.ModTime.Unix(), 0) == max(now.ModTime.Unix(), 0)
}
