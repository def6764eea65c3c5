package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// pyftpd serves a folder to alice, whose password is in its arguments. A login
// of another is refused without a wait.
const pyftpd = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
port, root, password = sys.argv[1:]
authorizer = DummyAuthorizer()
authorizer.add_user("alice", password, root, perm="elradfmwMT")
authorizer.add_anonymous(root, perm="elr")
class Handler(FTPHandler):
    pass
Handler.authorizer = authorizer
Handler.auth_failed_timeout = 0
FTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
`

// PyFTPD starts pyftpdlib: a server that knows MLSD, and passwords. The user
// is alice; "anonymous" may only read.
func PyFTPD(t testing.TB, password string) *FTPServer {
	t.Helper()
	python := Program(t, "/usr/bin/python3", "python3") // the one that Debian packages are for
	if err := exec.Command(python, "-c", "import pyftpdlib").Run(); err != nil {
		t.Fatalf("the test needs pyftpdlib: install the Debian package python3-pyftpdlib")
	}
	dir := ServerDir(t)
	s := &FTPServer{Port: FreePort(t), Root: filepath.Join(dir, "root"), Password: password}
	if err := os.Mkdir(s.Root, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Process = Start(t, exec.Command(python, "-c", pyftpd, strconv.Itoa(s.Port), s.Root, password))
	s.WaitFor(t, s.Host())
	return s
}
