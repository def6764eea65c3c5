package catalog

import (
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Each attribute that changes alone is kept, and named.
func TestAspects(t *testing.T) {
	file := repository.Entry{
		Type: repository.File, Mode: 0o644, UID: 1, GID: 2, User: "ada", Group: "lake", ModTime: time.Unix(1_700_000_000, 5), HasNanoseconds: true,
		Size: 10, ContentKey: "content one", HasXattrs: true,
	}
	device := repository.Entry{Type: repository.BlockDevice, Major: 8, Minor: 1, ModTime: file.ModTime}
	link := repository.Entry{Type: repository.Symlink, Target: "here", ModTime: file.ModTime}
	for want, row := range map[Aspect]struct {
		of     repository.Entry
		change func(*repository.Entry)
	}{
		AspectType:        {file, func(e *repository.Entry) { e.Type = repository.FIFO }},
		AspectContent:     {file, func(e *repository.Entry) { e.ContentKey = "another content" }},
		AspectTime:        {file, func(e *repository.Entry) { e.ModTime = e.ModTime.Add(time.Nanosecond) }},
		AspectPermissions: {file, func(e *repository.Entry) { e.Mode = 0o600 }},
		AspectOwner:       {file, func(e *repository.Entry) { e.GID = 3 }},
		AspectAttributes:  {file, func(e *repository.Entry) { e.Xattrs = []repository.Xattr{{Name: "user.a", Value: []byte("b")}} }},
		AspectFlags:       {file, func(e *repository.Entry) { e.Flags = repository.FlagSecureDeletion }},
		AspectDevice:      {device, func(e *repository.Entry) { e.Minor = 2 }},
		AspectTarget:      {link, func(e *repository.Entry) { e.Target = "there" }},
	} {
		changed := row.of
		row.change(&changed)
		was, is := kept(t, &row.of), kept(t, &changed)
		if got := Aspects(&was, &is); !slices.Equal(got, []Aspect{want}) {
			t.Errorf("%s: got %q", want, got)
		}
		if got := Aspects(&was, &was); len(got) > 0 {
			t.Errorf("%s: nothing changed, got %q", want, got)
		}
	}
}

// kept is an entry as it comes back.
func kept(t *testing.T, e *repository.Entry) Item {
	t.Helper()
	it, err := parseItem(appendItem(nil, e), words{})
	if err != nil {
		t.Fatal(err)
	}
	return it
}
