package main

import "sync"

// requests are the later starts that ask for the window. The claim is made
// before there is a window, so what comes early is kept.
type requests struct {
	mu    sync.Mutex
	early []string // tokens
	open  func(token string)
}

func newRequests() *requests { return &requests{} }

// mostEarly is more than an impatient person clicks.
const mostEarly = 32

// ask asks for the window, from any goroutine.
func (r *requests) ask(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.open != nil:
		r.open(token)
	case len(r.early) < mostEarly:
		r.early = append(r.early, token)
	}
}

// serve answers with open from now on, and at once what was asked before.
func (r *requests) serve(open func(token string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = open
	for _, token := range r.early {
		open(token)
	}
	r.early = nil
}
