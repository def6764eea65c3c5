package duplicity

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/reread"
)

// stoppedStore is stopped in the n-th file that is read, and fails with why.
type stoppedStore struct {
	backends.Store
	n    int
	stop context.CancelCauseFunc
	why  error
}

func (s *stoppedStore) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if s.n--; s.n == 0 {
		s.stop(s.why)
	}
	if s.n <= 0 {
		return nil, s.why
	}
	return s.Store.Get(ctx, name, off, n)
}

// A check that is stopped takes nothing for damage that it could not read.
func TestStoppedCheckFindsNothing(t *testing.T) {
	b := newBench(t)
	for _, kind := range []Kind{Full, Incremental} {
		if err := b.backup(b.store, kind); err != nil {
			t.Fatal(err)
		}
	}
	why := errors.New("something else goes first")
	for n := 1; ; n++ {
		ctx, stop := context.WithCancelCause(t.Context())
		s := &stoppedStore{b.store, n, stop, why}
		_, err := b.open(s).Check(ctx, reread.Plan{Mode: reread.Everything}, func(f Finding) {
			t.Errorf("stopped in file %d: found %+v", n, f)
		})
		if s.n > 0 { // it came to its end
			if n < 5 || err != nil {
				t.Errorf("%d files were read, %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, why) {
			t.Errorf("stopped in file %d: got %v", n, err)
		}
	}
}
