// Package tree reads and writes restic's tree blobs: one directory each, as
// JSON, one node for each entry in the order of the raw names.
//
// The bytes are what a blob's ID is made of, so they are exactly those that
// restic makes with Go's encoding/json: equal directories then have one ID, no
// matter which program saved them. Encoder writes, Decoder reads, and Decode is
// Decoder as a loop.
package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// What can be wrong with a tree.
var (
	// ErrMalformed reports bytes that are not a tree, or not all of one.
	ErrMalformed = errors.New("malformed tree")
	// ErrNode reports a node that contradicts itself: see Node.Check.
	ErrNode = errors.New("bad node")
	// ErrOrder reports a name that is not behind the one before it.
	ErrOrder = errors.New("names out of order")
)

// Type is the kind of a node, in restic's words. A decoded node has whatever
// was stored: old releases left it empty for what they did not know.
type Type string

// The kinds of nodes.
const (
	File        Type = "file"
	Dir         Type = "dir"
	Symlink     Type = "symlink"
	BlockDevice Type = "dev"
	CharDevice  Type = "chardev"
	FIFO        Type = "fifo"
	Socket      Type = "socket"
)

// Known tells whether restic would restore a node of this type.
func (t Type) Known() bool {
	switch t {
	case File, Dir, Symlink, BlockDevice, CharDevice, FIFO, Socket:
		return true
	}
	return false
}

// Xattr is one extended attribute. The name is valid UTF-8, the value anything;
// a nil value is stored as null, an empty one is not.
type Xattr struct {
	Name  string
	Value []byte
}

// Node is one entry of a directory.
type Node struct {
	// Name is the raw name, without a path.
	Name string
	Type Type
	// Mode has the bits of Go's os.FileMode, not those of stat: see Mode.
	Mode uint32
	// The times are written in the zone that they have. Use UTC, or a trip
	// abroad stores every tree anew.
	ModTime, AccessTime, ChangeTime time.Time
	UID, GID                        uint32
	User, Group                     string
	// Inode and DeviceID identify hard links: equal in two nodes of a
	// snapshot with Links above one, they are one file.
	Inode, DeviceID uint64
	// Size is the length of a file.
	Size  uint64
	Links uint64
	// LinkTarget is where a symlink points, raw bytes.
	LinkTarget string
	Xattrs     []Xattr
	// Generic holds attributes of one operating system, named like
	// "windows.file_attributes". A value is any JSON.
	Generic map[string]json.RawMessage
	// Device is st_rdev, as the system of origin packs it.
	Device uint64
	// Content lists the blobs of a file: empty but not nil for an empty one,
	// nil for everything that is not a file.
	Content []id.ID
	// Subtree is the tree of a directory, nil for everything else.
	Subtree *id.ID
	// Error is no longer written by anyone.
	Error string
}

// Check reports with ErrNode what restic would not accept: a name that leads
// elsewhere, an unknown type, a file or directory that does not say where its
// content is. It does not look at what costs nothing but beauty.
func (n *Node) Check() error {
	switch {
	case !validName(n.Name):
		return fmt.Errorf("%w: %q is not a name", ErrNode, n.Name)
	case !n.Type.Known():
		return fmt.Errorf("%w: %q has unknown type %q", ErrNode, n.Name, string(n.Type))
	case n.Type == File && n.Content == nil:
		return fmt.Errorf("%w: file %q without a list of blobs", ErrNode, n.Name)
	case n.Type == File && slices.Contains(n.Content, id.ID{}):
		return fmt.Errorf("%w: file %q with an empty blob ID", ErrNode, n.Name)
	case n.Type == Dir && (n.Subtree == nil || n.Subtree.IsZero()):
		return fmt.Errorf("%w: directory %q without a tree", ErrNode, n.Name)
	}
	return nil
}

// validName tells whether name stays in its directory.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." && strings.IndexByte(name, '/') < 0 && strings.IndexByte(name, 0) < 0
}

// Clone returns a copy that shares nothing with n. Whoever keeps a decoded node
// beyond its turn needs one.
func (n *Node) Clone() *Node {
	c := *n
	c.Content = slices.Clone(n.Content)
	c.Xattrs = slices.Clone(n.Xattrs)
	for i := range c.Xattrs {
		c.Xattrs[i].Value = bytes.Clone(c.Xattrs[i].Value)
	}
	c.Generic = maps.Clone(n.Generic)
	for name, value := range c.Generic {
		c.Generic[name] = bytes.Clone(value)
	}
	if n.Subtree != nil {
		c.Subtree = new(*n.Subtree)
	}
	return &c
}
