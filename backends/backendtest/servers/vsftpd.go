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

// FTPServer is an FTP server that runs.
type FTPServer struct {
	*Process
	Port int
	// Root is the folder where a login begins.
	Root string
	// Password is alice's; empty where only "anonymous" has a login.
	Password string
	// Certificate is empty where there is no TLS.
	Certificate Certificate
}

// Host is where it listens.
func (s *FTPServer) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// FTPSecurity says how an FTP server encrypts.
type FTPSecurity int

// Plain, TLS that the client asks for, and TLS from the first byte.
const (
	FTPPlain FTPSecurity = iota
	FTPExplicit
	FTPImplicit
)

// VSFTPD starts vsftpd, which lets anybody in as "anonymous" without a
// password. Further lines of its configuration may be given.
func VSFTPD(t testing.TB, security FTPSecurity, lines ...string) *FTPServer {
	t.Helper()
	program := Program(t, "vsftpd", "vsftpd")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := ServerDir(t)
	s := &FTPServer{Port: FreePort(t), Root: filepath.Join(dir, "root")}
	for _, d := range []string{s.Root, filepath.Join(dir, "empty")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := []string{
		"listen=YES", "listen_address=127.0.0.1", fmt.Sprintf("listen_port=%d", s.Port), "background=NO", "run_as_launching_user=YES",
		"anonymous_enable=YES", "no_anon_password=YES", "local_enable=NO", "write_enable=YES", "anon_root=" + s.Root, "ftp_username=" + me.Username,
		"anon_upload_enable=YES", "anon_mkdir_write_enable=YES", "anon_other_write_enable=YES", "anon_umask=022", "allow_writeable_chroot=YES",
		"pasv_address=127.0.0.1", "connect_from_port_20=NO", "seccomp_sandbox=NO", "secure_chroot_dir=" + filepath.Join(dir, "empty"),
		"xferlog_enable=NO", "delay_failed_login=0",
	}
	if security != FTPPlain {
		s.Certificate = NewCertificate(t)
		config = append(config, "ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_logins_ssl=YES", "force_anon_data_ssl=YES", "require_ssl_reuse=YES",
			"ssl_ciphers=HIGH", "rsa_cert_file="+s.Certificate.Cert, "rsa_private_key_file="+s.Certificate.Key)
	}
	if security == FTPImplicit {
		config = append(config, "implicit_ssl=YES")
	}
	config = append(config, lines...)
	file := WriteFile(t, filepath.Join(dir, "vsftpd.conf"), strings.Join(config, "\n")+"\n", 0o600)
	s.Process = Start(t, exec.Command(program, file))
	s.WaitFor(t, s.Host())
	return s
}

// ServerDir is a folder of the test that programs of other users may enter,
// with nothing but letters in its path that configurations can take.
func ServerDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "varve-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
