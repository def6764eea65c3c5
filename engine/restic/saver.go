package restic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

const (
	// packTarget is when a pack is closed, in bytes: restic's own choice.
	packTarget = 16 << 20
	// openPackers is how many packs of a kind are filled side by side. Which
	// one a blob goes to is chance, so that nobody who sees the packs can line
	// up the chunks of a file (formats/restic.md section 6).
	openPackers = 2
	// indexBlobs is when an index file is written.
	indexBlobs = 50_000
)

// saver stores blobs: those that are new are compressed, sealed, proved,
// packed and sent. It may be used by several goroutines.
type saver struct {
	*Repository
	index   *index.Index
	packers [2][openPackers]packer // by kind
	sends   *errgroup.Group
	ctx     context.Context //nolint:containedctx // of one run; ends when a pack could not be stored
	free    sync.Pool       // of *pack.Writer
	count   saveCounts

	// gate is held for reading from before a blob is reserved until it is in a
	// pack, so that whoever holds it for writing knows where every blob is.
	gate sync.RWMutex

	mu     sync.Mutex
	flying map[chan struct{}]struct{} // packs on their way; guarded by mu
	// indexes are the index files that were written; guarded by mu.
	indexes []id.ID
}

// saveCounts are what was new.
type saveCounts struct {
	blobs, trees, plain, packed atomic.Int64
}

// packer is a pack that is being filled.
type packer struct {
	mu sync.Mutex
	w  *pack.Writer // guarded by mu; nil when nothing is in it
}

// sendAhead is how many packs are on their way at a time.
const sendAhead = 2

func (r *Repository) newSaver(ctx context.Context, x *index.Index) *saver {
	s := &saver{Repository: r, index: x, flying: map[chan struct{}]struct{}{}}
	s.free.New = func() any { return pack.NewWriter(r.key) }
	s.begin(ctx)
	return s
}

// begin makes the group that sends packs.
func (s *saver) begin(ctx context.Context) {
	s.sends, s.ctx = errgroup.WithContext(ctx)
	s.sends.SetLimit(sendAhead)
}

// room is the memory of one goroutine that saves.
type room struct {
	packed, sealed, plain []byte
	scratch               [16 << 10]byte
}

// save stores content unless it is there already, and returns its name.
func (s *saver) save(content []byte, kind pack.Kind, m *room) (id.ID, error) {
	name := id.Of(content)
	s.gate.RLock()
	defer s.gate.RUnlock()
	if !s.index.Reserve(name, kind) {
		return name, nil
	}
	if err := s.ctx.Err(); err != nil {
		return name, context.Cause(s.ctx)
	}
	s.count.plain.Add(int64(len(content)))
	if kind == pack.Tree {
		s.count.trees.Add(1)
	} else {
		s.count.blobs.Add(1)
	}
	b := pack.Blob{ID: name, Kind: kind}
	if err := s.seal(&b, content, m); err != nil {
		return name, fmt.Errorf("storing a blob: %w", err)
	}
	s.count.packed.Add(int64(len(m.sealed)))
	return name, s.add(&b, m.sealed)
}

// seal compresses and seals content into m.sealed, and proves that it comes
// back: a fault of memory or of a compressor must not be stored.
func (s *saver) seal(b *pack.Blob, content []byte, m *room) (err error) {
	body := content
	if s.config.Version >= 2 && worthPacking(content) {
		m.packed = s.zstd.compress(m.packed[:0], content)
		// Less than 2 % is not worth the time it takes to unpack.
		if len(m.packed) < len(content)-len(content)/50 {
			body, b.Plain = m.packed, uint32(len(content))
		}
	}
	if m.sealed, err = s.key.Seal(m.sealed[:0], body); err != nil {
		return err
	}
	if !s.key.Holds(m.sealed, body, m.scratch[:]) {
		return errFaulty
	}
	if b.Plain == 0 {
		return nil
	}
	if cap(m.plain) < len(content) {
		m.plain = make([]byte, 0, len(content))
	}
	back, err := s.zstd.decompressInto(m.plain[:0:len(content)], body)
	if err != nil || !bytes.Equal(back, content) {
		return errors.Join(errFaulty, err)
	}
	return nil
}

var errFaulty = errors.New("what was sealed is not what comes back: the memory of this machine may be faulty")

// add puts a sealed blob into a pack.
func (s *saver) add(b *pack.Blob, sealed []byte) error {
	p := &s.packers[b.Kind][rand.IntN(openPackers)]
	p.mu.Lock()
	// Closed before it is too large, a pack needs no more memory than that.
	var full *pack.Writer
	if p.w != nil && (p.w.Len()+len(sealed) > packTarget || p.w.IsFull()) {
		full, p.w = p.w, nil
	}
	if p.w == nil {
		p.w = s.free.Get().(*pack.Writer)
	}
	p.w.AddSealed(b, sealed)
	p.mu.Unlock()
	if full == nil {
		return nil
	}
	s.send(full)
	return s.writeIndex(s.ctx, indexBlobs)
}

