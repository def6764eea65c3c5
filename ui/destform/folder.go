package destform

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// Folder is a folder on a server, as one comes to it from a place to begin at.
type Folder struct {
	// Rooted: it is named from the top of the server, and not from the folder
	// of the account.
	Rooted bool
	// Path has no slash in front or behind; "" is the place to begin at.
	Path string
}

// FolderKey is the field beside which the folders of the server can be looked
// through: that of the folder, or of the bucket or share that it lies in. It is
// "" where there is no such field, or the server cannot be asked.
func (f *Form) FolderKey() string {
	if keys := f.FolderKeys(); len(keys) > 0 {
		return keys[0]
	}
	return ""
}

// FolderKeys are the fields that name a folder, from the top of the server.
func (f *Form) FolderKeys() (keys []string) {
	if f.list || len(f.patterns) == 0 || !f.kind.Foldered {
		return nil
	}
	p := f.server()
	if p.module != "" {
		return nil
	}
	for _, x := range p.parts {
		keys = append(keys, "@"+x.name)
	}
	return keys
}

// server is the form of the address, whatever its path may lack.
func (f *Form) server() *pattern {
	g := *f
	g.begins = true
	return g.chosen()
}

// Rootable tells that a look may begin at the top of the server too, besides
// the folder of the account.
func (f *Form) Rootable() bool { return f.server().absolute }

// Top is what the place to begin at is called.
func (f *Form) Top(rooted bool) string {
	p := f.server()
	switch {
	case p.absolute && !rooted:
		return lang.T("Folder of the account")
	case p.parts[0].name == bucket:
		return lang.T("Buckets")
	case p.parts[0].name == container:
		return lang.T("Containers")
	case f.Shared():
		return lang.T("Shares")
	case p.host == "" || f.kind.Name == byMail:
		return lang.T("Top of the account")
	}
	return lang.T("Top of the server")
}

// Shared tells that the first folder is a share, which the server must have.
func (f *Form) Shared() bool { return f.server().parts[0].name == share }

// Folder is the one that the fields of FolderKeys name.
func (f *Form) Folder() Folder {
	var all []string
	for _, key := range f.FolderKeys() {
		all = append(all, f.Value(key))
	}
	v := all[0]
	rooted := f.Rootable() && strings.HasPrefix(v, "/")
	if v == "~" || strings.HasPrefix(v, "~/") {
		all[0] = v[1:]
	}
	return Folder{rooted, strings.TrimPrefix(path.Clean("/"+strings.Join(all, "/")), "/")}
}

// Beginning is what Result says with the folder that a way begins at.
func (f *Form) Beginning(rooted bool) Result {
	g := f.with(Folder{Rooted: rooted})
	g.begins = true
	return g.Result()
}

// Write is what the fields of FolderKeys say of a folder. Some names cannot be
// said there, as one that ends with a space, and a bucket is never left out; ok
// is false then.
func (f *Form) Write(at Folder) (values map[string]string, ok bool) {
	g := f.with(at)
	values = map[string]string{}
	for _, key := range g.FolderKeys() {
		text := g.values[key]
		if !utf8.ValidString(text) || g.Value(key) != text || lineBreak(text) != "" {
			return nil, false
		}
		values[key] = text
	}
	a, err := destination.Parse(g.Result().URL)
	if err != nil {
		return nil, false
	}
	begin, err := destination.Parse(f.Beginning(at.Rooted).URL)
	if err != nil || g.lacks() {
		return nil, false
	}
	way := strings.TrimPrefix(strings.TrimPrefix(a.Path, begin.Path), "/")
	return values, way == at.Path && !slices.Contains(strings.Split(at.Path, "/"), "..")
}

// lacks tells that a part of the path is missing.
func (f *Form) lacks() bool {
	required := f.server().required()
	return slices.ContainsFunc(f.FolderKeys(), func(k string) bool { return slices.Contains(required, k) && f.Value(k) == "" })
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
	rest, keys := at.text(), f.FolderKeys()
	for i, key := range keys {
		one := rest
		if i < len(keys)-1 {
			one, rest, _ = strings.Cut(rest, "/")
		}
		g.Set(key, one)
	}
	return &g
}
