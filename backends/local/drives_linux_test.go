package local_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// inMounts is set where the test may mount.
const inMounts = "VARVE_TEST_MOUNTS"

// TestDrives plugs in drives and pulls them out.
func TestDrives(t *testing.T) {
	if os.Getenv(inMounts) == "" {
		args := []string{"--mount", os.Args[0], "-test.run", "^TestDrives$", "-test.v"}
		if os.Geteuid() != 0 {
			args = slices.Insert(args, 0, "--map-root-user")
		}
		cmd := exec.CommandContext(t.Context(), servers.Program(t, "unshare", "util-linux"), args...)
		cmd.Env = append(os.Environ(), inMounts+"=yes")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	m := machine{t, t.TempDir()}
	top := t.TempDir()
	slot := filepath.Join(top, "slot")
	mount := func(what, at, kind string, flags uintptr) {
		must(t, unix.Mount(what, at, kind, flags, ""))
		t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) }) // unless it was pulled out
	}
	must(t, os.Mkdir(slot, 0o700))
	for _, drive := range []string{"a", "b"} {
		must(t, os.Mkdir(filepath.Join(top, drive), 0o700))
		mount("drive", filepath.Join(top, drive), "tmpfs", 0)
	}
	plug := func(drive string) { mount(filepath.Join(top, drive), slot, "", unix.MS_BIND) }
	pull := func() { must(t, unix.Unmount(slot, 0)) }

	folders := []string{slot, filepath.Join(slot, "backup")}
	plug("a")
	for _, dir := range folders {
		m.put(dir, "x")
	}
	pull()
	for _, dir := range folders {
		m.missing(dir, "not connected")
	}
	plug("b")
	for _, dir := range folders {
		m.missing(dir, "not connected")
		(&machine{t, t.TempDir()}).put(dir, "y") // another machine's
		m.missing(dir, "another drive")
	}
	pull()
	plug("a")
	m.put(folders[1], "z")
	must(t, unix.Mount("", slot, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	for _, machine := range []*machine{&m, {t, t.TempDir()}} {
		machine.readOnly(folders[1])
	}
}

// readOnly reads a drive that nothing can be written to.
func (m *machine) readOnly(dir string) {
	m.t.Helper()
	s, err := m.open(dir, true)
	must(m.t, err)
	if got := names(m.t, s); !slices.Equal(got, []string{"x 1", "z 1"}) {
		m.t.Errorf("listed %q", got)
	}
	if err := s.Put(m.t.Context(), "no", backends.BytesSource("x")); !errors.Is(err, backends.ErrPermission) {
		m.t.Errorf("%v, want ErrPermission", err)
	}
}
