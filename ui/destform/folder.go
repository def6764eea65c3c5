package destform

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/destination"
)

// Folder is a folder on a server, as one comes to it from a place to begin at.
type Folder struct {
	// Rooted: it is named from the top of the server, and not from the folder
	// of the account.
	Rooted bool
	// Path has no slash in front or behind; "" is the place to begin at.
	Path string
}

// FolderKey is the field of a folder that can be looked for at its server; ""
// where there is no such field, or the server cannot be asked.
func (f *Form) FolderKey() string {
	if f.list || len(f.patterns) == 0 || !f.kind.Foldered {
		return ""
	}
	p := f.chosen()
	if p.host == "" || !p.absolute || len(p.parts) != 1 {
		return ""
	}
	return "@" + p.parts[0].name
}

// Folder is the one that the field of FolderKey names.
func (f *Form) Folder() Folder {
	v := f.Value(f.FolderKey())
	rooted := strings.HasPrefix(v, "/")
	if v == "~" || strings.HasPrefix(v, "~/") {
		v = v[1:]
	}
	return Folder{rooted, strings.TrimPrefix(path.Clean("/"+v), "/")}
}

// Beginning is what Result says with the folder that a way begins at.
func (f *Form) Beginning(rooted bool) Result { return f.with(Folder{Rooted: rooted}).Result() }

// Write is what the field of FolderKey says of a folder. Some names cannot be
// said there, as one that ends with a space; ok is false then.
func (f *Form) Write(at Folder) (text string, ok bool) {
	g := f.with(at)
	text = at.text()
	a, err := destination.Parse(g.Result().URL)
	if err != nil || !utf8.ValidString(text) || g.Value(g.FolderKey()) != text || lineBreak(text) != "" {
		return "", false
	}
	begin, err := destination.Parse(f.Beginning(at.Rooted).URL)
	if err != nil {
		return "", false
	}
	way := strings.TrimPrefix(strings.TrimPrefix(a.Path, begin.Path), "/")
	return text, way == at.Path && !slices.Contains(strings.Split(at.Path, "/"), "..")
}

// text is how a folder is written into a form.
func (at Folder) text() string {
	if at.Rooted {
		return "/" + at.Path
	}
	return at.Path
}

// with is the same form with another folder.
func (f *Form) with(at Folder) *Form {
	g := *f
	g.values = maps.Clone(f.values)
	g.Set(f.FolderKey(), at.text())
	return &g
}
