package folder

import (
	"container/list"
	"context"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/varve-backup/varve/engine/repository"
)

// mostEntries is how many items of folders are held in memory.
const mostEntries = 200_000

// catalogue holds the folders that were looked at last: whoever lists one asks
// for each of its items afterwards.
type catalogue struct {
	version Version

	mu      sync.Mutex
	folders map[string]*list.Element // of *listed; guarded by mu
	order   list.List                // the one used last in front; guarded by mu
	entries int                      // of all; guarded by mu
}

// listed is a folder.
type listed struct {
	path  string
	all   []repository.Entry
	names map[string]int // where a name stands in all
}

func newCatalogue(v Version) *catalogue {
	return &catalogue{version: v, folders: map[string]*list.Element{}}
}

// list lists a folder, which must be one.
func (c *catalogue) list(ctx context.Context, folder string) (*listed, error) {
	if l := c.kept(folder); l != nil {
		return l, nil
	}
	l := &listed{path: folder, names: map[string]int{}}
	for e, err := range c.version.ReadDir(ctx, folder) {
		if err != nil {
			return nil, err
		}
		if !isShown(e.Type) {
			continue
		}
		l.names[path.Base(e.Path)] = len(l.all)
		l.all = append(l.all, e)
	}
	c.keep(l)
	return l, nil
}

// isShown tells what a folder in a file manager can hold.
func isShown(t repository.Type) bool {
	return t == repository.File || t == repository.Dir || t == repository.Symlink
}

func (c *catalogue) kept(folder string) *listed {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.folders[folder]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*listed)
}

// keep holds a folder, and lets go of others. One that is too large by itself
// is held until there is another.
func (c *catalogue) keep(l *listed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.folders[l.path]; ok {
		return // somebody was faster
	}
	c.folders[l.path] = c.order.PushFront(l)
	c.entries += len(l.all)
	for c.entries > mostEntries && c.order.Len() > 1 {
		old := c.order.Remove(c.order.Back()).(*listed)
		delete(c.folders, old.path)
		c.entries -= len(old.all)
	}
}

// root is what stands for the whole version.
var root = repository.Entry{Type: repository.Dir, Mode: 0o755}

// find finds an item, fs.ErrNotExist when there is none.
func (c *catalogue) find(ctx context.Context, p string) (repository.Entry, error) {
	if p == "" {
		return root, nil
	}
	parent, name := "", p
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		parent, name = p[:i], p[i+1:]
	}
	e, err := c.find(ctx, parent)
	if err != nil {
		return e, err
	}
	if e.Type != repository.Dir {
		return e, fs.ErrNotExist
	}
	l, err := c.list(ctx, parent)
	if err != nil {
		return e, err
	}
	i, ok := l.names[name]
	if !ok {
		return e, fs.ErrNotExist
	}
	return l.all[i], nil
}

// mostLinks is how many links that lead to links are followed.
const mostLinks = 8

// behind is the file that a link leads to within the version; ok is false when
// it leads to anything else, or nowhere.
func (c *catalogue) behind(ctx context.Context, e repository.Entry, rootPath string) (file repository.Entry, ok bool) {
	for range mostLinks {
		to, inside := target(&e, rootPath)
		if !inside {
			return e, false
		}
		next, err := c.find(ctx, to)
		if err != nil {
			return e, false
		}
		switch next.Type {
		case repository.File:
			return next, true
		case repository.Symlink:
			e = next
		default:
			return e, false
		}
	}
	return e, false
}

// target is the path in the version that a link names.
func target(e *repository.Entry, rootPath string) (to string, inside bool) {
	to = e.Target
	if strings.HasPrefix(to, "/") {
		below, ok := strings.CutPrefix(path.Clean(to), strings.TrimSuffix(rootPath, "/")+"/")
		return below, ok && rootPath != ""
	}
	to = path.Join(path.Dir("/"+e.Path), to)
	// path.Join stays below /: what leads out of the version would seem to be in it.
	if depth := strings.Count(e.Path, "/"); leadsOut(e.Target, depth) {
		return "", false
	}
	return strings.TrimPrefix(to, "/"), to != "/"
}

// leadsOut tells that a relative target climbs above depth folders.
func leadsOut(target string, depth int) bool {
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "..":
			if depth--; depth < 0 {
				return true
			}
		case "", ".":
		default:
			depth++
		}
	}
	return false
}
