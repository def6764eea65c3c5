package main

import "sync"

// requests are the later starts that ask for the window. The claim is made
// before there is a window, so what comes early is kept.
type requests struct {
	mu    sync.Mutex
	early bool
	open  func()
}

func newRequests() *requests { return &requests{} }

// ask asks for the window, from any goroutine.
func (r *requests) ask() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.early = true
		return
	}
	r.open()
}

// serve answers with open from now on, and at once what was asked before.
func (r *requests) serve(open func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = open
	if r.early {
		open()
	}
}
