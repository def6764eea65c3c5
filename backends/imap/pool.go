package imap

import (
	"context"
	"errors"
	"sync"

	"github.com/emersion/go-imap/v2"

	"github.com/varve-backup/varve/backends"
)

// pool keeps connections. slots bounds the calls that go on at once; readers
// that were handed out do not count, or one could wait for itself.
type pool struct {
	dial  func(ctx context.Context) (*conn, error)
	slots chan struct{}

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func newPool(n int, dial func(ctx context.Context) (*conn, error)) *pool {
	return &pool{dial: dial, slots: make(chan struct{}, n)}
}

// use runs one call with a connection.
func (p *pool) use(ctx context.Context, call func(c *conn) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	if err := call(c); err != nil {
		return p.give(ctx, c, err)
	}
	p.put(c)
	return nil
}

// take hands out a connection, watched by ctx. One that broke while it was idle
// is replaced.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for c := p.pop(); c != nil; c = p.pop() {
		c.watch(ctx)
		if err := c.Noop().Wait(); err == nil {
			return c, nil
		}
		p.drop(c)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	c, err := p.dial(ctx)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return c, nil
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// give takes a connection back after an error, which it classifies. Only where
// the server itself refused something does the connection still work.
func (p *pool) give(ctx context.Context, c *conn, err error) error {
	refusal, refused := errors.AsType[*imap.Error](err)
	if refused && refusal.Type == imap.StatusResponseTypeNo || errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrTooLarge) {
		p.put(c)
	} else {
		c.kill()
		p.drop(c)
	}
	return classify(ctx, err)
}

// put takes a connection back that works.
func (p *pool) put(c *conn) {
	if !c.unwatch() {
		p.drop(c)
		return
	}
	p.mu.Lock()
	keep := !p.closed && len(p.idle) < cap(p.slots)
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		p.drop(c)
	}
}

// drop ends a connection.
func (p *pool) drop(c *conn) {
	c.unwatch()
	c.kill()
	_ = c.drain() // which fails now, and lets go of the library's goroutine
	_ = c.Close() // waits for that
}

// close ends the connections that nobody uses, and the others when they come
// back.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		p.drop(c)
	}
}
