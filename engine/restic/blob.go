package restic

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// maxBlob bounds a blob before compression, in bytes: a folder of millions of
// files is one.
const maxBlob = 1 << 31

// reader reads blobs. It may be used by several goroutines; whoever made it
// closes it.
type reader struct {
	*Repository
	index *index.Index
	// packs are those that are local files; parts are those that are not. One
	// of the two is nil.
	packs *openPacks
	parts *segments
	// copies are local ones of packs that hold folders, nil where there shall
	// be none.
	copies *mirror
}

// newReader makes a reader that reads what is at the destination.
func (r *Repository) newReader(x *index.Index) *reader {
	rd := &reader{Repository: r, index: x}
	if opener, ok := backends.As[backends.Opener](r.store); ok {
		rd.packs = &openPacks{opener: opener, files: map[id.ID]*list.Element{}}
	} else {
		t := backends.TraitsOf(r.store)
		rd.parts = &segments{store: r.store, ahead: t.Remote, whole: t.WholeReads, came: r.watch.Transferred, packs: map[id.ID]*segment{}}
	}
	return rd
}

// newLooker makes a reader that may read copies of folders instead.
func (r *Repository) newLooker(x *index.Index) *reader {
	rd := r.newReader(x)
	if rd.copies = r.mirror; rd.copies != nil {
		rd.copies.tidy(x.Table())
	}
	return rd
}

func (rd *reader) close() error { return rd.packs.close() }

// blob returns the content of a blob. Of several copies the first that is
// whole counts.
func (rd *reader) blob(ctx context.Context, name id.ID, kind pack.Kind) ([]byte, error) {
	var errs []error
	for _, l := range rd.index.Find(name, kind) {
		b, err := rd.at(ctx, &l)
		if err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, fmt.Errorf("%s %s: %w: %w", kind, name.Short(), ErrDamaged, ErrMissing)
	}
	return nil, errors.Join(errs...)
}

// at reads a blob where it is said to lie, and proves it.
func (rd *reader) at(ctx context.Context, l *index.Location) ([]byte, error) {
	sealed, giveBack := sealedRoom(&l.Blob)
	defer giveBack()
	if rd.copies != nil && l.Kind == pack.Tree && rd.copies.readAt(ctx, l.Pack, sealed, int64(l.Offset)) {
		if b, err := rd.unsealBlob(bytes.Clone(sealed), &l.Blob); err == nil {
			return b, nil
		}
	}
	if err := rd.readPack(ctx, l.Pack, sealed, int64(l.Offset)); err != nil {
		return nil, fmt.Errorf("reading pack %s: %w", l.Pack.Short(), err)
	}
	b, err := rd.unsealBlob(sealed, &l.Blob)
	if err != nil {
		return nil, fmt.Errorf("pack %s, %s %s: %w", l.Pack.Short(), l.Kind, l.ID.Short(), err)
	}
	return b, nil
}

// sealedRooms is memory for sealed blobs that are unpacked into other memory.
var sealedRooms = sync.Pool{New: func() any { return new([]byte) }}

// sealedRoom is memory for a sealed blob. That of one that is not compressed
// becomes the content.
func sealedRoom(b *pack.Blob) (sealed []byte, giveBack func()) {
	if b.Plain == 0 {
		return make([]byte, b.Length), func() {}
	}
	room := sealedRooms.Get().(*[]byte)
	if cap(*room) < int(b.Length) {
		*room = make([]byte, b.Length)
	}
	return (*room)[:b.Length], func() { sealedRooms.Put(room) }
}

// openBlob makes the content of a sealed blob, and proves it. sealed stays as
// it is.
func (r *Repository) openBlob(sealed []byte, b *pack.Blob) ([]byte, error) {
	return r.unsealBlob(bytes.Clone(sealed), b)
}

// unsealBlob is openBlob in the memory of sealed, where what was not compressed
// stays.
func (r *Repository) unsealBlob(sealed []byte, b *pack.Blob) ([]byte, error) {
	if b.PlainLength() > maxBlob {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, errTooLarge)
	}
	text, err := r.key.OpenInPlace(sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if b.Plain > 0 {
		if text, err = r.zstd.decompressInto(make([]byte, 0, b.Plain), text); err != nil {
			return nil, err
		}
	}
	if id.Of(text) != b.ID {
		return nil, fmt.Errorf("%w: its content is another", ErrDamaged)
	}
	return text, nil
}

// readPack reads a part of a pack.
func (rd *reader) readPack(ctx context.Context, name id.ID, b []byte, off int64) error {
	if rd.packs != nil {
		return rd.packs.read(ctx, name, b, off)
	}
	return notThere(rd.parts.read(ctx, name, b, off))
}

// notThere calls a file that must be there, and is not, damage.
func notThere(err error) error {
	if errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// mostOpen is how many packs are held open.
const mostOpen = 64

// openPacks holds the packs that were read last open.
type openPacks struct {
	opener backends.Opener

	mu    sync.Mutex
	files map[id.ID]*list.Element // of *openPack; guarded by mu
	order list.List               // the one used last in front; guarded by mu
}

type openPack struct {
	name id.ID
	file backends.OpenedFile
	uses int // guarded by openPacks.mu
	gone bool
}

func (o *openPacks) read(ctx context.Context, name id.ID, b []byte, off int64) error {
	p, err := o.take(ctx, name)
	if err != nil {
		return notThere(err)
	}
	defer o.give(p)
	n, err := p.file.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	return err
}

// take returns an open pack, to be given back.
func (o *openPacks) take(ctx context.Context, name id.ID) (*openPack, error) {
	o.mu.Lock()
	if e, ok := o.files[name]; ok {
		o.order.MoveToFront(e)
		p := e.Value.(*openPack)
		p.uses++
		o.mu.Unlock()
		return p, nil
	}
	o.mu.Unlock()
	f, err := o.opener.OpenFile(ctx, nameOf(packFile, name))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := &openPack{name: name, file: f, uses: 1}
	if _, ok := o.files[name]; ok {
		p.gone = true // another goroutine was faster
		return p, nil
	}
	o.files[name] = o.order.PushFront(p)
	o.trim()
	return p, nil
}

// trim lets go of what was not used for long.
func (o *openPacks) trim() {
	for o.order.Len() > mostOpen {
		e := o.order.Back()
		p := o.order.Remove(e).(*openPack)
		delete(o.files, p.name)
		p.gone = true
		if p.uses == 0 {
			p.file.Close()
		}
	}
}

func (o *openPacks) give(p *openPack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.uses--; p.uses == 0 && p.gone {
		p.file.Close()
	}
}

func (o *openPacks) close() error {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for e := o.order.Front(); e != nil; e = e.Next() {
		errs = append(errs, e.Value.(*openPack).file.Close())
	}
	o.order.Init()
	clear(o.files)
	return errors.Join(errs...)
}
