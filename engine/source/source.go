// Package source reads a folder that is to be backed up, and never changes it.
// Open it, range over Walk, and OpenFile what is worth reading; the entries
// come in the order that the formats need, with all that is known of them.
//
// What a person should know of single items (unreadable, vanished, sockets)
// goes to Options.Watch, and the walk goes on. Links are never followed below
// the root unless Options.FollowLinks says so: an item that is swapped for a
// link while the walk runs leads nowhere else.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"golang.org/x/sys/unix"
)

// The errors of this package. Decide with errors.Is.
var (
	// ErrMissing: the root is not there.
	ErrMissing = errors.New("the folder is not there")
	// ErrNotMounted: a folder is the mount point of a drive that is not
	// plugged in. A backup of it would record every file as deleted.
	ErrNotMounted = errors.New("the drive is not plugged in")
	// ErrReplaced: something else has the name of an item now. It is an
	// fs.ErrNotExist too: the item that was met is gone.
	ErrReplaced = fmt.Errorf("it was replaced by something else: %w", fs.ErrNotExist)
	// ErrLoop: a link leads to a folder that holds it.
	ErrLoop = errors.New("the link leads to a folder that holds it, so it is stored as a link")
)

// Options say what of a tree is read, and how. The zero value reads all of it.
type Options struct {
	// Select decides on every item but the root, which is always read; nil
	// selects everything. Estimate calls it beside Walk, so it must be safe
	// for use from two goroutines.
	Select func(selection.Item) (selection.Verdict, error)
	// OneFileSystem leaves out what lies on another file system than the
	// root, mount points included.
	OneFileSystem bool
	// FollowLinks reads what symlinks point to in their place. Links to
	// nothing, and to a folder that holds them, stay links.
	FollowLinks bool
	// NumericOwner leaves out the names of users and groups.
	NumericOwner bool
	// Watch hears of problems and sockets; the zero value means Ignore.
	Watch repository.Observer
	Hooks

	// mounts stands in for the system's tables in tests.
	mounts mountTables
}

// Hooks are what a format wants to be asked and told during a walk.
type Hooks struct {
	// Unlisted, if set, names items that could not be looked at: what lies
	// at and below path is unknown rather than gone. It is called before
	// Walk yields anything that comes after path.
	Unlisted func(path string)

	// Known, if set, is asked about items that are no folders; where it says
	// so they are not yielded. The entry, which has no attributes, is valid
	// during the call alone. It is called during Walk, after everything before
	// the item was yielded.
	Known func(*repository.Entry) bool

	// SkipXattrs, if set, is asked about items whose extended attributes and
	// flags are known already; where it says so they are not read. It is
	// called during Walk, after everything before the item was yielded.
	SkipXattrs func(*repository.Entry) bool
}

// Tree is a folder, or a single file, opened for reading. Its methods may be
// called from several goroutines.
type Tree struct {
	options Options
	path    string // absolute, free of links
	// dir is the root folder, or the parent of a root that is a single item.
	dir *os.File
	// single is the name of such an item in dir, else "".
	single string
	device uint64
	id     repository.FileID
	// unmounted are folders below the root that must not be empty.
	unmounted map[string]string
	// descriptors: open folders can be named by a path.
	descriptors bool
	user        uint32 // who reads
}

// Open prepares reading the tree at root, which may be a link to it, and may
// be a single item, whose Path is "" then. It ends with ErrMissing,
// ErrNotMounted, or an error that tells why the root cannot be read.
func Open(root string, o Options) (*Tree, error) {
	if o.Watch.Problem == nil {
		o.Watch = repository.Ignore()
	}
	if o.mounts == nil {
		o.mounts = systemMounts{}
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("finding folder %s: %w", root, err)
	}
	path, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, openError(abs, o.mounts, err)
	}
	t := &Tree{options: o, path: path, descriptors: hasDescriptors(), user: uint32(os.Geteuid())}
	if err := t.open(); err != nil {
		return nil, openError(path, o.mounts, err)
	}
	if err := t.checkMounts(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// openError explains why a root cannot be opened.
func openError(path string, mounts mountTables, err error) error {
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case gone && onMissingDrive(path, mounts), isDeadMount(err):
		return fmt.Errorf("opening folder %s: %w", path, ErrNotMounted)
	case gone:
		return fmt.Errorf("opening folder %s: %w", path, ErrMissing)
	}
	return fmt.Errorf("opening folder %s: %w", path, err)
}

// isDeadMount tells that a drive or server went away under its mount point.
func isDeadMount(err error) bool {
	for _, dead := range []error{unix.ENODEV, unix.ENXIO, unix.ENOTCONN, unix.EHOSTDOWN, unix.ESTALE} {
		if errors.Is(err, dead) {
			return true
		}
	}
	return false
}

func (t *Tree) open() error {
	var st unix.Stat_t
	if err := unix.Lstat(t.path, &st); err != nil {
		return err
	}
	folder := t.path
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		folder, t.single = filepath.Split(t.path)
	}
	fd, err := openat(unix.AT_FDCWD, folder, dirFlags)
	if err != nil {
		return err
	}
	t.dir = os.NewFile(uintptr(fd), folder)
	t.device, t.id = uint64(st.Dev), fileID(&st)
	return nil
}

// Root returns the absolute path of the root, free of links.
func (t *Tree) Root() string { return t.path }

// Close releases the root. Entries stay valid.
func (t *Tree) Close() error { return t.dir.Close() }

func (t *Tree) fd() int { return int(t.dir.Fd()) }

// Glance is Walk without what only a backup needs: entries have no names of
// owners, targets, links and attributes. It is quicker by far.
func (t *Tree) Glance(ctx context.Context) iter.Seq2[*repository.Entry, error] {
	return func(yield func(*repository.Entry, error) bool) {
		brief := *t
		brief.options.Unlisted, brief.options.Known, brief.options.NumericOwner = nil, nil, true
		w := newWalker(&brief)
		w.brief = true
		w.run(ctx, yield)
	}
}

// Estimate walks the same selection and calls count with the regular files
// and bytes met so far, now and then and at the end. Nothing is reported to
// the observer.
func (t *Tree) Estimate(ctx context.Context, count func(files, bytes int64)) error {
	quiet := *t
	quiet.options.Watch = repository.Ignore()
	var files, bytes int64
	for e, err := range quiet.Glance(ctx) {
		if err != nil {
			count(files, bytes)
			return err
		}
		if e.Type != repository.File {
			continue
		}
		files++
		bytes += e.Size
		if files%1024 == 0 {
			count(files, bytes)
		}
	}
	count(files, bytes)
	return nil
}

// ProblemOf classifies an error of OpenFile or of reading a File.
func ProblemOf(err error) repository.Problem {
	if errors.Is(err, fs.ErrNotExist) {
		return repository.Vanished
	}
	return repository.Unreadable
}