// send stores a pack, in time.
func (s *saver) send(w *pack.Writer) {
	done := make(chan struct{})
	s.mu.Lock()
	s.flying[done] = struct{}{}
	s.mu.Unlock()
	s.sends.Go(func() error {
		defer func() {
			s.mu.Lock()
			delete(s.flying, done)
			s.mu.Unlock()
			close(done)
		}()
		return s.sendNow(w)
	})
}

func (s *saver) sendNow(w *pack.Writer) error {
	blobs := w.Len()
	name, file, err := w.Finish()
	if err != nil {
		return err
	}
	if err := s.put(s.ctx, nameOf(packFile, name), file); err != nil {
		return err
	}
	s.count.packed.Add(int64(len(file) - blobs))
	s.index.Stored(name, w.Blobs())
	w.Reset()
	s.free.Put(w)
	return nil
}

// flush stores everything that is still in memory, and tells of it in an
// index.
func (s *saver) flush(ctx context.Context) error {
	for kind := range s.packers {
		s.flushKind(s.packers[kind][:])
	}
	if err := s.sends.Wait(); err != nil {
		return err
	}
	s.begin(ctx)
	return s.writeIndex(ctx, 1)
}

// flushBeside does as flush while others go on saving: what was saved before
// is stored and told of afterwards.
func (s *saver) flushBeside(ctx context.Context) error {
	s.gate.Lock()
	for kind := range s.packers {
		s.flushKind(s.packers[kind][:])
	}
	s.gate.Unlock()
	s.mu.Lock()
	flying := slices.Collect(maps.Keys(s.flying))
	s.mu.Unlock()
	for _, done := range flying {
		<-done
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return s.writeIndex(ctx, 1)
}

// flushKind sends the packs of a kind, as one where they fit.
func (s *saver) flushKind(packers []packer) {
	var merged *pack.Writer
	for i := range packers {
		p := &packers[i]
		p.mu.Lock()
		w := p.w
		p.w = nil
		p.mu.Unlock()
		switch {
		case w == nil:
		case merged == nil:
			merged = w
		case merged.Len()+w.Len() <= packTarget:
			merged.Append(w)
			w.Reset()
			s.free.Put(w)
		default:
			s.send(w)
		}
	}
	if merged != nil {
		s.send(merged)
	}
}

// writeIndex writes an index file when that many blobs wait for one.
func (s *saver) writeIndex(ctx context.Context, least int) error {
	if s.index.FreshBlobs() < least {
		return nil
	}
	packs := s.index.Fresh()
	for len(packs) > 0 {
		n, blobs := 0, 0
		for n < len(packs) && (n == 0 || blobs+len(packs[n].Blobs) <= 2*indexBlobs) {
			blobs += len(packs[n].Blobs)
			n++
		}
		name, err := s.saveIndex(ctx, packs[:n])
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.indexes = append(s.indexes, name)
		s.mu.Unlock()
		packs = packs[n:]
	}
	return nil
}

func (r *Repository) saveIndex(ctx context.Context, packs []index.Pack) (id.ID, error) {
	text, err := index.Encode(packs)
	if err != nil {
		return id.ID{}, err
	}
	return r.save(ctx, indexFile, text)
}

// probe is how much of a blob is looked at, in bytes.
const probe = 4096

// worthPacking tells from samples whether compressing may pay: bytes that are
// spread as evenly as in what is compressed or encrypted already do not.
func worthPacking(b []byte) bool {
	if len(b) < 4*probe {
		return true
	}
	for _, at := range []int{0, len(b)/2 - probe/2, len(b) - probe} {
		var counts [256]int
		for _, c := range b[at : at+probe] {
			counts[c]++
		}
		sum := 0
		for _, n := range counts {
			sum += n * n
		}
		// Evenly spread, the sum of squares is near probe²/256 + probe.
		if sum > (probe*probe/256+probe)*9/8 {
			return true
		}
	}
	return isRegular(b)
}

// isRegular tells that bytes repeat although each is as frequent as in noise.
func isRegular(b []byte) bool {
	at := len(b)/2 - probe/2
	sample := b[at : at+probe]
	seen := map[uint32]int{}
	again := 0
	for i := 0; i+4 <= len(sample); i += 4 {
		v := uint32(sample[i]) | uint32(sample[i+1])<<8 | uint32(sample[i+2])<<16 | uint32(sample[i+3])<<24
		if seen[v]++; seen[v] > 1 {
			again++
		}
	}
	return again > 8
}
