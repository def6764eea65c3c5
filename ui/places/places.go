// Package places tells how folders of this computer, and destinations
// elsewhere, are called.
package places

import (
	"os"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/words"
)

// Name is how a destination is called: by its drive, where it is on one, and
// by its server where that is elsewhere. No password is in it.
func Name(path string) string {
	if several := membersOf(path); len(several) > 0 {
		return words.List(several)
	}
	if destination.IsURL(path) {
		return destform.Name(path)
	}
	for _, d := range []string{"/run/media", "/media", "/Volumes", "/mnt"} {
		rest, ok := strings.CutPrefix(path, d+"/")
		if !ok {
			continue
		}
		parts := strings.Split(rest, "/")
		if (d == "/run/media" || d == "/media" && parts[0] == userName()) && len(parts) > 1 {
			parts = parts[1:]
		}
		return strings.Join(parts, " / ")
	}
	return Tilde(path)
}

// membersOf names the destinations that make one, none where the address is not
// of that kind or its list cannot be read.
func membersOf(url string) (names []string) {
	if _, several := destination.SeveralPath(url); !several {
		return nil
	}
	members, err := destination.Members(url)
	if err != nil {
		return nil
	}
	for _, m := range members {
		if folder, local := strings.CutPrefix(m.URL, "file://"); local {
			names = append(names, Name(strings.ReplaceAll(folder, "%25", "%")))
		} else if inner, _ := destination.SeveralPath(m.URL); inner != "" {
			names = append(names, destform.Name(m.URL)) // it may be a member of itself
		} else {
			names = append(names, Name(m.URL))
		}
	}
	return names
}

// userName is how folders of the person are called.
func userName() string { return os.Getenv("USER") }

// Tilde shortens the person's home folder.
func Tilde(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "/" {
		return path
	}
	if path == home {
		return lang.T("Home")
	}
	if rest, ok := strings.CutPrefix(path, home+"/"); ok {
		return "~/" + rest
	}
	return path
}

// Untilde takes what a person types for their home folder.
func Untilde(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	if path == "~" {
		return home
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return home + "/" + rest
	}
	return path
}
