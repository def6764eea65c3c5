package ui

import (
	"path"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/words"
)

// rowOf is how an item is listed.
func (b *browser) rowOf(e *repository.Entry) row {
	r := row{path: e.Path, name: strings.ToValidUTF8(path.Base(e.Path), "\uFFFD"), isFolder: e.Type == repository.Dir}
	when := words.Moment(e.ModTime, b.ui.Now())
	switch e.Type {
	case repository.Dir:
		r.detail = when
	case repository.File:
		r.detail = when
		if e.Size >= 0 {
			r.detail = words.Size(e.Size) + "   " + when
		}
	case repository.Symlink:
		r.detail = "link to " + words.Middle(e.Target, 30)
	default:
		r.detail = e.Type.String()
	}
	return r
}
