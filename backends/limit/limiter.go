package limit

import (
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options say how much may go on. The zero value limits nothing.
type Options struct {
	// Rates hold at times of which the Schedule says nothing.
	Rates    Rates
	Schedule Schedule
	// Connections is how many calls go on at once; 0 means any number.
	Connections int
}

// Limiter holds back what passes it. Several Stores may share one; they then
// share its rates. Its methods may be called by several goroutines at once.
type Limiter struct {
	up, down bucket
	slots    slots

	mu      sync.Mutex
	options Options // guarded by mu
}

// NewLimiter makes one.
func NewLimiter(o Options) *Limiter {
	l := &Limiter{}
	l.Set(o)
	return l
}

// Set changes the limits, also of what is going on.
func (l *Limiter) Set(o Options) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.options = o
	l.slots.set(o.Connections)
}

// Options returns the limits.
func (l *Limiter) Options() Options {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.options
}

// Now returns the rates that hold at this moment.
func (l *Limiter) Now() Rates {
	o := l.Options()
	if r, ok := o.Schedule.At(time.Now()); ok {
		return r
	}
	return o.Rates
}

// limitsDownload tells whether there is a time at which downloads are limited.
func (l *Limiter) limitsDownload() bool {
	o := l.Options()
	for i := range o.Schedule.Rules {
		if o.Schedule.Rules[i].Rates.Download > 0 {
			return true
		}
	}
	if o.Schedule.Else != nil {
		return o.Schedule.Else.Download > 0
	}
	return o.Rates.Download > 0
}

const (
	// perSecond is how often bytes are let through: seldom enough to be cheap,
	// often enough that a new rate is felt at once.
	perSecond = 10
	// mostBurst is how much is let through at once.
	mostBurst = 64 << 10
)

// burst is how much is let through at once at a rate.
func burst(limit int64) int { return int(min(max(limit/perSecond, 1), mostBurst)) }

// bucket is one direction.
type bucket struct {
	mu sync.Mutex
	// now is the rate that tokens was made for; 0: it was not. Guarded by mu,
	// as tokens is.
	now    int64
	tokens *rate.Limiter
}

// reserve takes n tokens, or fewer, and returns how long they take to come.
func (b *bucket) reserve(n int, limit int64) (taken int, r *rate.Reservation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now != limit {
		b.now, b.tokens = limit, rate.NewLimiter(rate.Limit(limit), burst(limit))
	}
	taken = min(n, burst(limit))
	return taken, b.tokens.ReserveN(time.Now(), taken)
}

// pay waits until n bytes may have passed. It asks for the limit again and
// again, as it may change meanwhile.
func (b *bucket) pay(ctx context.Context, n int, limit func() int64) error {
	for n > 0 {
		now := limit()
		if now == 0 {
			return nil
		}
		taken, r := b.reserve(n, now)
		if err := pause(ctx, r.Delay()); err != nil {
			r.Cancel()
			return err
		}
		n -= taken
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reader lets bytes through at a rate.
type reader struct {
	ctx    context.Context //nolint:containedctx // io.Reader has no other way
	src    io.Reader
	bucket *bucket
	limit  func() int64
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if now := r.limit(); now > 0 {
		p = p[:min(len(p), burst(now))]
	}
	n, err := r.src.Read(p)
	if perr := r.bucket.pay(r.ctx, n, r.limit); perr != nil {
		return n, perr
	}
	return n, err
}
