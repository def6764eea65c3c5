package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// webdavAt is a folder of a server, for ours and for duplicity.
func webdavAt(scheme string, s *servers.WebDAVServer) place {
	at := func(folder string) string { return fmt.Sprintf("%s://alice@%s/%s", scheme, s.Host, folder) }
	p := place{url: at, env: []string{"FTP_PASSWORD=" + s.Password}, duplicity: func(folder string) []string { return []string{at(folder)} }}
	if s.Certificate.CA != "" {
		p.args = []string{"--ssl-cacert-file", s.Certificate.CA}
		p.duplicity = func(folder string) []string { return append([]string{at(folder)}, p.args...) }
	}
	return p
}

// webdavs are the servers, by what is special about them.
func webdavs() map[string]func(t *testing.T) place {
	return map[string]func(t *testing.T) place{
		"Basic": func(t *testing.T) place { return webdavAt("webdav", servers.Apache(t, "s3cret", false)) },
		"Digest": func(t *testing.T) place {
			p := webdavAt("webdav", servers.Apache(t, "s3cret", true))
			p.duplicity = nil // it finds no password for a digest where the port is not 80
			return p
		},
		"TLS": func(t *testing.T) place { return webdavAt("webdavs", servers.Nginx(t, "s3cret")) },
	}
}

func TestMainJobAtWebDAV(t *testing.T) {
	for name, start := range webdavs() {
		t.Run(name, func(t *testing.T) {
			mainJob(t, func(t *testing.T, _ *world) place { return start(t) })
		})
	}
}

// What duplicity stored there, ours brings back.
func TestReadsDuplicityAtFTPAndWebDAV(t *testing.T) {
	starts := webdavs()
	delete(starts, "Digest")
	starts["FTP"] = func(t *testing.T) place {
		s := servers.VSFTPD(t, servers.FTPPlain)
		// lftp, which duplicity calls, looks half a minute for a folder that is
		// missing.
		if err := os.Mkdir(filepath.Join(s.Root, "theirs"), 0o755); err != nil {
			t.Fatal(err)
		}
		at := func(folder string) string { return fmt.Sprintf("ftp://anonymous@%s/%s", s.Host(), folder) }
		return place{url: at, env: []string{"FTP_PASSWORD=me@here"}, duplicity: func(folder string) []string { return []string{at(folder)} }}
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := start(t)
			w.env = append(w.env, p.env...)
			w.fill()
			w.must(w.duplicity(append([]string{"full", w.path("src")}, p.duplicity("theirs")...)...))
			w.write("second", []byte("second"))
			w.must(w.duplicity(append([]string{"incremental", w.path("src")}, p.duplicity("theirs")...)...))
			w.at(&p, "restore", p.url("theirs"), w.path("back"))
			w.same(w.path("src"), w.path("back"))
		})
	}
}
