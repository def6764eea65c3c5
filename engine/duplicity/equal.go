package duplicity

import (
	"os/user"
	"strconv"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// comparison decides whether an item still is what the signatures say. The
// rules of duplicity (formats/duplicity.md section 7) are blind to size and
// content; where an entry carries Varve's records, or a signature bounds the
// size, those count too.
type comparison struct {
	numeric bool
	owners  map[string]owner // "u"+name or "g"+name, as looked up here
}

type owner struct {
	id    uint32
	known bool
}

func newComparison(numeric bool) *comparison {
	return &comparison{numeric: numeric, owners: map[string]owner{}}
}

// equal reports that nothing of now needs to be stored again.
func (c *comparison) equal(stored *storedItem, now *repository.Entry) bool {
	if stored.Type != now.Type {
		return false
	}
	switch now.Type {
	case repository.Symlink:
		return stored.Target == now.Target
	case repository.CharDevice, repository.BlockDevice:
		return c.sameAccess(&stored.Entry, now) && stored.Major == now.Major && stored.Minor == now.Minor &&
			sameXattrs(&stored.Entry, now)
	}
	if !c.sameAccess(&stored.Entry, now) || !sameTime(&stored.Entry, now) || !sameXattrs(&stored.Entry, now) {
		return false
	}
	return now.Type != repository.File || sameContentHints(stored, now)
}

// sameAccess compares mode and owner.
func (c *comparison) sameAccess(stored, now *repository.Entry) bool {
	return stored.Mode == now.Mode &&
		c.sameOwner("u", stored.User, stored.UID, now.User, now.UID) &&
		c.sameOwner("g", stored.Group, stored.GID, now.Group, now.GID)
}

// sameOwner compares by name where this machine knows the stored name, and by
// number otherwise.
func (c *comparison) sameOwner(kind, storedName string, storedID uint32, nowName string, nowID uint32) bool {
	if !c.numeric && storedName != "" && storedName != nowName {
		if o := c.lookup(kind, storedName); o.known {
			return o.id == nowID
		}
	}
	if !c.numeric && storedName != "" && storedName == nowName {
		return true
	}
	return storedID == nowID
}

func (c *comparison) lookup(kind, name string) owner {
	if o, ok := c.owners[kind+name]; ok {
		return o
	}
	var text string
	var err error
	if kind == "u" {
		var u *user.User
		if u, err = user.Lookup(name); err == nil {
			text = u.Uid
		}
	} else {
		var g *user.Group
		if g, err = user.LookupGroup(name); err == nil {
			text = g.Gid
		}
	}
	id, perr := strconv.ParseUint(text, 10, 32)
	o := owner{uint32(id), err == nil && perr == nil}
	c.owners[kind+name] = o
	return o
}

// sameTime compares as exactly as the stored time is. Times before 1970 were
// stored as 1970.
func sameTime(stored, now *repository.Entry) bool {
	if stored.HasNanoseconds && now.HasNanoseconds {
		return stored.ModTime.Equal(now.ModTime)
	}
	return wholeSeconds(stored.ModTime) == wholeSeconds(now.ModTime)
}

// wholeSeconds is a time as duplicity stores it: cut toward zero, never
// negative.
func wholeSeconds(t time.Time) int64 { return max(t.Unix(), 0) }

// sameXattrs compares attributes where both sides know them.
func sameXattrs(stored, now *repository.Entry) bool {
	if !stored.HasXattrs || !now.HasXattrs {
		return true
	}
	return repository.SameXattrs(stored.Xattrs, now.Xattrs)
}

// sameContentHints looks for a changed content behind an unchanged time.
func sameContentHints(stored *storedItem, now *repository.Entry) bool {
	if !stored.sizeFits(now.Size) || stored.recorded && stored.HardLink != now.HardLink {
		return false
	}
	return stored.ChangeTime.IsZero() || now.ChangeTime.IsZero() || stored.ChangeTime.Equal(now.ChangeTime)
}
