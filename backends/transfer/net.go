package transfer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/varve-backup/varve/backends"
)

// TLS is how a server's certificate is judged.
func TLS(c *backends.Config, host string) (*tls.Config, error) {
	t := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.Insecure} //nolint:gosec // only when asked to
	if len(c.CAFiles) == 0 {
		return t, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, file := range c.CAFiles {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%w: reading certificates: %w", backends.ErrConfig, err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: there is no certificate in %s", backends.ErrConfig, file)
		}
	}
	t.RootCAs = pool
	return t, nil
}

// longestDial is how long connecting takes at most.
const longestDial = time.Minute

// Dial connects to a server. The connection breaks when it stands still for
// longer than the configuration allows.
func Dial(ctx context.Context, c *backends.Config, hostPort string) (net.Conn, error) {
	d := net.Dialer{Timeout: min(c.Stall(), longestDial)}
	conn, err := d.DialContext(ctx, "tcp", hostPort)
	if err != nil {
		return nil, err
	}
	return &patient{conn, c.Stall()}, nil
}

// patient is a connection that may not stand still. The deadlines that a
// library sets are its own business, and not kept.
type patient struct {
	net.Conn
	stall time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.Conn.SetReadDeadline(time.Now().Add(p.stall)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

// Write moves the deadline of a Read that goes on at the same time too: whoever
// takes in an upload has nothing to say meanwhile.
func (p *patient) Write(b []byte) (int, error) {
	if err := p.Conn.SetDeadline(time.Now().Add(p.stall)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

func (p *patient) SetDeadline(t time.Time) error      { return p.hurry(t) }
func (p *patient) SetReadDeadline(t time.Time) error  { return p.hurry(t) }
func (p *patient) SetWriteDeadline(t time.Time) error { return p.hurry(t) }

// hurry keeps only a deadline that has passed: that is how a library ends a
// call that waits.
func (p *patient) hurry(t time.Time) error {
	if t.IsZero() || t.After(time.Now()) {
		return nil
	}
	return p.Conn.SetDeadline(t)
}

// NetError gives an error of a connection its class: ErrCertificate, or
// ErrTemporary. One that has a class keeps it.
func NetError(err error) error {
	if err == nil || classified(err) {
		return err
	}
	if isCertificate(err) {
		return fmt.Errorf("%w: %w", backends.ErrCertificate, err)
	}
	return fmt.Errorf("%w: %w", backends.ErrTemporary, err)
}

func classified(err error) bool {
	_, source := errors.AsType[*SourceError](err)
	return source || backends.IsPermanent(err) || errors.Is(err, backends.ErrTemporary) || errors.Is(err, backends.ErrCorrupt) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded)
}

func isCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return record
}

// Opening words an error of the first connection: where nobody answers, the
// destination is not there.
func Opening(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %v", backends.ErrOffline, op) //nolint:errorlint // it is no ErrTemporary any more
	}
	return err
}
