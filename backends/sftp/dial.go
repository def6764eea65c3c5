package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// maxHops bounds a chain of jump hosts, which may lead in a circle.
const maxHops = 8

// longestConnect is how long a server may take to answer at first, at most.
const longestConnect = time.Minute

// dialer makes connections to one server.
type dialer struct {
	target *target
	keys   *hostKeys
	// via is the jump host, nil for none.
	via *dialer

	account  string
	password *secret
	// withPassword: the password opens encrypted keys too.
	withPassword bool
	secret       func(ctx context.Context, r backends.SecretRequest) (string, error)
	stall        time.Duration

	mu          sync.Mutex
	passphrases map[string]*secret
	// questions counts those that a person has before them: meanwhile no
	// server is slow.
	questions atomic.Int32
	// answered: a person took time over an answer.
	answered atomic.Bool
	// single: every login needs a new code.
	single atomic.Bool
}

// unreachable: no connection came about.
type unreachable struct{ address, text string }

// Error implements error.
func (u *unreachable) Error() string { return "no connection to " + u.address + ": " + u.text }

// newDialer finds out how to get to the server of an address.
func newDialer(a *address.Address, c *backends.Config) (*dialer, error) {
	g, err := parseOptions(c.Options["ssh-options"])
	if err != nil {
		return nil, err
	}
	if key := c.Options["key-file"]; key != "" {
		g = append(given{{"identityfile", key}}, g...)
	}
	if jump := c.Options["jump-hosts"]; jump != "" {
		g = append(given{{"proxyjump", jump}}, g...)
	}
	d, err := dialerTo(place{a.Host, a.User, a.Port}, g, c, 0)
	if err != nil {
		return nil, err
	}
	d.account = a.Account()
	d.password.request.Account = d.account
	d.withPassword = c.Options["ssh-askpass"] == "true"
	if a.HasPassword {
		d.password.known = append(d.password.known, a.Password)
	}
	for _, name := range []string{"FTP_PASSWORD", "BACKEND_PASSWORD"} {
		if p := c.Env(name); p != "" && !slices.Contains(d.password.known, p) {
			d.password.known = append(d.password.known, p)
		}
	}
	return d, nil
}

// dialerTo resolves one server and those on the way to it.
func dialerTo(p place, g given, c *backends.Config, depth int) (*dialer, error) {
	if depth > maxHops {
		return nil, fmt.Errorf("%w: ssh to %s: too many jump hosts", backends.ErrConfig, p.host)
	}
	s, err := newSettings(p.host, g, c.Env)
	if err != nil {
		return nil, err
	}
	t, err := resolve(p, s)
	if err != nil {
		return nil, err
	}
	d := &dialer{target: t, stall: c.Stall(), secret: c.Secret, passphrases: map[string]*secret{}}
	d.keys = &hostKeys{target: t, trust: c.Trust}
	if t.silent {
		d.secret, d.keys.trust = nil, nil
	}
	if d.keys.trust != nil {
		d.keys.trust = func(ctx context.Context, k backends.HostKey) (yes bool, err error) {
			err = d.asking(func() (err error) { yes, err = c.Trust(ctx, k); return err })
			return yes, err
		}
	}
	d.account = (&address.Address{Scheme: "ssh", Host: t.host, User: t.user, Port: t.port}).Account()
	d.password = &secret{ask: d.secret, request: backends.SecretRequest{
		Account: d.account, Prompt: fmt.Sprintf("Password of %s at %s", t.user, t.alias),
	}}
	return d, d.setJumps(g, c, depth)
}

// setJumps makes the chain of jump hosts. The last of them connects to the
// server itself. Options of the command line are for the server, but which keys
// there are counts for all.
func (d *dialer) setJumps(g given, c *backends.Config, depth int) error {
	all, err := hops(d.target.jump)
	if err != nil || len(all) == 0 {
		return err
	}
	last := all[len(all)-1]
	if depth > 0 && last.host == d.target.alias && (last.port == 0 || last.port == d.target.port) {
		return nil // "Host *" names the jump host for itself too
	}
	var own given
	for _, s := range g {
		if slices.Contains([]string{configFile, "identityfile", "identitiesonly", "batchmode", "stricthostkeychecking", "userknownhostsfile", "globalknownhostsfile"}, s.key) {
			own = append(own, s)
		}
	}
	if rest := all[:len(all)-1]; len(rest) > 0 {
		own = append(own, setting{"proxyjump", joinHops(rest)})
	}
	d.via, err = dialerTo(last, own, c, depth+1)
	return err
}

