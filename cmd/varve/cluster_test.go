package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// Several machines store into one repository on a store of several servers, of
// which one dies while they do and comes back later. Nothing is lost.
func TestManyMachinesOnACluster(t *testing.T) {
	t.Parallel()
	if os.Getenv(clusterProgram) == "" {
		inNetworkOfItsOwn(t)
		return
	}
	binary = os.Getenv(clusterProgram)
	cluster := servers.MinIOs(t, 4, clusterAddress)
	base := newWorld(t)
	base.env = append(base.env, "AWS_ACCESS_KEY_ID="+cluster.Key, "AWS_SECRET_ACCESS_KEY="+cluster.Secret)
	var machines []*world
	for i := range 3 {
		m := base.withEnv("XDG_CACHE_HOME=" + base.path(fmt.Sprint("cache", i)))
		m.dir = base.path(fmt.Sprint("machine", i))
		for j := range 6 {
			m.write(fmt.Sprint("own", j), noise(uint64(10*i+j), 3<<20))
		}
		m.write("common", noise(99, 8<<20))
		machines = append(machines, m)
	}
	// One makes the repository; then all are at work when a server dies.
	machines[0].must(machines[0].atCluster(cluster, 0, machines[0].path("src")))
	machines[0].write("more", noise(77, 20<<20))
	var runs sync.WaitGroup
	for i, m := range machines {
		cmd := m.start(binary, m.clusterArgs(cluster, i, m.path("src"))...)
		out, err := os.Create(filepath.Join(m.dir, "output"))
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = out, out
		runs.Go(func() { m.finish(cmd, out) })
	}
	stored := cluster.Files("bucket/all/data/*/*")
	waitUntil(t, "a machine is at work", func() bool { return cluster.Files("bucket/all/locks/*") > 0 })
	cluster.Kill(3)
	waitUntil(t, "something is stored without that server", func() bool { return cluster.Files("bucket/all/data/*/*") > stored })
	cluster.Restart(t, 3)
	runs.Wait()
	if out := machines[2].must(machines[2].atCluster(cluster, 2, "check", "--read-data")).stdout; !strings.Contains(out, "nothing is wrong") {
		t.Error(out)
	}
	for i, m := range machines {
		id := m.newestOf(cluster, 2)
		m.must(m.atCluster(cluster, 2, "restore", "--time", id, m.path("restored")))
		if t.Failed() {
			t.Fatalf("machine %d", i)
		}
		m.same(m.path("src"), m.path("restored"))
	}
}

// waitUntil asks until something is so. Other programs bring it about: there is
// nothing to wait on, and on a busy machine they take their time.
func waitUntil(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !so(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// clusterProgram is, in a network of its own, the program to run.
const clusterProgram = "VARVE_CLUSTER_PROGRAM"

// clusterAddress is one of those that are for tests of networks (RFC 2544).
// Within a container, MinIO refuses to make a cluster on 127.0.0.1.
const clusterAddress = "198.18.0.1"

// inNetworkOfItsOwn runs the test where nobody else's network is.
func inNetworkOfItsOwn(t *testing.T) {
	const script = `ip link set lo up && ip address add ` + clusterAddress + `/32 dev lo && exec "$0" "$@"`
	args := []string{"--net", "sh", "-c", script, os.Args[0], "-test.run", "^" + t.Name() + "$", "-test.v"}
	if os.Geteuid() != 0 {
		args = slices.Insert(args, 0, "--map-root-user")
	}
	cmd := exec.CommandContext(t.Context(), "unshare", args...)
	cmd.Env = append(os.Environ(), clusterProgram+"="+binary)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v (Debian packages util-linux, iproute2): %s", err, out)
	}
}

// clusterArgs puts the address of the repository, reached through one server,
// where it belongs: last for a backup, behind the action for anything else.
func (w *world) clusterArgs(c *servers.S3Cluster, server int, args ...string) []string {
	url := fmt.Sprintf("s3://%s/bucket/all", c.Hosts[server])
	fixed := []string{"--s3-unencrypted-connection", "--format", "restic", "--archive-dir", w.path("ours")}
	if args[0] == "restore" {
		last := len(args) - 1
		return append(fixed, append(args[:last:last], url, args[last])...)
	}
	return append(fixed, append(args, url)...)
}

func (w *world) atCluster(c *servers.S3Cluster, server int, args ...string) result {
	w.t.Helper()
	return w.run(binary, w.clusterArgs(c, server, args...)...)
}

// finish runs a program that was prepared, from any goroutine.
func (w *world) finish(cmd *exec.Cmd, out *os.File) {
	err := cmd.Run()
	out.Close()
	if err != nil {
		said, _ := os.ReadFile(out.Name())
		w.t.Errorf("%v: %s", err, said)
	}
}

// newestOf is the newest version of this machine's folder.
func (w *world) newestOf(c *servers.S3Cluster, server int) string {
	w.t.Helper()
	for line := range strings.Lines(w.must(w.atCluster(c, server, "snapshots")).stdout) {
		if strings.Contains(line, w.path("src")) {
			return strings.Fields(line)[0]
		}
	}
	w.t.Fatalf("there is no version of %s", w.path("src"))
	return ""
}
