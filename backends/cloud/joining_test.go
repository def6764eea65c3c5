package cloud_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// hasty stands in front of an S3 server, and says that the parts of an object
// are joined before it has begun with that. It begins when somebody has looked
// for the object in vain, or never.
type hasty struct {
	behind http.Handler
	never  bool

	mu   sync.Mutex
	held *http.Request // guarded by mu
}

func newHasty(t *testing.T, server string, never bool) (host string) {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(&hasty{behind: passOn(to), never: never})
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// ServeHTTP implements http.Handler.
func (h *hasty) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q.Method == http.MethodPost && q.URL.Query().Has("uploadId") {
		h.hold(w, q)
		return
	}
	h.behind.ServeHTTP(w, q)
	if q.Method == http.MethodHead && h.held != nil && !h.never {
		h.behind.ServeHTTP(httptest.NewRecorder(), h.held)
		h.held = nil
	}
}

// hold keeps a request for later and answers it.
func (h *hasty) hold(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.held = q.Clone(context.WithoutCancel(q.Context()))
	h.held.Body = io.NopCloser(bytes.NewReader(body))
	_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>`+nameOf(q)+`</Key><ETag>"x-3"</ETag></CompleteMultipartUploadResult>`)
}

// A service that says too early that an object is there is given time, and no
// more than that.
func TestPartsThatAreJoinedLate(t *testing.T) {
	t.Parallel()
	s := servers.VersityGW(t)
	for name, row := range map[string]struct {
		never bool
		want  error
	}{
		"late":  {false, nil},
		"never": {true, backends.ErrCorrupt},
	} {
		c := s3Config(t, s)
		c.Timeout = 5 * time.Second
		c.Options = maps.Clone(c.Options)
		maps.Copy(c.Options, map[string]string{"upload-cutoff": "5M", "s3-multipart-chunk-size": "5"})
		st := mustOpen(t, "s3://"+newHasty(t, s.Endpoint(), row.never)+"/bucket/"+name, c)
		defer st.Close()
		if err := st.Put(t.Context(), "large", backends.BytesSource(make([]byte, 12<<20))); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		if err := st.Put(t.Context(), "small", backends.BytesSource("at once")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
