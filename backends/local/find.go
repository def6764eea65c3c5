package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

// find returns the real path of a folder, without symbolic links, and makes it
// if that was asked for.
func find(dir string, o Options) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	real, err = resolveMissing(abs)
	if err != nil {
		return "", err
	}
	if unplugged(real, drivePlaces()) {
		return "", fmt.Errorf("%w: no drive is mounted there", backends.ErrOffline)
	}
	if err := o.recogniseMissing(real); err != nil {
		return "", err
	}
	if !o.Create {
		return "", backends.ErrNotExist
	}
	return real, makeFolder(real, "/")
}

// resolveMissing resolves the links in the part of a path that is there. A
// link that leads nowhere most likely leads to a drive that is not mounted.
func resolveMissing(path string) (string, error) {
	if _, err := os.Lstat(path); err == nil {
		real, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %s is a link to nowhere", backends.ErrOffline, path)
		}
		return real, err
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	parent, err := resolveMissing(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}

// makeFolder makes dir and what is missing above it, each durable, but nothing
// that is not below top.
func makeFolder(dir, top string) error {
	if dir == top {
		return nil
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(filepath.Dir(dir), top); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// place is where a system mounts removable drives, and how many names below
// belong to a mount point.
type place struct {
	dir   string
	depth int
}

func drivePlaces() []place {
	return []place{{"/run/media", 2}, {"/media", 2}, {"/mnt", 1}, {"/Volumes", 1}}
}

// unplugged reports that dir lies where a drive would be mounted, and that its
// mount point is not there.
func unplugged(dir string, places []place) bool {
	for _, p := range places {
		rest, below := strings.CutPrefix(dir, p.dir+"/")
		if !below {
			continue
		}
		names := strings.Split(rest, "/")
		for n := range min(p.depth, len(names)) {
			mount := p.dir + "/" + strings.Join(names[:n+1], "/")
			info, err := os.Stat(mount)
			if err != nil {
				return errors.Is(err, fs.ErrNotExist)
			}
			if isMount(mount, info) {
				return false // a drive directly below /media, say
			}
		}
		return false
	}
	return false
}

// isMount tells a mount point by its device, which is not its parent's.
func isMount(path string, info fs.FileInfo) bool {
	above, err := os.Stat(filepath.Dir(path))
	return err == nil && device(above) != device(info)
}

// fileSystem tells one from another. An automounter may give the same one
// another device number each time; its id stays.
type fileSystem struct {
	device uint64
	id     unix.Fsid
}

func fileSystemOf(path string, info fs.FileInfo) (fileSystem, error) {
	var st unix.Statfs_t
	err := unix.Statfs(path, &st)
	return fileSystem{device(info), unix.Fsid{Val: st.Fsid.Val}}, err
}

// device is the number of the file system that holds a file.
func device(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev) //nolint:unconvert // 32 bits on some systems
	}
	return 0
}
