package servers

import (
	"crypto/md5"  //nolint:gosec // what the server's file has
	"crypto/sha1" //nolint:gosec // the same
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// WebDAVServer is a WebDAV server that runs. Its user is alice.
type WebDAVServer struct {
	*Process
	// Host is host and port.
	Host string
	// Root is the folder that it serves as "/".
	Root     string
	Password string
	// Certificate is empty where there is no TLS.
	Certificate Certificate
}

// The names of the login that the servers know.
const (
	webdavUser  = "alice"
	webdavRealm = "dav, and more"
)

// Apache starts Apache with mod_dav, which wants a login by Basic, or by
// Digest.
func Apache(t testing.TB, password string, digest bool) *WebDAVServer {
	t.Helper()
	program := Program(t, "apache2", "apache2")
	dir := ServerDir(t)
	s := &WebDAVServer{Host: fmt.Sprintf("127.0.0.1:%d", FreePort(t)), Root: filepath.Join(dir, "dav"), Password: password}
	lock := filepath.Join(dir, "lock")
	for _, d := range []string{s.Root, lock} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := apacheModules(t)
	if os.Getuid() == 0 {
		config = append(config, "User nobody", "Group nogroup")
		for _, d := range []string{s.Root, lock} {
			chownToNobody(t, d)
		}
	}
	config = append(config,
		"ServerRoot "+dir, "ServerName localhost", "PidFile "+lock+"/pid", "ErrorLog /dev/stderr", "Mutex file:"+lock, "DefaultRuntimeDir "+lock,
		"TypesConfig /dev/null", "Listen "+s.Host, "DavLockDB "+lock+"/DavLock", "DocumentRoot "+s.Root, "LimitXMLRequestBody 100000",
		"StartServers 1", "ServerLimit 2", "ThreadsPerChild 16", "MaxRequestWorkers 32", "MinSpareThreads 1", "MaxSpareThreads 32", "GracefulShutdownTimeout 1",
		"<Directory "+s.Root+">", "LimitRequestBody 0", "Dav On", `AuthName "`+webdavRealm+`"`, "Require valid-user")
	if digest {
		sum := md5.Sum([]byte(webdavUser + ":" + webdavRealm + ":" + password)) //nolint:gosec // see above
		file := WriteFile(t, filepath.Join(dir, "htdigest"), fmt.Sprintf("%s:%s:%x\n", webdavUser, webdavRealm, sum), 0o644)
		config = append(config, "AuthType Digest", "AuthDigestProvider file", "AuthUserFile "+file)
	} else {
		config = append(config, "AuthType Basic", "AuthUserFile "+htpasswd(t, dir, password))
	}
	config = append(config, "</Directory>")
	file := WriteFile(t, filepath.Join(dir, "httpd.conf"), strings.Join(config, "\n")+"\n", 0o644)
	s.Process = Start(t, exec.Command(program, "-d", dir, "-f", file, "-D", "FOREGROUND"))
	s.WaitFor(t, s.Host)
	return s
}

func apacheModules(t testing.TB) []string {
	t.Helper()
	const dir = "/usr/lib/apache2/modules/"
	var lines []string
	for _, m := range []string{
		"mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "dav", "dav_fs", "mime", "setenvif",
	} {
		file := dir + "mod_" + m + ".so"
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("the test needs %s: install the Debian package apache2", file)
		}
		lines = append(lines, "LoadModule "+m+"_module "+file)
	}
	return lines
}

// htpasswd writes the file of logins that Apache and nginx read.
func htpasswd(t testing.TB, dir, password string) string {
	t.Helper()
	sum := sha1.Sum([]byte(password)) //nolint:gosec // see above
	line := webdavUser + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:]) + "\n"
	return WriteFile(t, filepath.Join(dir, "htpasswd"), line, 0o644)
}

// chownToNobody gives a folder to the user that servers become who do not want
// to be root.
func chownToNobody(t testing.TB, dir string) {
	t.Helper()
	out, err := exec.Command("id", "-u", "nobody").Output()
	if err != nil {
		t.Fatal(err)
	}
	id, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err == nil {
		err = os.Chown(dir, id, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
}
