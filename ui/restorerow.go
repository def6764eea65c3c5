package ui

import (
	"path"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// rowOf is how an item is listed.
func (b *browser) rowOf(e *repository.Entry) row {
	r := row{
		path: e.Path, name: words.Printable(path.Base(e.Path)), isFolder: e.Type == repository.Dir,
		when: words.Moment(e.ModTime, b.ui.Now()), icon: look.IconFile,
	}
	switch e.Type {
	case repository.Dir:
		r.icon = look.IconFolder.In(look.Lake)
	case repository.File:
		if e.Size >= 0 {
			r.size = words.Size(e.Size)
		}
	case repository.Symlink:
		r.icon, r.size = look.IconLink, "link"
		r.name += "  →  " + words.Middle(words.Printable(e.Target), 40)
	case repository.FIFO:
		r.size = "pipe"
	default:
		r.size = "device"
	}
	return r
}
