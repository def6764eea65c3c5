// Package restore writes entries back to disk, below one target and nowhere
// else. Open a Writer, Put every entry in the order of repository.Compare, and
// Close it, which finishes folders and makes durable what replaced something.
//
// The archive is not trusted. Every name is looked up in a folder that is held
// open, and no link is ever followed, whether it was there before or came out
// of the archive. An item has its final name only when it is complete and what
// was stored: its content is written under another name, compared in size and
// hash, and renamed.
package restore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"golang.org/x/sys/unix"
)

// The errors of this package. Decide with errors.Is.
var (
	// ErrTargetExists: something is where an item should go, and Clash does
	// not say that it may be touched.
	ErrTargetExists = errors.New("there is something at the target already")
	// ErrUnsafePath: the archive names an item in a way that leads elsewhere.
	ErrUnsafePath = errors.New("the archive holds an unsafe path")
	// ErrFull ends a run: nothing more can be written. It is unix.ENOSPC too.
	ErrFull = fmt.Errorf("the target is full: %w", unix.ENOSPC)
	// ErrMismatch: the content is not what was stored.
	ErrMismatch = errors.New("its content is not what was stored")
	// ErrDevice: a device was not made, because only root may.
	ErrDevice = errors.New("devices are restored by root only")
)

// Options say how items are written. The zero value writes everything into a
// target that must be new or empty.
type Options struct {
	Clash Clash
	Owner Owner
	// SingleItem makes the target itself the one item that is put, whatever
	// its Path; it cannot be a folder then.
	SingleItem bool
	// NoDevices leaves out devices even for root.
	NoDevices bool
	// DryRun writes nothing. Content is still compared if it is given.
	DryRun bool
	// Watch hears of every item, of bytes as they are written, and of
	// problems; the zero value means Ignore.
	Watch repository.Observer
	// Met hears, in a dry run that may Replace, of everything but folders that
	// lies where an item goes, and of what lies where a folder goes, with its
	// size in bytes. It may be nil.
	Met func(path string, here Standing, size int64)
	// Undo says where what is replaced is kept, so that all of it can be undone;
	// without Dir nothing is. Root, Scratch and Parts are set here. What changes nothing
	// that was there before, as Refuse and DryRun do, keeps nothing.
	Undo undo.Options
	// Twins names, for the path of a regular file, other files below the target:
	// where one of them has its content already, it is not put, and counts as
	// Same. It may be nil.
	Twins func(path string) []string
	// Now is the clock; nil means the system's.
	Now func() time.Time

	// write stands in for pwrite(2) in tests of full disks.
	write func(fd int, p []byte, off int64) (int, error)
}

// Counts is what was restored.
type Counts struct {
	// Items are all that were restored, Files the regular files among them.
	Items, Files, Bytes int64
	// Same are regular files that were already there with what they should
	// hold, and were not written; they are not among Items.
	Same int64
	// Skipped were left out because something was there; Kept were restored
	// under a name of their own.
	Skipped, Kept int64
	// Inexact lack an owner, a permission, a time or an attribute.
	Inexact int64
	// Failed were reported through Watch.Problem. What Put returned an error
	// for is not among them.
	Failed int64
	// Undo is the name under which it can be undone, "" when it cannot. Unkept
	// are items that were replaced and could not be kept.
	Undo   string
	Unkept int64
}

// Writer writes one tree. Put and Close are for one goroutine; the observer
// is called from several.
type Writer struct {
	options  Options
	watch    repository.Observer
	now      time.Time
	root     bool  // may give files away and make devices
	uid, gid int   // whose the files are that it makes
	groups   []int // to which a user may give files
	target   string
	single   string // the name of the one item in its folder, or ""
	done     bool   // the single item was put
	stack    []*folder
	below    *below // the target, for other goroutines
	owns     bool   // no other run writes to the target
	renamed  map[string]string
	skipped  *string // nothing below this path is restored
	links    map[string]*firstLink
	locks    []lock
	names    *ownerNames
	temp     string
	sequence atomic.Int64
	pool     *pool
	flaws    flaws
	counts   counters

	undo        *undo.Recording // nil: nothing is kept
	above       string          // the target's name in the root of the recording, "" if it is that
	aboveChange int64
	undone      string
	unkept      int64

	mu      sync.Mutex
	failure error // ends the run
}

