package engine

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/zone"
)

// datedNames are the names that items get because other versions of them are
// restored to the same place.
type datedNames struct {
	paths  []string // of the version
	at     time.Time
	beside []time.Time
}

// datedNames are those of a plan, once it is known which version it is of.
func (p *RestorePlan) datedNames(v Version) *datedNames {
	if len(p.Dated) == 0 {
		return nil
	}
	return &datedNames{p.Dated, v.Time, p.Beside}
}

// of is where an item goes, by where it is stored.
func (d *datedNames) of(stored string) string {
	if i := d.find(stored); i >= 0 {
		return d.dated(d.paths[i], d.at) + stored[len(d.paths[i]):]
	}
	return stored
}

// find is which of the paths an item is, or is below.
func (d *datedNames) find(stored string) int {
	if d == nil {
		return -1
	}
	return slices.IndexFunc(d.paths, func(p string) bool { return stored == p || strings.HasPrefix(stored, p+"/") })
}

// dated is a path with the time of a version in its last name: to the minute, or
// as exactly as tells the versions apart.
func (d *datedNames) dated(p string, at time.Time) string {
	layout := "2006-01-02 15.04"
	for _, finer := range []struct {
		than   time.Duration
		layout string
	}{{time.Minute, "2006-01-02 15.04.05"}, {time.Second, "2006-01-02 15.04.05.000000"}} {
		same := func(t time.Time) bool { return !t.Equal(at) && t.Truncate(finer.than).Equal(at.Truncate(finer.than)) }
		if slices.ContainsFunc(d.beside, same) {
			layout = finer.layout
		}
	}
	return path.Join(path.Dir(p), restore.Marked(path.Base(p), " ("+zone.Of(at).Format(layout)+")"))
}

// rename gives an item its name; back takes it away again.
func (d *datedNames) rename(e *repository.Entry) (back func()) {
	if d == nil {
		return func() {}
	}
	p, link := e.Path, e.HardLink
	e.Path = d.of(p)
	if link != "" {
		e.HardLink = d.of(link)
	}
	return func() { e.Path, e.HardLink = p, link }
}

// twins are the names that the same file of another version has, or the one that
// was there before. What is in a folder is whole for itself.
func (d *datedNames) twins() func(string) []string {
	if d == nil {
		return nil
	}
	all := map[string][]string{}
	for _, p := range d.paths {
		names := []string{p}
		for _, t := range d.beside {
			names = append(names, d.dated(p, t))
		}
		all[d.of(p)] = names
	}
	return func(p string) []string { return all[p] }
}
