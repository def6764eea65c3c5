package sftp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/sftp"
)

// person answers questions, and remembers them.
type person struct {
	mu      sync.Mutex
	asked   []backends.SecretRequest
	met     []backends.HostKey
	answers []string
	trusts  bool
}

func (p *person) secret(_ context.Context, r backends.SecretRequest) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r)
	if len(p.answers) == 0 {
		return "", errors.New("nobody is there")
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *person) trust(_ context.Context, k backends.HostKey) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met = append(p.met, k)
	return p.trusts, nil
}

// works stores something.
func works(t *testing.T, s backends.Store) {
	t.Helper()
	if err := s.Put(t.Context(), "x", backends.BytesSource("x")); err != nil {
		t.Error(err)
	}
}

func TestKeyWithPassphrase(t *testing.T) {
	key := servers.SSHKey(t, filepath.Join(t.TempDir(), "key with blank"), "open sesame")
	server := servers.SSH(t, servers.SSHOptions{Key: key})
	raw := server.Address("sftp", "x")
	t.Run("asked", func(t *testing.T) {
		p := &person{answers: []string{"wrong", "open sesame"}}
		c := config(t, server)
		c.Secret = p.secret
		s := mustOpen(t, raw, c)
		works(t, s)
		if len(p.asked) != 2 || p.asked[0].Kind != backends.KeyPassphrase || p.asked[0].Account != key || p.asked[0].Again || !p.asked[1].Again {
			t.Errorf("asked %+v", p.asked)
		}
	})
	t.Run("refused", func(t *testing.T) {
		p := &person{answers: []string{"1", "2", "3", "4"}}
		c := config(t, server)
		c.Secret = p.secret
		refused(t, raw, c, backends.ErrAuth)
		if len(p.asked) != 3 {
			t.Errorf("asked %d times, want 3", len(p.asked))
		}
	})
	t.Run("nobody to ask", func(t *testing.T) { refused(t, raw, config(t, server), backends.ErrAuth) })
	t.Run("askpass", func(t *testing.T) {
		c := config(t, server)
		c.Options["ssh-askpass"] = "true"
		c.Getenv = environment(t, "FTP_PASSWORD", "open sesame")
		works(t, mustOpen(t, raw, c))
	})
	t.Run("batch", func(t *testing.T) {
		p := &person{answers: []string{"open sesame"}}
		c := config(t, server)
		c.Secret = p.secret
		c.Options["ssh-options"] += " -oBatchMode=yes"
		refused(t, raw, c, backends.ErrAuth)
		if len(p.asked) != 0 {
			t.Error("somebody was asked")
		}
	})
}

func TestAgent(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	folder, err := os.MkdirTemp("", "agent") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "s")
	servers.Start(t, exec.Command(servers.Program(t, "ssh-agent", "openssh-client"), "-D", "-a", socket)).WaitFor(t, socket)
	known := fmt.Sprintf("-F none -oUserKnownHostsFile=%s", server.KnownHosts)
	c := backends.Config{Create: true, Getenv: environment(t, "SSH_AUTH_SOCK", socket), Options: map[string]string{"ssh-options": known}}
	refused(t, server.Address("sftp", "x"), c, backends.ErrAuth)
	add := exec.Command(servers.Program(t, "ssh-add", "openssh-client"), server.Key)
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	works(t, mustOpen(t, server.Address("sftp", "x"), c))
	c.Options["ssh-options"] = known + " -oIdentityAgent=none"
	refused(t, server.Address("sftp", "x"), c, backends.ErrAuth)
	c.Options["ssh-options"] = known + " -oIdentitiesOnly=yes"
	refused(t, server.Address("sftp", "x"), c, backends.ErrAuth)
}

// What a user wrote into ~/.ssh/config counts.
func TestUserConfiguration(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	servers.WriteFile(t, filepath.Join(home, ".ssh", "config"), fmt.Sprintf(`
Host other
  HostName 192.0.2.1
Host na? !nab
  HostName 127.0.0.1
  Port %d
  User "%s"
  IdentityFile %s
  IdentitiesOnly yes
Host *
  UserKnownHostsFile ~/known
  Port 1
`, server.Port, server.User, server.Key), 0o600)
	servers.WriteFile(t, filepath.Join(home, "known"), server.KnownHostsLine(t)+"\n", 0o600)
	c := backends.Config{Create: true, Getenv: environment(t, "HOME", home)}
	works(t, mustOpen(t, "sftp://nas/x", c))
	refused(t, "sftp://nab/x", c, backends.ErrOffline)
	servers.WriteFile(t, filepath.Join(home, ".ssh", "config"), "Match exec true\n", 0o600)
	if err := refused(t, "sftp://nas/x", c, backends.ErrConfig); !strings.Contains(err.Error(), "config") {
		t.Error(err)
	}
}

