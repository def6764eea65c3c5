package limit

import (
	"context"
	"slices"
	"sync"
)

// slots lets a number of calls go on at once. Who waited longest is next.
type slots struct {
	mu      sync.Mutex
	most    int // 0: any number; guarded by mu
	used    int // guarded by mu
	waiting []chan struct{}
}

// set changes the number. Calls that go on are not stopped.
func (s *slots) set(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = most
	s.admit()
}

// admit lets in whom it can. The caller holds the lock.
func (s *slots) admit() {
	for len(s.waiting) > 0 && s.free() {
		s.used++
		close(s.waiting[0])
		s.waiting = s.waiting[1:]
	}
}

func (s *slots) free() bool { return s.most == 0 || s.used < s.most }

// take waits for a slot, to be given back.
func (s *slots) take(ctx context.Context) error {
	s.mu.Lock()
	if s.free() && len(s.waiting) == 0 {
		s.used++
		s.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	s.waiting = append(s.waiting, mine)
	s.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		s.leave(mine)
		return context.Cause(ctx)
	}
}

// leave stops waiting.
func (s *slots) leave(mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, mine); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return
	}
	s.used-- // it was let in meanwhile
	s.admit()
}

func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.admit()
}
