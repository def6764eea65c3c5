package main_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// place is a real server that the main job runs against. The folder that each
// function is given is below what the server serves.
type place struct {
	// url is what our program is given, with args; env is for all programs.
	url       func(folder string) string
	args, env []string
	// duplicity and restic are what those programs reach the same folder with;
	// nil where they have no way there.
	duplicity, restic func(folder string) []string
}

// mainJob does in each format what people do: back up, change, back up again,
// bring back, prove. What the other programs can reach, they read.
func mainJob(t *testing.T, start func(t *testing.T, w *world) place) {
	t.Parallel()
	w := newWorld(t)
	p := start(t, w)
	w.env = append(w.env, p.env...)
	t.Run("volumes", func(t *testing.T) { w.within(t).volumesAt(&p) })
	t.Run("deduplicated", func(t *testing.T) { w.within(t).deduplicatedAt(&p) })
}

// at runs our program on a folder of a place.
func (w *world) at(p *place, args ...string) result {
	w.t.Helper()
	return w.must(w.varve(append(args, p.args...)...))
}

func (w *world) volumesAt(p *place) {
	w.t.Helper()
	url, src := p.url("volumes"), w.path("src")
	w.fill()
	w.at(p, "--volsize", "1", src, url)
	w.write("second", []byte("second"))
	w.remove("folder/2")
	w.at(p, src, url)
	w.write("third", noise(8, 300_000))
	w.at(p, src, url)
	w.at(p, "restore", url, w.path("from-volumes"))
	w.same(w.path("src"), w.path("from-volumes"))
	if out := w.at(p, "verify", "--compare-data", url, src).stdout; !strings.Contains(out, "0 differences") {
		w.t.Error(out)
	}
	if out := w.at(p, "collection-status", url).stdout; strings.Count(out, "incremental") != 2 {
		w.t.Error(out)
	}
	if p.duplicity != nil {
		w.must(w.duplicity(append([]string{"restore"}, append(p.duplicity("volumes"), w.path("by-duplicity"))...)...))
		w.same(w.path("src"), w.path("by-duplicity"))
	}
}

func (w *world) deduplicatedAt(p *place) {
	w.t.Helper()
	url, src := p.url("deduplicated"), w.path("src")
	w.fill()
	w.at(p, "--format", "restic", src, url)
	w.write("fourth", []byte("fourth"))
	w.at(p, src, url)
	if out := w.at(p, "check", "--read-data", url).stdout; !strings.Contains(out, "nothing is wrong") {
		w.t.Error(out)
	}
	w.at(p, "restore", url, w.path("from-deduplicated"))
	w.same(w.path("src"), w.path("from-deduplicated"))
	if p.restic != nil {
		env := w.env
		w.env = append(w.env, "RESTIC_PASSWORD=varve-fixture")
		w.must(w.run("restic", append(p.restic("deduplicated"), "check", "--read-data")...))
		w.env = env
	}
	w.at(p, "forget", "--keep-last", "1", "--prune", url)
}

// fill makes a source of a few sizes of files.
func (w *world) fill() {
	for name, size := range map[string]int{"empty": 0, "small": 10, "folder/1": 5000, "folder/2": 70_000, "large ü": 2_500_000} {
		w.write(name, noise(7, size))
	}
}

func TestMainJobInAFolder(t *testing.T) {
	mainJob(t, func(_ *testing.T, w *world) place {
		at := func(folder string) string { return "file://" + w.path("served/"+folder) }
		return place{
			url:       at,
			duplicity: func(folder string) []string { return []string{at(folder)} },
			restic:    func(folder string) []string { return []string{"-r", w.path("served/" + folder)} },
		}
	})
}

func TestMainJobAtS3(t *testing.T) {
	mainJob(t, func(t *testing.T, _ *world) place {
		s := servers.MinIO(t)
		return place{
			url:  func(folder string) string { return fmt.Sprintf("s3://%s/bucket/%s", s.Host, folder) },
			args: []string{"--s3-unencrypted-connection"},
			env:  []string{"AWS_ACCESS_KEY_ID=" + s.Key, "AWS_SECRET_ACCESS_KEY=" + s.Secret},
			duplicity: func(folder string) []string {
				return []string{"--s3-endpoint-url", s.Endpoint(), "boto3+s3://bucket/" + folder}
			},
			restic: func(folder string) []string { return []string{"-r", "s3:" + s.Endpoint() + "/bucket/" + folder} },
		}
	})
}

func TestMainJobAtFTP(t *testing.T) {
	for name, security := range map[string]servers.FTPSecurity{"ftp": servers.FTPPlain, "ftpes": servers.FTPExplicit, "ftps": servers.FTPImplicit} {
		t.Run(name, func(t *testing.T) {
			mainJob(t, func(t *testing.T, _ *world) place {
				s := servers.VSFTPD(t, security)
				at := func(folder string) string { return fmt.Sprintf("%s://anonymous@%s/%s", name, s.Host(), folder) }
				p := place{url: at, env: []string{"FTP_PASSWORD=me@here"}}
				if security == servers.FTPPlain {
					p.duplicity = func(folder string) []string { return []string{at(folder)} }
				} else {
					p.args = []string{"--ssl-cacert-file", s.Certificate.CA}
				}
				return p
			})
		})
	}
}

func TestMainJobAtAShare(t *testing.T) {
	mainJob(t, func(t *testing.T, _ *world) place {
		s := servers.Samba(t)
		return place{
			url: func(folder string) string {
				return fmt.Sprintf("smb://%s@127.0.0.1:%d/backup/%s", s.User, s.Port, folder)
			},
			env: []string{"FTP_PASSWORD=" + s.Password},
		}
	})
}

func TestMainJobAtAnRsyncDaemon(t *testing.T) {
	mainJob(t, func(t *testing.T, _ *world) place {
		s := servers.Rsyncd(t)
		at := func(folder string) string { return fmt.Sprintf("rsync://%s@%s::/backup/%s", s.User, s.Host(), folder) }
		return place{
			url: at, env: []string{"RSYNC_PASSWORD=" + s.Password},
			duplicity: func(folder string) []string { return []string{at(folder)} },
		}
	})
}
