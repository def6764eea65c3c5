package servers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// IMAPServer is Dovecot, running. It lets anybody in with the password, and
// makes a mailbox for each.
type IMAPServer struct {
	*Process
	// Port is for connections that begin in clear, TLSPort for those that do
	// not.
	Port, TLSPort int
	Password      string
	Certificate   Certificate
}

// Host is where it listens for connections that begin in clear.
func (s *IMAPServer) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// TLSHost is where it listens for TLS.
func (s *IMAPServer) TLSHost() string { return fmt.Sprintf("127.0.0.1:%d", s.TLSPort) }

// Dovecot starts Dovecot. Further lines of its configuration may be given.
func Dovecot(t testing.TB, lines ...string) *IMAPServer {
	t.Helper()
	program := Program(t, "dovecot", "dovecot-imapd")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" { // as which Dovecot neither talks to strangers nor keeps mail
		if me, err = user.Lookup("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		t.Fatal(err)
	}
	dir := ServerDir(t)
	ports := FreePorts(t, 2)
	s := &IMAPServer{Port: ports[0], TLSPort: ports[1], Password: "s3cret-word", Certificate: NewCertificate(t)}
	mail := filepath.Join(dir, "mail")
	if err := os.Mkdir(mail, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(mail, 0o777); err != nil { // whatever the umask
		t.Fatal(err)
	}
	config := []string{
		"base_dir = " + filepath.Join(dir, "run"), "state_dir = " + filepath.Join(dir, "state"), "log_path = /dev/stderr",
		"protocols = imap", "listen = 127.0.0.1", "disable_plaintext_auth = no", "auth_failure_delay = 0", "first_valid_uid = 1",
		"default_login_user = " + me.Username, "default_internal_user = " + me.Username, "default_internal_group = " + group.Name,
		"ssl = yes", "ssl_cert = <" + s.Certificate.Cert, "ssl_key = <" + s.Certificate.Key,
		"mail_location = maildir:" + mail + "/%u", "mail_max_userip_connections = 50", "maildir_very_dirty_syncs = yes",
		"service imap-login {", "chroot =", "inet_listener imap {", fmt.Sprintf("port = %d", s.Port), "}",
		"inet_listener imaps {", fmt.Sprintf("port = %d", s.TLSPort), "ssl = yes", "}", "}",
		"service anvil {", "chroot =", "unix_listener anvil-auth-penalty {", "mode = 0", "}", "}",
		"passdb {", "driver = static", "args = password=" + s.Password, "}",
		"userdb {", "driver = static", "args = uid=" + me.Uid + " gid=" + me.Gid + " home=" + mail + "/%u", "}",
	}
	config = append(config, lines...)
	file := WriteFile(t, filepath.Join(dir, "dovecot.conf"), strings.Join(config, "\n")+"\n", 0o600)
	s.Process = Start(t, exec.Command(program, "-F", "-c", file))
	s.WaitFor(t, s.Host())
	return s
}
