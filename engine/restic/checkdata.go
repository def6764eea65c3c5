package restic

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// packReaders is how many packs are proved at a time.
const packReaders = 3

// checkData reads packs to the last byte.
func (c *checker) checkData(ctx context.Context) (err error) {
	if c.options.Data.Mode == NoData {
		return nil
	}
	c.verified = loadVerified(filepath.Join(c.cache, verifiedName))
	defer func() { err = errors.Join(err, c.verified.save()) }()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(packReaders)
	start, read := c.now(), int64(0)
	for _, name := range c.chosenPacks() {
		size := c.packs[name].size
		if c.isSpent(start, read, size) {
			break
		}
		read += size
		if err := c.watch.Wait(gctx); err != nil {
			return errors.Join(g.Wait(), err)
		}
		g.Go(func() error { return c.checkPackData(gctx, name, size) })
	}
	return g.Wait()
}

// chosenPacks are the packs to read, those verified longest ago first. What is
// known to be wrong is not among them.
func (c *checker) chosenPacks() (names []id.ID) {
	d := c.options.Data
	for name, p := range c.packs {
		inShare := d.Mode != ShareOfData || int(name[0])%d.Of == d.Part-1
		if inShare && p.size >= 0 && p.entries > 0 && p.finding == nil {
			names = append(names, name)
		}
	}
	c.verified.keep(c.packs)
	when := maps.Clone(c.verified.times)
	slices.SortFunc(names, func(a, b id.ID) int {
		return cmp.Or(cmp.Compare(when[a], when[b]), bytes.Compare(a[:], b[:]))
	})
	return names
}

// isSpent tells that no further pack fits into the budget. One always does.
func (c *checker) isSpent(start time.Time, read, next int64) bool {
	d := c.options.Data
	if d.Mode != OldestData || read == 0 {
		return false
	}
	return d.Bytes > 0 && read+next > d.Bytes || d.For > 0 && c.now().Sub(start) >= d.For
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
	return c.verified.note(name, err == nil, c.now())
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

// verifiedName is the record of when packs were verified, in the cache: a pack
// and the seconds since 1970, little endian, for each.
const (
	verifiedName = "verified"
	verifiedSize = id.Size + 8
	// saveVerified is after how many packs the record is saved.
	saveVerified = 500
)

// verified is when packs were last read to the last byte and found whole.
type verified struct {
	path   string
	times  map[id.ID]int64
	unsafe int // notes that were not saved
}

// loadVerified reads the record. One that cannot be read is begun anew.
func loadVerified(path string) *verified {
	v := &verified{path: path, times: map[id.ID]int64{}}
	b, err := os.ReadFile(path)
	if err != nil || len(b)%verifiedSize != 0 {
		return v
	}
	for line := range slices.Chunk(b, verifiedSize) {
		v.times[id.ID(line[:id.Size])] = int64(binary.LittleEndian.Uint64(line[id.Size:]))
	}
	return v
}

// keep forgets packs that are gone.
func (v *verified) keep(packs map[id.ID]*checkedPack) {
	maps.DeleteFunc(v.times, func(name id.ID, _ int64) bool { return packs[name] == nil || packs[name].size < 0 })
}

// note notes a pack. What is damaged is read again first.
func (v *verified) note(name id.ID, good bool, now time.Time) error {
	delete(v.times, name)
	if good {
		v.times[name] = now.Unix()
	}
	if v.unsafe++; v.unsafe < saveVerified {
		return nil
	}
	return v.save()
}

func (v *verified) save() error {
	v.unsafe = 0
	b := make([]byte, 0, len(v.times)*verifiedSize)
	for name, t := range v.times {
		b = binary.LittleEndian.AppendUint64(append(b, name[:]...), uint64(t))
	}
	temp := v.path + ".new"
	if err := errors.Join(os.WriteFile(temp, b, 0o600), os.Rename(temp, v.path)); err != nil {
		return fmt.Errorf("noting what was verified: %w", err)
	}
	return nil
}
