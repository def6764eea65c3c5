package servers

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// S3Cluster is one store of several servers, which spread every object over
// all of them: some may be gone.
type S3Cluster struct {
	Key, Secret string
	// Hosts are addresses with ports.
	Hosts []string

	nodes []*Process
	urls  []string
	disk  string // of the first server
	home  string
}

// MinIOs starts a cluster of MinIO servers, four at least, on an address of
// this machine.
func MinIOs(t testing.TB, n int, address string) *S3Cluster {
	t.Helper()
	c := &S3Cluster{Key: "AKIDVARVE", Secret: "SECRET-of-varve", home: t.TempDir(), nodes: make([]*Process, n)}
	for i := range n {
		host := fmt.Sprintf("%s:%d", address, FreePort(t))
		disk := filepath.Join(t.TempDir(), fmt.Sprint("disk", i))
		if i == 0 {
			c.disk = disk
		}
		c.Hosts = append(c.Hosts, host)
		c.urls = append(c.urls, "http://"+host+disk)
	}
	for i := range n {
		c.start(t, i)
	}
	t.Cleanup(func() { // together they would take their time
		for i := range n {
			c.Kill(i)
		}
	})
	for i := range n {
		c.wait(t, i)
	}
	return c
}

func (c *S3Cluster) start(t testing.TB, i int) {
	t.Helper()
	cmd := exec.Command(Tool(t, "minio"), append([]string{"server", "--quiet", "--address", c.Hosts[i]}, c.urls...)...)
	cmd.Env = append(os.Environ(), "MINIO_ROOT_USER="+c.Key, "MINIO_ROOT_PASSWORD="+c.Secret, "MINIO_UPDATE=off", "MINIO_BROWSER=off",
		"MINIO_CI_CD=1", "HOME="+c.home) // all disks are folders of one
	c.nodes[i] = Start(t, cmd)
}

func (c *S3Cluster) wait(t testing.TB, i int) {
	t.Helper()
	c.nodes[i].WaitUntil(t, func() error { return Answers("http://"+c.Hosts[i]+"/minio/health/cluster", http.StatusOK) })
}

// Kill ends one server at once.
func (c *S3Cluster) Kill(i int) { c.nodes[i].Kill() }

// Restart starts a server that was killed.
func (c *S3Cluster) Restart(t testing.TB, i int) {
	t.Helper()
	c.start(t, i)
	c.wait(t, i)
}

// Files counts the objects that fit a pattern, as far as the first server
// knows them.
func (c *S3Cluster) Files(pattern string) int {
	found, _ := filepath.Glob(filepath.Join(c.disk, pattern)) // the pattern is good
	return len(found)
}