func TestUnknownHost(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	raw := server.Address("sftp", "x")
	home := t.TempDir()
	known := filepath.Join(home, ".ssh", "known_hosts")
	c := backends.Config{Create: true, Getenv: environment(t, "HOME", home), Options: map[string]string{"key-file": server.Key}}
	p := &person{}
	refused(t, raw, c, backends.ErrHostKey)
	c.Trust = p.trust
	refused(t, raw, c, backends.ErrHostKey)
	if _, err := os.Stat(known); err == nil {
		t.Error("a key that was refused was written down")
	}
	p.trusts = true
	works(t, mustOpen(t, raw, c))
	want := backends.HostKey{Host: fmt.Sprintf("[127.0.0.1]:%d", server.Port), Type: "ssh-ed25519", Fingerprint: ssh.FingerprintSHA256(servers.SSHPublicKey(t, server.HostKey))}
	if len(p.met) != 2 || p.met[1] != want {
		t.Errorf("asked about %+v, want %+v", p.met, want)
	}
	for path, mode := range map[string]os.FileMode{known: 0o600, filepath.Dir(known): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if b, err := os.ReadFile(known); string(b) != server.KnownHostsLine(t)+"\n" {
		t.Errorf("%q, %v", b, err)
	}
	c.Trust = nil
	works(t, mustOpen(t, raw, c))
}

// StrictHostKeyChecking decides without a person. Lines that nobody can read,
// and one without its end, do no harm.
func TestStrictHostKeyChecking(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for value, want := range map[string]error{"yes": backends.ErrHostKey, "no": nil, "accept-new": nil} {
		known := servers.WriteFile(t, filepath.Join(t.TempDir(), "known"), "# mine\nnas ssh-new AAAA\n|1|x y z\nnas ssh-ed25519", 0o600)
		p := &person{trusts: true}
		c := backends.Config{Create: true, Getenv: environment(t), Trust: p.trust, Options: map[string]string{
			"ssh-options": "-i " + server.Key + " -oStrictHostKeyChecking=" + value + " -o UserKnownHostsFile=" + known,
		}}
		if want != nil {
			if err := refused(t, server.Address("sftp", "x"), c, want); !errors.Is(err, sftp.ErrNeverMet) {
				t.Errorf("it looks like a key that was changed: %v", err)
			}
			continue
		}
		works(t, mustOpen(t, server.Address("sftp", "x"), c))
		c.Options["ssh-options"] = strings.Replace(c.Options["ssh-options"], "Checking="+value, "Checking=yes", 1)
		works(t, mustOpen(t, server.Address("sftp", "x"), c))
		if len(p.met) != 0 {
			t.Error("somebody was asked")
		}
	}
}

func TestChangedHostKey(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	other := servers.SSHKey(t, filepath.Join(t.TempDir(), "other"), "")
	line := strings.Replace(server.KnownHostsLine(t), strings.Fields(server.KnownHostsLine(t))[2], strings.Fields(string(ssh.MarshalAuthorizedKey(servers.SSHPublicKey(t, other))))[1], 1)
	for name, content := range map[string]string{"clean": "# first\n" + line + "\n", "with a bad line": "bad line\n" + line + "\n"} {
		servers.WriteFile(t, server.KnownHosts, content, 0o600)
		p := &person{trusts: true, answers: []string{"x"}}
		for _, more := range []string{"", " -oStrictHostKeyChecking=no"} {
			c := config(t, server)
			c.Trust, c.Secret = p.trust, p.secret
			c.Options["ssh-options"] += more
			err := refused(t, server.Address("sftp", "x"), c, backends.ErrHostKey)
			for _, part := range []string{server.KnownHosts, "line 2", "nothing was sent", ssh.FingerprintSHA256(servers.SSHPublicKey(t, server.HostKey))} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v does not say %q", name, err, part)
				}
			}
		}
		if len(p.met)+len(p.asked) != 0 {
			t.Error("somebody was asked")
		}
	}
}

// A server with several keys is asked for the one that is known.
func TestServerWithSeveralKeys(t *testing.T) {
	t.Parallel()
	rsa := filepath.Join(t.TempDir(), "rsa")
	if out, err := exec.Command(servers.Program(t, "ssh-keygen", "openssh-client"), "-q", "-t", "rsa", "-N", "", "-f", rsa).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server := servers.SSH(t, servers.SSHOptions{Config: []string{"HostKey " + rsa}})
	server.HostKey = rsa
	servers.WriteFile(t, server.KnownHosts, server.KnownHostsLine(t)+"\n", 0o600)
	works(t, mustOpen(t, server.Address("sftp", "x"), config(t, server)))
}

