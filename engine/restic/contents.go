package restic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/internal/workers"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// Contents is one snapshot being read: every chosen item once, in order, its
// content fetched ahead. It is used by one goroutine, which closes it.
type Contents struct {
	view    *view
	paths   []string
	reached []bool

	items  chan *Item
	cancel context.CancelFunc
	done   sync.WaitGroup
	err    error // of the walk; known when items is closed
	last   *Item
	lost   []error
	memory *semaphore.Weighted
	// loads are taken by as many goroutines as there are processors, or journeys
	// at a time: a new one for every part would grow a new stack for it each time.
	loads chan func()

	// begun is closed when nobody calls Consult any more.
	begun   chan struct{}
	begin   func()
	consult func(*repository.Entry) (repository.Present, bool)
}

// aheadBytes is how much content is held in memory, in bytes.
const aheadBytes = 48 << 20

// Contents opens a snapshot for reading. No paths means everything.
func (r *Repository) Contents(ctx context.Context, s *Snapshot, paths []string) (*Contents, error) {
	x, err := r.newIndex(ctx)
	if err != nil {
		return nil, err
	}
	rd := r.newLooker(x)
	v, err := rd.newView(ctx, s)
	if err != nil {
		return nil, errors.Join(err, rd.close(), x.Close())
	}
	if len(paths) == 0 {
		paths = []string{""}
	}
	c := &Contents{
		view: v, paths: paths, reached: make([]bool, len(paths)), items: make(chan *Item, 64),
		memory: semaphore.NewWeighted(aheadBytes), loads: make(chan func(), 64), begun: make(chan struct{}),
	}
	c.begin = sync.OnceFunc(func() { close(c.begun) })
	ctx, c.cancel = context.WithCancel(ctx)
	c.done.Go(func() {
		defer close(c.items)
		defer close(c.loads)
		c.err = c.walk(ctx)
	})
	for range max(workers.Count(), backends.TraitsOf(r.store).Connections) {
		c.done.Go(func() {
			for load := range c.loads {
				load()
			}
		})
	}
	return c, nil
}

