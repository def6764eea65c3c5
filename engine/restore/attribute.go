package restore

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"sync"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// openItem is an item that is given its attributes: by descriptor where it is
// open, else (fd is -1) by its name in a folder.
type openItem struct {
	fd   int
	dir  int
	name string
	link bool
	// is tells what it has already, nil if that is unknown.
	is *unix.Stat_t
	// there: it was not made here, so that it may have any attributes. is is
	// known then.
	there bool
}

// describe gives an item its attributes, all but the flags that lock it. What
// cannot be set is reported as repository.Inexact, and makes it true. The order matters: giving a file away takes its setuid
// bits and capabilities, and a file closed for writing takes no attributes.
func (w *Writer) describe(e *repository.Entry, owner ownership, item *openItem) (flawed bool) {
	try := func(what string, err error) { flawed = w.flaws.note(w, e.Path, what, err) || flawed }
	if owner.change && !item.belongs(owner) {
		try("owner", item.chown(owner))
	}
	attributes, removed := item.differing(e)
	for _, x := range attributes {
		try(family(x.Name), item.setAttribute(x))
	}
	for _, name := range removed {
		try(family(name), unix.Fremovexattr(item.fd, name))
	}
	if !item.there || !hasTime(item.is, e) {
		try("time", item.setTime(e))
	}
	touched := len(attributes)+len(removed) > 0 || owner.change && !item.belongs(owner)
	if mode := e.Mode & 0o7777; !item.link && (!item.permits(mode) || touched && (len(e.Xattrs) > 0 || mode&0o7000 != 0)) {
		try("permissions", item.chmod(mode))
	}
	if e.Flags != 0 {
		try("flags", item.setFlags(e.Flags))
	}
	return flawed
}

// isInexact counts an item that lacks something.
func (w *Writer) isInexact(flawed bool) {
	if flawed {
		w.counts.inexact.Add(1)
	}
}

// belongs reports that the item is the owner's already.
func (i *openItem) belongs(o ownership) bool {
	return i.is != nil && (o.uid < 0 || int(i.is.Uid) == o.uid) && int(i.is.Gid) == o.gid
}

// permits reports that the item has, or had, these permissions. Being given
// away may cost it setuid and setgid bits.
func (i *openItem) permits(mode uint32) bool { return i.is != nil && uint32(i.is.Mode)&0o7777 == mode }

func (i *openItem) chown(o ownership) error {
	if i.fd >= 0 {
		return unix.Fchown(i.fd, o.uid, o.gid)
	}
	return unix.Fchownat(i.dir, i.name, o.uid, o.gid, unix.AT_SYMLINK_NOFOLLOW)
}

func (i *openItem) chmod(mode uint32) error {
	if i.fd >= 0 {
		return unix.Fchmod(i.fd, mode)
	}
	return unix.Fchmodat(i.dir, i.name, mode, 0)
}

// setFlags sets the flags that bar nothing.
func (i *openItem) setFlags(want repository.Flags) error {
	if i.fd < 0 {
		return unix.ENOTSUP
	}
	return fsat.SetFlags(i.fd, want, repository.KeptFlags&^repository.LockingFlags)
}

func (i *openItem) setTime(e *repository.Entry) error {
	t, err := unix.TimeToTimespec(e.ModTime)
	if err != nil {
		return err
	}
	return unix.UtimesNanoAt(i.dir, i.name, []unix.Timespec{t, t}, unix.AT_SYMLINK_NOFOLLOW)
}

// ownership is to whom an item is given. A uid of -1 leaves the user.
type ownership struct {
	uid, gid int
	change   bool
}

// owner decides to whom e is given. A user may give it to the groups that he
// is in.
func (w *Writer) owner(e *repository.Entry) ownership {
	if w.options.Owner == None {
		return ownership{}
	}
	o := ownership{uid: int(e.UID), gid: int(e.GID), change: true}
	if w.options.Owner == ByName {
		o.uid = w.names.find(w.names.users, e.User, o.uid)
		o.gid = w.names.find(w.names.groups, e.Group, o.gid)
	}
	if w.root {
		return o
	}
	return ownership{uid: -1, gid: o.gid, change: o.gid != w.gid && slices.Contains(w.groups, o.gid)}
}

// ownerNames remembers the numbers of users and groups, -1 for unknown ones.
type ownerNames struct{ users, groups *numbers }

type numbers struct {
	known map[string]int
	ask   func(name string) (string, error)
}

func newOwnerNames() *ownerNames {
	users := func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	}
	groups := func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	}
	return &ownerNames{&numbers{map[string]int{}, users}, &numbers{map[string]int{}, groups}}
}

// find returns the number of name here, or else fallback.
func (*ownerNames) find(n *numbers, name string, fallback int) int {
	if name == "" {
		return fallback
	}
	number, ok := n.known[name]
	if !ok {
		number = -1
		if s, err := n.ask(name); err == nil {
			if parsed, err := strconv.ParseUint(s, 10, 32); err == nil {
				number = int(parsed)
			}
		}
		n.known[name] = number
	}
	if number < 0 {
		return fallback
	}
	return number
}

// flaws groups what could not be set: a file system without owners would
// otherwise be reported once for every item. Of each kind of flaw the first
// item is reported, and at the end how many there were.
type flaws struct {
	mu   sync.Mutex
	seen map[flaw]int
}

type flaw struct {
	what string
	err  error
}

// note reports whether err is a flaw.
func (f *flaws) note(w *Writer, path, what string, err error) bool {
	if err == nil {
		return false
	}
	kind := flaw{what, err}
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		kind.err = errno
	} else {
		kind.err = nil
	}
	f.mu.Lock()
	if f.seen == nil {
		f.seen = map[flaw]int{}
	}
	f.seen[kind]++
	first := f.seen[kind] == 1
	f.mu.Unlock()
	if first {
		w.watch.Problem(path, repository.Inexact, fmt.Errorf("setting its %s: %w", what, err))
	}
	return true
}

// summarize tells how often each flaw was met, where that is more than once.
func (f *flaws) summarize(watch repository.Observer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for kind, count := range f.seen {
		if count > 1 {
			watch.Notice(fmt.Sprintf("The %s of %d items could not be set here.", kind.what, count))
		}
	}
}
