package engine_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
)

// mirrorPlace is a server, or this machine, with folders in it.
type mirrorPlace func(folder string) engine.Destination

// mirrorPlaces are the kinds that every pair of is mirrored between.
func mirrorPlaces(t *testing.T) map[string]mirrorPlace {
	t.Helper()
	dir := t.TempDir()
	return map[string]mirrorPlace{
		"local": func(folder string) engine.Destination {
			return engine.Destination{URL: "file://" + filepath.Join(dir, folder)}
		},
		"SFTP":   sftpPlace(servers.SSH(t, servers.SSHOptions{})),
		"S3":     s3Place(servers.MinIO(t)),
		"WebDAV": webdavPlace(servers.Apache(t, "s3cret", false)),
	}
}

func sftpPlace(s *servers.SSHServer) mirrorPlace {
	return func(folder string) engine.Destination {
		return engine.Destination{URL: s.Address("sftp", folder), Options: map[string]string{"ssh-options": s.Options(), "connections": "2"}}
	}
}

func s3Place(s *servers.S3Server) mirrorPlace { return s3PlaceAt(s, s.Host) }

func s3PlaceAt(s *servers.S3Server, host string) mirrorPlace {
	return func(folder string) engine.Destination {
		return engine.Destination{
			URL: fmt.Sprintf("s3://%s/bucket/%s", host, folder), Options: map[string]string{"s3-unencrypted-connection": "true"},
			Environment: map[string]string{"AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret},
		}
	}
}

func webdavPlace(s *servers.WebDAVServer) mirrorPlace { return webdavPlaceAt(s, s.Host) }

func webdavPlaceAt(s *servers.WebDAVServer, host string) mirrorPlace {
	return func(folder string) engine.Destination {
		return engine.Destination{URL: fmt.Sprintf("webdav://alice@%s/%s", host, folder), Environment: map[string]string{"FTP_PASSWORD": s.Password}}
	}
}

// mirroring runs mirrors.
type mirroring struct {
	t       *testing.T
	engine  *engine.Engine
	options engine.MirrorOptions
	plan    func(p *engine.SyncPlan)
	// problems are what the last run told of files.
	problems []string
}

func newMirroring(t *testing.T) *mirroring {
	return &mirroring{
		t: t, engine: engine.New(engine.Config{ArchiveDir: t.TempDir(), TempDir: t.TempDir()}),
		options: engine.MirrorOptions{MaxRemove: 50},
	}
}

func (m *mirroring) run(from, to engine.Destination) (engine.Mirrored, error) {
	m.problems = nil
	p := engine.SyncPlan{Source: from, Destination: to, MirrorOptions: m.options}
	if m.plan != nil {
		m.plan(&p)
	}
	var done engine.Mirrored
	err := m.engine.Sync(p, func(r engine.Mirrored) { done = r }).Run(m.t.Context(), func(e engine.Event) {
		if f, ok := e.(engine.MirrorFailed); ok {
			m.problems = append(m.problems, f.Name+": "+f.Err.Error())
		}
	})
	return done, err
}

func (m *mirroring) must(from, to engine.Destination) engine.Mirrored {
	m.t.Helper()
	r, err := m.run(from, to)
	if err != nil || r.NotCopied+r.NotRemoved+r.HeldBack > 0 {
		m.t.Fatalf("%s to %s: %+v, %v, %q", from.URL, to.URL, r, err, m.problems)
	}
	return r
}

// nothing expects a run that finds all the same.
func (m *mirroring) nothing(from, to engine.Destination) {
	m.t.Helper()
	if r := m.must(from, to); r.Copied+r.Replaced+r.Removed+r.SetAside != 0 {
		m.t.Errorf("%s to %s: a further run did %+v", from.URL, to.URL, r)
	}
}

// fill makes files in a folder: small and large, empty, in folders, with names
// that need care.
func fillFolder(t *testing.T, dir string) {
	t.Helper()
	files := map[string]string{
		"empty": "", "large": strings.Repeat("0123456789abcdef", 130_000), "folder/deeper/a b+c%20&#é": "name", "snapshots/1": "last",
	}
	for i := range 8 {
		files[fmt.Sprintf("data/%02d", i)] = strings.Repeat(fmt.Sprint(i), 1000*i)
	}
	writeFiles(t, dir, files)
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// folderFiles are names and contents, without what Varve keeps for itself.
func folderFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".varve-") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		b, err := root.ReadFile(name)
		found[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sameFolders(t *testing.T, got, want string) {
	t.Helper()
	a, b := folderFiles(t, got), folderFiles(t, want)
	if !maps.Equal(a, b) {
		t.Errorf("%s holds %q, want %q", got, slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
	}
}

// Between any two kinds: everything arrives, a further run finds nothing to do,
// and what changed follows, with what it replaced set aside or not.
func TestSyncBetweenAllKinds(t *testing.T) {
	t.Parallel()
	places := mirrorPlaces(t)
	for fromName, from := range places {
		for toName, to := range places {
			t.Run(fromName+" to "+toName, func(t *testing.T) {
				t.Parallel()
				pair := fromName + "-" + toName
				syncPair(t, from("from-"+pair), to("to-"+pair))
			})
		}
	}
}

func syncPair(t *testing.T, from, to engine.Destination) {
	m, origin := newMirroring(t), t.TempDir()
	here := func(dir string) engine.Destination { return engine.Destination{URL: "file://" + dir} }
	fillFolder(t, origin)
	m.must(here(origin), from)
	m.options.VerifyAfterPut = true
	if r := m.must(from, to); r.Copied != 12 {
		t.Errorf("the first run did %+v", r)
	}
	m.nothing(from, to)

	writeFiles(t, origin, map[string]string{"data/01": "other", "new": "new"})
	if err := os.Remove(filepath.Join(origin, "data/02")); err != nil {
		t.Fatal(err)
	}
	m.must(here(origin), from)
	m.options.Retention = true
	if r := m.must(from, to); r.Copied != 1 || r.Replaced != 1 || r.SetAside != 2 || r.Removed != 0 {
		t.Errorf("with retention: %+v", r)
	}
	m.nothing(from, to)
	m.options.Retention, m.options.VerifyContents = false, true
	m.nothing(from, to)
	m.options.KeepAside, m.options.VerifyContents = time.Nanosecond, false
	if r := m.must(from, to); r.Expired != 2 {
		t.Errorf("old ones: %+v", r)
	}
	back := t.TempDir()
	m.must(to, here(back))
	sameFolders(t, back, origin)
}
