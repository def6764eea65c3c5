package memory

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var lock sync.Mutex
		var whole, part []time.Duration
		k := newKeeper(func(all bool) error {
			lock.Lock()
			defer lock.Unlock()
			if all {
				whole = append(whole, time.Since(began))
			} else {
				part = append(part, time.Since(began))
			}
			return nil
		})
		go k.work(t.Context(), func(err error) { t.Error(err) })
		want := func(when string, wholes, parts []time.Duration) {
			t.Helper()
			synctest.Wait()
			lock.Lock()
			defer lock.Unlock()
			if !slices.Equal(whole, wholes) || !slices.Equal(part, parts) {
				t.Errorf("%s: gave back all at %v and pages at %v, want %v and %v", when, whole, part, wholes, parts)
			}
		}
		time.Sleep(time.Minute)
		want("before it was asked", nil, nil)
		for range 5 { // things go on
			k.Rest()
			time.Sleep(2 * time.Second)
		}
		want("when things go on", nil, nil)
		time.Sleep(62 * time.Second)
		all := []time.Duration{71 * time.Second}
		want("in the tray", all, []time.Duration{101 * time.Second, 131 * time.Second})
		k.Wake()
		time.Sleep(time.Hour)
		want("when somebody looks on", all, []time.Duration{101 * time.Second, 131 * time.Second})
	})
}

// What does not work is told once.
func TestKeeperFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken, told := errors.New("broken"), 0
		k := newKeeper(func(bool) error { return broken })
		go k.work(t.Context(), func(err error) {
			told++
			if !errors.Is(err, broken) {
				t.Error(err)
			}
		})
		k.Rest()
		time.Sleep(time.Hour)
		k.Rest()
		k.Wake()
		k.Wait()
		if told != 1 {
			t.Errorf("it was told %d times", told)
		}
	})
}
