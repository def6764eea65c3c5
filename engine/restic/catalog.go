package restic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// Roots are the folders that a snapshot is of, without our own mark.
func (s *Snapshot) Roots() []string { return realPaths(s) }

// WalkTrees hands over all items in order, as Walk does, and stops at the
// first that cannot be read. A folder comes with the name of its tree: equal,
// everything below is equal. When use says that it is known, nothing below it
// is read. The entry is good until use returns.
func (l *Listing) WalkTrees(ctx context.Context, use func(e *repository.Entry, tree []byte) (known bool, err error)) error {
	w := &treeWalk{listing: l, use: use}
	var err error
	l.read(ctx, "", func(_ repository.Entry, rerr error) bool { err = rerr; return false }, func(n *tree.Node) {
		err = w.item(ctx, n, "", 0)
	})
	return err
}

// treeWalk keeps a decoder for each depth, because the nodes of a folder point
// into it while those below are read.
type treeWalk struct {
	listing  *Listing
	use      func(*repository.Entry, []byte) (bool, error)
	decoders []*tree.Decoder
	entry    repository.Entry
}

// item hands over an item and everything below it; nil is the root of the
// snapshot.
func (w *treeWalk) item(ctx context.Context, n *tree.Node, path string, depth int) error {
	w.entry = w.listing.entryOf(n, path)
	at, isDir := w.listing.view.subtree(n)
	var name []byte
	if isDir {
		name = at[:]
	}
	known, err := w.use(&w.entry, name)
	if err != nil || known || !isDir {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := w.listing.view.blob(ctx, at, pack.Tree)
	if err != nil {
		return fmt.Errorf("folder %q: %w", path, err)
	}
	return w.below(ctx, b, path, depth)
}

// below hands over what is in a folder.
func (w *treeWalk) below(ctx context.Context, text []byte, path string, depth int) error {
	if depth == len(w.decoders) {
		w.decoders = append(w.decoders, tree.NewDecoder(nil))
	}
	d := w.decoders[depth]
	d.Reset(text)
	for {
		n, err := d.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("folder %q: %w: %w", path, ErrDamaged, err)
		}
		if n.Type.Entry() == 0 {
			continue
		}
		if err := w.item(ctx, n, strings.TrimPrefix(path+"/"+n.Name, "/"), depth+1); err != nil {
			return err
		}
	}
}
