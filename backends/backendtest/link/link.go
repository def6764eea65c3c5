// Package link is a bad network for tests: a port on loopback that leads to
// another one, with latency and a bandwidth, and that can stand still, break
// or refuse. New makes one.
package link

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// Options say how bad it is. The zero value is a good one.
type Options struct {
	// Latency is the time that a byte is under way, in each direction. A new
	// connection takes twice as long, as the handshake of TCP does.
	Latency time.Duration
	// BytesPerSecond is the bandwidth of each direction, which all connections
	// share; 0 means no limit.
	BytesPerSecond int64
}

// Link leads from Addr to a server. Its methods may be called at any time.
type Link struct {
	// Addr is its host and port.
	Addr string

	target   string
	options  Options
	up, down direction

	mu       sync.Mutex
	listener net.Listener      // nil while it refuses; guarded by mu
	ways     map[*way]struct{} // the connections; guarded by mu
	gate     chan struct{}     // closed while bytes flow; guarded by mu
	stalled  bool              // guarded by mu
	cutAfter int64             // bytes until the next cut, 0 for none; guarded by mu
	// stallAfter is bytes until the next stall, 0 for none; guarded by mu.
	stallAfter int64
	ended      bool           // guarded by mu
	running    sync.WaitGroup // everything that was started
}

// New opens a link to target, a host and port. It ends with the test.
func New(t testing.TB, target string, o Options) *Link {
	t.Helper()
	l := &Link{target: target, options: o, ways: map[*way]struct{}{}, gate: make(chan struct{})}
	close(l.gate)
	// Nobody else gets this port while the link refuses.
	l.Addr = fmt.Sprintf("127.0.0.1:%d", servers.FreePort(t))
	if err := l.listen(); err != nil {
		t.Fatalf("opening a link to %s: %v", target, err)
	}
	t.Cleanup(l.end)
	return l
}

// listen accepts connections at Addr.
func (l *Link) listen() error {
	listener, err := net.Listen("tcp", l.Addr)
	if err != nil {
		return err
	}
	l.listener = listener
	l.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // it refuses from now on
			}
			l.running.Go(func() { l.connect(client.(*net.TCPConn)) })
		}
	})
	return nil
}

// connect leads one connection to the server, and returns at its end.
func (l *Link) connect(client *net.TCPConn) {
	w := &way{link: l, client: client, broken: make(chan struct{})}
	if !l.add(w) {
		_ = client.Close() // the test is over
		return
	}
	defer l.remove(w)
	defer w.cut()
	if !w.wait(time.Now().Add(2*l.options.Latency)) || !w.flowing() {
		return
	}
	server, err := net.Dial("tcp", l.target)
	if err != nil || !w.setServer(server.(*net.TCPConn)) {
		return // the client sees a connection that breaks
	}
	w.run()
}

func (l *Link) add(w *way) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ways[w] = struct{}{}
	}
	return !l.ended
}

func (l *Link) remove(w *way) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ways, w)
}

// Port is the number in Addr.
func (l *Link) Port() string {
	_, port, _ := net.SplitHostPort(l.Addr) // it was made by a listener
	return port
}

// Connections is how many there are.
func (l *Link) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ways)
}

// Cut breaks all connections. New ones are welcome.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.ways {
		w.cut()
	}
}

// CutAfter breaks all connections once, after so many more bytes of either
// direction.
func (l *Link) CutAfter(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutAfter = n
}

// StallAfter is Stall, once so many more bytes of either direction have come
// through. One packet of each connection may follow.
func (l *Link) StallAfter(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stallAfter = n
}

// take counts bytes that are to be delivered: it returns how many of them are,
// and whether that is the last of it.
func (l *Link) take(n int) (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stallAfter > 0 {
		if l.stallAfter = max(l.stallAfter-int64(n), 0); l.stallAfter == 0 {
			l.stall()
		}
	}
	if l.cutAfter == 0 {
		return n, false
	}
	if int64(n) < l.cutAfter {
		l.cutAfter -= int64(n)
		return n, false
	}
	n = int(l.cutAfter)
	l.cutAfter = 0
	return n, true
}

// Stall lets no byte through, and breaks nothing.
func (l *Link) Stall() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stall()
}

func (l *Link) stall() {
	if !l.stalled {
		l.stalled, l.gate = true, make(chan struct{})
	}
}

// Resume ends a Stall, and takes back one that was to come.
func (l *Link) Resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stallAfter = 0
	if l.stalled {
		l.stalled = false
		close(l.gate)
	}
}

// Refuse lets nobody connect any more. The connections there are stay.
func (l *Link) Refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse()
}

func (l *Link) refuse() {
	if l.listener != nil {
		_ = l.listener.Close() // nothing is lost with it
		l.listener = nil
	}
}

// Accept ends a Refuse, at the same address.
func (l *Link) Accept() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener != nil || l.ended {
		return nil
	}
	return l.listen()
}

// end closes all and waits for what was started.
func (l *Link) end() {
	l.mu.Lock()
	l.ended = true
	l.refuse()
	l.mu.Unlock()
	l.Cut()
	l.running.Wait()
}
