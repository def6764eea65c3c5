package session

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
)

// Learning is how far an archive's versions are known.
type Learning struct {
	// Running: the destination is being looked through now, and Done of Total
	// versions that are new are known. Version is the one at hand.
	Running     bool
	Done, Total int
	Version     time.Time
	// Err is why the last look did not come to its end, nil when it did.
	Err error
	// Learnt is when it last came to its end in this session, zero for never.
	Learnt time.Time
}

// Learning tells how far an archive's versions are known. Listen tells of
// changes.
func (s *Session) Learning(a Archive) Learning {
	h := s.shelf(a)
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.learning
}

// Learn learns the versions that are new at a destination, in the background.
// Unless ask is set, a passphrase that is not at hand ends it, and no question
// is asked.
func (s *Session) Learn(a Archive, ask bool) {
	h := s.shelf(a)
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	if h.learning.Running {
		h.again = true
		return
	}
	ctx, stop := context.WithCancelCause(s.ctx)
	h.learning, h.stop = Learning{Running: true, Learnt: h.learning.Learnt}, stop
	if !ask {
		ctx = context.WithValue(ctx, unasked{}, true)
	}
	s.running.Go(func() {
		defer stop(nil)
		s.learnAll(ctx, h, a)
	})
}

// StopLearning ends Learn. What is known by then stays.
func (s *Session) StopLearning(a Archive) {
	h := s.shelf(a)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop != nil {
		h.stop(errStopped)
	}
}

// unasked is the key of a context in which nobody is asked for a passphrase.
type unasked struct{}

// untyped is the key of a context in which nobody is asked for a passphrase,
// because whoever wants it asks for it; for all else a person can be asked.
type untyped struct{}

// errUnasked is why a passphrase is not there.
var errUnasked = errors.New("it is not at hand, and nobody is asked in the background")

// tellEvery is how often learning tells how far it is, at most.
const tellEvery = 200 * time.Millisecond

// learnAll learns until nothing new came meanwhile.
func (s *Session) learnAll(ctx context.Context, h *shelf, a Archive) {
	s.changed()
	for {
		err := s.learnOnce(ctx, h, a)
		if e, ok := errors.AsType[*engine.Error](err); ok && e.Kind == engine.WrongPassphrase {
			s.Forget(a.URL)
		}
		h.mu.Lock()
		again := h.again && err == nil
		h.again = false
		if !again {
			h.learning.Running, h.learning.Err = false, err
			if err == nil {
				h.learning.Learnt = s.config.Now()
			}
		}
		h.mu.Unlock()
		if !again {
			s.changed()
			return
		}
	}
}

func (s *Session) learnOnce(ctx context.Context, h *shelf, a Archive) error {
	c, err := h.open(ctx, s, a)
	if err != nil {
		return err
	}
	var told time.Time
	return c.Learn(ctx, func(p engine.LearnProgress) {
		h.mu.Lock()
		h.learning.Done, h.learning.Total, h.learning.Version = p.Done, p.Total, p.Version
		h.mu.Unlock()
		if now := time.Now(); now.Sub(told) >= tellEvery {
			told = now
			s.changed()
		}
	})
}

// learnPresent learns the archives of jobs whose destination is there now. One
// that would have to ask first is left for later.
func (s *Session) learnPresent(ctx context.Context) {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return // the first page that shows them tells it
	}
	for _, j := range jobs {
		if !strings.HasPrefix(j.Destination, "file://") {
			if destination.IsURL(j.Destination) {
				s.Learn(ArchiveOf(&j), false)
			}
			continue
		}
		if info, err := os.Stat(Path(j.Destination)); err == nil && info.IsDir() {
			s.Learn(ArchiveOf(&j), false)
		}
	}
}
