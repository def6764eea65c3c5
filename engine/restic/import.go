package restic

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"os"
	"path"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// ImportOptions describe a snapshot that is made of what another archive
// holds.
type ImportOptions struct {
	Time time.Time
	Host string
	// Path is the folder that the items are of, absolute.
	Path string
	// Tolerable tells of an error of reading an item that the others are
	// whole: the item is reported and left out.
	Tolerable func(error) bool
}

// ImportItem is one item, with its content when it is a regular file. Open is
// called once, before the next item is asked for.
type ImportItem struct {
	Entry *repository.Entry
	Open  func() (io.ReadCloser, error)
}

// Import writes a snapshot of items, which come in the order of
// repository.Compare. What is stored already is not stored again, also of a
// run that died.
func (r *Repository) Import(ctx context.Context, o ImportOptions, items iter.Seq2[ImportItem, error]) (s Snapshot, err error) {
	l, err := r.lock(ctx, false)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	saver, journal, err := r.openSaver(l.ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, journal.close(), saver.index.Close()) }()
	im := &importer{saver: saver, options: o, tables: chunker.NewTables(r.polynomial), ctx: l.ctx}
	root, err := im.run(items)
	if err != nil {
		_ = saver.sends.Wait() // what was stored shall not be lost
		return s, err
	}
	r.watch.Finishing()
	if err := saver.flush(l.ctx); err != nil {
		return s, err
	}
	s = Snapshot{
		Time: o.Time, Tree: &root, Paths: []string{o.Path}, Hostname: o.Host, Username: r.user,
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()), Program: r.program, Summary: im.summary(),
	}
	return s, errors.Join(r.saveSnapshot(l.ctx, &s), journal.done())
}

// importer builds the trees of a snapshot.
type importer struct {
	*saver
	options ImportOptions
	tables  *chunker.Tables
	ctx     context.Context //nolint:containedctx // of one call
	stack   []*growing
	root    id.ID
	room    room
	buf     []byte

	files, bytes, folders int64
}

// growing is a folder whose items are still coming.
type growing struct {
	path string // outside for folders above the one that is imported
	node *tree.Node
	enc  tree.Encoder
}

func (im *importer) run(items iter.Seq2[ImportItem, error]) (id.ID, error) {
	im.push(outside, nil)
	names := components(im.options.Path)
	for _, name := range names[:max(0, len(names)-1)] {
		im.push(outside, im.madeUp(name))
	}
	for item, err := range items {
		if err == nil {
			err = im.watch.Wait(im.ctx)
		}
		if err == nil {
			err = im.take(&item)
		}
		if err != nil {
			return id.ID{}, err
		}
	}
	for len(im.stack) > 0 {
		if err := im.leave(); err != nil {
			return id.ID{}, err
		}
	}
	return im.root, im.ctx.Err()
}

// madeUp describes a folder that nothing is known of.
func (im *importer) madeUp(name string) *tree.Node {
	t := im.options.Time.UTC()
	return &tree.Node{Name: name, Type: tree.Dir, Mode: tree.Mode(repository.Dir, 0o755), ModTime: t, AccessTime: t, ChangeTime: t}
}

func (im *importer) push(p string, n *tree.Node) {
	f := &growing{path: p, node: n}
	f.enc.Reset()
	im.stack = append(im.stack, f)
}

func (im *importer) top() *growing { return im.stack[len(im.stack)-1] }

// leave stores the innermost folder.
func (im *importer) leave() error {
	f := im.top()
	im.stack = im.stack[:len(im.stack)-1]
	name, err := im.save(f.enc.Finish(), pack.Tree, &im.room)
	if err != nil {
		return err
	}
	if len(im.stack) == 0 {
		im.root = name
		return nil
	}
	f.node.Subtree = &name
	return im.top().enc.Add(f.node)
}

// take adds one item.
func (im *importer) take(item *ImportItem) error {
	e := item.Entry
	im.watch.Item(e.Path)
	name := path.Base(e.Path)
	if e.Path == "" {
		names := components(im.options.Path)
		if len(names) == 0 {
			im.top().path = ""
			return nil // the root of the file system has no node
		}
		name = names[len(names)-1]
	} else if err := im.goTo(parentOf(e.Path)); err != nil {
		return err
	}
	n := im.nodeOf(e, name)
	switch e.Type {
	case repository.Dir:
		im.folders++
		im.push(e.Path, n)
		return nil
	case repository.File:
		keep, err := im.content(item, n)
		if err != nil || !keep {
			return err
		}
	}
	if err := im.top().enc.Add(n); err != nil {
		return fmt.Errorf("%q: %w", e.Path, err)
	}
	return nil
}

func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

