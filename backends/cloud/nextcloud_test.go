package cloud_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what the server has
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// nextcloud is Apache behind as much of Nextcloud as the library uses: uploads
// in pieces and checksums.
type nextcloud struct {
	*servers.Process
	// root is the folder that Apache serves, behind its host; host is the front.
	root, behind, host string
	// merged counts uploads in pieces.
	merged atomic.Int32
	proxy  *httputil.ReverseProxy
}

const (
	files   = "/remote.php/dav/files/alice/"
	uploads = "/remote.php/dav/uploads/alice/"
)

func newNextcloud(t *testing.T) *nextcloud {
	t.Helper()
	apache := servers.Apache(t, "s3cret", false)
	n := &nextcloud{Process: apache.Process, root: apache.Root, behind: apache.Host}
	for _, d := range []string{"remote.php", "remote.php/dav", "remote.php/dav/files", files, "remote.php/dav/uploads", uploads} {
		dir := filepath.Join(n.root, d)
		if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	n.proxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: n.behind})
		if to := r.Out.Header.Get("Destination"); to != "" {
			r.Out.Header.Set("Destination", strings.Replace(to, n.host, n.behind, 1))
		}
	}}
	front := httptest.NewServer(n)
	t.Cleanup(front.Close)
	n.host = front.Listener.Addr().String()
	return n
}

func (n *nextcloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPatch:
		b, err := os.ReadFile(filepath.Join(n.root, r.URL.Path))
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("OC-Checksum", fmt.Sprintf("SHA1:%x", sha1.Sum(b))) //nolint:gosec // see above
	case r.Method == "MOVE" && strings.HasSuffix(r.URL.Path, "/.file"):
		w.WriteHeader(n.merge(r))
	default:
		n.proxy.ServeHTTP(w, r)
	}
}

// merge puts the pieces together, in the order of their names.
func (n *nextcloud) merge(r *http.Request) int {
	pieces, _ := filepath.Glob(filepath.Join(n.root, strings.TrimSuffix(r.URL.Path, ".file"), "*"))
	var whole []byte
	for _, p := range pieces {
		b, err := os.ReadFile(p)
		if err != nil {
			return http.StatusInternalServerError
		}
		whole = append(whole, b...)
	}
	to, err := url.Parse(r.Header.Get("Destination"))
	if err != nil || !strings.HasPrefix(to.Path, files) {
		return http.StatusBadRequest
	}
	n.merged.Add(1)
	to.Host = n.behind
	status := n.send(r, http.MethodPut, to.String(), whole)
	if status < 300 {
		n.send(r, http.MethodDelete, "http://"+n.behind+strings.TrimSuffix(r.URL.Path, ".file"), nil)
	}
	return status
}

func (n *nextcloud) send(as *http.Request, method, to string, body []byte) int {
	r, err := http.NewRequestWithContext(as.Context(), method, to, bytes.NewReader(body))
	if err != nil {
		return http.StatusInternalServerError
	}
	r.Header.Set("Authorization", as.Header.Get("Authorization"))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return http.StatusBadGateway
	}
	answer.Body.Close()
	return answer.StatusCode
}
