package undo

import (
	"errors"
	"slices"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// state is what an item was like.
type state struct {
	Mode uint32 `json:"mode"` // type and permissions, as st_mode
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
	// Inode is zero where inodes do not keep their numbers.
	Inode    uint64   `json:"ino,omitempty"`
	Size     int64    `json:"size"`
	Modified [2]int64 `json:"mtime"` // seconds and nanoseconds
	Accessed [2]int64 `json:"atime"`
	// Only of items that stay:
	Xattrs []attribute      `json:"xattrs,omitempty"`
	Flags  repository.Flags `json:"flags,omitempty"`
}

// attribute is an extended one; its name need not be UTF-8.
type attribute struct {
	Name  []byte `json:"name"`
	Value []byte `json:"value"`
}

func (s *state) kind() uint32        { return s.Mode & unix.S_IFMT }
func (s *state) isFolder() bool      { return s.kind() == unix.S_IFDIR }
func (s *state) isRegular() bool     { return s.kind() == unix.S_IFREG }
func (s *state) permissions() uint32 { return s.Mode & 0o7777 }

// stateAt looks at an item: nil if there is none.
func stateAt(dir int, name string, stable bool) (*state, error) {
	var st unix.Stat_t
	err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &state{Mode: uint32(st.Mode), UID: st.Uid, GID: st.Gid, Size: st.Size}
	s.Modified[0], s.Modified[1] = st.Mtim.Unix()
	s.Accessed[0], s.Accessed[1] = st.Atim.Unix()
	if stable {
		s.Inode = st.Ino
	}
	if s.isFolder() {
		s.Size = 0 // as many blocks as it ever needed
	}
	return s, nil
}

// wholeStateAt looks at its extended attributes and flags too.
func wholeStateAt(dir int, name string, stable bool) (*state, error) {
	s, err := stateAt(dir, name, stable)
	if s == nil || err != nil {
		return nil, err
	}
	for _, x := range fsat.ReadAttributes(dir, name) {
		s.Xattrs = append(s.Xattrs, attribute{[]byte(x.Name), x.Value})
	}
	if s.isRegular() || s.isFolder() {
		s.Flags = flagsAt(dir, name)
	}
	return s, nil
}

const openFlags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC

func flagsAt(dir int, name string) repository.Flags {
	fd, err := fsat.Open(dir, name, openFlags, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	return fsat.Flags(fd) & repository.KeptFlags
}

// isItem tells that two may be the same inode.
func (s *state) isItem(o *state) bool {
	return s.kind() == o.kind() && (s.Inode == 0 || o.Inode == 0 || s.Inode == o.Inode)
}

// isSame tells that an item was not changed: it is the same one, as large, as
// old, and as open.
func (s *state) isSame(o *state) bool {
	return s.isItem(o) && s.Size == o.Size && s.Modified == o.Modified && s.isOpenAs(o)
}

// isOpenAs tells that owner and permissions are the same.
func (s *state) isOpenAs(o *state) bool {
	return s.permissions() == o.permissions() && s.UID == o.UID && s.GID == o.GID
}

// isAlike tells that all attributes are the same, but for the times of a folder.
func (s *state) isAlike(o *state) bool {
	return s.isOpenAs(o) && s.Flags == o.Flags && (s.isFolder() || s.Modified == o.Modified) && sameXattrs(s.Xattrs, o.Xattrs)
}

func sameXattrs(a, b []attribute) bool {
	return slices.EqualFunc(a, b, func(x, y attribute) bool {
		return string(x.Name) == string(y.Name) && string(x.Value) == string(y.Value)
	})
}

// isOpened tells that a folder is as o, or as o was opened for writing.
func (s *state) isOpened(o *state) bool {
	opened := *s
	if s.Mode == o.Mode|0o700 {
		opened.Mode = o.Mode
	}
	if s.Flags == o.Flags&^repository.LockingFlags {
		opened.Flags = o.Flags
	}
	return opened.isAlike(o)
}

// isBetween tells that each attribute is that of a or that of b: what an item is
// like on the way from one to the other, which may have been opened for that.
func (s *state) isBetween(a, b *state) bool {
	either := func(is func(o *state) bool) bool { return is(a) || is(b) }
	return either(func(o *state) bool { return s.UID == o.UID }) &&
		either(func(o *state) bool { return s.GID == o.GID }) &&
		either(func(o *state) bool { return s.permissions()&^0o700 == o.permissions()&^0o700 }) &&
		either(func(o *state) bool { return s.Flags&^repository.LockingFlags == o.Flags&^repository.LockingFlags }) &&
		(s.isFolder() || either(func(o *state) bool { return s.Modified == o.Modified })) &&
		xattrsBetween(s.Xattrs, a.Xattrs, b.Xattrs)
}

// xattrsBetween tells that each has the value that it has in a or in b, and that
// only those are missing that are not in both.
func xattrsBetween(now, a, b []attribute) bool {
	values := func(list []attribute) map[string]string {
		m := map[string]string{}
		for _, x := range list {
			m[string(x.Name)] = string(x.Value)
		}
		return m
	}
	is, one, other := values(now), values(a), values(b)
	for name, value := range is {
		x, inOne := one[name]
		y, inOther := other[name]
		if (!inOne || x != value) && (!inOther || y != value) {
			return false
		}
	}
	for name := range one {
		_, inOther := other[name]
		if _, has := is[name]; !has && inOther {
			return false
		}
	}
	return true
}

// apply gives an item the attributes of s, all but the times.
func (s *state) apply(dir int, name string) error {
	now, err := wholeStateAt(dir, name, false)
	if now == nil || err != nil {
		return errors.Join(ErrChanged, err)
	}
	if now.Flags&repository.LockingFlags != 0 {
		err = setFlagsAt(dir, name, now.Flags&^repository.LockingFlags)
	}
	given := now.UID != s.UID || now.GID != s.GID
	if given {
		err = errors.Join(err, unix.Fchownat(dir, name, int(s.UID), int(s.GID), unix.AT_SYMLINK_NOFOLLOW))
	}
	touched := !sameXattrs(now.Xattrs, s.Xattrs)
	if touched {
		err = errors.Join(err, s.applyXattrs(dir, name, now))
	}
	if s.kind() != unix.S_IFLNK && (given || touched || now.permissions() != s.permissions()) {
		err = errors.Join(err, unix.Fchmodat(dir, name, s.permissions(), 0))
	}
	if now.Flags != s.Flags {
		err = errors.Join(err, setFlagsAt(dir, name, s.Flags))
	}
	return err
}

func (s *state) applyXattrs(dir int, name string, now *state) (err error) {
	has := func(list []attribute, name []byte) *attribute {
		i := slices.IndexFunc(list, func(x attribute) bool { return string(x.Name) == string(name) })
		if i < 0 {
			return nil
		}
		return &list[i]
	}
	for _, x := range now.Xattrs {
		if has(s.Xattrs, x.Name) == nil {
			err = errors.Join(err, fsat.RemoveAttribute(dir, name, string(x.Name)))
		}
	}
	for _, x := range s.Xattrs {
		if there := has(now.Xattrs, x.Name); there == nil || string(there.Value) != string(x.Value) {
			err = errors.Join(err, fsat.SetAttribute(dir, name, repository.Xattr{Name: string(x.Name), Value: x.Value}))
		}
	}
	return err
}

// applyTimes gives an item its times.
func (s *state) applyTimes(dir int, name string) error {
	times := []unix.Timespec{{}, {}}
	for i, t := range [][2]int64{s.Accessed, s.Modified} {
		times[i] = unix.NsecToTimespec(0)
		times[i].Sec, times[i].Nsec = t[0], t[1]
	}
	return unix.UtimesNanoAt(dir, name, times, unix.AT_SYMLINK_NOFOLLOW)
}

func setFlagsAt(dir int, name string, flags repository.Flags) error {
	fd, err := fsat.Open(dir, name, openFlags, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return fsat.SetFlags(fd, flags, repository.KeptFlags)
}
