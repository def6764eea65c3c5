package servers

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// GCSServer speaks Google's own protocol, and lets everybody in.
type GCSServer struct {
	*Process
	// Endpoint is its address.
	Endpoint string
}

// GCS starts fake-gcs-server, with a bucket.
func GCS(t testing.TB, bucket string) *GCSServer {
	t.Helper()
	dir, port := filepath.Join(t.TempDir(), "data"), FreePort(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	host := fmt.Sprintf("127.0.0.1:%d", port)
	s := &GCSServer{Endpoint: "http://" + host + "/storage/v1/"}
	s.Process = Start(t, exec.Command(Tool(t, "fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-port", strconv.Itoa(port),
		"-backend", "memory", "-filesystem-root", dir, "-public-host", host))
	s.WaitFor(t, host)
	r, err := http.Post(s.Endpoint+"b", "application/json", strings.NewReader(`{"name":"`+bucket+`"}`)) //nolint:noctx // on loopback
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("making bucket %s: %s", bucket, r.Status)
	}
	return s
}
