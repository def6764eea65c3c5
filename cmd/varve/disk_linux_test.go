package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// smallDisk mounts a disk of two megabytes. Without the right to mount, the
// size of files is limited instead, which fails in the same places.
func (w *world) smallDisk() string {
	w.t.Helper()
	dir := w.path("small")
	if err := os.Mkdir(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		w.limitFiles()
		return dir
	}
	w.t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			w.t.Error(err)
		}
	})
	return dir
}

// limitFiles runs this world's program where no file can grow beyond half a
// megabyte.
func (w *world) limitFiles() {
	w.t.Helper()
	script := filepath.Join(w.dir, "limited")
	w.put(script, []byte("#!/bin/sh\nulimit -f 1024\ntrap '' XFSZ\nexec "+binary+" \"$@\"\n"))
	if err := os.Chmod(script, 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.program = script
}

// readOnly takes the right to write to the destination away. Root has every
// right, so that it mounts the folder read-only.
func (w *world) readOnly() {
	w.t.Helper()
	if os.Getuid() != 0 {
		if err := os.Chmod(w.path("repo"), 0o555); err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { _ = os.Chmod(w.path("repo"), 0o755) }) // for the removal
		return
	}
	for _, args := range [][]string{{"--bind", w.path("repo"), w.path("repo")}, {"-o", "remount,ro,bind", w.path("repo")}} {
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			w.t.Fatalf("mount: %v: %s", err, out)
		}
	}
	w.t.Cleanup(func() {
		if out, err := exec.Command("umount", w.path("repo")).CombinedOutput(); err != nil {
			w.t.Errorf("umount: %v: %s", err, out)
		}
	})
}
