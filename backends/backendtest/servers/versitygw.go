package servers

import (
	"os"
	"os/exec"
	"testing"
)

// VersityGW starts Versity's gateway, which keeps objects as files of a
// folder. It answers a range past the end with the whole object. The folder
// needs extended attributes.
func VersityGW(t testing.TB) *S3Server {
	t.Helper()
	s := newS3(t)
	cmd := exec.Command(Tool(t, "versitygw"), "--port", s.Host, "posix", s.Dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.Key, "ROOT_SECRET_KEY="+s.Secret)
	s.Process = Start(t, cmd)
	s.WaitFor(t, s.Host)
	return s
}
