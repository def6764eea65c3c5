package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// stateRow is one state of a path, and the versions that hold it.
type stateRow struct {
	Host     string      `json:"host,omitempty"`
	Source   string      `json:"source,omitempty"`
	From     versionName `json:"from"`
	To       versionName `json:"to"`
	Versions int         `json:"versions"`
	Deleted  bool        `json:"deleted"` // the version after To does not hold the path
	Type     string      `json:"type"`
	Size     *int64      `json:"size,omitempty"`
	Modified time.Time   `json:"modified"`
	Mode     string      `json:"mode"`

	title string // what stands above it
}

// stateRows are those of one line, newest first.
func stateRows(h *engine.PathHistory, title string, newestKnown bool) (rows []*stateRow) {
	for i := range h.States {
		s := &h.States[i]
		rows = append(rows, &stateRow{
			Host: h.Line.Host, Source: h.Line.Root, From: versionOf(s.From), To: versionOf(s.To), Versions: s.Versions,
			Type: s.Entry.Type.String(), Size: sizeOf(&s.Entry), Modified: s.Entry.ModTime.UTC(), Mode: fmt.Sprintf("%04o", s.Entry.Mode),
			Deleted: h.DeletedAfter[i] && (i > 0 || newestKnown),
		})
	}
	rows[0].title = title
	return rows
}

func (r *stateRow) text() string {
	line := fmt.Sprintf("%s of %s", r.To.short(), stamp(r.To.Time))
	if r.Versions > 1 {
		line = fmt.Sprintf("%s of %s to %s, %d versions", r.From.short(), stamp(r.From.Time), line, r.Versions)
	}
	line += fmt.Sprintf(": %s, %s bytes, changed %s, %s", r.Type, sizeText(r.Size), stamp(r.Modified), r.Mode)
	if r.Deleted {
		line += "  (deleted after that)"
	}
	return r.title + line
}

// history lists the states of a path.
func (p *program) history(ctx context.Context) int {
	path := cleanPath(p.args.Path)
	found, err := p.engine.History(ctx, p.destination(), path)
	if err != nil {
		return p.fail(err)
	}
	for _, err := range found.Unread {
		p.out.warning(oneLine(err.Error()) + ".")
	}
	var rows []*stateRow
	for i := range found.Lines {
		title := ""
		if len(found.Lines) > 1 {
			title = fmt.Sprintf("%s on %s:\n", found.Lines[i].Line.Root, found.Lines[i].Line.Host)
		}
		rows = append(rows, stateRows(&found.Lines[i], title, !found.NewestUnread)...)
	}
	code := p.table(locationOf(path), "states", plain(rows))
	if code == duplicityargs.ExitOK && len(found.Unread) > 0 {
		return duplicityargs.ExitWarnings
	}
	return code
}
