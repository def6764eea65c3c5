package webdav_test

import (
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/webdav"
)

const password = "s3cret: word"

// urlOf is the address of a server, with its login.
func urlOf(scheme string, s *servers.WebDAVServer) string {
	return scheme + "://alice:" + url.PathEscape(s.Password) + "@" + s.Host
}

// opener makes a folder for each test.
func opener(url string, c backends.Config) backendtest.Opener {
	var folders atomic.Int64
	c.Create = true
	return func(t testing.TB) backends.Store {
		return open(t, fmt.Sprintf("%s/folder%%20ü/%d", url, folders.Add(1)), c)
	}
}

func open(t testing.TB, url string, c backends.Config) backends.Store {
	t.Helper()
	return backendtest.MustOpen(t, webdav.Kind(), url, c)
}

func tryOpen(t testing.TB, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	return backendtest.TryOpen(t, webdav.Kind(), url, c)
}

func TestApacheBasic(t *testing.T) {
	open := opener(urlOf("webdav", servers.Apache(t, password, false)), backends.Config{})
	backendtest.Suite{Open: open, CutsReplaced: true}.Run(t)
}

func TestApacheDigest(t *testing.T) {
	open := opener(urlOf("http", servers.Apache(t, password, true)), backends.Config{})
	backendtest.Suite{Open: open, CutsReplaced: true}.Run(t)
}

// A look through the folders begins where nothing is to be seen; a login that is
// refused ends it.
func TestExploreBelowWhatSaysNothing(t *testing.T) {
	server := servers.Apache(t, password, true)
	c := backends.Config{Explore: true}
	store := open(t, urlOf("http", server)+"/none", c)
	defer store.Close()
	f, _ := backends.As[backends.Foldered](store)
	for _, err := range f.Inside(t.Context(), "") {
		if !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("what is not there: %v", err)
		}
	}
	server.Password = "wrong"
	if _, err := tryOpen(t, urlOf("http", server), c); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestNginxTLS(t *testing.T) {
	server := servers.Nginx(t, password)
	backendtest.Suite{
		Open: opener(urlOf("webdavs", server), backends.Config{CAFiles: []string{server.Certificate.CA}}), HidesDots: true,
	}.Run(t)
}
