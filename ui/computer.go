package ui

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Computer is what the pages ask of the disks. Its methods may wait for a
// drive, and are not called on the main loop.
type Computer interface {
	// Usual are the folders that most people want to keep, as far as they exist.
	Usual() []string
	// Drives are the removable drives that are plugged in.
	Drives() []Drive
	// Folder returns nil when path is a folder that can be listed.
	Folder(path string) error
	// Room looks at the place of a folder, or of what will hold it.
	Room(path string) Room
	// Measure counts a folder, and tells what it has now and then.
	Measure(ctx context.Context, path string, tell func(Measure)) Measure
}

// Drive is a drive that is plugged in. Free and Total are bytes.
type Drive struct {
	Path        string
	Free, Total int64
}

// Room is what a place offers.
type Room struct {
	// Free is in bytes, -1 when unknown.
	Free     int64
	Writable bool
	// Device tells disks apart.
	Device uint64
}

// Measure is what a folder holds.
type Measure struct {
	Files, Bytes int64
	// Unreadable counts folders and files that cannot be read.
	Unreadable int64
	Done       bool
}

// errNoFolder: something of that name is there, and it is no folder.
var errNoFolder = errors.New("it is no folder")

// thisComputer is the one that the program runs on.
type thisComputer struct{}

func (thisComputer) Usual() (paths []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	for _, name := range []string{"Documents", "Pictures", "Desktop", "Music", "Videos"} {
		p := filepath.Join(home, name)
		if entries, err := os.ReadDir(p); err == nil && len(entries) > 0 {
			paths = append(paths, p)
		}
	}
	return paths
}

func (thisComputer) Drives() (drives []Drive) {
	var paths []string
	for _, pattern := range []string{"/media/*", "/media/*/*", "/run/media/*/*", "/mnt/*", "/Volumes/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		paths = append(paths, slices.DeleteFunc(found, func(p string) bool { return !isMountPoint(p) })...)
	}
	slices.Sort(paths)
	for _, p := range slices.Compact(paths) {
		var s unix.Statfs_t
		if unix.Statfs(p, &s) == nil {
			drives = append(drives, Drive{p, int64(uint64(s.Bavail) * uint64(s.Bsize)), int64(uint64(s.Blocks) * uint64(s.Bsize))})
		}
	}
	return drives
}

func (thisComputer) Folder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errNoFolder
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

func (thisComputer) Room(path string) Room {
	for path != "/" {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = filepath.Dir(path)
	}
	r := Room{Free: -1, Writable: unix.Access(path, unix.W_OK) == nil}
	var s unix.Statfs_t
	if unix.Statfs(path, &s) == nil {
		r.Free = int64(uint64(s.Bavail) * uint64(s.Bsize))
	}
	if info, err := os.Stat(path); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			r.Device = uint64(stat.Dev)
		}
	}
	return r
}

// tellEvery is how many items are counted between two tellings.
const tellEvery = 2000

func (thisComputer) Measure(ctx context.Context, path string, tell func(Measure)) Measure {
	var m Measure
	seen := 0
	// What cannot be read is counted, and never ends the walk.
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil {
			m.Unreadable++
			return nil //nolint:nilerr // counted
		}
		m.count(d)
		if seen++; seen%tellEvery == 0 {
			tell(m)
		}
		return nil
	})
	m.Done = true
	return m
}

func (m *Measure) count(d fs.DirEntry) {
	if !d.Type().IsRegular() {
		return
	}
	if info, err := d.Info(); err == nil {
		m.Files++
		m.Bytes += info.Size()
	}
}
