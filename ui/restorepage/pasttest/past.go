// Package pasttest is a past made up for tests: an archive whose versions and
// items are written down in a few lines. It implements session.Past.
package pasttest

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
)

// Past is an archive with one line, of number 1.
type Past struct {
	Line engine.Line
	// Seen are the versions, newest first.
	Seen []engine.Version
	// Items are everything that was ever there, folders too.
	Items []Item
	// Others are lines beside it, which hold nothing.
	Others []engine.Line
	// Before is called before every answer and may wait, or fail it.
	Before func(ctx context.Context, call, what string) error
}

// Item is a path and its states, newest first.
type Item struct {
	Entry  repository.Entry
	States []State
}

// State says in which versions an item was the same: From is the index of the
// oldest, To that of the newest.
type State struct {
	From, To int
	Size     int64
	Changed  time.Time
}

// New makes an archive from a text. Each line names an item and the versions
// that hold it in one state, as ranges of indices: "notes.txt 2-3 5-9". A name
// that ends with / is a folder, one with "->" in it a link.
func New(seen []engine.Version, text string) *Past {
	p := &Past{Seen: seen, Line: engine.Line{ID: 1, Host: "lake-house", Versions: len(seen), Newest: seen[0].Time}}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			p.Items = append(p.Items, p.item(line))
		}
	}
	return p
}

func (p *Past) item(line string) Item {
	name, ranges, _ := strings.Cut(line, " : ")
	i := Item{Entry: repository.Entry{Type: repository.File, Mode: 0o644, UID: 1000, GID: 1000, User: "ada", Group: "ada"}}
	name, target, isLink := strings.Cut(name, "->")
	name, isFolder := strings.CutSuffix(name, "/")
	switch {
	case isLink:
		i.Entry.Type, i.Entry.Target = repository.Symlink, target
	case isFolder:
		i.Entry.Type, i.Entry.Mode = repository.Dir, 0o755
	}
	i.Entry.Path = name
	sum := int64(0)
	for _, c := range name {
		sum = sum*31%99_991 + int64(c)
	}
	for j, r := range strings.Fields(ranges) {
		s := State{}
		if _, err := fmt.Sscanf(r, "%d-%d", &s.To, &s.From); err != nil {
			panic("pasttest: " + line + ": " + err.Error())
		}
		s.Changed = p.Seen[s.From].Time.Add(-47 * time.Minute)
		if i.Entry.Type == repository.File {
			s.Size = 3*sum + sum*int64((j*j*7)%23)
		}
		i.States = append(i.States, s)
	}
	return i
}

