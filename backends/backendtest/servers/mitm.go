package servers

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Impostor stands between a client and the services of the world: it is a
// proxy that answers for the hosts itself, with certificates of an authority
// of its own. A client that trusts that authority talks to the real names, and
// nothing leaves the computer.
type Impostor struct {
	// Proxy is its address, and CA the file of its authority.
	Proxy, CA string

	ca      *x509.Certificate
	key     *ecdsa.PrivateKey
	handler http.Handler
	hosts   map[string]bool

	own   sync.Mutex
	certs map[string]*tls.Certificate // by host; guarded by own
	conns map[net.Conn]bool           // guarded by own
	ended bool                        // guarded by own
}

// NewImpostor starts one, which answers for some hosts with a handler and
// refuses others.
func NewImpostor(t testing.TB, handler http.Handler, hosts ...string) *Impostor {
	t.Helper()
	m := &Impostor{handler: handler, hosts: map[string]bool{}, certs: map[string]*tls.Certificate{}, conns: map[net.Conn]bool{}, key: newKey(t)}
	for _, h := range hosts {
		m.hosts[h] = true
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Impostor of a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw := sign(t, template, template, &m.key.PublicKey, m.key)
	ca, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	m.ca, m.CA = ca, writePEM(t, filepath.Join(t.TempDir(), "impostor.pem"), "CERTIFICATE", raw)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Proxy = "http://" + l.Addr().String()
	m.serve(t, l)
	return m
}

func (m *Impostor) serve(t testing.TB, l net.Listener) {
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if m.add(c) {
				all.Go(func() { m.talk(c) })
			}
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // ends the loop
		m.end()
		all.Wait()
	})
}

// add keeps a connection in mind, so that the end of the test ends it. One that
// comes later is refused.
func (m *Impostor) add(c net.Conn) bool {
	m.own.Lock()
	defer m.own.Unlock()
	if m.ended {
		_ = c.Close() // nothing was said
		return false
	}
	m.conns[c] = true
	return true
}

// end closes all connections, which ends their goroutines.
func (m *Impostor) end() {
	m.own.Lock()
	defer m.own.Unlock()
	m.ended = true
	for c := range m.conns {
		_ = c.Close() // it may have been closed
	}
}

// talk serves a client: first as a proxy, then as the host that it asked for.
func (m *Impostor) talk(c net.Conn) {
	defer func() {
		m.own.Lock()
		delete(m.conns, c)
		m.own.Unlock()
		_ = c.Close() // it may have been closed
	}()
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	host, _, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil || !m.hosts[host] {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	one := &oneConn{done: make(chan struct{}), conn: tls.Server(c, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return m.certificate(host) },
	})}
	s := &http.Server{Handler: m.handler, ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			one.end()
		}
	}}
	_ = s.Serve(one) // ends with the connection
}

// certificate makes one for a host.
func (m *Impostor) certificate(host string) (*tls.Certificate, error) {
	m.own.Lock()
	defer m.own.Unlock()
	if known := m.certs[host]; known != nil {
		return known, nil
	}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(m.certs) + 2)), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: m.ca.NotBefore, NotAfter: m.ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, m.ca, &m.key.PublicKey, m.key)
	if err != nil {
		return nil, fmt.Errorf("a certificate for %s: %w", host, err)
	}
	m.certs[host] = &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: m.key}
	return m.certs[host], nil
}

// oneConn is a listener that has one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
	once sync.Once
	took bool
}

var errTaken = errors.New("there are no more connections")

// Accept implements net.Listener.
func (o *oneConn) Accept() (net.Conn, error) {
	if !o.took {
		o.took = true
		return o.conn, nil
	}
	<-o.done
	return nil, errTaken
}

func (o *oneConn) end() { o.once.Do(func() { close(o.done) }) }

// Close implements net.Listener.
func (o *oneConn) Close() error { return nil }

// Addr implements net.Listener.
func (o *oneConn) Addr() net.Addr { return o.conn.LocalAddr() }
