package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/ui/folderform"
	"github.com/varve-backup/varve/ui/foldertree"
)

// Computer is what the pages ask of the disks. Its methods may wait for a
// drive, and are not called on the main loop.
type Computer interface {
	// Usual are the folders that most people want to keep, as far as they exist.
	Usual() []string
	// Drives are the removable drives that are plugged in.
	Drives() []Drive
	// Home is the person's folder, "" for none.
	Home() string
	folderform.Disk
	// Room looks at the place of a folder, or of what will hold it.
	Room(path string) Room
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
type Measure = foldertree.Measure

// thisComputer is the one that the program runs on.
type thisComputer struct{}

func (thisComputer) Home() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

func (c thisComputer) Usual() (paths []string) {
	home := c.Home()
	if home == "" {
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
		return folderform.ErrNoFolder
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// listEvery is how many names are read at a time.
const listEvery = 1000

func (thisComputer) List(path string) (names []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(listEvery)
		for _, e := range entries {
			if e.IsDir() {
				names = append(names, e.Name())
			}
		}
		if err != nil {
			return names, onlyTrouble(err)
		}
	}
}

// onlyTrouble takes the end of a folder for none.
func onlyTrouble(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
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

// mostUnreadable is how many paths that cannot be read are named.
const mostUnreadable = 20

func (thisComputer) Measure(ctx context.Context, path string, tell func(Measure)) Measure {
	m := &Measure{}
	seen := 0
	// What cannot be read is counted, and never ends the walk.
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil {
			if m.Unreadable++; len(m.Paths) < mostUnreadable {
				m.Paths = append(m.Paths, p)
			}
			return nil // counted
		}
		count(m, d)
		if seen++; seen%tellEvery == 0 {
			tell(*m)
		}
		return nil
	})
	m.Done = true
	return *m
}

func count(m *Measure, d fs.DirEntry) {
	if !d.Type().IsRegular() {
		return
	}
	if info, err := d.Info(); err == nil {
		m.Files++
		m.Bytes += info.Size()
	}
}
