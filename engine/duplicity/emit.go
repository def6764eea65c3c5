package duplicity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/varve-backup/varve/engine/duplicity/librsync"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
)

// errPrefixChanged tells that an item which a border had cut no longer begins
// with the bytes that were stored of it.
var errPrefixChanged = errors.New("the file changed since the interrupted run")

// content is a file being read: its bytes pass the signature, the whole-file
// hash and the counters on their way into the archive.
type content struct {
	src       io.Reader
	signature *librsync.SignatureWriter
	sum       hash.Hash
	size      int64
	ctx       context.Context
	watch     repository.Observer
	failed    error // what ended the reading, other than the end
}

// newContent reads src and writes the signature of its bytes to sig.
func (r *run) newContent(ctx context.Context, src io.Reader, e *repository.Entry, sig *bytes.Buffer) *content {
	block := librsync.BlockLength(e.Size, r.options.MaxBlockSize)
	return &content{
		src: src, signature: librsync.NewSignatureWriter(sig, librsync.MD4, block, signatureStrength),
		sum: sha256.New(), ctx: ctx, watch: r.watch,
	}
}

// Read implements io.Reader. A failing source looks like the end of the file:
// what was read so far is in the archive already and must be closed properly.
func (c *content) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, io.EOF
	}
	if err := c.watch.Wait(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.src.Read(p)
	c.sum.Write(p[:n])
	if _, serr := c.signature.Write(p[:n]); serr != nil {
		return n, serr
	}
	c.size += int64(n)
	c.watch.Handled(0, int64(n))
	if err != nil && err != io.EOF {
		c.failed, err = err, io.EOF
	}
	return n, err
}

// storeFile reads a regular file and stores it, as a delta against old where
// there is one.
func (r *run) storeFile(ctx context.Context, e *repository.Entry, old *librsync.Signature, change repository.Change) error {
	file, err := r.tree.OpenFile(e)
	if err != nil {
		return r.unreadable(e, err)
	}
	defer file.Close()
	r.signature.Reset()
	c := r.newContent(ctx, file, e, &r.signature)
	var payload io.Reader = c
	if old != nil {
		payload = librsync.NewDeltaReader(c, old)
	}
	first, err := readPiece(payload, r.piece[:])
	if err != nil {
		return err
	}
	if c.failed != nil && c.size == 0 {
		return r.unreadable(e, c.failed)
	}
	if err := r.storePieces(ctx, e, c, payload, first, old != nil); err != nil {
		return err
	}
	return r.recordFile(e, c, file.Changed(), change)
}

// storePieces writes the members of one file: a single one when the payload
// is short, numbered chunks that end with a short one otherwise.
func (r *run) storePieces(ctx context.Context, e *repository.Entry, c *content, payload io.Reader, piece []byte, delta bool) error {
	if len(piece) < chunkSize {
		if r.resumesInside(e.Path) {
			return errPrefixChanged
		}
		return r.storePiece(ctx, e, c, memberKind(delta, false), 0, piece)
	}
	resume, err := r.resumedItem(e, delta)
	if err != nil {
		return err
	}
	r.open = newProgress(e, delta)
	defer func() { r.open = nil }()
	for chunk := int64(1); ; chunk++ {
		skip := resume != nil && chunk <= resume.Chunks
		last := len(piece) < chunkSize
		if skip && last {
			return errPrefixChanged
		}
		// A border may fall before this member: then the item is open with
		// the chunks before it.
		if !skip {
			err = r.storePiece(ctx, e, c, memberKind(delta, true), chunk, piece)
		}
		if err != nil || last {
			return err
		}
		r.open.add(piece)
		if skip && chunk == resume.Chunks && !bytes.Equal(r.open.at().SHA256, resume.SHA256) {
			return errPrefixChanged
		}
		if piece, err = readPiece(payload, r.piece[:]); err != nil {
			return err
		}
	}
}

// storePiece writes one member of a file. The last one, which is short,
// carries the size and hash of the whole.
func (r *run) storePiece(ctx context.Context, e *repository.Entry, c *content, kind tarstream.Kind, chunk int64, piece []byte) error {
	h := tarstream.Header{Kind: kind, Chunk: chunk, Entry: *e}
	h.Entry.Size, h.Entry.SHA256 = -1, nil
	block := chunk
	if len(piece) < chunkSize {
		h.Entry.Size, h.Entry.SHA256 = c.size, c.sum.Sum(nil)
		block = -1
	}
	return r.volumes.member(ctx, &h, piece, block)
}

// itemProgress is a chunked item on its way into the volumes.
type itemProgress struct {
	item openItem
	sum  hash.Hash
}

func newProgress(e *repository.Entry, delta bool) *itemProgress {
	return &itemProgress{openItem{Path: pathText(e.Path), ModTime: e.ModTime, Size: e.Size, Delta: delta}, sha256.New()}
}

// add counts a chunk that is in a volume.
func (p *itemProgress) add(piece []byte) {
	p.sum.Write(piece)
	p.item.Chunks++
}

// at returns the item as it stands at a border.
func (p *itemProgress) at() *openItem {
	item := p.item
	item.SHA256 = p.sum.Sum(nil)
	return &item
}

func memberKind(delta, chunked bool) tarstream.Kind {
	switch {
	case delta && chunked:
		return tarstream.MultivolDiff
	case delta:
		return tarstream.Diff
	case chunked:
		return tarstream.MultivolSnapshot
	}
	return tarstream.Snapshot
}

// readPiece fills buf as far as the payload goes.
func readPiece(payload io.Reader, buf []byte) ([]byte, error) {
	n, err := io.ReadFull(payload, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return buf[:n], err
}

// recordFile adds a stored file to the signatures and the file list. A file
// that could not be read to its end gets the oldest time there is, so that
// the next run looks at it again.
func (r *run) recordFile(e *repository.Entry, c *content, changed bool, change repository.Change) error {
	if err := c.signature.Close(); err != nil {
		return err
	}
	h := tarstream.Header{Kind: tarstream.Signature, Entry: *e}
	h.Entry.Size, h.Entry.SHA256 = c.size, c.sum.Sum(nil)
	switch {
	case c.failed != nil:
		h.Entry.ModTime = epoch
		r.watch.Problem(e.Path, repository.Unreadable, fmt.Errorf("only its first %d bytes are in this version: %w", c.size, c.failed))
	case changed:
		h.Entry.ModTime = epoch
		r.watch.Problem(e.Path, repository.ChangedInRead, errors.New("it changed while it was read"))
	}
	r.watch.Handled(1, 0)
	return r.record(&h, r.signature.Bytes(), change)
}

// storeOther stores anything but a regular file.
func (r *run) storeOther(ctx context.Context, e *repository.Entry, change repository.Change) error {
	h := tarstream.Header{Kind: tarstream.Snapshot, Entry: *e}
	if err := r.volumes.member(ctx, &h, nil, -1); err != nil {
		return err
	}
	return r.record(&h, nil, change)
}

// storeDeletion stores that an item is gone.
func (r *run) storeDeletion(ctx context.Context, stored *storedItem) error {
	h := tarstream.Header{Kind: tarstream.Deleted, Entry: repository.Entry{Path: stored.Path, Type: repository.File}}
	if err := r.volumes.member(ctx, &h, nil, -1); err != nil {
		return err
	}
	return r.recordAs(&h, nil, repository.Deleted, stored.Type == repository.File)
}

// unreadable reports an item that is not in this version; what an older
// version holds of it stays as it is.
func (r *run) unreadable(e *repository.Entry, err error) error {
	r.watch.Problem(e.Path, source.ProblemOf(err), err)
	return nil
}