// counters are Counts that several goroutines add to.
type counters struct {
	items, files, bytes, same, skipped, kept, inexact, failed atomic.Int64
}

// Open prepares restoring to target, which is made if it is not there. With
// Refuse, it ends with ErrTargetExists unless target is absent or an empty
// folder. The caller closes the Writer.
func Open(target string, o Options) (*Writer, error) {
	if o.Watch.Problem == nil {
		o.Watch = repository.Ignore()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.write == nil {
		o.write = unix.Pwrite
	}
	path, err := filepath.Abs(target)
	if err != nil {
		return nil, fmt.Errorf("opening target %s: %w", target, err)
	}
	w := &Writer{
		options: o, watch: o.Watch, now: o.Now(), root: os.Geteuid() == 0, uid: os.Geteuid(), gid: os.Getegid(), target: path,
		renamed: map[string]string{}, links: map[string]*firstLink{}, names: newOwnerNames(),
		temp: tempPrefix + rand.Text()[:tempRandom] + "-",
	}
	if o.SingleItem {
		w.target, w.single = filepath.Split(path)
	}
	if !w.root {
		w.groups, _ = os.Getgroups() // without them files keep the group that they are made with
	}
	if err := w.open(path); err != nil {
		w.endUndo()
		return nil, fmt.Errorf("opening target %s: %w", path, err)
	}
	w.pool = newPool(w.writeSmall)
	return w, nil
}

func (w *Writer) open(path string) error {
	w.beginUndo(path)
	if err := w.checkTarget(path); err != nil {
		return err
	}
	_, absent := os.Lstat(w.target)
	if !w.options.DryRun {
		if err := os.MkdirAll(w.target, 0o700); err != nil {
			return err
		}
		if err := unix.Access(w.target, unix.W_OK); err != nil {
			return err
		}
	}
	fd, err := fsat.Open(unix.AT_FDCWD, w.target, fsat.FolderFlags, 0)
	if w.options.DryRun && (errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)) {
		fd, err = -1, nil
	}
	if err != nil {
		return err
	}
	top := newFolder(nil, fd, "", "")
	top.made = errors.Is(absent, os.ErrNotExist) && w.single == ""
	w.stack = append(w.stack, top)
	w.below = newBelow(fd)
	if !top.made {
		w.entered(top)
	}
	if w.owns = fd >= 0 && own(fd); w.single == "" && !top.made {
		w.sweep(fd)
	}
	return nil
}

// checkTarget looks at what is at the target before anything is made.
func (w *Writer) checkTarget(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if w.options.SingleItem {
		if w.options.Clash == Refuse {
			return ErrTargetExists
		}
		return nil
	}
	if info.Mode()&os.ModeSymlink != 0 {
		if info, err = os.Stat(path); err != nil {
			return errors.Join(ErrTargetExists, err)
		}
	}
	if !info.IsDir() {
		return w.clearTarget(path)
	}
	if w.options.Clash != Refuse {
		return nil
	}
	return checkEmpty(path)
}

// clearTarget takes away a file that stands where the target folder belongs.
func (w *Writer) clearTarget(path string) error {
	if w.options.Clash != Replace {
		return ErrTargetExists
	}
	if w.options.DryRun {
		return nil
	}
	return w.removeTarget(path)
}