// Next returns the next item, or nil at the end. It is valid until the next
// call.
func (c *Contents) Next(ctx context.Context) (*Item, error) {
	if c.last != nil {
		c.begin()
		c.last.drop()
		c.last = nil
	}
	select {
	case item, ok := <-c.items:
		if !ok {
			return nil, c.err
		}
		c.last = item
		return item, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Missing returns the wanted paths that the snapshot does not hold.
func (c *Contents) Missing() []string {
	var missing []string
	for i, p := range c.paths {
		if !c.reached[i] && p != "" {
			missing = append(missing, p)
		}
	}
	return missing
}

// Lost returns what was wrong with folders that could not be read.
func (c *Contents) Lost() []error { return c.lost }

// Close ends reading.
func (c *Contents) Close() error {
	c.cancel()
	c.begin()
	if c.last != nil {
		c.last.drop()
	}
	for item := range c.items {
		item.drop()
	}
	c.done.Wait()
	return errors.Join(c.view.close(), c.view.index.Close())
}

// walk sends every chosen item.
func (c *Contents) walk(ctx context.Context) error {
	w := &contentWalk{Contents: c, ctx: ctx, links: map[repository.FileID]string{}}
	if c.wants("") {
		if err := w.send("", c.view.root); err != nil {
			return err
		}
	}
	at, ok := c.view.subtree(c.view.root)
	if !ok {
		return nil
	}
	return w.below("", at)
}

// wants reports that an item is chosen.
func (c *Contents) wants(p string) bool {
	wanted := false
	for i, chosen := range c.paths {
		if repository.Contains(chosen, p) {
			c.reached[i], wanted = true, true
		}
	}
	return wanted
}

// leads reports that something chosen may lie below a folder.
func (c *Contents) leads(p string) bool {
	return slices.ContainsFunc(c.paths, func(chosen string) bool {
		return repository.Contains(p, chosen) || repository.Contains(chosen, p)
	})
}

// contentWalk is the pass through the tree.
type contentWalk struct {
	*Contents
	ctx   context.Context //nolint:containedctx // of one pass
	links map[repository.FileID]string
}

func (w *contentWalk) below(dir string, at id.ID) error {
	nodes, bad, err := w.view.nodesBelow(w.ctx, at)
	if w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	if err != nil {
		w.lost = append(w.lost, fmt.Errorf("folder %q: %w", dir, err))
	}
	for i, n := range nodes {
		p := strings.TrimPrefix(dir+"/"+n.Name, "/")
		if bad[i] != nil {
			w.lost = append(w.lost, fmt.Errorf("%q: %w: %w", p, ErrDamaged, bad[i]))
			continue
		}
		if err := w.visit(p, n); err != nil {
			return err
		}
	}
	return nil
}

func (w *contentWalk) visit(p string, n *tree.Node) error {
	if w.wants(p) {
		if err := w.send(p, n); err != nil {
			return err
		}
	}
	if n.Type != tree.Dir || !w.leads(p) {
		return nil
	}
	return w.below(p, *n.Subtree)
}

// send hands an item out and then fetches its content.
func (w *contentWalk) send(p string, n *tree.Node) error {
	item := &Item{Entry: w.view.entryOf(n, p), Version: w.view.snapshot.Time, left: make(chan struct{}), begin: w.begin, memory: w.memory}
	if item.Type == 0 {
		return nil // a socket
	}
	isFile := n != nil && n.Type == tree.File
	if isFile {
		item.ContentKey = contentKey(n.Content)
		item.HardLink = w.link(n, p)
		item.parts, item.compared = make(chan *part, 16), make(chan struct{})
		item.Size, item.Broken = w.sizeOf(n)
	}
	e := item.Entry // the item is its reader's once it is sent
	select {
	case w.items <- item:
	case <-w.ctx.Done():
		if isFile {
			close(item.parts)
		}
		return w.ctx.Err()
	}
	if isFile {
		w.fetch(item, &e, n.Content)
	}
	return nil
}

// sizeOf is the length of a file, which is that of its blobs.
func (w *contentWalk) sizeOf(n *tree.Node) (size int64, err error) {
	for _, blob := range n.Content {
		length, ok := w.view.index.Length(blob, pack.Data)
		if !ok {
			return int64(n.Size), fmt.Errorf("%w: a part of it, %s, is not in the repository", ErrDamaged, blob.Short())
		}
		size += length
	}
	return size, nil
}

// link returns the first path of the inode that a file is.
func (w *contentWalk) link(n *tree.Node, p string) string {
	if n.Links < 2 || n.Inode == 0 {
		return ""
	}
	key := repository.FileID{Device: n.DeviceID, Inode: n.Inode}
	first, ok := w.links[key]
	if !ok {
		w.links[key], first = p, p
	}
	return first
}

// part is a piece of a file on its way.
type part struct {
	ready  chan struct{}
	data   []byte
	err    error
	weight int64
}

// fetch reads the blobs of a file in its order, as far ahead as memory allows,
// until nobody wants them.
func (w *contentWalk) fetch(item *Item, e *repository.Entry, content []id.ID) {
	defer close(item.parts)
	there, wanted := w.look(item, e, content)
	if !wanted {
		return
	}
	defer there.closeAfter(&w.done)
	at := int64(0)
	for _, blob := range content {
		length, _ := w.view.index.Length(blob, pack.Data) // sizeOf has found it
		p := &part{ready: make(chan struct{}), weight: min(length, aheadBytes)}
		if w.memory.Acquire(w.ctx, p.weight) != nil {
			return
		}
		read := there.reader(at, length)
		w.loads <- func() { w.load(p, blob, read) }
		at += length
		select {
		case item.parts <- p:
		case <-item.left:
			w.memory.Release(p.weight)
			return
		case <-w.ctx.Done():
			w.memory.Release(p.weight)
			return
		}
	}
}

// load fetches a blob, unless it is there already.
func (w *contentWalk) load(p *part, blob id.ID, there func(id.ID) []byte) {
	defer close(p.ready)
	if p.data = there(blob); p.data == nil {
		p.data, p.err = w.view.blob(w.ctx, blob, pack.Data)
	}
}

// Item is one item of a snapshot.
type Item struct {
	repository.Entry
	// Version is the time of the snapshot.
	Version time.Time
	// Broken says why the item cannot be brought back, nil when it can.
	Broken error

	parts  chan *part
	left   chan struct{} // closed when nobody wants the rest
	gone   bool
	memory *semaphore.Weighted
	now    *part
	rest   []byte

	begin    func()        // there is no Consult any more
	compared chan struct{} // closed when present is known
	present  repository.Present
	unwanted bool // nothing was fetched; known when parts is closed
}

// Open returns the content of a regular file. Every byte is proved before it
// comes.
func (it *Item) Open() (io.ReadCloser, error) { return it.Content() }

// Content is Open.
func (it *Item) Content() (io.ReadCloser, error) {
	if it.Broken != nil {
		return nil, it.Broken
	}
	it.begin()
	return io.NopCloser(it.stream()), nil
}

func (it *Item) stream() io.Reader { return (*itemReader)(it) }

type itemReader Item

// Read implements io.Reader.
func (it *itemReader) Read(p []byte) (int, error) {
	for len(it.rest) == 0 {
		if err := (*Item)(it).advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, it.rest)
	it.rest = it.rest[n:]
	return n, nil
}

// advance waits for the next part.
func (it *Item) advance() error {
	it.done()
	p, ok := <-it.parts
	switch {
	case !ok && it.unwanted:
		return errNotFetched
	case !ok:
		return io.EOF
	}
	<-p.ready
	it.now, it.rest = p, p.data
	return p.err
}

// done gives the memory of a part back.
func (it *Item) done() {
	if it.now != nil {
		it.now.data = nil
		it.memory.Release(it.now.weight)
		it.now, it.rest = nil, nil
	}
}

// drop lets go of what was not read.
func (it *Item) drop() {
	if it.gone || it.parts == nil {
		return
	}
	it.gone = true
	close(it.left)
	it.done()
	for p := range it.parts {
		<-p.ready
		it.memory.Release(p.weight)
	}
}
