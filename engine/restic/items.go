package restic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// Items is a snapshot that is read as if it were a folder: its items in order,
// and the content of those that are asked for. The caller closes it, before
// the Repository.
type Items struct {
	view *view
	ctx  context.Context //nolint:containedctx // of one pass over a snapshot
}

// Items opens a snapshot; ctx ends whatever is read of it.
func (r *Repository) Items(ctx context.Context, s *Snapshot) (*Items, error) {
	x, err := r.newIndex(ctx)
	if err != nil {
		return nil, err
	}
	rd := r.newLooker(x)
	v, err := rd.newView(ctx, s)
	if err != nil {
		return nil, errors.Join(err, rd.close(), x.Close())
	}
	return &Items{view: v, ctx: ctx}, nil
}

// Root is the folder that the items are of, "/" for that of the file system.
func (it *Items) Root() string { return "/" + strings.Join(it.view.base, "/") }

// Close ends reading.
func (it *Items) Close() error { return errors.Join(it.view.close(), it.view.index.Close()) }

// Walk yields every item. It ends at the first that is damaged.
func (it *Items) Walk(ctx context.Context) iter.Seq2[*repository.Entry, error] {
	return func(yield func(*repository.Entry, error) bool) {
		w := &itemWalk{it, ctx, map[repository.FileID]string{}, yield}
		w.visit("", it.view.root)
	}
}

// itemWalk is one pass.
type itemWalk struct {
	*Items
	ctx   context.Context //nolint:containedctx // of one pass
	links map[repository.FileID]string
	yield func(*repository.Entry, error) bool
}

// visit yields an item and what is below it. It reports false when the walk is
// over.
func (w *itemWalk) visit(p string, n *tree.Node) bool {
	if n != nil && n.Type.Entry() == 0 {
		return true // a socket
	}
	e, err := w.entry(p, n)
	if err != nil {
		w.yield(nil, err)
		return false
	}
	if !w.yield(e, nil) {
		return false
	}
	at, ok := w.view.subtree(n)
	if !ok {
		return true
	}
	nodes, bad, err := w.view.nodesBelow(w.ctx, at)
	if err = errors.Join(append(bad, err)...); err != nil {
		w.yield(nil, fmt.Errorf("folder %q: %w", p, err))
		return false
	}
	for _, child := range nodes {
		if !w.visit(strings.TrimPrefix(p+"/"+child.Name, "/"), child) {
			return false
		}
	}
	return true
}

// entry describes an item, its content and its other names included.
func (w *itemWalk) entry(p string, n *tree.Node) (*repository.Entry, error) {
	e := w.view.entryOf(n, p)
	if n == nil || n.Type != tree.File {
		return &e, nil
	}
	e.Size, e.ContentKey = 0, contentKey(n.Content)
	for _, blob := range n.Content {
		length, ok := w.view.index.Length(blob, pack.Data)
		if !ok {
			return nil, fmt.Errorf("%q: %w: a part of it, %s, is not in the repository", p, ErrDamaged, blob.Short())
		}
		e.Size += length
	}
	if n.Links >= 2 && n.Inode != 0 {
		key := repository.FileID{Device: n.DeviceID, Inode: n.Inode}
		if _, met := w.links[key]; !met {
			w.links[key] = p
		}
		e.HardLink = w.links[key]
	}
	return &e, nil
}

// Open returns the content of a regular file. Every byte is proved before it
// comes.
func (it *Items) Open(p string) (io.ReadCloser, error) {
	n, err := it.view.node(it.ctx, p)
	if err != nil {
		return nil, err
	}
	if n == nil || n.Type != tree.File {
		return nil, fmt.Errorf("%q: %w", p, ErrNotFound)
	}
	return it.view.open(it.ctx, n.Content), nil
}

// aheadBlobs is how many pieces of a file are fetched before they are wanted.
const aheadBlobs = 4

// blobStream is the content of blobs, one after the other.
type blobStream struct {
	ctx    context.Context //nolint:containedctx // of one file
	cancel context.CancelFunc
	coming chan chan fetchedBlob
	rest   []byte
	err    error
}

type fetchedBlob struct {
	data []byte
	err  error
}

// open reads blobs in their order, some at a time.
func (v *view) open(ctx context.Context, blobs []id.ID) io.ReadCloser {
	ctx, cancel := context.WithCancel(ctx)
	s := &blobStream{ctx: ctx, cancel: cancel, coming: make(chan chan fetchedBlob, aheadBlobs)}
	go func() {
		defer close(s.coming)
		for _, name := range blobs {
			one := make(chan fetchedBlob, 1)
			select {
			case s.coming <- one:
			case <-ctx.Done():
				return
			}
			go func() {
				b, err := v.blob(ctx, name, pack.Data)
				one <- fetchedBlob{b, err}
			}()
		}
	}()
	return s
}

// Read implements io.Reader.
func (s *blobStream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		one, ok := <-s.coming
		if !ok {
			if s.err = s.ctx.Err(); s.err == nil {
				s.err = io.EOF
			}
			continue
		}
		b := <-one
		s.rest, s.err = b.data, b.err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Close ends the fetching, and waits for what is on its way.
func (s *blobStream) Close() error {
	s.cancel()
	for one := range s.coming {
		<-one
	}
	return nil
}
