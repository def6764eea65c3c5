package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// placeName is how a destination is called: by its drive, where it is on one.
func placeName(path string) string {
	for _, d := range []string{"/run/media", "/media", "/Volumes", "/mnt"} {
		if rest, ok := strings.CutPrefix(path, d+"/"); ok {
			parts := strings.Split(rest, "/")
			if d == "/run/media" && len(parts) > 1 {
				parts = parts[1:]
			}
			return strings.Join(parts, " / ")
		}
	}
	return tilde(path)
}

// tilde shortens the person's home folder.
func tilde(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "/" {
		return path
	}
	if path == home {
		return "Home"
	}
	if rest, ok := strings.CutPrefix(path, home+"/"); ok {
		return "~/" + rest
	}
	return path
}

// drives are the removable drives that are plugged in.
func drives() (paths []string) {
	for _, pattern := range []string{"/media/*", "/media/*/*", "/run/media/*/*", "/mnt/*", "/Volumes/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		for _, p := range found {
			if isMountPoint(p) {
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// usual are the folders that most people want to keep, as far as they exist.
func usual() (paths []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	for _, name := range []string{"Documents", "Pictures", "Desktop", "Music", "Videos"} {
		p := filepath.Join(home, name)
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			paths = append(paths, p)
		}
	}
	return paths
}
