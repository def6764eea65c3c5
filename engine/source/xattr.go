package source

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// maxAttribute bounds the value of one attribute, in bytes. Linux ends at
// 64 KiB; a resource fork on a Mac may be larger.
const maxAttribute = 16 << 20

// attributes reads extended attributes. It remembers which file systems have
// none, so that they are not asked for each item.
type attributes struct {
	without map[uint64]bool
	follow  bool
	// path names an item of an open folder for calls that take no folder.
	path func(dir int, name string) string
	// byPath: listAt is not to be had.
	byPath bool
	names  []byte
	value  []byte
}

func newAttributes(follow bool, path func(dir int, name string) string) *attributes {
	return &attributes{
		without: map[uint64]bool{}, follow: follow, path: path, names: make([]byte, 1<<10), value: make([]byte, 1<<10),
	}
}

// read fills in e's attributes from an item of an open folder. They count as
// unknown when one of them cannot be read.
func (a *attributes) read(e *repository.Entry, dir int, name string) {
	if a.without[e.ID.Device] {
		return
	}
	names, err := a.list(dir, name)
	if errors.Is(err, unix.ENOTSUP) {
		a.without[e.ID.Device] = true
	}
	if err != nil {
		return
	}
	if len(names) > 0 && !a.values(e, names, a.path(dir, name)) {
		return
	}
	e.HasXattrs = true
}

// values reads the attributes of that name; it reports false, and e has none,
// when one cannot be read.
func (a *attributes) values(e *repository.Entry, names []byte, path string) bool {
	for name := range bytes.SplitSeq(names, []byte{0}) {
		if len(name) == 0 {
			continue
		}
		value, err := a.get(path, string(name))
		if errors.Is(err, errNoAttribute) {
			continue
		}
		if err != nil {
			e.Xattrs = nil
			return false
		}
		e.Xattrs = append(e.Xattrs, repository.Xattr{Name: string(name), Value: bytes.Clone(value)})
	}
	slices.SortFunc(e.Xattrs, func(x, y repository.Xattr) int { return cmp.Compare(x.Name, y.Name) })
	return true
}

// list returns the names, each ended by a zero byte. Most items have none, so
// this is the call that counts.
func (a *attributes) list(dir int, name string) ([]byte, error) {
	if !a.byPath {
		names, err := grow(&a.names, func(buf []byte) (int, error) { return listAt(dir, name, a.follow, buf) })
		// Sandboxes that do not know a call refuse it.
		if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
			return names, err
		}
		a.byPath = true
	}
	path := a.path(dir, name)
	return grow(&a.names, func(buf []byte) (int, error) {
		if a.follow {
			return unix.Listxattr(path, buf)
		}
		return unix.Llistxattr(path, buf)
	})
}

func (a *attributes) get(path, name string) ([]byte, error) {
	return grow(&a.value, func(buf []byte) (int, error) {
		if a.follow {
			return unix.Getxattr(path, name, buf)
		}
		return unix.Lgetxattr(path, name, buf)
	})
}

// grow calls fill with a buffer that is made larger until it is enough.
func grow(buf *[]byte, fill func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := fill(*buf)
		if err == nil {
			return (*buf)[:n], nil
		}
		if !errors.Is(err, unix.ERANGE) || len(*buf) >= maxAttribute {
			return nil, err
		}
		*buf = make([]byte, 8*len(*buf))
	}
}
