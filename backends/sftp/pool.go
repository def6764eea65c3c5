package sftp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
)

const (
	// connections is how many there are at most, if nobody says. One fills a
	// link of 20 MB/s at 100 ms; several get past the window of a single one,
	// hide the journeys of small objects, and use several cores for ciphers.
	connections = 4
	// shareFiles and shareCommands are how many calls one connection takes.
	// Each command is a session, of which sshd allows ten; it counts those that
	// have just ended for a moment longer.
	shareFiles    = 64
	shareCommands = 5
	// grace is how long a call that was cancelled may take to clean up while
	// somebody waits for it. It goes on behind their back.
	grace = 700 * time.Millisecond
)

// pool keeps connections and hands them out.
type pool struct {
	open    func(ctx context.Context) (*link, error)
	sharing int

	mu      sync.Mutex
	links   []*link
	most    int // at the moment
	wanted  int // when no connection is left
	opening int
	closed  bool
	// changed is closed and made anew when a waiting call may look again.
	changed chan struct{}
	// calls are those that go on, also behind the backs of their callers.
	calls sync.WaitGroup
}

var errClosed = fmt.Errorf("%w: it was closed", backends.ErrOffline)

func newPool(most, sharing int, open func(ctx context.Context) (*link, error)) *pool {
	return &pool{open: open, sharing: sharing, most: most, wanted: most, changed: make(chan struct{})}
}

// take returns the connection with the fewest calls on it, or a new one while
// there may be more. It is given back with leave.
func (p *pool) take(ctx context.Context) (*link, error) {
	for {
		l, wait, err := p.look(ctx)
		if l != nil || err != nil {
			return l, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// look returns a connection, or what to wait for.
func (p *pool) look(ctx context.Context) (*link, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	p.drop()
	best := p.best()
	switch {
	case best != nil && best.users == 0, best != nil && best.users < p.sharing && len(p.links)+p.opening >= p.most:
		p.use(best)
		return best, nil, nil
	case len(p.links)+p.opening >= p.most:
		return nil, p.changed, nil
	}
	l, err := p.more(ctx)
	return l, nil, err
}

// drop forgets connections that are lost.
func (p *pool) drop() {
	kept := p.links[:0]
	for _, l := range p.links {
		if l.lost() {
			p.calls.Go(l.close)
		} else {
			kept = append(kept, l)
		}
	}
	clear(p.links[len(kept):])
	p.links = kept
	if len(kept) == 0 {
		p.most = p.wanted // whatever was in the way may be over
	}
}

// best is the connection with the fewest calls, nil for none.
func (p *pool) best() (best *link) {
	for _, l := range p.links {
		if best == nil || l.users < best.users {
			best = l
		}
	}
	return best
}

// more opens a connection, without the lock meanwhile. A server that wants no
// further one gets none for as long as others live.
func (p *pool) more(ctx context.Context) (*link, error) {
	p.opening++
	p.mu.Unlock()
	l, err := p.open(ctx)
	p.mu.Lock()
	p.opening--
	p.wake()
	if err != nil {
		p.drop()
		if best := p.best(); best != nil && ctx.Err() == nil {
			p.most = len(p.links) + p.opening
			p.use(best)
			return best, nil
		}
		return nil, err
	}
	if p.closed {
		p.mu.Unlock()
		l.close()
		p.mu.Lock()
		return nil, errClosed
	}
	p.use(l)
	p.links = append(p.links, l)
	return l, nil
}

// use counts a call on a connection.
func (p *pool) use(l *link) {
	l.users++
	p.calls.Add(1)
}

func (p *pool) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// leave ends a call on a connection.
func (p *pool) leave(l *link) {
	p.release(l)
	p.calls.Done()
}

// hold keeps a connection after the call, for a reader. Nobody waits for
// release when the pool is closed.
func (p *pool) hold(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.users++
}

func (p *pool) release(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.users--
	p.wake()
}

// limit allows no more connections than n.
func (p *pool) limit(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most, p.wanted = min(p.most, n), min(p.wanted, n)
}

// close ends all connections. Calls that were given up by their callers get a
// moment to clean up.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	links := p.links
	p.links = nil
	p.wake()
	p.mu.Unlock()
	done := make(chan struct{})
	go func() {
		p.calls.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
	for _, l := range links {
		l.close()
	}
	<-done
}

// call runs f on a connection. When the context ends before f, f goes on by
// itself and its result is dropped; f looks at the context too.
func call[T any](ctx context.Context, p *pool, f func(l *link) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	l, err := p.take(ctx)
	if err != nil {
		return none, err
	}
	done := make(chan result, 1)
	go func() {
		defer p.leave(l)
		value, err := f(l)
		done <- result{value, err}
	}()
	r, ok := result{}, false
	select {
	case r = <-done:
		ok = true
	case <-ctx.Done():
		select {
		case r = <-done:
			ok = true
		case <-time.After(grace):
		}
	}
	if err := ctx.Err(); err != nil && (!ok || r.err != nil) && !errors.Is(r.err, context.Cause(ctx)) {
		return none, context.Cause(ctx)
	}
	return r.value, r.err
}
