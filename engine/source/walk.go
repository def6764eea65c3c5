package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"golang.org/x/sys/unix"
)

// Walk yields the root and what is selected below it in the order of
// repository.Compare, each once. It holds the names of one folder per level,
// and nothing else. Entries are the caller's to keep. An error ends it:
// ErrNotMounted names a folder below the root whose drive is missing, and
// ErrMissing tells that the root went away during the walk.
func (t *Tree) Walk(ctx context.Context) iter.Seq2[*repository.Entry, error] {
	return func(yield func(*repository.Entry, error) bool) { newWalker(t).run(ctx, yield) }
}

// walker is one pass through a tree, depth first.
type walker struct {
	tree       *Tree
	watch      repository.Observer
	levels     []level
	links      linkGroups
	owners     *owners
	attributes *attributes
	dirents    []byte
	// brief leaves out what only a backup needs.
	brief   bool
	scratch repository.Entry // what Known is asked about
	// hasIn and hasName are the folder that has speaks of.
	hasIn   int
	hasName string
	has     func(string) bool
	// ahead is the folder that is entered next, -1 when it is not open yet.
	ahead int
}

// level is one folder on the way from the root to where the walk is.
type level struct {
	fd   int
	path string
	id   repository.FileID
	listing
	next int
	// pending is a folder that is yielded only before something below it.
	pending *repository.Entry
}

func newWalker(t *Tree) *walker {
	w := &walker{
		tree: t, watch: t.options.Watch, links: linkGroups{}, owners: newOwners(),
		dirents: make([]byte, 1<<16), ahead: -1,
	}
	w.attributes = newAttributes(t.options.FollowLinks, w.attributePath)
	w.has = w.hasChild
	return w
}

// errStop tells that the caller wants no more.
var errStop = errors.New("stop")

// run walks until the end, an error, or a yield that returns false.
func (w *walker) run(ctx context.Context, yield func(*repository.Entry, error) bool) {
	defer w.closeAll()
	err := w.walk(ctx, func(e *repository.Entry) error {
		if !yield(e, nil) {
			return errStop
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		yield(nil, err)
	}
}

func (w *walker) walk(ctx context.Context, yield func(*repository.Entry) error) error {
	if err := w.root(yield); err != nil {
		return err
	}
	for len(w.levels) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		top := &w.levels[len(w.levels)-1]
		if top.next == top.len() {
			w.leave()
			continue
		}
		name := top.name(top.next)
		top.next++
		if err := w.visit(top, name, yield); err != nil {
			return err
		}
	}
	return w.tree.stillThere()
}

// root yields the root itself and goes into it.
func (w *walker) root(yield func(*repository.Entry) error) error {
	t := w.tree
	name := t.single
	if name == "" {
		name = "."
	}
	var st unix.Stat_t
	if err := fstatat(t.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return openError(t.path, t.options.mounts, err)
	}
	if st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		w.watch.Socket("")
		return nil
	}
	e, err := w.entry(t.fd(), name, "", &st)
	if err != nil {
		return openError(t.path, t.options.mounts, err)
	}
	if err := yield(e); err != nil || e.Type != repository.Dir {
		return err
	}
	return w.enter(t.fd(), name, e, nil)
}

// visit handles the next item of a folder.
func (w *walker) visit(top *level, raw []byte, yield func(*repository.Entry) error) error {
	path := join(top.path, raw)
	name := path[len(path)-len(raw):]
	var st unix.Stat_t
	if err := w.stat(top.fd, name, path, &st); err != nil {
		w.lost(path, err)
		return nil
	}
	verdict, err := w.judge(top.fd, name, path, &st)
	if err != nil {
		return err
	}
	folder := st.Mode&unix.S_IFMT == unix.S_IFDIR
	if verdict == selection.Exclude || verdict == selection.Scan && !folder {
		return nil
	}
	if st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		w.watch.Socket(path)
		return nil
	}
	if !folder {
		if known, err := w.isKnown(top.fd, name, path, &st, yield); known || err != nil {
			return err
		}
	}
	e, err := w.entry(top.fd, name, path, &st)
	if err != nil {
		w.lost(path, err)
		return nil
	}
	if verdict == selection.Scan {
		return w.enter(top.fd, name, e, e)
	}
	if err := w.yield(e, yield); err != nil || !folder {
		return err
	}
	return w.enter(top.fd, name, e, nil)
}

// isKnown reports that an item is known and need not be yielded. It takes no
// memory for one that is.
func (w *walker) isKnown(dir int, name, path string, st *unix.Stat_t, yield func(*repository.Entry) error) (bool, error) {
	known := w.tree.options.Known
	if known == nil {
		return false, nil
	}
	if err := w.announce(yield); err != nil {
		return false, err
	}
	e := &w.scratch
	w.fill(e, path, st)
	if w.describe(dir, name, e, uint64(st.Rdev)) != nil {
		return false, nil //nolint:nilerr // and again when it is made for good
	}
	return known(e), nil
}

