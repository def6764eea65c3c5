package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
)

// entryRow is an item of a version.
type entryRow struct {
	location
	Type     string    `json:"type"`
	Size     *int64    `json:"size,omitempty"` // of files, where it is known
	Modified time.Time `json:"modified"`
	Mode     string    `json:"mode"`
	UID      uint32    `json:"uid"`
	GID      uint32    `json:"gid"`
	User     string    `json:"user,omitempty"`
	Group    string    `json:"group,omitempty"`
	Target   string    `json:"target,omitempty"`

	mode uint32
}

func entryRowOf(e repository.Entry) row {
	return &entryRow{
		location: locationOf(e.Path), Type: e.Type.String(), Size: sizeOf(&e), Modified: e.ModTime.UTC(),
		Mode: fmt.Sprintf("%04o", e.Mode), UID: e.UID, GID: e.GID, User: e.User, Group: e.Group,
		Target: strings.ToValidUTF8(e.Target, "\uFFFD"), mode: e.Mode,
	}
}

// sizeOf is the length of a file, nil where there is none.
func sizeOf(e *repository.Entry) *int64 {
	if e.Type != repository.File || e.Size < 0 {
		return nil
	}
	return &e.Size
}

// sizeText is a length in bytes.
func sizeText(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

func (r *entryRow) text() string {
	owner := func(name string, id uint32) string {
		if name != "" {
			return name
		}
		return fmt.Sprint(id)
	}
	line := fmt.Sprintf("%s %-8s %-8s %12s %s %s", permissions(r.Type, r.mode), owner(r.User, r.UID), owner(r.Group, r.GID),
		sizeText(r.Size), stamp(r.Modified), named(r.original()))
	if r.Target != "" {
		line += " -> " + named(r.Target)
	}
	return line
}

// permissions are what ls shows.
func permissions(kind string, mode uint32) string {
	letters := map[string]byte{"dir": 'd', "symlink": 'l', "fifo": 'p', "chardev": 'c', "blockdev": 'b'}
	b := []byte("-rwxrwxrwx")
	if l, ok := letters[kind]; ok {
		b[0] = l
	}
	for i := range 9 {
		if mode>>(8-i)&1 == 0 {
			b[1+i] = '-'
		}
	}
	for i, special := range []struct {
		bit  uint32
		mark byte
	}{{0o4000, 's'}, {0o2000, 's'}, {0o1000, 't'}} {
		if mode&special.bit == 0 {
			continue
		}
		at := 3 + 3*i
		if b[at] == '-' {
			special.mark -= 'a' - 'A'
		}
		b[at] = special.mark
	}
	return string(b)
}

// ls lists a folder of a version.
func (p *program) ls(ctx context.Context) int {
	list, err := p.engine.List(ctx, engine.ListPlan{
		Destination: p.destination(), At: p.args.Time.Time, Version: p.args.Time.ID, Path: cleanPath(p.args.Path), Recursive: p.args.Recursive,
	})
	if err != nil {
		return p.fail(err)
	}
	defer list.Close()
	p.warnIfYounger(p.args.Time.Time, list.Version())
	if s := list.Notice(); s != "" {
		p.out.warning(s)
	}
	return p.table(struct {
		Version versionName `json:"version"`
	}{versionOf(list.Version())}, "entries", rowsOf(list.Entries(ctx), entryRowOf))
}

// warnIfYounger tells that there was no version as old as was asked for.
func (p *program) warnIfYounger(at time.Time, v engine.Version) {
	if !at.IsZero() && v.Time.Truncate(time.Second).After(at) {
		p.out.warning(fmt.Sprintf("There is no version as old as %s, so the oldest one is used: %s.", moment(at), moment(v.Time)))
	}
}

// matchRow is a path that was found.
type matchRow struct {
	location
	Host     string     `json:"host,omitempty"`
	Source   string     `json:"source,omitempty"`
	Deleted  *bool      `json:"deleted,omitempty"` // nil when that is unknown
	Versions []sighting `json:"versions"`

	several bool // there are matches of other sources too
}

// sighting is a version in which it was found.
type sighting struct {
	versionName
	Type     string    `json:"type"`
	Size     *int64    `json:"size,omitempty"`
	Modified time.Time `json:"modified"`
}

func matchRowOf(m *engine.Match, known bool) *matchRow {
	r := &matchRow{location: locationOf(m.Path), Host: m.Line.Host, Source: m.Line.Root}
	if known {
		r.Deleted = &m.Deleted
	}
	for i := range m.In {
		e := &m.In[i].Entry
		r.Versions = append(r.Versions, sighting{versionOf(m.In[i].Version), e.Type.String(), sizeOf(e), e.ModTime.UTC()})
	}
	return r
}

func (r *matchRow) text() string {
	lines := []string{named(r.original())}
	if r.several {
		lines[0] += fmt.Sprintf("  (%s on %s)", named(r.Source), r.Host)
	}
	if r.Deleted != nil && *r.Deleted {
		lines[0] += "  (deleted since)"
	}
	for _, s := range r.Versions {
		lines = append(lines, fmt.Sprintf("  in %s of %s: %s, %s bytes, changed %s",
			s.short(), stamp(s.Time), s.Type, sizeText(s.Size), stamp(s.Modified)))
	}
	return strings.Join(lines, "\n")
}

// find looks for names in all versions.
func (p *program) find(ctx context.Context) int {
	found, err := p.engine.Find(ctx, p.destination(), p.args.Pattern)
	if err != nil {
		return p.fail(err)
	}
	for _, err := range found.Unread {
		p.out.warning(oneLine(err.Error()) + ".")
	}
	var rows []*matchRow
	several := false
	for i := range found.Matches {
		rows = append(rows, matchRowOf(&found.Matches[i], !found.NewestUnread))
		several = several || found.Matches[i].Line.ID != found.Matches[0].Line.ID
	}
	for _, r := range rows {
		r.several = several
	}
	if len(rows) == 0 && !p.args.JSON {
		p.out.notice(fmt.Sprintf("Nothing in any version is called %s.", named(p.args.Pattern)))
	}
	code := p.table(struct {
		Pattern string `json:"pattern"`
	}{p.args.Pattern}, "matches", plain(rows))
	if code == duplicityargs.ExitOK && len(found.Unread) > 0 {
		return duplicityargs.ExitWarnings
	}
	return code
}

// differenceRow is an item that is not the same in two versions.
type differenceRow struct {
	location
	Change string          `json:"change"`
	Type   string          `json:"type"`
	Size   *int64          `json:"size,omitempty"`
	What   []engine.Aspect `json:"what,omitempty"`

	letter string
}

// changeWords name changes in a document.
var changeWords = map[engine.Change]string{
	repository.Added: "added", repository.Modified: "changed", repository.Deleted: "deleted",
}

func differenceRowOf(d engine.Difference) row {
	return &differenceRow{
		location: locationOf(d.Path), Change: changeWords[d.Change], Type: d.Entry.Type.String(), Size: sizeOf(&d.Entry),
		What: d.What, letter: changeLetter(d.Change),
	}
}

func (r *differenceRow) text() string {
	line := r.letter + " " + named(r.original())
	if len(r.What) == 0 {
		return line
	}
	var what []string
	for _, w := range r.What {
		what = append(what, string(w))
	}
	return line + "  " + strings.Join(what, ", ")
}

// diff compares two versions.
func (p *program) diff(ctx context.Context) int {
	d, err := p.engine.Diff(ctx, p.destination(), momentOf(p.args.From), momentOf(p.args.To))
	if err != nil {
		return p.fail(err)
	}
	defer d.Close()
	p.warnIfYounger(p.args.From.Time, d.From())
	p.warnIfYounger(p.args.To.Time, d.To())
	from, to := versionOf(d.From()), versionOf(d.To())
	if from.ID == to.ID {
		p.out.warning(fmt.Sprintf("Both mean the version of %s.", moment(to.Time)))
	}
	return p.table(struct {
		From versionName `json:"from"`
		To   versionName `json:"to"`
	}{from, to}, "changes", rowsOf(d.All(ctx), differenceRowOf))
}

// cat writes one file to the standard output.
func (p *program) cat(ctx context.Context) int {
	path := cleanPath(p.args.Path)
	if !p.args.JSON {
		v, err := p.engine.Cat(ctx, p.destination(), momentOf(p.args.Time), path, p.stdout)
		if err != nil {
			return p.fail(err)
		}
		p.warnIfYounger(p.args.Time.Time, v)
		return duplicityargs.ExitOK
	}
	c := &content{out: bufio.NewWriter(p.stdout), path: path}
	v, err := p.engine.Cat(ctx, p.destination(), momentOf(p.args.Time), path, c)
	if err != nil {
		return p.fail(err)
	}
	p.warnIfYounger(p.args.Time.Time, v)
	return p.wrote(c.close(v))
}
