package cloud_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// relay stands in front of an S3 server that has no archive, and plays one:
// what was stored as DEEP_ARCHIVE cannot be read until it is asked for.
type relay struct {
	host string

	mu      sync.Mutex
	classes map[string]string // by name; guarded by mu
	thawed  string            // the last name that was asked for, and for how many days; guarded by mu
}

func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{classes: map[string]string{}}
	proxy := passOn(to)
	proxy.ModifyResponse = r.answered
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if !r.handle(w, q) {
			proxy.ServeHTTP(w, q)
		}
	}))
	t.Cleanup(s.Close)
	r.host = strings.TrimPrefix(s.URL, "http://")
	return r
}

// passOn hands requests on as the client signed them.
func passOn(to *url.URL) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
}

// nameOf is the object of a request, without its bucket.
func nameOf(q *http.Request) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	return name
}

// handle answers what the server behind has no idea of.
func (r *relay) handle(w http.ResponseWriter, q *http.Request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := nameOf(q)
	switch cold := r.classes[name] == "DEEP_ARCHIVE"; {
	case q.Method == http.MethodPut:
		if class := q.Header.Get("X-Amz-Storage-Class"); class != "" {
			r.classes[name] = class
		}
	case q.Method == http.MethodPost && q.URL.Query().Has("restore"):
		r.restore(w, q, name)
		return true
	case q.Method == http.MethodGet && cold && !strings.HasPrefix(r.thawed, name):
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>InvalidObjectState</Code><Message>The operation is not valid</Message></Error>`)
		return true
	}
	return false
}

func (r *relay) restore(w http.ResponseWriter, q *http.Request, name string) {
	if strings.HasPrefix(r.thawed, name) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `<Error><Code>RestoreAlreadyInProgress</Code><Message>Object restore is already in progress</Message></Error>`)
		return
	}
	var body struct{ Days string }
	if err := xml.NewDecoder(q.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.thawed = name + " " + body.Days
	w.WriteHeader(http.StatusAccepted)
}

// answered tells the class of an object, as an archive does.
func (r *relay) answered(a *http.Response) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if class := r.classes[nameOf(a.Request)]; class != "" && a.Request.Method == http.MethodHead {
		a.Header.Set("X-Amz-Storage-Class", class)
	}
	return nil
}
