package link

import (
	"io"
	"net"
	"sync"
	"time"
)

const (
	// packet is how much is read at once.
	packet = 16 << 10
	// underWay is how many packets one direction of a connection holds.
	underWay = 1024
	// backlog is how long the queue before the narrow place may become. Who
	// writes faster has to wait, as with a modem.
	backlog = 50 * time.Millisecond
	// socketBuffer is what the system may hold besides.
	socketBuffer = 128 << 10
)

// direction is one half of the link, shared by all connections.
type direction struct {
	mu   sync.Mutex
	free time.Time // when the narrow place has done all that it was given
}

// pass puts n bytes into the queue, and returns when they will be through it.
func (d *direction) pass(n int, perSecond int64) time.Time {
	now := time.Now()
	if perSecond == 0 {
		return now
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.free.Before(now) {
		d.free = now
	}
	d.free = d.free.Add(time.Duration(int64(n) * int64(time.Second) / perSecond))
	return d.free
}

// way is one connection through the link.
type way struct {
	link   *Link
	client *net.TCPConn

	mu     sync.Mutex
	server *net.TCPConn  // nil at first; guarded by mu
	broken chan struct{} // closed by cut, under mu
}

// chunk is what one read brought; without bytes it is the end.
type chunk struct {
	content []byte
	due     time.Time
}

func (w *way) setServer(c *net.TCPConn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.broken:
		_ = c.Close() // nothing went over it
		return false
	default:
		w.server = c
		return true
	}
}

// cut breaks the connection, so that both ends are told at once.
func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.broken:
		return
	default:
		close(w.broken)
	}
	for _, c := range []*net.TCPConn{w.client, w.server} {
		if c != nil {
			_ = c.SetLinger(0) // it may be closed already
			_ = c.Close()
		}
	}
}

// run moves bytes both ways until both have ended, or it is cut.
func (w *way) run() {
	var both sync.WaitGroup
	both.Go(func() { w.move(w.server, w.client, &w.link.up) })
	both.Go(func() { w.move(w.client, w.server, &w.link.down) })
	both.Wait()
	// What was written last must arrive: no reset.
	_, _ = w.client.Close(), w.server.Close()
}

// move moves the bytes of one direction.
func (w *way) move(to, from *net.TCPConn, d *direction) {
	queue := make(chan chunk, underWay)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(queue)
		w.read(queue, from, d)
	})
	w.write(to, queue)
	for range queue { // after a cut nobody wants them
	}
	reading.Wait()
}

func (w *way) read(queue chan<- chunk, from *net.TCPConn, d *direction) {
	_ = from.SetReadBuffer(socketBuffer) // a courtesy
	for {
		if !w.flowing() {
			return
		}
		b := make([]byte, packet)
		n, err := from.Read(b)
		if err != nil && err != io.EOF { // a connection's own
			w.cut()
			return
		}
		through := d.pass(n, w.link.options.BytesPerSecond)
		queue <- chunk{b[:n], through.Add(w.link.options.Latency)}
		if err == io.EOF || !w.wait(through.Add(-backlog)) { // see above
			return
		}
	}
}

func (w *way) write(to *net.TCPConn, queue <-chan chunk) {
	for c := range queue {
		if !w.wait(c.due) || !w.flowing() {
			return
		}
		if len(c.content) == 0 {
			_ = to.CloseWrite() // the other end may have gone
			return
		}
		n, last := w.link.take(len(c.content))
		if _, err := to.Write(c.content[:n]); err != nil {
			w.cut()
			return
		}
		if last {
			w.link.Cut()
			return
		}
	}
}

// wait waits for a time. False: the connection broke.
func (w *way) wait(until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.broken:
		return false
	}
}

// flowing waits while the link is stalled. False: the connection broke.
func (w *way) flowing() bool {
	w.link.mu.Lock()
	gate := w.link.gate
	w.link.mu.Unlock()
	select {
	case <-gate:
	case <-w.broken:
	}
	select {
	case <-w.broken:
		return false
	default:
		return true
	}
}