func joinHops(all []place) string {
	var texts []string
	for _, p := range all {
		a := address.Address{Scheme: "ssh", Host: p.host, User: p.user, Port: p.port}
		texts = append(texts, a.Account())
	}
	return strings.Join(texts, ",")
}

// asking runs a question to a person.
func (d *dialer) asking(question func() error) error {
	d.questions.Add(1)
	defer d.questions.Add(-1)
	begun := time.Now()
	err := question()
	if time.Since(begun) > time.Second {
		d.answered.Store(true)
	}
	return err
}

// passphrase is the secret of a key file.
func (d *dialer) passphrase(path string) *secret {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.passphrases[path]
	if s == nil {
		s = &secret{ask: d.secret, request: backends.SecretRequest{Kind: backends.KeyPassphrase, Account: path, Prompt: "Passphrase of the key " + path}}
		if d.withPassword {
			d.password.mu.Lock()
			s.known = slices.Clone(d.password.known)
			d.password.mu.Unlock()
		}
		d.passphrases[path] = s
	}
	return s
}

// dial connects and logs in.
func (d *dialer) dial(ctx context.Context) (*link, error) {
	d.answered.Store(false)
	l, err := d.dialOnce(ctx)
	// A server hangs up when a person thinks too long. The answer is known now.
	if err != nil && d.answered.Load() && ctx.Err() == nil && errors.Is(err, backends.ErrTemporary) {
		l, err = d.dialOnce(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return l, err
}

func (d *dialer) dialOnce(ctx context.Context) (*link, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	heard := &hearing{Conn: conn}
	heard.note()
	client, err := d.handshake(ctx, heard)
	if err != nil {
		_ = heard.Close() // it failed already
		if p, ok := conn.(*proxy); ok && p.said() != "" {
			err = fmt.Errorf("%w: the ProxyCommand says %s", err, oneLine(p.said()))
		}
		return nil, err
	}
	return newLink(client, heard, d), nil
}

// connectTime is how long a server may take to answer.
func (d *dialer) connectTime() time.Duration {
	if d.target.connectTimeout > 0 {
		return d.target.connectTimeout
	}
	return min(d.stall, longestConnect)
}

// connect makes the connection that ssh goes through.
func (d *dialer) connect(ctx context.Context) (conn net.Conn, err error) {
	switch {
	case d.via != nil:
		conn, err = d.connectVia(ctx)
		if err != nil && backends.IsPermanent(err) {
			return nil, fmt.Errorf("jump host %s: %w", d.via.target.alias, err)
		}
	case d.target.proxyCommand != "" && !strings.EqualFold(d.target.proxyCommand, "none"):
		conn, err = startProxy(d.target.proxyCommand)
	default:
		conn, err = d.connectDirectly(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrTemporary, &unreachable{d.target.address(), oneLine(err.Error())})
	}
	return conn, nil
}

func (d *dialer) connectDirectly(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.connectTime()}
	if d.target.bind != "" {
		local, err := net.ResolveTCPAddr(d.target.network, net.JoinHostPort(d.target.bind, "0"))
		if err != nil {
			return nil, err
		}
		dialer.LocalAddr = local
	}
	return dialer.DialContext(ctx, d.target.network, d.target.address())
}

// connectVia goes through the jump host, whose connection ends with this one.
func (d *dialer) connectVia(ctx context.Context) (net.Conn, error) {
	jump, err := d.via.dial(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.connectTime())
	defer cancel()
	conn, err := jump.client.DialContext(ctx, "tcp", d.target.address())
	if err != nil {
		jump.close()
		return nil, err
	}
	return &tunnel{conn, jump}, nil
}

// tunnel is a connection through a jump host.
type tunnel struct {
	net.Conn
	jump *link
}

// Close implements net.Conn. The jump host's connection ends first: a channel
// of one that stands still cannot be closed.
func (t *tunnel) Close() error {
	t.jump.close()
	return nil
}

// hearing notes when the server was last heard.
type hearing struct {
	net.Conn
	last atomic.Int64 // nanoseconds since 1970
}

// Read implements net.Conn.
func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n > 0 {
		h.note()
	}
	return n, err
}

