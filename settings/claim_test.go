package settings

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// programs are some that have the settings open.
func programs(t *testing.T, n int) (all []*Store) {
	dir := t.TempDir()
	for range n {
		all = append(all, &Store{dir: dir}) // claims need no more
	}
	return all
}

// copies claims a copy, and reports whether it may be made.
func copies(t *testing.T, s *Store, id int64, jobs ...int64) (release func() error, claimed bool) {
	t.Helper()
	release, claimed, err := s.ClaimCopy(id, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return release, claimed
}

func end(t *testing.T, release func() error) {
	t.Helper()
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// A backup has copies end that other programs make, and no copy begins before
// its own end.
func TestChangeAndCopyExcludeOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := programs(t, 3)
		first, claimed := copies(t, p[0], 7, 1, 2)
		if !claimed {
			t.Fatal("nothing is in the way of the copy")
		}
		if _, claimed := copies(t, p[1], 7, 1); claimed {
			t.Error("two programs make one copy")
		}
		second, claimed := copies(t, p[1], 8, 2)
		if !claimed {
			t.Error("two copies from one place exclude one another")
		}
		changes := make(chan func() error, 1)
		go func() {
			change, err := p[2].ClaimJob(t.Context(), 2)
			if err != nil {
				t.Error(err)
			}
			changes <- change
		}()
		time.Sleep(time.Minute) // in the bubble
		synctest.Wait()
		if wanted, err := p[0].IsWanted([]int64{1, 2}); err != nil || !wanted || len(changes) > 0 {
			t.Errorf("during copies: wanted %v (%v), claimed %v", wanted, err, len(changes) > 0)
		}
		if wanted, err := p[0].IsWanted([]int64{1}); err != nil || wanted {
			t.Errorf("another job is wanted: %v (%v)", wanted, err)
		}
		end(t, first)
		if _, claimed := copies(t, p[0], 7, 1, 2); claimed {
			t.Error("a copy begins while a backup waits")
		}
		end(t, second)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(changes) == 0 {
			t.Fatal("the backup does not begin after the copies")
		}
		if _, claimed := copies(t, p[0], 7, 1, 2); claimed {
			t.Error("a copy begins while a backup runs")
		}
		end(t, <-changes)
		again, claimed := copies(t, p[0], 7, 1, 2)
		if !claimed {
			t.Fatal("after the backup nothing is in the way")
		}
		end(t, again)
	})
}

// Two programs change what a job stored one after the other, and who no longer
// wants to leaves nothing claimed.
func TestChangesOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := programs(t, 2)
		change, err := p[0].ClaimJob(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("enough"))
		defer cancel()
		if _, err := p[1].ClaimJob(ctx, 1); err == nil || err.Error() != "enough" {
			t.Errorf("beside another one: %v", err)
		}
		end(t, change)
		copying, claimed := copies(t, p[0], 7, 1)
		if !claimed {
			t.Fatal("the claim was kept")
		}
		ctx, cancel = context.WithTimeoutCause(t.Context(), time.Minute, errors.New("enough"))
		defer cancel()
		if _, err := p[1].ClaimJob(ctx, 1); err == nil || err.Error() != "enough" {
			t.Errorf("beside a copy: %v", err)
		}
		if wanted, err := p[0].IsWanted([]int64{1}); wanted || err != nil {
			t.Errorf("it is still wanted (%v)", err)
		}
		end(t, copying)
	})
}
