package servers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // what Samba keeps its passwords by
)

// SambaServer serves one share, named backup.
type SambaServer struct {
	*Process
	Port           int
	User, Password string
	// Dir is the folder of the share.
	Dir string
}

// Samba starts smbd.
func Samba(t testing.TB) *SambaServer {
	t.Helper()
	program := Program(t, "smbd", "samba")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &SambaServer{Port: FreePort(t), User: me.Username, Password: "pw123 ü", Dir: t.TempDir()}
	state := t.TempDir()
	WriteFile(t, filepath.Join(state, "smbpasswd"), fmt.Sprintf("%s:%s:%s:%s:[U          ]:LCT-6925A000:\n",
		me.Username, me.Uid, strings.Repeat("X", 32), ntHash(s.Password)), 0o600)
	config := WriteFile(t, filepath.Join(state, "smb.conf"), s.config(state), 0o600)
	cmd := exec.Command(program, "-s", config, "-F", "--no-process-group", "--debug-stdout")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	t.Cleanup(func() { endHelpers(t, filepath.Join(state, "samba-dcerpcd.pid")) }) // when smbd starts no more
	s.Process = Start(t, cmd)
	s.WaitFor(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
	return s
}

// endHelpers ends what smbd starts for who asks it for its shares. These are in a
// session of their own, and would go on writing to a folder that is removed.
func endHelpers(t testing.TB, pidFile string) {
	text, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return // nobody asked
	}
	leader, nerr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err := errors.Join(err, nerr); err != nil || leader <= 1 {
		t.Errorf("ending what smbd started: %d, %v", leader, err)
		return
	}
	_ = syscall.Kill(-leader, syscall.SIGKILL) // they may have ended
}

func (s *SambaServer) config(state string) string {
	var b strings.Builder
	b.WriteString("[global]\n")
	for _, name := range []string{"private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"} {
		fmt.Fprintf(&b, "%s = %s\n", name, state)
	}
	fmt.Fprintf(&b, `interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = %d
passdb backend = smbpasswd:%s/smbpasswd
log file = %s/log
security = user
mangled names = no
server role = standalone server
unix charset = UTF-8
load printers = no
disable spoolss = yes
map to guest = never
obey pam restrictions = no
rpc start on demand helpers = yes
[backup]
path = %s
read only = no
`, s.Port, state, state, s.Dir)
	return b.String()
}

// ntHash is what Samba keeps of a password.
func ntHash(password string) string {
	h := md4.New()
	for _, unit := range utf16.Encode([]rune(password)) {
		h.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}
