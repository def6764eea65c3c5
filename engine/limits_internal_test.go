package engine

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
)

// Limits hold for what goes on and for what comes later, all together, and not
// for folders.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Config{})
		far, farther, near := e.limited(memory.New(), "sftp://server/x"), e.limited(memory.New(), "s3://bucket/x"), e.limited(memory.New(), "file:///x")
		takes := func(stores ...backends.Store) time.Duration {
			began := time.Now()
			var all sync.WaitGroup
			for _, s := range stores {
				all.Go(func() {
					if err := s.Put(t.Context(), "x", backends.BytesSource(make([]byte, 1<<20))); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			return time.Since(began).Round(time.Second)
		}
		if d := takes(far, farther); d != 0 {
			t.Errorf("without a limit it took %v", d)
		}
		if err := e.Limit(Limits{Upload: 64 << 10}); err != nil {
			t.Fatal(err)
		}
		if d := takes(far, farther); d != 32*time.Second {
			t.Errorf("2 MiB at 64 KiB/s took %v", d)
		}
		if d := takes(near); d != 0 {
			t.Errorf("a folder took %v", d)
		}
		var changing sync.WaitGroup
		changing.Go(func() {
			time.Sleep(8 * time.Second) // of the bubble
			if err := e.Limit(Limits{}); err != nil {
				t.Error(err)
			}
		})
		if d := takes(far); d != 8*time.Second {
			t.Errorf("the limit that went after 8 seconds was felt for %v", d)
		}
		changing.Wait()
		hour := time.Now().Format("15:04") + "-" + time.Now().Add(time.Hour).Format("15:04")
		if err := e.Limit(Limits{Schedule: hour + " 128K/-; else -"}); err != nil {
			t.Fatal(err)
		}
		if d := takes(far); d != 8*time.Second {
			t.Errorf("at the hour of a limit it took %v", d)
		}
		time.Sleep(time.Hour)
		if d := takes(far); d != 0 {
			t.Errorf("after the hour of a limit it took %v", d)
		}
	})
}

func TestLimitsThatAreNone(t *testing.T) {
	e := New(Config{})
	for _, l := range []Limits{{Schedule: "mon"}, {Upload: -1}, {Download: -1}} {
		if e, ok := errors.AsType[*Error](e.Limit(l)); !ok || e.Kind != Invalid {
			t.Errorf("%+v: %v", l, e)
		}
	}
}
