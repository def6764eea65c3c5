package source

import "github.com/varve-backup/varve/engine/repository"

// linkGroups remembers the first path of every file with several names, until
// the last of them was met.
type linkGroups map[repository.FileID]*linkGroup

type linkGroup struct {
	first string
	left  uint64
}

// first returns the path of the first member of e's group, which may be e.
func (g linkGroups) first(e *repository.Entry) string {
	group := g[e.ID]
	if group == nil {
		group = &linkGroup{first: e.Path, left: e.Links}
		g[e.ID] = group
	}
	group.left--
	if group.left == 0 {
		delete(g, e.ID)
	}
	return group.first
}
