package duplicity

import (
	"bufio"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"os"
	"sync/atomic"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
)

const (
	// chunkSize is the piece in which duplicity cuts files and deltas
	// (formats/duplicity.md section 4.4).
	chunkSize = 65536
	// memberOverhead is what a member may add to a volume beside its data:
	// headers, extended headers, padding, and the layers around them.
	memberOverhead = 4096
)

// sealedVolume is a finished volume in a temporary file.
type sealedVolume struct {
	number      int
	name        string
	first, last manifest.Position
	sha1        []byte
	size        int64
	path        string
}

// volumeWriter packs members into volumes, one after the other. It holds no
// more than one volume, in a temporary file; seal receives each in turn and
// owns it from then on.
type volumeWriter struct {
	codec  *Codec
	naming filename.Naming
	set    filename.Name // the volume's name without its number
	limit  int64         // bytes; no volume of more than one member exceeds it by more than a member
	dir    string
	seal   func(context.Context, *sealedVolume) error

	number int // of the volume being written, or the last one
	open   *openVolume
}

// openVolume is a volume being written.
type openVolume struct {
	file        *os.File
	buffered    *bufio.Writer
	sha1        hash.Hash
	size        atomic.Int64 // bytes that left the codec, which may work beside the walk
	layer       meter
	tar         *tarstream.Writer
	first, last manifest.Position
	members     int
}

// Write counts and hashes what leaves the codec.
func (v *openVolume) Write(p []byte) (int, error) {
	n, err := v.buffered.Write(p)
	v.sha1.Write(p[:n])
	v.size.Add(int64(n))
	return n, err
}

// member stores one tar member. block is the chunk number that the manifest
// shows, -1 for members that are whole or end an item.
func (w *volumeWriter) member(ctx context.Context, h *tarstream.Header, data []byte, block int64) error {
	if w.full(len(data)) {
		if err := w.finish(ctx); err != nil {
			return err
		}
	}
	if w.open == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	v := w.open
	if err := v.tar.WriteMember(h, data); err != nil {
		return fmt.Errorf("writing volume %d: %w", w.number, err)
	}
	at := manifest.Position{Path: h.Entry.Path, Block: block}
	if v.members == 0 {
		v.first = at
	}
	v.last = at
	v.members++
	return nil
}

// full reports that the next member belongs into a new volume. What is still
// inside the compressor counts at its full length, so that a volume may end a
// little early but never late.
func (w *volumeWriter) full(data int) bool {
	v := w.open
	if v == nil || v.members == 0 {
		return false
	}
	// In this order what comes out meanwhile counts twice rather than not.
	pending := v.layer.Pending()
	return v.size.Load()+pending+int64(data)+memberOverhead > w.limit
}

func (w *volumeWriter) begin() error {
	f, err := os.CreateTemp(w.dir, "varve-volume-*")
	if err != nil {
		return fmt.Errorf("beginning volume %d: %w", w.number+1, err)
	}
	v := &openVolume{file: f, buffered: bufio.NewWriterSize(f, 1<<17), sha1: sha1.New()}
	name := w.set
	if v.layer, err = w.codec.writer(v, name); err != nil {
		f.Close()
		os.Remove(f.Name())
		return fmt.Errorf("beginning volume %d: %w", w.number+1, err)
	}
	v.tar = tarstream.NewWriter(v.layer)
	w.number++
	w.open = v
	return nil
}

// finish seals the volume being written. Without one it does nothing.
func (w *volumeWriter) finish(ctx context.Context) error {
	if w.open == nil {
		return nil
	}
	v := w.open
	if err := v.close(w.codec.Encrypted); err != nil {
		return errors.Join(fmt.Errorf("finishing volume %d: %w", w.number, err), w.abandon())
	}
	w.open = nil
	name := w.set
	name.Volume = w.number
	return w.seal(ctx, &sealedVolume{
		number: w.number, name: w.naming.Format(name), first: v.first, last: v.last,
		sha1: v.sha1.Sum(nil), size: v.size.Load(), path: v.file.Name(),
	})
}

func (v *openVolume) close(footer bool) error {
	if err := v.tar.Close(footer); err != nil {
		return err
	}
	if err := v.layer.Close(); err != nil {
		return err
	}
	if err := v.buffered.Flush(); err != nil {
		return err
	}
	return v.file.Close()
}

// end makes sure that there is at least one volume, even if nothing changed,
// and seals what is open.
func (w *volumeWriter) end(ctx context.Context) error {
	if w.number == 0 {
		if err := w.begin(); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// abandon throws the open volume away.
func (w *volumeWriter) abandon() error {
	if w.open == nil {
		return nil
	}
	v := w.open
	w.open = nil
	_ = v.layer.Close() // what it could not write is thrown away
	return errors.Join(ignoreClosed(v.file.Close()), os.Remove(v.file.Name()))
}

// ignoreClosed drops errors of layers that an earlier error had already ended.
func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
