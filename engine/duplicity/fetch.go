package duplicity

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// fetched is a stored file on this machine, its hash proved, at its start.
type fetched struct {
	name string
	io.ReadCloser
}

// fetchVolume brings a volume here and compares its hash with the manifest's
// before a byte of it is used (formats/duplicity.md section 8.2). Where the
// store is a local disk nothing is copied.
func (a *Archive) fetchVolume(ctx context.Context, name string, v *manifest.Volume) (*fetched, error) {
	sum, want := hashOf(v)
	f, err := a.openStored(ctx, name, sum)
	switch {
	case errors.Is(err, backends.ErrNotExist):
		return nil, fmt.Errorf("reading %s: %w", name, ErrMissingVolume)
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if subtle.ConstantTimeCompare(sum.Sum(nil), want) != 1 {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", name, ErrHash), f.Close())
	}
	return &fetched{name, f}, nil
}

// hashOf chooses the hash that a manifest gives for a volume.
func hashOf(v *manifest.Volume) (hash.Hash, []byte) {
	if len(v.SHA1) == 0 && len(v.MD5) > 0 {
		return md5.New(), v.MD5
	}
	return sha1.New(), v.SHA1
}

// openStored returns a stored file for reading, after sum has seen all of it.
func (a *Archive) openStored(ctx context.Context, name string, sum io.Writer) (io.ReadCloser, error) {
	if opener, ok := backends.As[backends.Opener](a.store); ok {
		return a.openInPlace(ctx, opener, name, sum)
	}
	return a.download(ctx, name, sum)
}

func (a *Archive) openInPlace(ctx context.Context, opener backends.Opener, name string, sum io.Writer) (io.ReadCloser, error) {
	f, err := opener.OpenFile(ctx, name)
	if err != nil {
		return nil, err
	}
	n, err := copyObserved(ctx, a, sum, io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, 0, n), f}, nil
}

// download copies a stored file into an unlinked temporary one.
func (a *Archive) download(ctx context.Context, name string, sum io.Writer) (io.ReadCloser, error) {
	src, err := a.store.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	f, err := os.CreateTemp(a.tempDir, "varve-volume-*")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = copyObserved(ctx, a, io.MultiWriter(f, sum), src)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// copyObserved copies, can be held up, and counts what came in.
func copyObserved(ctx context.Context, a *Archive, dst io.Writer, src io.Reader) (int64, error) {
	buf := make([]byte, 1<<18)
	var total int64
	for {
		if err := a.watch.Wait(ctx); err != nil {
			return total, err
		}
		n, err := src.Read(buf)
		if _, werr := dst.Write(buf[:n]); werr != nil {
			return total, werr
		}
		total += int64(n)
		a.watch.Transferred(int64(n))
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
