package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// RsyncServer is an rsync daemon that runs. Its module "backup" wants the user
// and the password; "open" is the same folder for everybody, and "readonly"
// may not be written to.
type RsyncServer struct {
	*Process
	Port           int
	User, Password string
	// Root is the folder of the modules.
	Root string
}

// Host is where it listens.
func (s *RsyncServer) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Rsyncd starts an rsync daemon.
func Rsyncd(t testing.TB) *RsyncServer {
	t.Helper()
	program := Program(t, "rsync", "rsync")
	dir := ServerDir(t)
	s := &RsyncServer{Port: FreePort(t), User: "alice", Password: "s3cret word", Root: filepath.Join(dir, "root")}
	if err := os.Mkdir(s.Root, 0o755); err != nil {
		t.Fatal(err)
	}
	secrets := WriteFile(t, filepath.Join(dir, "secrets"), s.User+":"+s.Password+"\n", 0o600)
	config := []string{
		fmt.Sprintf("port = %d", s.Port), "address = 127.0.0.1", "use chroot = no", "pid file = " + filepath.Join(dir, "pid"),
		"log file = " + filepath.Join(dir, "log"), "socket options = TCP_NODELAY",
	}
	if os.Geteuid() == 0 { // it would become nobody
		config = append(config, "uid = 0", "gid = 0")
	}
	config = append(
		config,
		"[backup]", "path = "+s.Root, "read only = no", "auth users = "+s.User, "secrets file = "+secrets,
		"[open]", "path = "+s.Root, "read only = no",
		"[readonly]", "path = "+s.Root, "read only = yes",
	)
	file := WriteFile(t, filepath.Join(dir, "rsyncd.conf"), strings.Join(config, "\n")+"\n", 0o600)
	s.Process = Start(t, exec.Command(program, "--daemon", "--no-detach", "--config="+file))
	s.WaitFor(t, s.Host())
	return s
}
