package mirror

import "sync"

// counters are a Result that several goroutines count in.
type counters struct {
	mu sync.Mutex
	Result
}

func (c *counters) add(count func(r *Result)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.Result)
}

func (c *counters) read() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Result
}
