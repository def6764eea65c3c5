package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Nginx starts nginx with WebDAV over TLS, which wants a login by Basic.
func Nginx(t testing.TB, password string) *WebDAVServer {
	t.Helper()
	program := Program(t, "nginx", "nginx")
	const module = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so"
	if _, err := os.Stat(module); err != nil {
		t.Fatalf("the test needs %s: install the Debian package libnginx-mod-http-dav-ext", module)
	}
	dir := ServerDir(t)
	s := &WebDAVServer{
		Host: fmt.Sprintf("127.0.0.1:%d", FreePort(t)), Root: filepath.Join(dir, "dav"), Password: password, Certificate: NewCertificate(t),
	}
	for _, d := range []string{s.Root, filepath.Join(dir, "tmp")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := []string{"load_module " + module + ";", "daemon off;", "worker_processes 1;", "pid " + dir + "/pid;"}
	if os.Getuid() == 0 {
		config = append(config, "user root root;")
	}
	config = append(config, "events { worker_connections 100; }", "http {")
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config = append(config, kind+"_temp_path "+dir+"/tmp;")
	}
	config = append(config,
		"access_log off; client_max_body_size 0; dav_ext_lock_zone zone=dav:1m;",
		"server { listen "+s.Host+" ssl; root "+s.Root+"; ssl_certificate "+s.Certificate.Cert+"; ssl_certificate_key "+s.Certificate.Key+";",
		"location / { auth_basic dav; auth_basic_user_file "+htpasswd(t, dir, password)+"; dav_methods PUT DELETE MKCOL COPY MOVE;",
		"dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=dav; } } }")
	file := WriteFile(t, filepath.Join(dir, "nginx.conf"), strings.Join(config, "\n")+"\n", 0o600)
	s.Process = Start(t, exec.Command(program, "-c", file, "-e", "stderr"))
	s.WaitFor(t, s.Host)
	return s
}
