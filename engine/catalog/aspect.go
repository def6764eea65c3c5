package catalog

import (
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// Aspect is something that can change of an item.
type Aspect string

// The aspects. The content of a file counts as changed when its length or its
// hash did; where only its time is known to have changed, that is said.
const (
	AspectType        Aspect = "type"
	AspectContent     Aspect = "content"
	AspectTime        Aspect = "time"
	AspectPermissions Aspect = "permissions"
	AspectOwner       Aspect = "owner"
	AspectTarget      Aspect = "target"
	AspectDevice      Aspect = "device"
	AspectAttributes  Aspect = "attributes"
	AspectFlags       Aspect = "flags"
)

// Aspects lists what is not the same of an item that is in two versions. Of a
// folder the time does not count: what happened in it says more.
func Aspects(was, is *Item) []Aspect {
	if was.Type != is.Type {
		return []Aspect{AspectType}
	}
	if was.Type == repository.Symlink {
		// Formats do not agree on times, modes and owners of links.
		if strings.TrimRight(was.Target, "/") != strings.TrimRight(is.Target, "/") {
			return []Aspect{AspectTarget}
		}
		return nil
	}
	var what []Aspect
	for _, x := range []struct {
		differs bool
		aspect  Aspect
	}{
		{was.Type == repository.File && contentDiffers(was, is), AspectContent},
		{was.Type != repository.Dir && !sameTime(was, is), AspectTime},
		{was.Mode != is.Mode, AspectPermissions},
		{was.UID != is.UID || was.GID != is.GID, AspectOwner},
		{was.Major != is.Major || was.Minor != is.Minor, AspectDevice},
		{was.HasXattrs && is.HasXattrs && was.attributes != is.attributes, AspectAttributes},
		{was.Flags != is.Flags, AspectFlags},
	} {
		if x.differs {
			what = append(what, x.aspect)
		}
	}
	return what
}

// contentDiffers tells what is known of the content of two files.
func contentDiffers(was, is *Item) bool {
	if was.ContentKey != "" && is.ContentKey != "" {
		return was.ContentKey != is.ContentKey
	}
	return was.Size >= 0 && is.Size >= 0 && was.Size != is.Size
}

// sameTime compares as exactly as both are known.
func sameTime(was, is *Item) bool {
	if was.HasNanoseconds && is.HasNanoseconds {
		return was.ModTime.Equal(is.ModTime)
	}
	return was.ModTime.Unix() == is.ModTime.Unix()
}
