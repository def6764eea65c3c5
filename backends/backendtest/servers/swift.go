package servers

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// SwiftServer is OpenStack's Swift: the four servers that it is made of, and
// their cache.
type SwiftServer struct {
	// Auth is where one logs in, in version 1.
	Auth string
	// User and Key are those of its only user.
	User, Key string
}

// swiftPatience is how long, in seconds, each server waits for the others and for
// who calls it. By themselves they give half a second, three and a minute, and
// then answer 503 and 408, which a busy machine makes them do.
const swiftPatience = `conn_timeout = 60
node_timeout = 300
client_timeout = 300
`

// swiftPart is the configuration of the account, container and object server.
const swiftPart = `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = %[1]d
user = %[2]s
swift_dir = %[3]s
devices = %[3]s/srv
mount_check = false
workers = 0
disable_fallocate = true
` + swiftPatience + `[pipeline:main]
pipeline = %[4]s-server
[app:%[4]s-server]
use = egg:swift#%[4]s
recon_cache_path = %[3]s/cache
[%[4]s-replicator]
[%[4]s-updater]
[%[4]s-auditor]
`

const swiftProxy = `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = %[1]d
user = %[2]s
swift_dir = %[3]s
workers = 0
` + swiftPatience + `[pipeline:main]
pipeline = catch_errors cache bulk tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:%[4]d
[filter:bulk]
use = egg:swift#bulk
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`

const swiftHashes = `[swift-hash]
swift_hash_path_prefix = varve
swift_hash_path_suffix = varve
[storage-policy:0]
name = gold
default = yes
`

// swiftRings says, for each part, that everything of it lies on one device. It
// is what swift-ring-builder does in nine runs.
const swiftRings = `
import sys
from swift.common.ring import RingBuilder
folder = sys.argv[1]
for part, port in zip(("account", "container", "object"), sys.argv[2:]):
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0,
                  "replication_ip": "127.0.0.1", "replication_port": int(port)})
    ring.rebalance()
    ring.get_ring().save("%s/%s.ring.gz" % (folder, part))
`

// Swift starts Swift.
func Swift(t testing.TB) *SwiftServer {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := ServerDir(t)
	for _, d := range []string{"srv/d1", "cache"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	WriteFile(t, filepath.Join(dir, "swift.conf"), swiftHashes, 0o644)
	parts, ports := []string{"account", "container", "object"}, FreePorts(t, 5)
	cache, proxy := ports[3], ports[4]
	makeRings(t, dir, ports[:len(parts)])
	var running []*Process
	for i, part := range parts {
		config := WriteFile(t, filepath.Join(dir, part+"-server.conf"), fmt.Sprintf(swiftPart, ports[i], me.Username, dir, part), 0o644)
		running = append(running, startSwift(t, dir, "swift-"+part+"-server", "swift-"+part, config))
	}
	running = append(running, Start(t, exec.Command(Program(t, "memcached", "memcached"), "-l", "127.0.0.1", "-p", strconv.Itoa(cache), "-u", me.Username)))
	config := WriteFile(t, filepath.Join(dir, "proxy-server.conf"), fmt.Sprintf(swiftProxy, proxy, me.Username, dir, cache), 0o644)
	running = append(running, startSwift(t, dir, "swift-proxy-server", "swift-proxy", config))
	for i, p := range running {
		p.WaitFor(t, fmt.Sprintf("127.0.0.1:%d", ports[i]))
	}
	s := &SwiftServer{Auth: fmt.Sprintf("http://127.0.0.1:%d/auth/v1.0", proxy), User: "test:tester", Key: "testing"}
	running[len(running)-1].WaitUntil(t, func() error { return Answers(s.Auth, http.StatusUnauthorized) })
	return s
}

// startSwift starts one of the servers.
func startSwift(t testing.TB, dir, name, debian, config string) *Process {
	t.Helper()
	cmd := exec.Command(Program(t, name, debian), config, "verbose")
	cmd.Dir = dir
	return Start(t, cmd)
}

func makeRings(t testing.TB, dir string, ports []int) {
	t.Helper()
	args := []string{"-c", swiftRings, dir}
	for _, p := range ports {
		args = append(args, strconv.Itoa(p))
	}
	python := Program(t, "/usr/bin/python3", "python3") // the one that Debian packages are for
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("making rings: %v: %s", err, out)
	}
}
