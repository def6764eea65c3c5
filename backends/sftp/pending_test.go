package sftp

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A call that just begins is not held for one that has waited since the last
// answer came, however long ago that was.
func TestWhatBeginsIsNotStuck(t *testing.T) {
	var (
		current atomic.Pointer[pending]
		looking sync.WaitGroup
	)
	current.Store(&pending{limit: time.Hour})
	looking.Go(func() {
		for p := current.Load(); p != nil; p = current.Load() {
			if p.stuck() {
				t.Error("a connection would be cut at the beginning of a call")
				return
			}
		}
	})
	for range 300_000 {
		p := &pending{limit: time.Hour} // its last answer was in 1970
		current.Store(p)
		p.begin()
		p.end()
	}
	current.Store(nil)
	looking.Wait()
}
