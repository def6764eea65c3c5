package session

import (
	"sync"
	"time"
)

const (
	// paceEvery is how often the speed of a run is noted at first.
	paceEvery = time.Second
	// mostPaces is how many are kept; then each stands for twice the time.
	mostPaces = 240
)

// pace is how fast a run went, over its whole time.
type pace struct {
	mu     sync.Mutex
	every  time.Duration // that each stands for
	speeds []float64     // bytes in a second
	last   int64         // bytes that were handled at the last note
	at     time.Duration // when that was
}

// note takes a sample: how many bytes were handled after which time.
func (p *pace) note(bytes int64, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every = max(p.every, paceEvery)
	if after-p.at < p.every {
		return
	}
	p.speeds = append(p.speeds, float64(max(0, bytes-p.last))/(after-p.at).Seconds())
	p.last, p.at = bytes, after
	if len(p.speeds) < mostPaces {
		return
	}
	for i := range mostPaces / 2 {
		p.speeds[i] = (p.speeds[2*i] + p.speeds[2*i+1]) / 2
	}
	p.speeds, p.every = p.speeds[:mostPaces/2], p.every*2
}

// shown are the speeds so far, oldest first.
func (p *pace) shown() []float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]float64(nil), p.speeds...)
}

// measure notes the speed of a run until stop is called.
func (r *Run) measure() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(paceEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p := r.Progress()
				r.pace.note(p.Bytes, p.Elapsed)
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Speeds are how many bytes the run of a job handled in a second, over the time
// since it began, oldest first; nil when none runs.
func (s *Session) Speeds(job int64) []float64 {
	if r := s.Running(job); r != nil {
		return r.pace.shown()
	}
	return nil
}