func checkEmpty(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	switch _, err := dir.Readdirnames(1); {
	case err == nil:
		return ErrTargetExists
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// Put restores one entry; content is that of a regular file, and nil for all
// else. Small files are written later, by other goroutines: the attributes and
// the hash of e must stay as they are until Close, while e itself is copied
// and content is not read after Put returned. An error concerns this item alone, of which nothing is left then,
// and was not reported to the observer; only ErrFull and the context's error
// say that the run is over. What goes wrong later is reported as
// repository.NotRestored.
func (w *Writer) Put(ctx context.Context, e *repository.Entry, content io.Reader) error {
	return w.begin(ctx, e, func() error { return w.put(ctx, e, content) })
}

// begin does what comes before an item is restored, and restores it.
func (w *Writer) begin(ctx context.Context, e *repository.Entry, restore func() error) error {
	if err := w.failed(); err != nil {
		return err
	}
	if err := w.watch.Wait(ctx); err != nil {
		return err
	}
	w.watch.Item(e.Path)
	if err := w.checkEntry(e); err != nil {
		return err
	}
	if w.skipped != nil && repository.Contains(*w.skipped, e.Path) {
		w.counts.skipped.Add(1)
		return nil
	}
	w.skipped = nil
	return w.over(restore())
}

func (w *Writer) put(ctx context.Context, e *repository.Entry, content io.Reader) error {
	if e.Type == repository.Dir {
		return w.putFolder(e)
	}
	at, err := w.place(e)
	if err != nil || at == nil {
		return err
	}
	defer at.folder.release(w)
	if e.Type == repository.File {
		return w.putFile(ctx, at, e, content)
	}
	if w.options.DryRun {
		w.met(e.Path, at.is, e, w.isNode(at, e))
	} else if err := w.putOther(at, e); err != nil {
		return err
	}
	w.counts.items.Add(1)
	return nil
}

// checkEntry refuses what cannot be restored here at all.
func (w *Writer) checkEntry(e *repository.Entry) error {
	if err := checkPath(e.Path); err != nil {
		return err
	}
	isDir := e.Type == repository.Dir
	switch {
	case w.single != "" && (isDir || w.done):
		return fmt.Errorf("%w: the target is a single item", ErrUnsafePath)
	case w.single == "" && e.Path == "" && !isDir:
		return fmt.Errorf("%w: the root is no folder", ErrUnsafePath)
	}
	w.done = w.single != ""
	return nil
}

// over notes an error that ends the run.
func (w *Writer) over(err error) error {
	if !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EDQUOT) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure == nil {
		w.failure = ErrFull
	}
	return w.failure
}

// failed returns what ended the run.
func (w *Writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// Close waits for what is being written, gives the folders their attributes
// and makes durable what replaced something. It ends with ErrFull when the target ran
// full. A Writer must be closed, also after an error; a second call does
// nothing.
func (w *Writer) Close(ctx context.Context) (Counts, error) {
	if w.stack == nil {
		return w.count(), w.failed()
	}
	w.pool.close()
	w.below.close()
	w.lockLinked()
	top := w.stack[0]
	for len(w.stack) > 1 {
		w.leave()
	}
	w.finishFolder(top)
	w.left(top)
	w.stack = nil
	err := w.failed()
	if err == nil {
		err = ctx.Err()
	}
	// What was replaced is gone, so that what replaced it must be on the disk.
	// A new folder is written out by the system in its own time: the backup
	// is there still.
	if err == nil && top.fd >= 0 && !w.options.DryRun && w.options.Clash != Refuse {
		err = w.over(makeDurable(top.fd))
	}
	w.endUndo()
	top.close()
	w.flaws.summarize(w.watch)
	if err != nil {
		err = fmt.Errorf("finishing the restore: %w", err)
	}
	return w.count(), err
}

func (w *Writer) count() Counts {
	c := &w.counts
	return Counts{
		Items: c.items.Load(), Files: c.files.Load(), Bytes: c.bytes.Load(), Same: c.same.Load(), Skipped: c.skipped.Load(),
		Kept: c.kept.Load(), Inexact: c.inexact.Load(), Failed: c.failed.Load(), Undo: w.undone, Unkept: w.unkept,
	}
}

// tempName returns a name that nothing has.
func (w *Writer) tempName() string { return fmt.Sprintf("%s%d", w.temp, w.sequence.Add(1)) }
