package restic

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// packReaders is how many packs are proved at a time.
const packReaders = 3

// recordName begins the name of the record of when packs were read, in the cache:
// a pack that this machine has not read is to be read, whoever else did, and so is
// one that it has read at another place.
const recordName = "reread"

// checkData reads packs to the last byte.
func (c *checker) checkData(ctx context.Context) (err error) {
	c.record = reread.Load(filepath.Join(c.cache, recordName+"-"+c.place))
	defer func() { c.result.Fresh = c.record.Since(c.now().Add(-reread.Lately), c.packSizes()) }()
	if c.options.Data.Mode == reread.Nothing {
		return nil
	}
	defer func() { err = errors.Join(err, c.record.Save()) }()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(packReaders)
	budget := c.options.Data.Begin(c.now)
	for _, name := range c.chosenPacks() {
		size := c.packs[name].size
		if !budget.Take(size) {
			break
		}
		if err := c.watch.Wait(gctx); err != nil {
			return errors.Join(g.Wait(), err)
		}
		g.Go(func() error { return c.checkPackData(gctx, name, size) })
	}
	return g.Wait()
}

// packSizes are the packs that are there and are read: those that an index
// knows.
func (c *checker) packSizes() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for name, p := range c.packs {
			if p.size >= 0 && p.entries > 0 && !yield(name.String(), p.size) {
				return
			}
		}
	}
}

// chosenPacks are the packs to read, those that were read longest ago first.
// What is known to be wrong is not among them.
func (c *checker) chosenPacks() []id.ID {
	var texts []string
	for name, p := range c.packs {
		if c.options.Data.Includes(name[0]) && p.size >= 0 && p.entries > 0 && p.finding == nil {
			texts = append(texts, name.String())
		}
	}
	c.record.Keep(func(yield func(string) bool) {
		for name := range c.packSizes() {
			if !yield(name) {
				return
			}
		}
	})
	c.record.Sort(texts)
	names := make([]id.ID, len(texts))
	for i, text := range texts {
		names[i], _ = id.Parse(text) // it was made from a name
	}
	return names
}

func (c *checker) checkPackData(ctx context.Context, name id.ID, size int64) error {
	err := c.provePack(ctx, name, size)
	if err := outage(ctx, err); err != nil {
		return err
	}
	if err != nil {
		c.badPack(name, PackDamaged, err, "is damaged")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.PacksRead++
	c.result.BytesRead += size
	return c.record.Note(name.String(), err == nil, c.now())
}

// provePack reads a pack once, after its header: the header must be that of
// the index, every blob the one of its name, and the whole that of its own.
func (c *checker) provePack(ctx context.Context, name id.ID, size int64) error {
	blobs, err := pack.ReadHeader(c.key, packAt{ctx, c.reader, name}, size)
	if err != nil {
		return err
	}
	src, err := c.store.Get(ctx, nameOf(packFile, name), 0, -1)
	if err != nil {
		return notThere(err)
	}
	sum := sha256.New()
	err = c.proveBlobs(name, blobs, io.TeeReader(src, sum))
	if err := errors.Join(err, src.Close()); err != nil {
		return err
	}
	c.watch.Transferred(size)
	if id.ID(sum.Sum(nil)) != name {
		return fmt.Errorf("%w: its content is another", ErrDamaged)
	}
	return nil
}

func (c *checker) proveBlobs(name id.ID, blobs []pack.Blob, src io.Reader) error {
	var sealed []byte
	for i := range blobs {
		b := &blobs[i]
		sealed = slices.Grow(sealed[:0], int(b.Length))[:b.Length]
		if _, err := io.ReadFull(src, sealed); err != nil {
			return err
		}
		if _, err := c.openBlob(sealed, b); err != nil {
			return fmt.Errorf("%s %s: %w", b.Kind, b.ID.Short(), err)
		}
		if !c.isIndexed(name, b) {
			return fmt.Errorf("%w: the index says something else than its header of %s %s", ErrDamaged, b.Kind, b.ID.Short())
		}
	}
	_, err := io.Copy(io.Discard, src)
	return err
}

func (c *checker) isIndexed(name id.ID, b *pack.Blob) bool {
	for _, l := range c.reader.index.Find(b.ID, b.Kind) {
		if l.Pack == name && l.Blob == *b {
			return true
		}
	}
	return false
}

// packAt reads parts of a pack.
type packAt struct {
	ctx  context.Context //nolint:containedctx // of one call of ReadHeader
	rd   *reader
	name id.ID
}

// ReadAt reads all of b or returns an error.
func (p packAt) ReadAt(b []byte, off int64) (int, error) {
	if err := p.rd.readPack(p.ctx, p.name, b, off); err != nil {
		return 0, err
	}
	return len(b), nil
}