func TestJumpHosts(t *testing.T) {
	first, second := servers.SSH(t, servers.SSHOptions{}), servers.SSH(t, servers.SSHOptions{})
	target := servers.SSH(t, servers.SSHOptions{})
	known := servers.WriteFile(t, filepath.Join(t.TempDir(), "known"), strings.Join([]string{
		first.KnownHostsLine(t), second.KnownHostsLine(t), target.KnownHostsLine(t),
	}, "\n")+"\n", 0o600)
	options := fmt.Sprintf("-F none -i %s -i %s -i %s -oUserKnownHostsFile=%s", first.Key, second.Key, target.Key, known)
	jump := fmt.Sprintf("%s@127.0.0.1:%d,ssh://127.0.0.1:%d", first.User, first.Port, second.Port)
	for name, o := range map[string]map[string]string{
		"option": {"ssh-options": options, "jump-hosts": jump}, "ProxyJump": {"ssh-options": options + " -o ProxyJump=" + jump},
		"-J": {"ssh-options": options + " -J " + jump},
	} {
		t.Run(name, func(t *testing.T) {
			c := backends.Config{Create: true, Getenv: environment(t), Options: o}
			works(t, mustOpen(t, target.Address("sftp", "x"), c))
		})
	}
	c := backends.Config{Create: true, Getenv: environment(t), Options: map[string]string{"ssh-options": options, "jump-hosts": fmt.Sprintf("127.0.0.1:%d", servers.FreePort(t))}}
	refused(t, target.Address("sftp", "x"), c, backends.ErrOffline)
	for _, said := range []string{first.Said(), second.Said()} {
		if !strings.Contains(said, "Accepted publickey") {
			t.Errorf("a jump host was passed by: %s", said)
		}
	}
}

func TestProxyCommand(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	c := config(t, server)
	c.Options["ssh-options"] += " -oProxyCommand='" + servers.Program(t, "ssh", "openssh-client") + " -F none -i " + server.Key +
		" -oUserKnownHostsFile=" + server.KnownHosts + " -p " + fmt.Sprint(server.Port) + " 127.0.0.1 -W 127.0.0.1:%p'"
	s := mustOpen(t, server.Address("sftp", "x"), c)
	works(t, s)
	c.Options["ssh-options"] += " -oProxyCommand=false"
	c.Options["ssh-options"] = strings.Replace(c.Options["ssh-options"], "-oProxyCommand='", "-oUser='", 1)
	refused(t, server.Address("sftp", "x"), c, backends.ErrOffline)
}

func passwordConfig(t testing.TB, known string) backends.Config {
	return backends.Config{Create: true, Getenv: environment(t), Options: map[string]string{"ssh-options": "-F none -oUserKnownHostsFile=" + known}}
}

func TestPassword(t *testing.T) {
	server := &ownServer{config: ssh.ServerConfig{PasswordCallback: func(c ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		if c.User() == "alice" && string(p) == "s3cr:t" {
			return nil, nil
		}
		return nil, errors.New("no")
	}}}
	addr, known := server.start(t)
	t.Run("in the address", func(t *testing.T) {
		works(t, mustOpen(t, "sftp://alice:s3cr%3At@"+addr+"/x", passwordConfig(t, known)))
	})
	t.Run("in the environment", func(t *testing.T) {
		for _, name := range []string{"FTP_PASSWORD", "BACKEND_PASSWORD"} {
			c := passwordConfig(t, known)
			c.Getenv = environment(t, name, "s3cr:t")
			works(t, mustOpen(t, "sftp://alice@"+addr+"/x", c))
		}
	})
	t.Run("asked", func(t *testing.T) {
		p := &person{answers: []string{"wrong", "s3cr:t"}}
		c := passwordConfig(t, known)
		c.Secret = p.secret
		s := mustOpen(t, "sftp://alice:old@"+addr+"/x", c)
		works(t, s)
		if len(p.asked) != 2 || p.asked[0].Account != "sftp://alice@"+addr || p.asked[0].Again || !p.asked[1].Again || p.asked[0].Kind != backends.Password {
			t.Errorf("asked %+v", p.asked)
		}
	})
	t.Run("refused", func(t *testing.T) {
		p := &person{answers: []string{"1", "2", "3", "4", "5"}}
		c := passwordConfig(t, known)
		c.Secret = p.secret
		err := refused(t, "sftp://alice:secret-in-the-address@"+addr+"/x", c, backends.ErrAuth)
		if len(p.asked) != 3 || strings.Contains(err.Error(), "secret-in") {
			t.Errorf("asked %d times: %v", len(p.asked), err)
		}
	})
	t.Run("not the wanted way", func(t *testing.T) {
		c := passwordConfig(t, known)
		c.Options["ssh-options"] += " -oPreferredAuthentications=publickey"
		refused(t, "sftp://alice:s3cr%3At@"+addr+"/x", c, backends.ErrAuth)
	})
}

