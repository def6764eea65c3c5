// Package places tells how folders of this computer, and destinations
// elsewhere, are called.
package places

import (
	"os"
	"strings"
	"sync"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/words"
)

// Name is how a destination is called: by its drive, where it is on one, and
// by its server where that is elsewhere. No password is in it. It never waits for
// a disk: several destinations that are one are told once Learn has read which
// they are.
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

// lists are the members of several destinations that are one, a []string of their
// addresses by the address of all. See decision 64.
var lists sync.Map

// Learn reads which destinations make one, so that Name can tell them; for another
// address it does nothing. It may wait for a disk. A list that was read stays as it
// was then until the program ends: Varve gives another list another address.
func Learn(url string) {
	if _, several := destination.SeveralPath(url); !several {
		return
	}
	if _, known := lists.Load(url); known {
		return
	}
	members, err := destination.Members(url)
	if err != nil {
		return // it may be there the next time
	}
	var urls []string
	for i := range members {
		urls = append(urls, members[i].URL)
	}
	lists.Store(url, urls)
}

// membersOf names the destinations that make one, none where the address is not
// of that kind or nobody has learnt them.
func membersOf(url string) (names []string) {
	urls, known := lists.Load(url)
	if !known {
		return nil
	}
	for _, member := range urls.([]string) {
		if folder, local := strings.CutPrefix(member, "file://"); local {
			names = append(names, Name(strings.ReplaceAll(folder, "%25", "%")))
		} else if inner, _ := destination.SeveralPath(member); inner != "" {
			names = append(names, destform.Name(member)) // it may be a member of itself
		} else {
			names = append(names, Name(member))
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
