package restic

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// OpenFile is a file of a snapshot that is read at any place: only the blobs
// that lie there are fetched. It may be used by several goroutines, and ends
// with its Listing.
type OpenFile struct {
	listing *Listing
	blobs   []id.ID
	ends    []int64 // where each blob ends

	mu   sync.Mutex
	kept []openBlob // those used last, the last one at the end; guarded by mu
}

type openBlob struct {
	at      int
	content []byte
}

// mostBlobs is how many blobs an OpenFile holds in memory: who reads in two
// places at a time comes back to both.
const mostBlobs = 2

// OpenFile opens a regular file.
func (l *Listing) OpenFile(ctx context.Context, path string) (*OpenFile, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, errClosed
	}
	n, err := l.view.node(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	if n == nil || n.Type != tree.File {
		return nil, fmt.Errorf("%q is no regular file: %w", path, ErrNotFound)
	}
	f := &OpenFile{listing: l, blobs: n.Content, ends: make([]int64, len(n.Content))}
	var end int64
	for i, name := range n.Content {
		at := l.view.index.Find(name, pack.Data)
		if len(at) == 0 {
			return nil, fmt.Errorf("%q: data %s: %w: %w", path, name.Short(), ErrDamaged, ErrMissing)
		}
		end += int64(at[0].PlainLength())
		f.ends[i] = end
	}
	return f, nil
}

// Size is the length in bytes.
func (f *OpenFile) Size() int64 {
	if len(f.ends) == 0 {
		return 0
	}
	return f.ends[len(f.ends)-1]
}

// Close lets go of what is kept.
func (f *OpenFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = nil
	return nil
}

// ReadAt reads len(p) bytes from off on, or fewer with an error: io.EOF at the
// end. What comes is proved.
func (f *OpenFile) ReadAt(ctx context.Context, p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		i := sort.Search(len(f.ends), func(i int) bool { return f.ends[i] > at })
		if i == len(f.ends) {
			return n, io.EOF
		}
		content, err := f.blob(ctx, i)
		if err != nil {
			return n, err
		}
		begin := f.ends[i] - int64(len(content))
		if at < begin {
			return n, fmt.Errorf("data %s: %w: it is shorter than the index says", f.blobs[i].Short(), ErrDamaged)
		}
		n += copy(p[n:], content[at-begin:])
	}
	return n, nil
}

// blob returns the content of the i-th blob.
func (f *OpenFile) blob(ctx context.Context, i int) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := slices.IndexFunc(f.kept, func(b openBlob) bool { return b.at == i }); at >= 0 {
		b := f.kept[at]
		f.kept = append(slices.Delete(f.kept, at, at+1), b)
		return b.content, nil
	}
	f.listing.mu.RLock()
	defer f.listing.mu.RUnlock()
	if f.listing.closed {
		return nil, errClosed
	}
	content, err := f.listing.view.blob(ctx, f.blobs[i], pack.Data)
	if err != nil {
		return nil, err
	}
	if len(f.kept) == mostBlobs {
		f.kept = slices.Delete(f.kept, 0, 1)
	}
	f.kept = append(f.kept, openBlob{i, content})
	return content, nil
}
