package retry_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/backends/retry"
)

// mute is a store whose first answer to a Put gets lost, and which knows sums.
type mute struct {
	backends.Store
	kind string
	// loses: the object gets lost too.
	loses bool
	puts  int
}

func (m *mute) Put(ctx context.Context, name string, src backends.Source) error {
	m.puts++
	if m.puts > 1 {
		return m.Store.Put(ctx, name, src)
	}
	if !m.loses {
		if err := m.Store.Put(ctx, name, src); err != nil {
			return err
		}
	}
	return io.ErrUnexpectedEOF
}

func (m *mute) Hash(ctx context.Context, name string) (string, []byte, error) {
	r, err := m.Get(ctx, name, 0, -1)
	if err != nil {
		return "", nil, err
	}
	b, err := io.ReadAll(r)
	md, sha, long := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b)
	return m.kind, map[string][]byte{"md5": md[:], "sha1": sha[:], "sha256": long[:], "moon": {1}}[m.kind], errors.Join(err, r.Close())
}

// What arrived is not sent again, and what did not is.
func TestAnswerGetsLost(t *testing.T) {
	for _, row := range []struct {
		kind  string
		loses bool
		puts  int
	}{
		{"md5", false, 1},
		{"sha1", false, 1},
		{"sha256", false, 1},
		{"md5", true, 2},
		{"moon", false, 2}, // nobody here can make that sum
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &mute{Store: memory.New(), kind: row.kind, loses: row.loses}
			// Something else has the name already.
			if err := m.Store.Put(t.Context(), "x", backends.BytesSource("before")); err != nil {
				t.Fatal(err)
			}
			if err := retry.New(m, retry.Options{}).Put(t.Context(), "x", backends.BytesSource("after")); err != nil || m.puts != row.puts {
				t.Errorf("%+v: sent %d times, %v", row, m.puts, err)
			}
			if kind, sum, err := m.Hash(t.Context(), "x"); err != nil || kind == "md5" && string(sum) != string(md5Of("after")) {
				t.Errorf("%+v: holds something else, %v", row, err)
			}
		})
	}
}

func md5Of(text string) []byte {
	sum := md5.Sum([]byte(text))
	return sum[:]
}