// goTo makes a folder the innermost one, and makes up those of its parents
// that did not come.
func (im *importer) goTo(dir string) error {
	for im.top().path != outside && !repository.Contains(im.top().path, dir) {
		if err := im.leave(); err != nil {
			return err
		}
	}
	if im.top().path == outside {
		if names := components(im.options.Path); len(names) > 0 {
			im.push("", im.madeUp(names[len(names)-1]))
		} else {
			im.top().path = ""
		}
	}
	for im.top().path != dir {
		rest := strings.TrimPrefix(strings.TrimPrefix(dir, im.top().path), "/")
		name, _, _ := strings.Cut(rest, "/")
		im.push(strings.TrimPrefix(im.top().path+"/"+name, "/"), im.madeUp(name))
	}
	return nil
}

// nodeOf describes an item. Names of one file are the same inode.
func (im *importer) nodeOf(e *repository.Entry, name string) *tree.Node {
	t := e.ModTime.UTC()
	n := &tree.Node{
		Name: name, Type: tree.TypeOf(e.Type), Mode: tree.Mode(e.Type, e.Mode), ModTime: t, AccessTime: t, ChangeTime: t,
		UID: e.UID, GID: e.GID, User: e.User, Group: e.Group, LinkTarget: e.Target,
	}
	if e.Type != repository.Dir && e.Type != repository.FIFO {
		n.Links = 1
	}
	if e.HardLink != "" {
		h := fnv.New64a()
		_, _ = io.WriteString(h, e.HardLink) // it cannot fail
		n.Inode, n.DeviceID, n.Links = h.Sum64()|1, 1, 2
	}
	if e.Type == repository.CharDevice || e.Type == repository.BlockDevice {
		n.Device = deviceNumber(e.Major, e.Minor)
	}
	for _, x := range e.Xattrs {
		n.Xattrs = append(n.Xattrs, tree.Xattr{Name: x.Name, Value: x.Value})
	}
	n.SetFlags(e.Flags)
	return n
}

// content stores what a file holds. It reports false for a file that cannot be
// read.
func (im *importer) content(item *ImportItem, n *tree.Node) (bool, error) {
	src, err := item.Open()
	if err == nil {
		err = errors.Join(im.chunks(src, n), src.Close())
	}
	var broken *storeError
	switch {
	case err == nil:
		im.files++
		im.watch.Handled(1, 0)
		return true, nil
	case errors.As(err, &broken):
		return false, fmt.Errorf("storing %q: %w", item.Entry.Path, broken.err)
	case im.ctx.Err() == nil && im.options.Tolerable(err):
		im.watch.Problem(item.Entry.Path, repository.Unreadable, err)
		return false, nil
	}
	return false, fmt.Errorf("reading %q: %w", item.Entry.Path, err)
}

// chunks cuts content and stores the pieces.
func (im *importer) chunks(src io.Reader, n *tree.Node) error {
	n.Content = []id.ID{}
	im.buf = im.buf[:0]
	searched := 0
	for end := false; ; {
		size, ok := im.tables.CutFrom(im.buf, searched, end)
		if !ok {
			searched = len(im.buf)
			var err error
			if end, err = im.fill(src); err != nil {
				return err
			}
			continue
		}
		if size == 0 {
			return nil
		}
		name, err := im.save(im.buf[:size], pack.Data, &im.room)
		if err != nil {
			return &storeError{err}
		}
		n.Content, n.Size = append(n.Content, name), n.Size+uint64(size)
		im.bytes += int64(size)
		im.buf = im.buf[:copy(im.buf, im.buf[size:])]
		searched = 0
	}
}

// fill reads more of a file.
func (im *importer) fill(src io.Reader) (end bool, err error) {
	if err := im.watch.Wait(im.ctx); err != nil {
		return false, err
	}
	start := len(im.buf)
	if cap(im.buf)-start < laterRead {
		grown := make([]byte, start, min(max(2*cap(im.buf), start+laterRead), chunker.MaxSize+2*laterRead))
		copy(grown, im.buf)
		im.buf = grown
	}
	for len(im.buf) < start+laterRead && err == nil {
		var n int
		n, err = src.Read(im.buf[len(im.buf) : start+laterRead])
		im.buf = im.buf[:len(im.buf)+n]
	}
	im.watch.Handled(0, int64(len(im.buf)-start))
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

func (im *importer) summary() *Summary {
	c := &im.count
	return &Summary{
		Start: im.options.Time, End: im.now(), FilesNew: im.files, DirsNew: im.folders,
		DataBlobs: c.blobs.Load(), TreeBlobs: c.trees.Load(), DataAdded: c.plain.Load(), DataAddedPacked: c.packed.Load(),
		FilesProcessed: im.files, BytesProcessed: im.bytes,
	}
}
