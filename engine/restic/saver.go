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

	"github.com/varve-backup/varve/backends"
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
	slots   chan struct{}   // taken by every pack on its way
	ctx     context.Context //nolint:containedctx // of one run; ends when a pack could not be stored
	free    sync.Pool       // of *pack.Writer
	memory  pack.Memory
	count   saveCounts
	// note, if set, is told of every pack that is stored.
	note func(id.ID) error

	// gate is held for reading from before a blob is reserved until it is in a
	// pack, so that whoever holds it for writing knows where every blob is.
	gate sync.RWMutex

	large      sync.Mutex
	largePlain []byte // for proving blobs of more than largeBlob bytes; guarded by large

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

// largeBlob is from where on blobs are proved one at a time, in bytes: there
// is one room for that and not one for every reader.
const largeBlob = 1 << 20

// How many packs are on their way at a time. Far away, storing one ends with
// some journeys, during which the others fill the line.
const (
	sendAhead    = 2
	sendAheadFar = 3
)

func (r *Repository) newSaver(ctx context.Context, x *index.Index) *saver {
	ahead := sendAhead
	if backends.TraitsOf(r.store).Remote {
		ahead = sendAheadFar
	}
	s := &saver{Repository: r, index: x, slots: make(chan struct{}, ahead), flying: map[chan struct{}]struct{}{}}
	s.free.New = func() any { return pack.NewWriter(r.key, &s.memory) }
	s.begin(ctx)
	return s
}

// begin makes the group that sends packs.
func (s *saver) begin(ctx context.Context) {
	s.sends, s.ctx = errgroup.WithContext(ctx)
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
	if len(content) > largeBlob {
		s.large.Lock()
		defer s.large.Unlock()
		return s.prove(&s.largePlain, body, content)
	}
	return s.prove(&m.plain, body, content)
}

// prove unpacks what was packed, and compares it with what it was.
func (s *saver) prove(room *[]byte, packed, content []byte) error {
	if cap(*room) < len(content) {
		*room = make([]byte, 0, len(content))
	}
	back, err := s.zstd.decompressInto((*room)[:0:len(content)], packed)
	if err != nil || !bytes.Equal(back, content) {
		return errors.Join(errFaulty, err)
	}
	return nil
}

var errFaulty = errors.New("what was sealed is not what comes back: the memory of this machine may be faulty")

// add puts a sealed blob into a pack.
func (s *saver) add(b *pack.Blob, sealed []byte) error {
	p := &s.packers[b.Kind][rand.IntN(openPackers)]
	if s.addTo(p, b, sealed, false) {
		return nil
	}
	// A new pack is begun when the full one can go, so that no more of them
	// are in memory than are filled and sent.
	if err := s.takeSlot(); err != nil {
		return err
	}
	s.addTo(p, b, sealed, true)
	return s.writeIndex(s.ctx, indexBlobs)
}

// addTo adds a blob to a packer. Where the pack is full it is sent if the
// caller has a slot for it, which is given up if it is not needed.
func (s *saver) addTo(p *packer, b *pack.Blob, sealed []byte, slot bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.w != nil && (p.w.Len()+len(sealed) > packTarget || p.w.IsFull())
	switch {
	case full && !slot:
		return false
	case full:
		s.send(p.w)
		p.w = nil
	case slot:
		<-s.slots
	}
	if p.w == nil {
		p.w = s.free.Get().(*pack.Writer)
	}
	p.w.AddSealed(b, sealed)
	return true
}

func (s *saver) takeSlot() error {
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// send stores a pack, in time. It owns a slot, and gives it up.
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
			<-s.slots
			close(done)
		}()
		return s.sendNow(w)
	})
}

func (s *saver) sendNow(w *pack.Writer) error {
	blobs := w.Len()
	name, err := w.Finish()
	if err != nil {
		return err
	}
	if err := s.put(s.ctx, nameOf(packFile, name), w); err != nil {
		return err
	}
	s.count.packed.Add(int64(w.Len() - blobs))
	if s.note != nil {
		if err := s.note(name); err != nil {
			return err
		}
	}
	if w.Blobs()[0].Kind == pack.Tree {
		s.mirror.keep(packFile, name, w)
	}
	s.index.Stored(name, w.Blobs())
	w.Reset()
	s.free.Put(w)
	return nil
}

// flush stores everything that is still in memory, and tells of it in an
// index.
func (s *saver) flush(ctx context.Context) error {
	if err := errors.Join(s.flushPackers(), s.sends.Wait()); err != nil {
		return err
	}
	s.begin(ctx)
	return s.writeIndex(ctx, 1)
}

// flushBeside does as flush while others go on saving: what was saved before
// is stored and told of afterwards.
func (s *saver) flushBeside(ctx context.Context) error {
	s.gate.Lock()
	err := s.flushPackers()
	s.gate.Unlock()
	if err != nil {
		return err
	}
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

// flushPackers sends what is in packs that are not full.
func (s *saver) flushPackers() error {
	for kind := range s.packers {
		if err := s.flushKind(s.packers[kind][:]); err != nil {
			return err
		}
	}
	return nil
}

// flushKind sends the packs of a kind, as one where they fit.
func (s *saver) flushKind(packers []packer) error {
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
			if err := s.sendLater(w); err != nil {
				return err
			}
		}
	}
	if merged == nil {
		return nil
	}
	return s.sendLater(merged)
}

// sendLater sends a pack when its turn comes.
func (s *saver) sendLater(w *pack.Writer) error {
	if err := s.takeSlot(); err != nil {
		return err
	}
	s.send(w)
	return nil
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
	return r.save(ctx, indexFile, index.Encode(packs))
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