func (p *Past) before(ctx context.Context, call, what string) error {
	if p.Before != nil {
		if err := p.Before(ctx, call, what); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (i *Item) at(s State) repository.Entry {
	e := i.Entry
	e.Size, e.ModTime = s.Size, s.Changed
	return e
}

func (p *Past) seen(i *Item) engine.Seen {
	last := len(i.States) - 1
	return engine.Seen{
		Line: p.Line.ID, Path: i.Entry.Path, Entry: i.at(i.States[0]), States: len(i.States), Deleted: i.States[0].To > 0,
		First: p.Seen[i.States[last].From], Last: p.Seen[i.States[0].To],
	}
}

// stateIn is the state in a version, nil when it is not there.
func (i *Item) stateIn(version int) *State {
	for j := range i.States {
		if s := &i.States[j]; s.To <= version && version <= s.From {
			return s
		}
	}
	return nil
}

func (p *Past) index(id string) int {
	return slices.IndexFunc(p.Seen, func(v engine.Version) bool { return v.ID == id })
}

// Lines implements session.Past.
func (p *Past) Lines(ctx context.Context) ([]engine.Line, error) {
	if err := p.before(ctx, "Lines", ""); err != nil || len(p.Seen) == 0 {
		return nil, err
	}
	return append([]engine.Line{p.Line}, p.Others...), nil
}

// Folder implements session.Past.
func (p *Past) Folder(ctx context.Context, line int64, folder string) (all []engine.Seen, err error) {
	if err := p.before(ctx, "Folder", folder); err != nil || line != p.Line.ID {
		return nil, err
	}
	for i := range p.Items {
		if isIn(p.Items[i].Entry.Path, folder) {
			all = append(all, p.seen(&p.Items[i]))
		}
	}
	return all, nil
}

func isIn(name, folder string) bool {
	return path.Dir(name) == folder || folder == "" && !strings.Contains(name, "/")
}

// FolderAt implements session.Past.
func (p *Past) FolderAt(ctx context.Context, line int64, version, folder string) (all []repository.Entry, err error) {
	if err := p.before(ctx, "FolderAt", folder); err != nil || line != p.Line.ID {
		return nil, err
	}
	for i := range p.Items {
		s := p.Items[i].stateIn(p.index(version))
		if s != nil && isIn(p.Items[i].Entry.Path, folder) {
			all = append(all, p.Items[i].at(*s))
		}
	}
	return all, nil
}

// Search implements session.Past.
func (p *Past) Search(ctx context.Context, query string, limit int) (found []engine.Seen, more bool, err error) {
	if err := p.before(ctx, "Search", query); err != nil {
		return nil, false, err
	}
	for i := range p.Items {
		if !strings.Contains(strings.ToLower(path.Base(p.Items[i].Entry.Path)), strings.ToLower(query)) {
			continue
		}
		if len(found) == limit {
			return found, true, nil
		}
		found = append(found, p.seen(&p.Items[i]))
	}
	return found, false, nil
}

// Versions implements session.Past.
func (p *Past) Versions(ctx context.Context, line int64) ([]engine.VersionSeen, error) {
	if err := p.before(ctx, "Versions", ""); err != nil || line != p.Line.ID {
		return nil, err
	}
	return p.counted(""), nil
}

// Activity implements session.Past.
func (p *Past) Activity(ctx context.Context, line int64, folder string) ([]engine.VersionSeen, error) {
	if err := p.before(ctx, "Activity", folder); err != nil || line != p.Line.ID {
		return nil, err
	}
	all := p.counted(folder)
	return slices.DeleteFunc(all, func(v engine.VersionSeen) bool {
		return v.Added+v.Changed+v.Deleted == 0 && v.ID != all[len(all)-1].ID
	}), nil
}

func (p *Past) counted(folder string) (all []engine.VersionSeen) {
	for v := range p.Seen {
		seen := engine.VersionSeen{Version: p.Seen[v]}
		if v+1 < len(p.Seen) {
			for _, d := range p.differences(v+1, v, folder) {
				switch d.Change {
				case repository.Added:
					seen.Added++
				case repository.Modified:
					seen.Changed++
				default:
					seen.Deleted++
				}
			}
		}
		all = append(all, seen)
	}
	return all
}

// History implements session.Past.
func (p *Past) History(ctx context.Context, line int64, name string) (all []engine.State, err error) {
	if err := p.before(ctx, "History", name); err != nil || line != p.Line.ID {
		return nil, err
	}
	for i := range p.Items {
		if p.Items[i].Entry.Path != name {
			continue
		}
		for _, s := range p.Items[i].States {
			all = append(all, engine.State{Entry: p.Items[i].at(s), From: p.Seen[s.From], To: p.Seen[s.To], Versions: s.From - s.To + 1})
		}
	}
	return all, nil
}

// Diff implements session.Past.
func (p *Past) Diff(ctx context.Context, line int64, from, to, under string, limit int) (d []engine.Difference, more bool, err error) {
	if err := p.before(ctx, "Diff", under); err != nil || line != p.Line.ID {
		return nil, false, err
	}
	d = p.differences(p.index(from), p.index(to), under)
	return d[:min(len(d), limit)], len(d) > limit, nil
}

func (p *Past) differences(from, to int, under string) (d []engine.Difference) {
	for i := range p.Items {
		x := &p.Items[i]
		was, is := x.stateIn(from), x.stateIn(to)
		if was == is || was != nil && is != nil && x.Entry.Type == repository.Dir || !repository.Contains(under, x.Entry.Path) {
			continue
		}
		next := engine.Difference{Path: x.Entry.Path, Change: repository.Modified, What: []engine.Aspect{engine.AspectContent, engine.AspectTime}}
		switch {
		case was == nil:
			next.Change, next.What, next.Entry = repository.Added, nil, x.at(*is)
		case is == nil:
			next.Change, next.What, next.Entry = repository.Deleted, nil, x.at(*was)
		default:
			next.Entry = x.at(*is)
		}
		d = append(d, next)
	}
	return d
}
