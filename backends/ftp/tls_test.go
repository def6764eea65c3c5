package ftp

import (
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/transfer"
)

// vsftpd breaks transfers with TLS 1.3 when the client closes too early. No
// transfer may need the older version, with the server insisting on sessions.
func TestNewTLSIsKept(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit)
	trusted, err := transfer.TLS(&backends.Config{CAFiles: []string{server.Certificate.CA}}, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Address: server.Host(), User: anonymous, Security: Explicit, TLS: trusted})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 30 {
		if err := s.Put(t.Context(), fmt.Sprint(i), backends.BytesSource(make([]byte, i*20000))); err != nil {
			t.Fatal(err)
		}
	}
	err = s.use(t.Context(), func(c *conn) error {
		if v := c.Conn.(*tls.Conn).ConnectionState().Version; v != tls.VersionTLS13 {
			t.Errorf("it is %s", tls.VersionName(v))
		}
		return nil
	})
	if err != nil || s.oldTLS.Load() {
		t.Errorf("it was given up: %v", err)
	}
}
