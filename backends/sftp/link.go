package sftp

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
)

// slowFactor is how much longer a server may take to bring to its disk what it
// has, than it may stand still otherwise.
const slowFactor = 10

var errStill = errors.New("the transfer stood still")

// link is one connection to the server. It ends by itself when the server
// does not answer any more.
type link struct {
	client *ssh.Client
	conn   *hearing
	// files is nil where commands do the work.
	files *sftp.Client

	quick, slow pending
	interval    time.Duration // between signs of life
	patience    time.Duration // with one that is missing

	// users is how many calls there are on it; the pool's lock guards it.
	users int

	ended  chan struct{} // closed when it is lost
	once   sync.Once
	broken atomic.Bool // it is about to end
	cause  error       // why it was ended from here; written before broken

	mu      sync.Mutex
	closing bool           // guarded by mu
	tasks   sync.WaitGroup // mu is held while it grows
}

// spawn runs something beside the calls that close waits for. On a connection
// that is being closed everything fails at once: there it runs right here.
func (l *link) spawn(f func()) {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		f()
		return
	}
	l.tasks.Go(f)
	l.mu.Unlock()
}

// pending counts answers that are owed, and since when none has come.
type pending struct {
	n     atomic.Int64
	since atomic.Int64 // nanoseconds since 1970
	limit time.Duration
}

func (p *pending) begin() {
	if p.n.Load() == 0 {
		p.moved() // before anybody sees that an answer is owed
	}
	p.n.Add(1)
}

func (p *pending) moved() { p.since.Store(time.Now().UnixNano()) }

func (p *pending) end() {
	p.moved()
	p.n.Add(-1)
}

func (p *pending) stuck() bool {
	return p.n.Load() > 0 && time.Since(time.Unix(0, p.since.Load())) > p.limit
}

func newLink(client *ssh.Client, conn *hearing, d *dialer) *link {
	l := &link{client: client, conn: conn, interval: d.stall, patience: d.stall, ended: make(chan struct{})}
	if d.target.aliveInterval > 0 {
		l.interval = d.target.aliveInterval
		l.patience = l.interval * time.Duration(max(d.target.aliveCount, 1))
	}
	l.quick.limit, l.slow.limit = d.stall, slowFactor*d.stall
	l.spawn(func() {
		_ = client.Wait() // the reason is in the errors of the calls
		close(l.ended)
	})
	l.spawn(l.guard)
	return l
}

// guard ends the connection when answers stay away.
func (l *link) guard() {
	tick := time.NewTicker(min(l.quick.limit, l.interval, l.patience) / 4)
	defer tick.Stop()
	var alive chan struct{} // closed by the answer to the last sign of life
	var asked time.Time
	for {
		select {
		case <-l.ended:
			return
		case <-alive:
			alive = nil
		case <-tick.C:
		}
		switch {
		case l.quick.stuck(), l.slow.stuck(), alive != nil && time.Since(asked) > l.patience:
			l.cut(errStill)
		case alive == nil && l.conn.silence() > l.interval:
			alive, asked = make(chan struct{}), time.Now()
			answer := alive
			l.spawn(func() {
				// Servers that do not know the request say so, which is an answer.
				_, _, _ = l.client.SendRequest("keepalive@openssh.com", true, nil)
				close(answer)
			})
		}
	}
}

// cut ends the connection at once, whoever uses it.
func (l *link) cut(cause error) {
	l.once.Do(func() {
		l.cause = cause
		l.broken.Store(true)
		_ = l.conn.Close() // below everything, so that no lock is in the way
	})
}

// close ends the connection and waits for what belongs to it.
func (l *link) close() {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	l.cut(nil)
	l.tasks.Wait()
	if l.files != nil {
		_ = l.files.Close() // what it could say was said by the calls
	}
}

// lost reports that the connection is no more.
func (l *link) lost() bool {
	select {
	case <-l.ended:
		return true
	default:
		return l.broken.Load()
	}
}

// explain adds what is known of a lost connection to an error of a call. The
// end may come to light in a call before the connection itself notices.
func (l *link) explain(err error) error {
	if !errors.Is(err, sftp.ErrSSHFxConnectionLost) && !isLost(err) && !l.lost() {
		return err
	}
	// Whatever ended it, nobody shall have it any more: the server's part of it
	// may be dead while the connection lives.
	l.cut(err)
	if l.broken.Load() && l.cause != nil {
		err = l.cause
	}
	return fmt.Errorf("%w: the connection broke: %s", backends.ErrTemporary, oneLine(err.Error()))
}
