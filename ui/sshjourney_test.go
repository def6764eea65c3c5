package ui

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/ui/look"
)

// toServer fills the form for a server in, as its owner would.
func (d *desk) toServer(s *servers.SSHServer) {
	d.t.Helper()
	d.tap("Start backing up")
	d.tap("Continue")
	d.tap("Continue")
	d.tile(sshKind(d.u.Kinds).Title)
	for title, text := range map[string]string{
		"Server": "127.0.0.1", "Port": strconv.Itoa(s.Port), "User": s.User, "Folder": "backup/laptop", "Key file": s.Key,
	} {
		d.titled(title).(*look.Field).SetText(text)
	}
	d.settle()
}

// From the first start to the first version on a server that was never met,
// and back from there; and no step further once it shows another key.
func TestBackupToAServer(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	t.Setenv("SSH_AUTH_SOCK", "")
	d := newDesk(t, "light")
	d.toServer(server)
	d.tap("Test")
	d.q.until(t, "the question about the server", func() bool { return d.says("Is this the right server?") })
	d.tap("Trust this server")
	d.q.until(t, "the end of the test", func() bool { return d.says("It works.") })
	job := d.firstBackup()
	if _, err := os.Stat(filepath.Join(server.Home, "backup/laptop/config")); err != nil {
		t.Errorf("the backup is not on the server: %v", err)
	}
	d.write("home/Documents/notes.txt", "second, and longer")
	d.backUp(job.ID)
	d.u.Show(Restore)
	d.item("Documents")
	d.item("notes.txt")
	d.q.until(t, "the text from the server", func() bool { return d.says("second, and longer") })
	d.press(look.IconBefore)
	d.q.until(t, "the text of the older version", func() bool { return d.says("first") })

	server.Stop()
	other := servers.SSH(t, servers.SSHOptions{Key: server.Key, Port: server.Port})
	d.u.startWizard()
	d.settle()
	d.tap("Continue")
	d.tap("Continue")
	d.tile(sshKind(d.u.Kinds).Title)
	for title, text := range map[string]string{"Server": "127.0.0.1", "Port": strconv.Itoa(other.Port), "User": other.User, "Key file": other.Key} {
		d.titled(title).(*look.Field).SetText(text)
	}
	d.tap("Test")
	d.q.until(t, "the alarm", func() bool { return d.says("Stop. This may not be 127.0.0.1.") })
	if d.button("Trust this server") != nil {
		t.Error("another key can be clicked away")
	}
}
