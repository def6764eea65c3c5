package repository

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// Type tells what kind of item an Entry is.
type Type uint8

// The kinds of items. A socket is never stored: the source skips and counts it.
const (
	File Type = iota + 1
	Dir
	Symlink
	FIFO
	CharDevice
	BlockDevice
)

// String returns the word that listings use.
func (t Type) String() string {
	switch t {
	case File:
		return "file"
	case Dir:
		return "dir"
	case Symlink:
		return "symlink"
	case FIFO:
		return "fifo"
	case CharDevice:
		return "chardev"
	case BlockDevice:
		return "blockdev"
	}
	return "unknown"
}

// Xattr is one extended attribute. POSIX ACLs are the attributes
// system.posix_acl_access and system.posix_acl_default, in the kernel's bytes.
type Xattr struct {
	Name  string
	Value []byte
}

// SameXattrs reports that two sorted lists of attributes are equal.
func SameXattrs(a, b []Xattr) bool {
	return slices.EqualFunc(a, b, func(x, y Xattr) bool { return x.Name == y.Name && bytes.Equal(x.Value, y.Value) })
}

// FileID identifies an inode on the machine that was backed up. The zero
// value means unknown.
type FileID struct {
	Device, Inode uint64
}

// Entry is one item of a tree: the currency between source, formats, restore,
// verify and catalog.
type Entry struct {
	// Path is relative to the root: raw bytes, components joined by "/", no
	// leading slash. The root itself is "".
	Path string
	Type Type
	// Mode holds the twelve permission bits: rwx three times, and setuid
	// 04000, setgid 02000, sticky 01000.
	Mode uint32
	// UID and GID are the numbers; User and Group the names on the machine
	// of origin, empty when unknown there.
	UID, GID    uint32
	User, Group string
	// ModTime is as exact as where the entry came from: see HasNanoseconds.
	ModTime time.Time
	// HasNanoseconds tells that ModTime was not cut to whole seconds.
	HasNanoseconds bool
	// Size is the length of a regular file in bytes, -1 when the format does
	// not know it; 0 for everything else.
	Size int64
	// Target is where a symlink points, raw bytes.
	Target string
	// Major and Minor number a device.
	Major, Minor uint32
	// Xattrs are sorted by name. HasXattrs tells that they were recorded, so
	// that "none" and "unknown" differ.
	Xattrs    []Xattr
	HasXattrs bool
	// Flags are those of a regular file or a folder, zero when unknown. Walk
	// of a source knows those of folders; those of files are read when they
	// are opened.
	Flags Flags
	// HardLink names the group of hard links that this file belongs to: the
	// path of its first member in the order of Compare. Empty when the file
	// has one name, or when that is unknown.
	HardLink string
	// SHA256 is the hash of a file's whole content, nil when unknown.
	SHA256 []byte
	// ContentKey names a file's content in the format's own way: two entries
	// of one version that have the same key have the same content. Empty when
	// unknown.
	ContentKey string

	// What follows is known only for entries that a source read, and is
	// never stored.

	// ID and Links identify the inode and count its names.
	ID    FileID
	Links uint64
	// ChangeTime is the inode's change time.
	ChangeTime time.Time
	// Blocks is the allocated size in bytes; less than Size means holes.
	Blocks int64
}

// Compare orders paths as the formats need it: component by component as
// bytes, a directory before its content. It is not the order of the joined
// strings: "a/b" comes before "a b".
func Compare(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(rank(a[i])) - int(rank(b[i]))
		}
	}
	return len(a) - len(b)
}

// rank puts the separator below every byte that a name can hold.
func rank(c byte) byte {
	if c == '/' {
		return 0
	}
	return c
}

// Contains reports whether path is dir or lies below it. Everything lies
// below the root, "".
func Contains(dir, path string) bool {
	if dir == "" || dir == path {
		return true
	}
	return len(path) > len(dir) && path[len(dir)] == '/' && strings.HasPrefix(path, dir)
}
