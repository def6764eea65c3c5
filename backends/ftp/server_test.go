package ftp_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/ftp"
)

// suite makes one of backendtest's, with a folder for each test.
func suite(url string, c backends.Config) backendtest.Suite {
	var folders atomic.Int64
	c.Create = true
	return backendtest.Suite{Open: func(t testing.TB) backends.Store {
		return open(t, fmt.Sprintf("%s/folder ü/%d", url, folders.Add(1)), c)
	}}
}

// less is a suite with fewer calls: what it is for is another connection than
// in the others, not other calls.
func less(s backendtest.Suite) backendtest.Suite {
	s.Slow = true
	return s
}

func open(t testing.TB, url string, c backends.Config) backends.Store {
	t.Helper()
	return backendtest.MustOpen(t, ftp.Kind(), url, c)
}

func tryOpen(t testing.TB, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	return backendtest.TryOpen(t, ftp.Kind(), url, c)
}

func TestVSFTPD(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain)
	suite("ftp://"+server.Host(), backends.Config{}).Run(t)
}

func TestVSFTPDActive(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain, "pasv_enable=NO")
	suite("ftp://"+server.Host(), backends.Config{Options: map[string]string{"ftp-regular": "true"}}).Run(t)
}

func TestVSFTPDExplicitTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit)
	suite("ftpes://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}}).Run(t)
}

func TestVSFTPDImplicitTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPImplicit)
	less(suite("ftps://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}})).Run(t)
}

func TestVSFTPDActiveTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit, "pasv_enable=NO")
	less(suite("ftpes://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}, Options: map[string]string{"active": "true"}})).Run(t)
}

func TestPyFTPD(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret word")
	suite("ftp://alice:s3cret%20word@"+server.Host(), backends.Config{}).Run(t)
}
