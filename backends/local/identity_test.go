package local_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/local"
)

const marker = ".varve-destination"

// machine is one that remembers drives.
type machine struct {
	t     *testing.T
	state string
}

func (m *machine) open(dir string, create bool) (*local.Store, error) {
	return local.Open(dir, local.Options{Create: create, State: m.state})
}

func (m *machine) put(dir, name string) {
	m.t.Helper()
	s, err := m.open(dir, true)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := s.Put(m.t.Context(), name, backends.BytesSource("x")); err != nil {
		m.t.Fatal(err)
	}
}

// missing opens a folder to read and to write, in vain, and looks for traces.
func (m *machine) missing(dir, says string) {
	m.t.Helper()
	before := files(dir)
	for _, create := range []bool{false, true} {
		if _, err := m.open(dir, create); !errors.Is(err, backends.ErrOffline) || !strings.Contains(err.Error(), says) {
			m.t.Errorf("%s: %v, want %q", dir, err, says)
		}
	}
	if after := files(dir); !slices.Equal(after, before) {
		m.t.Errorf("%s holds %q", dir, after)
	}
}

// files are the names in a folder; none where there is no folder.
func files(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarker(t *testing.T) {
	m := machine{t, filepath.Join(t.TempDir(), "state")}
	dir := filepath.Join(t.TempDir(), "backup")
	// What was there before there were markers gets one with the next Put.
	if err := open(t, dir).Put(t.Context(), "old", backends.BytesSource("x")); err != nil {
		t.Fatal(err)
	}
	s, err := m.open(dir, false)
	must(t, err)
	if got := files(dir); !slices.Equal(got, []string{"old"}) {
		t.Errorf("opening it left %q", got)
	}
	must(t, s.Put(t.Context(), "a/new", backends.BytesSource("x")))
	if got := files(dir); !slices.Equal(got, []string{marker, "a", "old"}) {
		t.Errorf("there is %q", got)
	}
	if got := names(t, s); !slices.Equal(got, []string{"a/new 1", "old 1"}) {
		t.Errorf("listed %q", got)
	}
	if err := s.Put(t.Context(), marker, backends.BytesSource("x")); !errors.Is(err, backends.ErrInvalidName) {
		t.Errorf("Put of the marker: %v, want ErrInvalidName", err)
	}
	// Two machines know one folder by one marker.
	first, err := os.ReadFile(filepath.Join(dir, marker))
	must(t, err)
	other := machine{t, filepath.Join(t.TempDir(), "state")}
	other.put(dir, "b")
	m.put(dir, "c")
	if second, err := os.ReadFile(filepath.Join(dir, marker)); err != nil || string(second) != string(first) {
		t.Errorf("the marker became %q, %v", second, err)
	}
}

// A torn marker is replaced, and one that was deleted on a drive that is there
// is made anew, as is the whole folder.
func TestMarkerIsMadeAnew(t *testing.T) {
	m := machine{t, t.TempDir()}
	dir := filepath.Join(t.TempDir(), "backup")
	for _, spoil := range []func() error{
		func() error { return nil },
		func() error { return os.Truncate(filepath.Join(dir, marker), 90) },
		func() error { return os.Remove(filepath.Join(dir, marker)) },
		func() error { return os.RemoveAll(dir) },
	} {
		must(t, spoil())
		m.put(dir, "x")
		m.put(dir, "y")
		if text, err := os.ReadFile(filepath.Join(dir, marker)); err != nil || !strings.Contains(string(text), "\nid: ") || len(text) < 100 {
			t.Errorf("the marker is %q, %v", text, err)
		}
	}
}

func TestAnotherFolderInItsPlace(t *testing.T) {
	m := machine{t, t.TempDir()}
	top := t.TempDir()
	dir, other, away := filepath.Join(top, "backup"), filepath.Join(top, "other"), filepath.Join(top, "away")
	m.put(dir, "x")
	m.put(other, "y")
	must(t, os.Rename(dir, away))
	must(t, os.Rename(other, dir))
	m.missing(dir, "another drive")
	// Drives that take turns are accepted when somebody says that they do.
	kind := local.Kind()
	for value, want := range map[string]error{"true": nil, "false": backends.ErrOffline} {
		c := backends.Config{State: m.state, Options: map[string]string{"any-drive": value}}
		if _, err := kind.Open(t.Context(), &address.Address{Scheme: "file", Path: dir}, c); !errors.Is(err, want) {
			t.Errorf("any-drive=%s: %v, want %v", value, err, want)
		}
	}
	must(t, os.Rename(dir, other))
	must(t, os.Rename(away, dir))
	m.put(dir, "z")
}

// What was only tried out is not kept in mind.
func TestTrialLeavesNothing(t *testing.T) {
	state, dir := filepath.Join(t.TempDir(), "state"), t.TempDir()
	s, err := local.Open(dir, local.Options{State: state, Trial: true})
	must(t, err)
	must(t, s.Put(t.Context(), "x", backends.BytesSource("x")))
	must(t, s.Delete(t.Context(), "x"))
	if got := append(files(dir), files(state)...); len(got) > 0 {
		t.Errorf("left %q", got)
	}
}

// A backup must not stop because this machine cannot remember.
func TestNothingCanBeRemembered(t *testing.T) {
	m := machine{t, filepath.Join(t.TempDir(), "file")}
	must(t, os.WriteFile(m.state, nil, 0o600))
	dir := t.TempDir()
	s, err := local.Open(dir, local.Options{State: filepath.Join(m.state, "below")})
	must(t, err)
	must(t, s.Put(t.Context(), "x", backends.BytesSource("x")))
}

// The programs that keep backups in the same folder take no notice of the
// marker, and let it be.
func TestOtherProgramsIgnoreTheMarker(t *testing.T) {
	m := machine{t, t.TempDir()}
	home, source := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(source, "file"), []byte("content"), 0o600))
	duplicity, restic := servers.Program(t, "duplicity", "duplicity"), servers.Program(t, "restic", "restic")
	for name, commands := range map[string][][]string{
		"duplicity": {
			{duplicity, "full", source, "URL"}, {duplicity, "cleanup", "--force", "URL"}, {duplicity, "verify", "URL", source},
		},
		"restic": {
			{restic, "init"}, {restic, "backup", source}, {restic, "check", "--read-data"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "backup")
			m.put(dir, "x")
			must(t, os.Remove(filepath.Join(dir, "x")))
			before, err := os.ReadFile(filepath.Join(dir, marker))
			must(t, err)
			for _, c := range commands {
				if i := slices.Index(c, "URL"); i >= 0 {
					c[i] = "file://" + dir
				}
				said := run(t, home, dir, c)
				if strings.Contains(said, marker) {
					t.Errorf("%q speaks of it: %s", c, said)
				}
			}
			if after, err := os.ReadFile(filepath.Join(dir, marker)); err != nil || string(after) != string(before) {
				t.Errorf("the marker became %q, %v", after, err)
			}
		})
	}
}

// run runs duplicity or restic.
func run(t *testing.T, home, dir string, c []string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c[0], c[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "PASSPHRASE=x", "RESTIC_PASSWORD=x", "RESTIC_REPOSITORY="+dir)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", c, err, said)
	}
	return string(said)
}
