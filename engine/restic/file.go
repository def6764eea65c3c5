package restic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
)

// fileKind is a kind of file at the destination.
type fileKind string

// The kinds, named as their folders are.
const (
	keyFile      fileKind = "keys"
	lockFile     fileKind = "locks"
	snapshotFile fileKind = "snapshots"
	indexFile    fileKind = "index"
	packFile     fileKind = "data"
)

const configName = "config"

// nameOf is where a file lies at the destination.
func nameOf(kind fileKind, name id.ID) string {
	text := name.String()
	if kind == packFile {
		return string(kind) + "/" + text[:2] + "/" + text
	}
	return string(kind) + "/" + text
}

// fileInfo is a file at the destination.
type fileInfo struct {
	id.ID
	backends.Object
}

// list yields the files of a kind. What is not named as they are is somebody
// else's.
func (r *Repository) list(ctx context.Context, kind fileKind) iter.Seq2[fileInfo, error] {
	return func(yield func(fileInfo, error) bool) {
		for o, err := range r.store.List(ctx, string(kind)+"/") {
			if err != nil {
				yield(fileInfo{}, fmt.Errorf("listing %s: %w", kind, err))
				return
			}
			name, perr := id.Parse(o.Name[strings.LastIndexByte(o.Name, '/')+1:])
			if perr != nil || o.Name != nameOf(kind, name) {
				continue
			}
			if !yield(fileInfo{name, o}, nil) {
				return
			}
		}
	}
}

// ids are the names of all files of a kind.
func (r *Repository) ids(ctx context.Context, kind fileKind) ([]id.ID, error) {
	var all []id.ID
	for f, err := range r.list(ctx, kind) {
		if err != nil {
			return nil, err
		}
		all = append(all, f.ID)
	}
	return all, nil
}

// read brings a whole file here, and proves that it is the one of that name.
func (r *Repository) read(ctx context.Context, kind fileKind, name id.ID) ([]byte, error) {
	b, err := r.readObject(ctx, nameOf(kind, name))
	if err != nil {
		return nil, err
	}
	if id.Of(b) != name {
		return nil, fmt.Errorf("reading %s: %w", nameOf(kind, name), ErrDamaged)
	}
	return b, nil
}

func (r *Repository) readObject(ctx context.Context, name string) ([]byte, error) {
	src, err := r.store.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	b, err := io.ReadAll(src)
	if err := errors.Join(err, src.Close()); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	r.watch.Transferred(int64(len(b)))
	return b, nil
}

// load reads an index, a snapshot or a lock.
func (r *Repository) load(ctx context.Context, kind fileKind, name id.ID) ([]byte, error) {
	sealed, err := r.read(ctx, kind, name)
	if err != nil {
		return nil, err
	}
	text, err := r.openText(sealed)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w: %w", nameOf(kind, name), ErrDamaged, err)
	}
	return text, nil
}

// save stores an index, a snapshot or a lock.
func (r *Repository) save(ctx context.Context, kind fileKind, text []byte) (id.ID, error) {
	sealed, err := r.sealText(text)
	if err != nil {
		return id.ID{}, err
	}
	name := id.Of(sealed)
	if err := r.noteFlight(kind, name, len(sealed)); err != nil {
		return name, err
	}
	if err := r.put(ctx, nameOf(kind, name), backends.BytesSource(sealed)); err != nil {
		return name, err
	}
	if kind == snapshotFile {
		r.mirror.keep(kind, name, backends.BytesSource(sealed))
	}
	return name, r.landed(kind, name)
}

// put stores one file whole, and proves its length. Where storing fails, what
// may have arrived of it is removed if that can be.
func (r *Repository) put(ctx context.Context, name string, src backends.Source) error {
	err := r.store.Put(ctx, name, src)
	if err == nil {
		err = r.proveLength(ctx, name, src.Size())
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteLimit)
		defer cancel()
		_ = r.store.Delete(ctx, name) // the first error tells what is wrong
		return fmt.Errorf("storing %s: %w", name, err)
	}
	r.watch.Transferred(src.Size())
	return nil
}

func (r *Repository) proveLength(ctx context.Context, name string, size int64) error {
	o, err := r.store.Stat(ctx, name)
	if err == nil && o.Size != size {
		err = fmt.Errorf("%w: %d bytes arrived of %d", ErrDamaged, o.Size, size)
	}
	return err
}

// remove deletes a file.
func (r *Repository) remove(ctx context.Context, kind fileKind, name id.ID) error {
	if err := r.store.Delete(ctx, nameOf(kind, name)); err != nil {
		return fmt.Errorf("deleting %s: %w", nameOf(kind, name), err)
	}
	return nil
}

// zstdText marks a compressed text in a repository of version 2.
const zstdText = 2

func (r *Repository) sealText(text []byte) ([]byte, error) {
	if r.config.Version >= 2 {
		text = r.zstd.compress([]byte{zstdText}, text)
	}
	return r.key.Seal(nil, text)
}

func (r *Repository) openText(sealed []byte) ([]byte, error) {
	text, err := r.key.Open(nil, sealed)
	if err != nil {
		return nil, err
	}
	switch {
	case r.config.Version < 2, bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return text, nil
	case len(text) > 0 && text[0] == zstdText:
		return r.zstd.decompress(text[1:], maxText)
	}
	return nil, errors.New("it is of an unknown form")
}

// maxText bounds an index, a snapshot or a lock, in bytes.
const maxText = 1 << 30
