package ftp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/ftp"
)

// suite runs backendtest, with a folder for each test.
func suite(t *testing.T, url string, c backends.Config) {
	c.Create = true
	backendtest.Run(t, func(t testing.TB) backends.Store {
		return open(t, url+"/"+strings.ReplaceAll(t.Name(), "/", "-")+time.Now().Format("150405.000000000"), c)
	})
}

func open(t testing.TB, url string, c backends.Config) backends.Store {
	t.Helper()
	s, err := tryOpen(t, url, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryOpen(t testing.TB, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	return ftp.Kind().Open(t.Context(), a, c)
}

func TestVSFTPD(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain)
	suite(t, "ftp://"+server.Host(), backends.Config{})
}

func TestVSFTPDActive(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain, "pasv_enable=NO")
	suite(t, "ftp://"+server.Host(), backends.Config{Options: map[string]string{"ftp-regular": "true"}})
}

func TestVSFTPDExplicitTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit)
	suite(t, "ftpes://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}})
}

func TestVSFTPDImplicitTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPImplicit)
	suite(t, "ftps://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}})
}

func TestVSFTPDActiveTLS(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit, "pasv_enable=NO")
	suite(t, "ftpes://"+server.Host(), backends.Config{CAFiles: []string{server.Certificate.CA}, Options: map[string]string{"active": "true"}})
}

func TestPyFTPD(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret word")
	suite(t, "ftp://alice:s3cret%20word@"+server.Host(), backends.Config{})
}
