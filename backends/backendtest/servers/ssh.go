package servers

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// SSHServer is OpenSSH's server. Whoever runs the test may log in with a key.
type SSHServer struct {
	*Process
	Port int
	User string
	// Home is the folder that a login begins in.
	Home string
	// Key is a file with the key that opens it, KnownHosts one with the
	// server's own.
	Key, KnownHosts string
	// HostKey is the file with the server's key.
	HostKey string
}

// SSHOptions choose what an SSHServer is like. The zero value is a usual one.
type SSHOptions struct {
	// NoSFTP: there is a shell only.
	NoSFTP bool
	// Config are further lines of its configuration.
	Config []string
	// HostKey and Key are files with keys to use instead of new ones.
	HostKey, Key string
	// Port is a port to use again; 0 is a free one.
	Port int
}

// SSH starts a server.
func SSH(t testing.TB, o SSHOptions) *SSHServer {
	t.Helper()
	sshd := Program(t, "sshd", "openssh-server")
	dir := t.TempDir()
	s := &SSHServer{Port: o.Port, Home: filepath.Join(dir, "home"), Key: o.Key, HostKey: o.HostKey, KnownHosts: filepath.Join(dir, "known_hosts")}
	if s.Port == 0 {
		s.Port = FreePort(t)
	}
	if s.Key == "" {
		s.Key = SSHKey(t, filepath.Join(dir, "key"), "")
	}
	if s.HostKey == "" {
		s.HostKey = SSHKey(t, filepath.Join(dir, "hostkey"), "")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s.User = me.Username
	if err := os.Mkdir(s.Home, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // as the system does before it starts the server
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	WriteFile(t, s.KnownHosts, s.KnownHostsLine(t)+"\n", 0o600)
	config := WriteFile(t, filepath.Join(dir, "sshd_config"), strings.Join(s.config(dir, o), "\n")+"\n", 0o600)
	s.Process = Start(t, exec.Command(sshd, "-D", "-e", "-f", config))
	s.WaitFor(t, s.Host())
	return s
}

func (s *SSHServer) config(dir string, o SSHOptions) []string {
	lines := []string{
		"ListenAddress 127.0.0.1", fmt.Sprint("Port ", s.Port), "HostKey " + s.HostKey, "PidFile " + filepath.Join(dir, "pid"),
		"AuthorizedKeysFile \"" + s.Key + ".pub\"", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
		// bash reads no .bashrc of the tester's with this.
		"SetEnv HOME=" + s.Home + " SHLVL=2",
		"KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "MaxStartups 100:30:200",
	}
	if o.NoSFTP {
		lines = append(lines, "ForceCommand cd "+s.Home+" && eval \"$SSH_ORIGINAL_COMMAND\"")
	} else {
		lines = append(lines, "Subsystem sftp internal-sftp -d "+s.Home)
	}
	return append(lines, o.Config...)
}

// KnownHostsLine is the server's line in a file of known hosts.
func (s *SSHServer) KnownHostsLine(t testing.TB) string {
	t.Helper()
	return knownhosts.Line([]string{s.Host()}, SSHPublicKey(t, s.HostKey))
}

// Options are those that an ssh program needs to log in, as duplicity takes
// them.
func (s *SSHServer) Options() string {
	return "-F none -oIdentityFile='" + s.Key + "' -oIdentitiesOnly=yes -oUserKnownHostsFile='" + s.KnownHosts + "' -oGlobalKnownHostsFile=/dev/null"
}

// Host is where it listens.
func (s *SSHServer) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Address is the server's, with a path as addresses have it.
func (s *SSHServer) Address(scheme, path string) string {
	return fmt.Sprintf("%s://%s@127.0.0.1:%d/%s", scheme, s.User, s.Port, path)
}

// SSHKey makes a key and returns path. Its public part is beside it, in .pub.
func SSHKey(t testing.TB, path, passphrase string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "test")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "test", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	shown, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	WriteFile(t, path+".pub", string(ssh.MarshalAuthorizedKey(shown)), 0o600)
	return WriteFile(t, path, string(pem.EncodeToMemory(block)), 0o600)
}

// SSHPublicKey reads the public part of a key.
func SSHPublicKey(t testing.TB, path string) ssh.PublicKey {
	t.Helper()
	b, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