// A code is valid once: it is asked for, and there is one connection.
func TestKeyboardInteractive(t *testing.T) {
	server := &ownServer{config: ssh.ServerConfig{KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		first, err := ask("", "", []string{"Password: "}, []bool{false})
		if err != nil {
			return nil, err
		}
		second, err := ask("", "", []string{"Verification code: "}, []bool{true})
		if err != nil || first[0] != "s3cret" || second[0] != "123456" {
			return nil, errors.New("no")
		}
		return nil, nil
	}}}
	addr, known := server.start(t)
	p := &person{answers: []string{"123456"}}
	c := passwordConfig(t, known)
	c.Secret = p.secret
	s := mustOpen(t, "sftp://alice:s3cret@"+addr+"/x", c)
	works(t, s)
	if len(p.asked) != 1 || p.asked[0].Kind != backends.OneTimeCode || p.asked[0].Prompt != "Verification code" {
		t.Errorf("asked %+v", p.asked)
	}
	if n := backends.TraitsOf(s).Connections; n != 1 {
		t.Errorf("%d connections", n)
	}
	refused(t, "sftp://alice:s3cret@"+addr+"/x", passwordConfig(t, known), backends.ErrAuth)
}

// A server that hangs up while a person thinks is called again.
func TestServerHangsUpDuringAQuestion(t *testing.T) {
	t.Parallel()
	server := &ownServer{config: ssh.ServerConfig{NoClientAuth: true}}
	addr, _ := server.start(t)
	c := backends.Config{Create: true, Timeout: patience, Getenv: environment(t)}
	c.Trust = func(context.Context, backends.HostKey) (bool, error) {
		<-time.After(longer)
		return true, nil
	}
	works(t, mustOpen(t, "sftp://alice@"+addr+"/x", c))
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for options, names := range map[string]string{
		"-oForwardX11=yes": "ForwardX11", "-oPort=x": "port", "-X": "-X", "rubbish": "rubbish", "-oPort": "Port", "-i": "-i", "-o'Port=1": "quotation",
		"-oProtocol=1": "protocol", "-oCiphers=nonsense": "ciphers", "-F /none/at/all": "/none/at/all", "-oAddressFamily=x": "addressfamily",
		"-J a:b:c@": "jump", "-i /none/such": "/none/such",
	} {
		c := backends.Config{Getenv: environment(t), Options: map[string]string{"ssh-options": options}}
		raw := "sftp://127.0.0.1:1/x"
		if options == "-i /none/such" {
			addr, known := (&ownServer{config: ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}}).start(t)
			raw, c.Options["ssh-options"] = "sftp://"+addr+"/x", options+" -oUserKnownHostsFile="+known
		}
		if err := refused(t, raw, c, backends.ErrConfig); !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v does not say %q", options, err, names)
		}
	}
}

// What the options say counts where the address says nothing.
func TestPlaceFromOptions(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	for _, options := range []string{"-oHostName=127.0.0.1 -oPort=%d -oUser=%s", "-oHostName=127.0.0.1 -p %d -l %s"} {
		c := config(t, server)
		c.Options["ssh-options"] += " -oHostKeyAlgorithms=ssh-ed25519 " + fmt.Sprintf(options, server.Port, server.User)
		works(t, mustOpen(t, "sftp://nas.invalid/x", c))
	}
	c := config(t, server)
	c.Options["ssh-options"] = "-F none -i " + server.Key + " -oUserKnownHostsFile=none -oGlobalKnownHostsFile=none -oStrictHostKeyChecking=no"
	works(t, mustOpen(t, server.Address("sftp", "x"), c))
}

func TestAlgorithms(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{Config: []string{"Ciphers aes256-ctr", "MACs hmac-sha2-512", "KexAlgorithms ecdh-sha2-nistp384"}})
	for options, want := range map[string]error{
		" -oCiphers=aes256-ctr -oMACs=hmac-sha2-512,unheard-of -oKexAlgorithms=^ecdh-sha2-nistp384 -oHostKeyAlgorithms=*ed25519": nil,
		" -oCiphers=-aes256-*": backends.ErrUnsupported, " -oMACs=hmac-sha1": backends.ErrUnsupported,
		" -oKexAlgorithms=-*nistp384": backends.ErrUnsupported, " -oHostKeyAlgorithms=rsa-sha2-256": backends.ErrUnsupported,
		" -oCiphers=+aes128-cbc -4 -oBindAddress=127.0.0.1 -oConnectTimeout=5 -oServerAliveInterval=3 -C -oProtocol=2": nil,
	} {
		c := config(t, server)
		c.Options["ssh-options"] += options
		if want != nil {
			refused(t, server.Address("sftp", "x"), c, want)
			continue
		}
		works(t, mustOpen(t, server.Address("sftp", "x"), c))
	}
}
