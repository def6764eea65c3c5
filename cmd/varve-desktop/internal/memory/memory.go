// Package memory gives back what a program that stands in the tray does not
// need: it is there for days, and is looked at for minutes.
package memory

import (
	"context"
	"runtime/debug"
	"time"
)

// When memory is given back.
const (
	// quiet is how long nothing happened before.
	quiet = 3 * time.Second
	// again is how often the pages of the program are let go while it stays in
	// the tray: what it does now and then brings far more of them than it needs.
	again = 30 * time.Second
)

// Keeper keeps a program small while nobody looks at it. Its methods can be
// called from everywhere.
type Keeper struct {
	asked chan bool
	ended chan struct{}
	rest  func(whole bool) error
}

// Keep makes one, which works until ctx ends. What goes wrong is told to tell.
func Keep(ctx context.Context, tell func(error)) *Keeper {
	k := newKeeper(rest)
	go k.work(ctx, tell)
	return k
}

func newKeeper(rest func(whole bool) error) *Keeper {
	return &Keeper{asked: make(chan bool, 1), ended: make(chan struct{}), rest: rest}
}

// Rest tells that the program has something behind it and nobody looks on: a
// window was closed, or a backup ended.
func (k *Keeper) Rest() { k.ask(true) }

// Wake tells that somebody looks on.
func (k *Keeper) Wake() { k.ask(false) }

// ask leaves the newest wish.
func (k *Keeper) ask(rest bool) {
	for {
		select {
		case k.asked <- rest:
			return
		default:
		}
		select {
		case <-k.asked:
		default:
		}
	}
}

// Wait waits for its end.
func (k *Keeper) Wait() { <-k.ended }

func (k *Keeper) work(ctx context.Context, tell func(error)) {
	defer close(k.ended)
	timer := time.NewTimer(quiet)
	timer.Stop()
	defer timer.Stop()
	whole := false
	for {
		select {
		case <-ctx.Done():
			return
		case on := <-k.asked:
			timer.Stop()
			if on {
				whole = true
				timer.Reset(quiet)
			}
		case <-timer.C:
			if err := k.rest(whole); err != nil {
				tell(err)
				return // it would be told twice a minute
			}
			whole = false
			timer.Reset(again)
		}
	}
}

// rest gives back the pages of the program itself, which come again as far as
// they are needed, and as a whole also what is collected.
func rest(whole bool) error {
	if whole {
		debug.FreeOSMemory()
	}
	return giveBack()
}
