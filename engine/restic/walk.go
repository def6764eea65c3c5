package restic

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
	"golang.org/x/sys/unix"
)

// view is a snapshot seen from one of its folders: the one that was backed up
// where it was a single one, else the root of the file system.
type view struct {
	*reader
	snapshot *Snapshot
	// base is the folder in the snapshot that is the root of the view, as
	// components; root is its node, nil for the root of the snapshot.
	base []string
	root *tree.Node
}

// newView opens a snapshot. A single item that was backed up is the root.
func (rd *reader) newView(ctx context.Context, s *Snapshot) (*view, error) {
	v := &view{reader: rd, snapshot: s}
	if paths := realPaths(s); len(paths) == 1 {
		v.base = components(paths[0])
	}
	if len(v.base) == 0 {
		return v, nil
	}
	n, err := v.find(ctx, *s.Tree, v.base)
	if errors.Is(err, ErrNotFound) {
		v.base = nil // a path that was stored in another form
		return v, nil
	}
	v.root = n
	return v, err
}

// realPaths are the paths of a snapshot without our own mark.
func realPaths(s *Snapshot) []string {
	return slices.DeleteFunc(slices.Clone(s.Paths), func(p string) bool { return p == partialPath })
}

// components cuts a path; an absolute one has none for its root.
func components(p string) []string {
	p = strings.Trim(path.Clean(p), "/")
	if p == "" || p == "." {
		return nil
	}
	return strings.Split(p, "/")
}

// find goes down from a tree to an item.
func (v *view) find(ctx context.Context, at id.ID, names []string) (*tree.Node, error) {
	var n *tree.Node
	for i, name := range names {
		var err error
		if n, err = v.child(ctx, at, name); err != nil {
			return nil, err
		}
		if i == len(names)-1 {
			break
		}
		if n.Type != tree.Dir || n.Subtree == nil {
			return nil, ErrNotFound
		}
		at = *n.Subtree
	}
	return n, nil
}

// child returns one node of a tree.
func (v *view) child(ctx context.Context, at id.ID, name string) (*tree.Node, error) {
	b, err := v.blob(ctx, at, pack.Tree)
	if err != nil {
		return nil, err
	}
	for n, err := range tree.Decode(b) {
		if n == nil {
			return nil, fmt.Errorf("tree %s: %w: %w", at.Short(), ErrDamaged, err)
		}
		if n.Name == name {
			return n.Clone(), err
		}
	}
	return nil, ErrNotFound
}

// node returns the item at a path of the view, nil for the root of the
// snapshot itself.
func (v *view) node(ctx context.Context, p string) (*tree.Node, error) {
	names := components(p)
	switch {
	case len(names) == 0:
		return v.root, nil
	case v.root == nil:
		return v.find(ctx, *v.snapshot.Tree, names)
	case v.root.Subtree == nil:
		return nil, ErrNotFound
	}
	return v.find(ctx, *v.root.Subtree, names)
}

// subtree is the tree of a folder, whose node is nil for the root.
func (v *view) subtree(n *tree.Node) (id.ID, bool) {
	switch {
	case n == nil:
		return *v.snapshot.Tree, true
	case n.Type == tree.Dir && n.Subtree != nil:
		return *n.Subtree, true
	}
	return id.ID{}, false
}

// entryOf describes a node; nil is the root of a snapshot, of which nothing
// was stored.
func (v *view) entryOf(n *tree.Node, p string) repository.Entry {
	if n == nil {
		return repository.Entry{Path: p, Type: repository.Dir, Mode: 0o755, ModTime: v.snapshot.Time, HasNanoseconds: true}
	}
	e := repository.Entry{
		Path: p, Type: n.Type.Entry(), Mode: tree.Perm(n.Mode), UID: n.UID, GID: n.GID, User: n.User, Group: n.Group,
		ModTime: n.ModTime, HasNanoseconds: true, Target: n.LinkTarget, HasXattrs: true, Links: n.Links, Flags: n.Flags(),
	}
	if n.Type == tree.File {
		e.Size = int64(n.Size)
	}
	if n.Type == tree.BlockDevice || n.Type == tree.CharDevice {
		e.Major, e.Minor = unix.Major(n.Device), unix.Minor(n.Device)
	}
	for _, x := range n.Xattrs {
		e.Xattrs = append(e.Xattrs, repository.Xattr{Name: strings.Clone(x.Name), Value: slices.Clone(x.Value)})
	}
	slices.SortFunc(e.Xattrs, func(a, b repository.Xattr) int { return strings.Compare(a.Name, b.Name) })
	return e
}

// contentKey names the content of a file: equal in two nodes, it is equal.
func contentKey(content []id.ID) string {
	h := sha256.New()
	for i := range content {
		h.Write(content[i][:])
	}
	return string(h.Sum(nil))
}

// nodesBelow yields the nodes of a tree; what is wrong with one comes with it.
func (v *view) nodesBelow(ctx context.Context, at id.ID) ([]*tree.Node, []error, error) {
	b, err := v.blob(ctx, at, pack.Tree)
	if err != nil {
		return nil, nil, err
	}
	var nodes []*tree.Node
	var bad []error
	d := tree.NewDecoder(b)
	for {
		n, err := d.Next()
		if errors.Is(err, io.EOF) {
			return nodes, bad, nil
		}
		if n == nil {
			return nodes, bad, fmt.Errorf("tree %s: %w: %w", at.Short(), ErrDamaged, err)
		}
		nodes, bad = append(nodes, n.Clone()), append(bad, err)
	}
}