// yield hands out e, and the folders above it that waited for something below.
func (w *walker) yield(e *repository.Entry, yield func(*repository.Entry) error) error {
	if err := w.announce(yield); err != nil {
		return err
	}
	return yield(e)
}

// announce hands out the folders that waited for something below.
func (w *walker) announce(yield func(*repository.Entry) error) error {
	for i := range w.levels {
		if pending := w.levels[i].pending; pending != nil {
			w.levels[i].pending = nil
			if err := yield(pending); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge asks the rules about an item.
func (w *walker) judge(dir int, name, path string, st *unix.Stat_t) (selection.Verdict, error) {
	o := &w.tree.options
	other := uint64(st.Dev) != w.tree.device
	if other && o.OneFileSystem {
		return selection.Exclude, nil
	}
	if o.Select == nil {
		return selection.Include, nil
	}
	item := selection.Item{Path: path, Type: typeOf(uint32(st.Mode)), ModTime: timeOf(st.Mtim), OtherFileSystem: other}
	if item.Type == repository.Dir {
		w.hasIn, w.hasName = dir, name
		item.Has = w.has
	}
	verdict, err := o.Select(item)
	if err != nil {
		return selection.Exclude, fmt.Errorf("applying the rules to %s: %w", path, err)
	}
	return verdict, nil
}

// hasChild reports whether the folder being judged holds a child of that name.
func (w *walker) hasChild(child string) bool {
	if child == "" || strings.Contains(child, "/") {
		return false
	}
	var st unix.Stat_t
	return fstatat(w.hasIn, w.hasName+"/"+child, &st, unix.AT_SYMLINK_NOFOLLOW) == nil
}

// stat reads the inode of an item: what a link points to where links are
// followed, and the link itself where that leads to nothing or in circles.
func (w *walker) stat(dir int, name, path string, st *unix.Stat_t) error {
	err := fstatat(dir, name, st, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil || !w.tree.options.FollowLinks || st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return err
	}
	var target unix.Stat_t
	if fstatat(dir, name, &target, 0) != nil {
		return nil //nolint:nilerr // the link itself is stored
	}
	if target.Mode&unix.S_IFMT == unix.S_IFDIR && w.isAbove(fileID(&target)) {
		w.watch.Problem(path, repository.NotStorable, ErrLoop)
		return nil
	}
	*st = target
	return nil
}

// isAbove reports whether the walk is inside that folder now.
func (w *walker) isAbove(id repository.FileID) bool {
	for i := range w.levels {
		if w.levels[i].id == id {
			return true
		}
	}
	return false
}

// enter goes into a folder. What cannot be listed is reported and passed by.
func (w *walker) enter(dir int, name string, e, pending *repository.Entry) error {
	fd, err := w.openFolder(dir, name)
	if err == nil {
		err = w.sameDevice(fd, e)
	}
	if err != nil {
		w.lost(e.Path, err)
		return nil
	}
	w.push(level{fd: fd, path: e.Path, id: e.ID, pending: pending})
	top := &w.levels[len(w.levels)-1]
	if err := top.read(fd, w.dirents); err != nil {
		w.lost(e.Path, fmt.Errorf("listing the folder: %w", err))
		return nil
	}
	if top.len() == 0 {
		return w.tree.checkEmpty(e.Path)
	}
	return nil
}

// openFolder opens a folder, unless that was done ahead.
func (w *walker) openFolder(dir int, name string) (int, error) {
	if fd := w.ahead; fd >= 0 {
		w.ahead = -1
		return fd, w.stillNamed(fd, dir, name)
	}
	flags := dirFlags | unix.O_NOFOLLOW
	if w.tree.options.FollowLinks {
		flags = dirFlags
	}
	fd, err := openat(dir, name, flags|noAccessTime)
	if errors.Is(err, unix.EPERM) && noAccessTime != 0 {
		fd, err = openat(dir, name, flags)
	}
	return fd, err
}

// stillNamed closes a folder that something else has taken the name of.
func (w *walker) stillNamed(fd, dir int, name string) error {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if w.tree.options.FollowLinks {
		flags = 0
	}
	var is, named unix.Stat_t
	err := unix.Fstat(fd, &is)
	if err == nil {
		err = fstatat(dir, name, &named, flags)
	}
	if err == nil && fileID(&is) != fileID(&named) {
		err = ErrReplaced
	}
	if err != nil {
		unix.Close(fd)
	}
	return err
}

// openAhead opens a folder before it is entered, because its flags can only be
// asked of an open one. What is wrong with it shows when it is entered.
func (w *walker) openAhead(e *repository.Entry, dir int, name string) {
	fd, err := w.openFolder(dir, name)
	if err != nil {
		return
	}
	w.ahead = fd
	e.Flags = flagsOf(fd)
}

// sameDevice closes a folder that an automatic mount has just covered, when
// the walk stays on one file system.
func (w *walker) sameDevice(fd int, e *repository.Entry) error {
	if !w.tree.options.OneFileSystem {
		return nil
	}
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	if err == nil && uint64(st.Dev) == e.ID.Device {
		return nil
	}
	unix.Close(fd)
	if err == nil {
		err = errors.New("another file system was mounted here during the walk")
	}
	return err
}

// push adds a level, in the memory of one that was left where there is one.
func (w *walker) push(l level) {
	if n := len(w.levels); n < cap(w.levels) {
		l.listing = w.levels[:n+1][n].listing
	}
	l.letters, l.spans = l.letters[:0], l.spans[:0]
	w.levels = append(w.levels, l)
}

func (w *walker) leave() {
	last := len(w.levels) - 1
	unix.Close(w.levels[last].fd)
	w.levels = w.levels[:last]
}

func (w *walker) closeAll() {
	if w.ahead >= 0 {
		unix.Close(w.ahead)
		w.ahead = -1
	}
	for len(w.levels) > 0 {
		w.leave()
	}
}

// lost reports an item that could not be looked at. One that is gone is gone;
// of every other it is unknown what lies there.
func (w *walker) lost(path string, err error) {
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		err = ErrReplaced
	}
	if !errors.Is(err, fs.ErrNotExist) && w.tree.options.Unlisted != nil {
		w.tree.options.Unlisted(path)
	}
	w.watch.Problem(path, ProblemOf(err), err)
}

// entry makes the entry of an item.
func (w *walker) entry(dir int, name, path string, st *unix.Stat_t) (*repository.Entry, error) {
	e := &repository.Entry{}
	w.fill(e, path, st)
	if w.brief {
		return e, nil
	}
	if err := w.describe(dir, name, e, uint64(st.Rdev)); err != nil {
		return e, err
	}
	w.attribute(dir, name, e)
	return e, nil
}

// fill describes an item as far as its inode tells.
func (w *walker) fill(e *repository.Entry, path string, st *unix.Stat_t) {
	*e = repository.Entry{
		Path: path, Type: typeOf(uint32(st.Mode)), Mode: uint32(st.Mode) & 0o7777, UID: st.Uid, GID: st.Gid,
		ModTime: timeOf(st.Mtim), HasNanoseconds: true,
		ID: fileID(st), Links: uint64(st.Nlink), ChangeTime: timeOf(st.Ctim), Blocks: st.Blocks * 512,
	}
	if e.Type == repository.File {
		e.Size = st.Size
	}
}

// describe adds names, targets and links.
func (w *walker) describe(dir int, name string, e *repository.Entry, rdev uint64) (err error) {
	if !w.tree.options.NumericOwner {
		e.User, e.Group = w.owners.user(e.UID), w.owners.group(e.GID)
	}
	switch e.Type {
	case repository.Symlink:
		e.Target, err = readlinkat(dir, name)
	case repository.CharDevice, repository.BlockDevice:
		e.Major, e.Minor = unix.Major(rdev), unix.Minor(rdev)
	case repository.File:
		if e.Links > 1 {
			e.HardLink = w.links.first(e)
		}
	}
	return err
}

// attribute adds attributes and flags, unless they are known.
func (w *walker) attribute(dir int, name string, e *repository.Entry) {
	if e.Type == repository.Symlink && w.tree.options.FollowLinks {
		return // its attributes would be those of its target
	}
	if skip := w.tree.options.SkipXattrs; skip != nil && skip(e) {
		return
	}
	w.attributes.read(e, dir, name)
	if e.Type == repository.Dir {
		w.openAhead(e, dir, name)
	}
}

// attributePath names an item for the attribute calls, which take no folder
// descriptor: through it all the same where the system can, so that no folder
// on the way can be swapped.
func (w *walker) attributePath(dir int, name string) string {
	if w.tree.descriptors {
		return descriptorPath(dir, name)
	}
	if len(w.levels) == 0 {
		return filepath.Join(w.tree.dir.Name(), name)
	}
	return filepath.Join(w.tree.path, w.levels[len(w.levels)-1].path, name)
}

// stillThere reports a root that was unplugged or replaced during the walk:
// what was missing then is not deleted.
func (t *Tree) stillThere() error {
	var st unix.Stat_t
	err := unix.Lstat(t.path, &st)
	if err == nil && fileID(&st) != t.id && t.single == "" {
		err = fs.ErrNotExist
	}
	if err != nil {
		return openError(t.path, t.options.mounts, err)
	}
	return nil
}

func join(dir string, name []byte) string {
	if dir == "" {
		return string(name)
	}
	return dir + "/" + string(name)
}

func fileID(st *unix.Stat_t) repository.FileID {
	return repository.FileID{Device: uint64(st.Dev), Inode: st.Ino}
}

func timeOf(t unix.Timespec) time.Time { return time.Unix(t.Unix()) }

// typeOf returns 0 for a socket.
func typeOf(mode uint32) repository.Type {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return repository.File
	case unix.S_IFDIR:
		return repository.Dir
	case unix.S_IFLNK:
		return repository.Symlink
	case unix.S_IFIFO:
		return repository.FIFO
	case unix.S_IFCHR:
		return repository.CharDevice
	case unix.S_IFBLK:
		return repository.BlockDevice
	}
	return 0
}
