package source

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// An unplugged drive leaves its mount point behind: a folder that is there,
// readable and empty. Backing it up would record every file as deleted. So a
// folder counts as the mount point of nothing when it is empty, nothing is
// mounted on it, and either /etc/fstab wants something there or it is a place
// where desktops mount drives (/media/name, /run/media/user/name, /mnt/name,
// /Volumes/name). A root that is missing altogether at such a place has lost
// its drive rather than been deleted.
//
// Below the root only fstab counts, and of it only what the system mounts by
// itself: an empty CD drive ("noauto") stops no backup.

// mountTables tells what is mounted and what should be.
type mountTables interface {
	// wanted lists the mount points of fstab.
	wanted() []wantedMount
	// mounted lists where something is mounted now.
	mounted() []string
}

type wantedMount struct {
	point string
	// manual: not mounted unless somebody asks.
	manual bool
}

// removable are folders below which desktops mount drives.
var removable = []string{"/media", "/run/media", "/mnt", "/Volumes"}

// drivePlaces returns the mount points that path may lie on when it lies where
// drives are mounted, from short to long.
func drivePlaces(path string) []string {
	for _, folder := range removable {
		rest, below := strings.CutPrefix(path, folder+"/")
		if !below {
			continue
		}
		parts := strings.SplitN(rest, "/", 3)
		places := []string{folder + "/" + parts[0]}
		if len(parts) > 1 && strings.HasSuffix(folder, "media") {
			places = append(places, places[0]+"/"+parts[1])
		}
		return places
	}
	return nil
}

// onMissingDrive reports whether a path that does not exist lies on a drive
// that is not mounted.
func onMissingDrive(path string, tables mountTables) bool {
	places := drivePlaces(path)
	for _, w := range tables.wanted() {
		if holds(w.point, path) {
			places = append(places, w.point)
		}
	}
	mounted := tables.mounted()
	isMounted := func(place string) bool { return slices.Contains(mounted, place) }
	return len(places) > 0 && !slices.ContainsFunc(places, isMounted)
}

// checkMounts refuses a root that is the mount point of nothing, and notes
// which folders below it may turn out to be.
func (t *Tree) checkMounts() error {
	if t.single != "" {
		return nil
	}
	wanted := t.options.mounts.wanted()
	isRoot := func(w wantedMount) bool { return w.point == t.path }
	suspect := slices.ContainsFunc(wanted, isRoot) || slices.Contains(drivePlaces(t.path), t.path)
	if suspect && t.isEmpty() && !slices.Contains(t.options.mounts.mounted(), t.path) {
		return fmt.Errorf("opening folder %s: %w", t.path, ErrNotMounted)
	}
	t.unmounted = map[string]string{}
	for _, w := range wanted {
		if !w.manual && !isRoot(w) && holds(t.path, w.point) {
			t.unmounted[strings.TrimPrefix(strings.TrimPrefix(w.point, t.path), "/")] = w.point
		}
	}
	return nil
}

// holds reports whether path is folder or lies below it.
func holds(folder, path string) bool {
	return folder == "/" || path == folder || strings.HasPrefix(path, folder+"/")
}

func (t *Tree) isEmpty() bool {
	fd, err := openat(t.fd(), ".", dirFlags)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var names listing
	return names.read(fd, make([]byte, 1<<12)) == nil && names.len() == 0
}

// checkEmpty stops the walk at an empty folder that a drive should be mounted
// on. On one file system, what is mounted below the root does not matter.
func (t *Tree) checkEmpty(path string) error {
	point, suspect := t.unmounted[path]
	if !suspect || t.options.OneFileSystem || slices.Contains(t.options.mounts.mounted(), point) {
		return nil
	}
	return fmt.Errorf("reading folder %s: %w", point, ErrNotMounted)
}

// parseFstab returns the mount points of /etc/fstab.
func parseFstab(table []byte) []wantedMount {
	var wanted []wantedMount
	lines := bufio.NewScanner(bytes.NewReader(table))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 || strings.HasPrefix(fields[0], "#") || !strings.HasPrefix(fields[1], "/") {
			continue
		}
		manual := len(fields) > 3 && slices.Contains(strings.Split(fields[3], ","), "noauto")
		wanted = append(wanted, wantedMount{filepath.Clean(unescape(fields[1])), manual})
	}
	return wanted
}

// parseMountInfo returns the mount points of /proc/self/mountinfo. One that
// only waits to be mounted by a visit is none yet.
func parseMountInfo(table []byte) []string {
	var points []string
	lines := bufio.NewScanner(bytes.NewReader(table))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		dash := slices.Index(fields, "-")
		if dash < 5 || dash+1 >= len(fields) || fields[dash+1] == "autofs" {
			continue
		}
		points = append(points, unescape(fields[4]))
	}
	return points
}

// unescape undoes the octal escapes (\040 for a space) of both tables.
func unescape(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && isOctal(s[i+1:i+4]) {
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

func isOctal(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '7' }) < 0
}
