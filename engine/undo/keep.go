package undo

import (
	"errors"
	"path/filepath"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// What has a name is kept, and its place taken, so that the name is never
// without an item where the file system allows that: the old item gets a second
// name, and the new one is renamed over the first. Where items have one name
// only, the two are exchanged; where that cannot be either, one is renamed after
// the other. What is on no file system with a folder of ours is copied, if there
// is room.

// errElsewhere: it can be kept in none of our folders by another name.
var errElsewhere = errors.New("nothing can be kept on its file system")

// Place gives an item of a folder its name, as rename does; path is where that
// is below the root. What has the name is kept if replace is set, and is an
// error (EEXIST) if not.
func (r *Recording) Place(dir int, temp, name, path string, replace bool) error {
	stable := fsat.KeepsNumbers(dir)
	left, err := stateAt(dir, temp, stable)
	if err != nil {
		return err
	}
	var was *state
	if replace {
		if was, err = stateAt(dir, name, stable); err != nil {
			return err
		}
	}
	n, noted := r.note(&record{Op: opPut, Path: []byte(path), Was: was, Left: left}, was != nil)
	if was == nil {
		return fsat.RenameNew(dir, temp, dir, name)
	}
	p := &placing{r: r, dir: dir, temp: temp, name: name, folder: folderOf(path), n: n, was: was, stable: stable && left != nil && left.Inode != 0}
	return p.replace(noted)
}

// Remove takes away what has a name; path is where that is below the root.
func (r *Recording) Remove(dir int, name, path string) error {
	stable := fsat.KeepsNumbers(dir)
	was, err := stateAt(dir, name, stable)
	if err != nil || was == nil {
		return err
	}
	n, noted := r.note(&record{Op: opRemove, Path: []byte(path), Was: was}, true)
	p := &placing{r: r, dir: dir, name: name, folder: folderOf(path), n: n, was: was, stable: stable}
	return p.replace(noted)
}

// folderOf is the folder of a path, "" for the root.
func folderOf(path string) string {
	if above := filepath.Dir(path); above != "." {
		return above
	}
	return ""
}

// placing is an item that takes the place of another, or of nothing.
type placing struct {
	r          *Recording
	dir        int
	temp, name string // temp is "" when the name stays free
	folder     string
	n          int64
	was        *state
	stable     bool
}

// replace keeps what is there, and puts the new item in its place.
func (p *placing) replace(noted bool) error {
	err := errElsewhere
	if noted {
		err = p.keep()
	}
	if !errors.Is(err, errElsewhere) {
		return err
	}
	p.r.lose(p.n, noted)
	if p.was.isFolder() {
		if err := fsat.RemoveTree(p.dir, p.name); err != nil {
			return err
		}
	}
	if p.temp == "" {
		return ignoreAbsent(unix.Unlinkat(p.dir, p.name, 0))
	}
	return unix.Renameat(p.dir, p.temp, p.dir, p.name)
}

func ignoreAbsent(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// keep tries one folder after the other.
func (p *placing) keep() error {
	mount, err := fsat.MountOf(p.dir)
	if err != nil {
		return errElsewhere
	}
	for _, s := range p.r.shelves.on(mount) {
		if err := p.keepIn(s); !errors.Is(err, errElsewhere) {
			return err
		}
	}
	p.r.mu.Lock()
	top, known := p.r.tops[mount]
	p.r.mu.Unlock()
	for _, folder := range []string{top, p.folder} {
		s := p.r.hide(folder)
		if s == nil || !known && folder == top {
			continue
		}
		if err := p.keepIn(s); !errors.Is(err, errElsewhere) {
			return err
		}
	}
	return p.keepCopy(p.r.shelves.at(filepath.Join(p.r.dir, keptName)))
}

// hide makes a folder of ours in one below the root, nil if that cannot be or if
// there is one.
func (r *Recording) hide(folder string) *shelf {
	path := filepath.Join(r.options.Root, folder, hiddenPrefix+r.options.ID)
	if r.shelves.at(path) != nil {
		return nil // it was tried
	}
	in := folder
	if in == "" {
		in = "."
	}
	dir, err := fsat.OpenPath(r.root, in, fsat.FolderFlags|unix.O_NOFOLLOW)
	if err != nil {
		return nil
	}
	defer unix.Close(dir)
	// The journal knows of it first, so that it is never forgotten.
	if r.journal.put(&record{Op: opStore, Path: []byte(path)}) != nil {
		return nil
	}
	if err := unix.Mkdirat(dir, hiddenPrefix+r.options.ID, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return nil
	}
	if r.shelves.add(path) != nil {
		return nil
	}
	tag(path)
	return r.shelves.at(path)
}

// keepIn keeps it in a folder of the same file system.
func (p *placing) keepIn(s *shelf) error {
	var err error
	switch {
	case p.was.isFolder() || p.temp == "" || !p.stable:
		err = p.moveAway(s)
	default:
		err = p.linkAway(s)
	}
	if err == nil {
		p.r.took(p.n, s, p.was.Size)
	}
	return err
}

// took notes what can be given up for room.
func (r *Recording) took(n int64, s *shelf, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, keptItem{n, s, size})
}

// linkAway gives the old item a second name.
func (p *placing) linkAway(s *shelf) error {
	kept := nameOf(p.n)
	switch err := unix.Linkat(p.dir, p.name, s.fd, kept, 0); {
	case err == nil:
	case errors.Is(err, unix.EXDEV):
		return errElsewhere
	default: // no links here, too many of them, or not to this file
		return p.exchange(s)
	}
	err := unix.Renameat(p.dir, p.temp, p.dir, p.name)
	if err != nil {
		_ = unix.Unlinkat(s.fd, kept, 0) // a second name does no harm
	}
	return err
}

// exchange has the two items change their places.
func (p *placing) exchange(s *shelf) error {
	kept := nameOf(p.n)
	if err := unix.Renameat(p.dir, p.temp, s.fd, kept); errors.Is(err, unix.EXDEV) {
		return errElsewhere
	} else if err != nil {
		return err
	}
	if fsat.Exchange(s.fd, kept, p.dir, p.name) == nil {
		return nil
	}
	if err := unix.Renameat(s.fd, kept, p.dir, p.temp); err != nil {
		return err
	}
	return p.moveAway(s)
}

// moveAway renames one after the other.
func (p *placing) moveAway(s *shelf) error {
	kept := nameOf(p.n)
	err := unix.Renameat(p.dir, p.name, s.fd, kept)
	if errors.Is(err, unix.EXDEV) && p.was.isFolder() {
		err = p.moveTree(s, kept)
	}
	if errors.Is(err, unix.EXDEV) {
		return errElsewhere
	}
	if err != nil || p.temp == "" {
		return err
	}
	if err := fsat.RenameNew(p.dir, p.temp, p.dir, p.name); err != nil {
		return errors.Join(err, fsat.RenameNew(s.fd, kept, p.dir, p.name))
	}
	return nil
}

// moveTree moves a folder that cannot be renamed as one.
func (p *placing) moveTree(s *shelf, kept string) error {
	err := move(p.dir, p.name, s.fd, kept)
	if err == nil || errors.Is(err, unix.EXDEV) {
		return err
	}
	// Half of it is here, half there.
	return errors.Join(err, move(s.fd, kept, p.dir, p.name))
}

// keepCopy copies what is there, if there is room for it.
func (p *placing) keepCopy(s *shelf) error {
	kept := nameOf(p.n) + copySuffix
	if err := carry(p.dir, p.name, s.fd, kept+partSuffix); err != nil {
		_ = removeTree(filepath.Join(s.path, kept+partSuffix)) // if it stays, it goes with the others
		return errElsewhere
	}
	if unix.Renameat(s.fd, kept+partSuffix, s.fd, kept) != nil {
		return errElsewhere
	}
	if p.was.isFolder() || p.temp == "" {
		if err := fsat.RemoveTree(p.dir, p.name); err != nil {
			return err
		}
	}
	if p.temp == "" {
		return nil
	}
	return unix.Renameat(p.dir, p.temp, p.dir, p.name)
}

// leastFreed is how much MakeRoom gives up at once, in bytes.
const leastFreed = 64 << 20

// MakeRoom gives up something that is kept, because the restore needs the room:
// an older restore first, and then what this one replaced. It tells whether
// there was anything.
func (r *Recording) MakeRoom() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if dropOldest(r.options.Dir, r.options.ID, r.root) {
		return true
	}
	freed := int64(0)
	count := 0
	for _, k := range r.kept {
		if freed >= leastFreed {
			break
		}
		if r.journal.put(&record{Op: opLost, N: k.n}) != nil {
			break
		}
		_ = removeTree(filepath.Join(k.shelf.path, nameOf(k.n))) // the next one may go
		freed += k.size
		count++
	}
	r.kept = r.kept[count:]
	return count > 0
}