func (h *hearing) note() { h.last.Store(time.Now().UnixNano()) }

// silence is for how long nothing was heard.
func (h *hearing) silence() time.Duration { return time.Since(time.Unix(0, h.last.Load())) }

// handshake makes sure of the server and logs in.
func (d *dialer) handshake(ctx context.Context, conn *hearing) (*ssh.Client, error) {
	stop := d.watchHandshake(ctx, conn)
	defer stop()
	var refused error
	met := false
	l := &login{ctx: ctx, d: d}
	defer func() {
		if l.agent != nil {
			_ = l.agent.Close() // only read
		}
	}()
	config := &ssh.ClientConfig{
		User: d.target.user, Auth: l.methods(), HostKeyAlgorithms: d.hostKeyAlgorithms(),
		Config: ssh.Config{Ciphers: d.target.ciphers, MACs: d.target.macs, KeyExchanges: d.target.kex},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			refused = d.keys.check(ctx, key)
			met = refused == nil
			return refused
		},
	}
	c, chans, requests, err := ssh.NewClientConn(conn, d.target.address(), config)
	if err == nil {
		d.password.right(l.password)
		return ssh.NewClient(c, chans, requests), nil
	}
	if refused != nil {
		return nil, refused
	}
	return nil, d.loginFailed(l, met, err)
}

// hostKeyAlgorithms asks first for the types of keys that are known.
func (d *dialer) hostKeyAlgorithms() []string {
	if len(d.target.hostKeyAlgorithms) > 0 {
		return d.target.hostKeyAlgorithms
	}
	usual := ssh.SupportedAlgorithms().HostKeys
	known := slices.DeleteFunc(d.keys.types(), func(t string) bool {
		return !slices.Contains(usual, t) && !slices.Contains(ssh.InsecureAlgorithms().HostKeys, t)
	})
	if len(known) == 0 {
		return nil
	}
	return append(known, slices.DeleteFunc(usual, func(t string) bool { return slices.Contains(known, t) })...)
}

// watchHandshake ends the connection with the context, and when the server does
// not answer while nobody is being asked.
func (d *dialer) watchHandshake(ctx context.Context, conn *hearing) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	limit := d.connectTime()
	go func() {
		defer close(ended)
		tick := time.NewTicker(limit / 4)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				_ = conn.Close() // whoever reads from it learns
				return
			case <-tick.C:
			}
			if d.questions.Load() > 0 {
				conn.note()
			} else if conn.silence() > limit {
				_ = conn.Close() // as above
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// loginFailed words why there is no session. met says that the server was the
// right one.
func (d *dialer) loginFailed(l *login, met bool, err error) error {
	text := oneLine(err.Error())
	if l.problem != nil && met {
		text = oneLine(l.problem.Error())
	}
	negotiation, noCommon := errors.AsType[*ssh.AlgorithmNegotiationError](err)
	switch {
	case noCommon:
		return fmt.Errorf("%w: %s and Varve have no algorithm in common: %s", backends.ErrUnsupported, d.target.alias, oneLine(negotiation.Error()))
	case errors.Is(l.problem, backends.ErrConfig):
		return l.problem
	case met && !isLost(err):
		return fmt.Errorf("%w: %s at %s: %s", backends.ErrAuth, d.target.user, d.target.alias, text)
	case met && l.problem != nil:
		return fmt.Errorf("%w: %s at %s: %s", backends.ErrAuth, d.target.user, d.target.alias, text)
	}
	return fmt.Errorf("%w: %w", backends.ErrTemporary, &unreachable{d.target.address(), text})
}

// isLost tells the end of a connection from a refusal.
func isLost(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network
}

// oneLine is text of another program, or of another machine, that fits into a
// message.
func oneLine(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	const enough = 300
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	return text
}
