package servers

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// S3Server speaks S3. Its buckets are made over the protocol.
type S3Server struct {
	*Process
	// Host is "127.0.0.1:port", without TLS.
	Host string
	// Key and Secret are those of its only user.
	Key, Secret string
	// Dir holds what is stored.
	Dir string
}

// Endpoint is its address.
func (s *S3Server) Endpoint() string { return "http://" + s.Host }

// MinIO starts MinIO, whose manners come closest to Amazon's.
func MinIO(t testing.TB) *S3Server {
	t.Helper()
	s := newS3(t)
	cmd := exec.Command(Tool(t, "minio"), "server", "--quiet", "--address", s.Host, "--console-address", fmt.Sprintf("127.0.0.1:%d", FreePort(t)), s.Dir)
	cmd.Env = append(os.Environ(), "MINIO_ROOT_USER="+s.Key, "MINIO_ROOT_PASSWORD="+s.Secret, "MINIO_UPDATE=off", "HOME="+t.TempDir())
	s.Process = Start(t, cmd)
	s.WaitUntil(t, func() error { return Answers(s.Endpoint()+"/minio/health/ready", http.StatusOK) })
	return s
}

func newS3(t testing.TB) *S3Server {
	t.Helper()
	s := &S3Server{Host: fmt.Sprintf("127.0.0.1:%d", FreePort(t)), Key: "AKIDVARVE", Secret: "SECRET-of-varve", Dir: filepath.Join(t.TempDir(), "data")}
	if err := os.Mkdir(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// Answers asks for a page and compares the number of the answer; 0 is any.
func Answers(url string, want int) error {
	r, err := http.Get(url) //nolint:noctx // on loopback, and a server that hangs is killed with the test
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if want != 0 && r.StatusCode != want {
		return fmt.Errorf("%s answers %s", url, r.Status)
	}
	return nil
}
