package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/varve-backup/varve/backends"
)

// Tested is what Test learnt of a destination.
type Tested struct {
	Found
	// Answer is how long a small question takes.
	Answer time.Duration
	// Upload and Download are in bytes a second, measured with few bytes: the
	// order of magnitude is right.
	Upload, Download float64
	// StorageClass is what new files are kept as, in the provider's words.
	StorageClass string
}

// testSize is how much Test stores: enough to tell a slow line from a fast
// one, and done within seconds on either.
const testSize = 256 << 10

// Test proves that a destination can be used: a file is stored there, listed,
// read back, compared and deleted. A missing folder is made, as a backup would
// do.
func (e *Engine) Test(ctx context.Context, d Destination) (Tested, error) {
	t := Tested{Found: Found{Free: -1, Total: -1}}
	c := e.reach(d, true)
	c.Trial = true
	store, err := e.openPlace(ctx, d.URL, c)
	if err != nil {
		return t, classify(ctx, "testing the destination", err)
	}
	err = errors.Join(e.test(ctx, d, store, &t), store.Close())
	return t, classify(ctx, "testing the destination", err)
}

func (e *Engine) test(ctx context.Context, d Destination, store backends.Store, t *Tested) error {
	t.Exists, t.StorageClass = true, backends.TraitsOf(store).StorageClass
	if s, ok := backends.As[backends.Spacer](store); ok {
		if free, total, err := s.Space(ctx); err == nil {
			t.Free, t.Total = free, total
		}
	}
	var name [8]byte
	content := make([]byte, testSize)
	rand.Read(name[:])
	rand.Read(content)
	if err := t.roundTrip(ctx, store, "varve-test-"+hex.EncodeToString(name[:]), content); err != nil {
		return err
	}
	t.Writable = true
	return e.inspectArchive(ctx, d, store, &t.Found)
}

// roundTrip stores a file and takes it away again, whatever happens.
func (t *Tested) roundTrip(ctx context.Context, store backends.Store, name string, content []byte) (err error) {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), backends.DefaultTimeout)
		defer cancel()
		err = errors.Join(err, store.Delete(ctx, name))
	}()
	begun := time.Now()
	if err := store.Put(ctx, name, backends.BytesSource(content)); err != nil {
		return err
	}
	t.Upload = speed(len(content), time.Since(begun))
	begun = time.Now()
	o, err := store.Stat(ctx, name)
	if err == nil && o.Size != int64(len(content)) {
		err = fmt.Errorf("%w: it has %d bytes of a file of %d", backends.ErrCorrupt, o.Size, len(content))
	}
	if err != nil {
		return err
	}
	t.Answer = time.Since(begun)
	if err := isListed(ctx, store, name); err != nil {
		return err
	}
	begun = time.Now()
	back, err := readAll(ctx, store, name)
	t.Download = speed(len(back), time.Since(begun))
	if err == nil && !bytes.Equal(back, content) {
		err = fmt.Errorf("%w: a file came back with other content", backends.ErrCorrupt)
	}
	return err
}

func speed(n int, d time.Duration) float64 { return float64(n) / max(d.Seconds(), 1e-6) }

func isListed(ctx context.Context, store backends.Store, name string) error {
	for o, err := range store.List(ctx, name) {
		if err != nil {
			return err
		}
		if o.Name == name {
			return nil
		}
	}
	return fmt.Errorf("%w: a file that was stored is not listed", backends.ErrCorrupt)
}

func readAll(ctx context.Context, store backends.Store, name string) ([]byte, error) {
	r, err := store.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}
