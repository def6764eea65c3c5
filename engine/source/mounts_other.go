//go:build unix && !linux

package source

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// systemMounts finds mount points by comparing each place for drives with its
// parent folder: a mounted one is on another device.
type systemMounts struct{}

func (systemMounts) wanted() []wantedMount {
	table, err := os.ReadFile("/etc/fstab")
	if err != nil {
		return nil
	}
	return parseFstab(table)
}

func (s systemMounts) mounted() []string {
	var points, places []string
	for _, w := range s.wanted() {
		places = append(places, w.point)
	}
	for _, folder := range removable {
		found, _ := filepath.Glob(folder + "/*") // the pattern is constant
		places = append(places, found...)
	}
	for _, place := range places {
		var here, above unix.Stat_t
		if unix.Stat(place, &here) == nil && unix.Stat(filepath.Dir(place), &above) == nil && here.Dev != above.Dev {
			points = append(points, place)
		}
	}
	return points
}
