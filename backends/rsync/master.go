package rsync

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// master is a connection of ssh that stays open between the calls of rsync,
// which saves the login of each. Without one everything works, and is slower.
type master struct {
	dir string // where its socket is, "" when there is none
}

const (
	// stays is how many seconds it stays when nobody ends it.
	stays = "60"
	// longestSocket is how long the path of a socket may be, less than what any
	// system allows; ssh appends some letters while it makes one.
	longestSocket = 80
	// socketName is made by ssh: 40 letters.
	socketName = "%C"
	hashLength = 40
)

// newMaster makes the folder of the socket.
func newMaster() *master {
	dir, err := os.MkdirTemp("", "varve-ssh-")
	if err != nil {
		return &master{}
	}
	if len(dir)+1+hashLength > longestSocket {
		_ = os.Remove(dir) // it is empty
		return &master{}
	}
	return &master{dir: dir}
}

// options are what every ssh is given.
func (m *master) options() string {
	if m.dir == "" {
		return ""
	}
	return " -oControlMaster=auto -oControlPersist=" + stays + " -oControlPath='" + filepath.Join(m.dir, socketName) + "'"
}

// close ends the connection, if there is one.
func (m *master) close() error {
	if m == nil || m.dir == "" {
		return nil
	}
	sockets, _ := filepath.Glob(filepath.Join(m.dir, "*")) // the pattern is good
	for _, socket := range sockets {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		// It ends by itself if this does not end it.
		_ = exec.CommandContext(ctx, "ssh", "-F", "none", "-oControlPath="+socket, "-O", "exit", "host").Run()
		cancel()
	}
	return os.RemoveAll(m.dir)
}
