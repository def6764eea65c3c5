package destform_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
)

func serverForm(t testing.TB, scheme string) *destform.Form {
	t.Helper()
	for _, k := range destination.Kinds() {
		for _, s := range k.Schemes {
			if s != scheme {
				continue
			}
			f := destform.New(k)
			f.Set(destform.KeyScheme, scheme)
			f.Set(destform.KeyHost, "nas.local")
			f.Set(destform.KeyUser, "ada")
			return f
		}
	}
	t.Fatalf("there is no kind for %s", scheme)
	return nil
}

func TestFolderKey(t *testing.T) {
	for scheme, want := range map[string]string{
		"sftp": "@folder", "ftp": "@folder", "ftpes": "@folder", "rsync": "", "s3": "@bucket", "smb": "@share", "webdavs": "@folder", "imaps": "", "mega": "@folder",
		"gs": "@bucket", "b2": "@bucket", "azure": "@container", "swift": "@container", "dpbx": "@folder", "gdrive": "@folder", "koofr": "@folder", "rclone": "", "mf": "",
	} {
		if got := serverForm(t, scheme).FolderKey(); got != want {
			t.Errorf("%s: %q, want %q", scheme, got, want)
		}
	}
}

// What is typed is where the look begins, and the address of the beginning
// names no folder.
func TestFolderOfAForm(t *testing.T) {
	for text, want := range map[string]destform.Folder{
		"": {}, "backup/laptop": {Path: "backup/laptop"}, "backup//laptop/": {Path: "backup/laptop"}, "/": {Rooted: true},
		"/srv/backup": {Rooted: true, Path: "srv/backup"}, "~/backup": {Path: "backup"}, "~": {}, "a/../../b": {Path: "b"},
	} {
		f := serverForm(t, "sftp")
		f.Set(f.FolderKey(), text)
		if got := f.Folder(); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
		if got := f.Beginning(false).URL; got != "sftp://ada@nas.local" {
			t.Errorf("%q begins at %s", text, got)
		}
		if got := f.Beginning(true).URL; got != "sftp://ada@nas.local//" {
			t.Errorf("%q begins at the top at %s", text, got)
		}
	}
}

// Where the top of a server is full of buckets or shares, a look begins there
// without one, and ends in one.
func TestFolderInABucket(t *testing.T) {
	unhosted := map[string]string{destform.KeyHost: ""}
	unnamed := map[string]string{destform.KeyHost: "", destform.KeyUser: ""}
	for _, row := range []struct {
		scheme, begin, within, top string
		set                        map[string]string
	}{
		{"s3", "s3://nas.local", "s3://nas.local/box/a%20b/c", "Buckets", map[string]string{"provider": "Other", destform.KeyUser: ""}},
		{"s3+http", "s3+http://", "s3+http://box/a%20b/c", "Buckets", map[string]string{"provider": "AWS", destform.KeyHost: "", destform.KeyUser: ""}},
		{"smb", "smb://ada@nas.local", "smb://ada@nas.local/box/a%20b/c", "Shares", nil},
		{"webdavs", "webdavs://ada@nas.local", "webdavs://ada@nas.local/box/a%20b/c", "Top of the server", nil},
		{"gs", "gs://", "gs://box/a%20b/c", "Buckets", unnamed},
		{"b2", "b2://ada@", "b2://ada@box/a%20b/c", "Buckets", unhosted},
		{"azure", "azure://", "azure://box/a%20b/c", "Containers", unnamed},
		{"swift", "swift://", "swift://box/a%20b/c", "Containers", unnamed},
		{"pca", "pca://", "pca://box/a%20b/c", "Containers", unnamed},
		{"dpbx", "dpbx://", "dpbx:///box/a%20b/c", "Top of the account", unnamed},
		{"koofr", "koofr://", "koofr:///box/a%20b/c", "Top of the account", unnamed},
		{"gdrive", "gdrive://ada@nas.local", "gdrive://ada@nas.local/box/a%20b/c", "Top of the account", nil},
		{"mega", "mega://ada@mega.nz", "mega://ada@mega.nz/box/a%20b/c", "Top of the account", unhosted},
	} {
		f := serverForm(t, row.scheme)
		for key, value := range row.set {
			f.Set(key, value)
		}
		if got := f.Beginning(false).URL; got != row.begin {
			t.Errorf("%s begins at %s", row.scheme, got)
		}
		if got := f.Top(false); got != row.top {
			t.Errorf("%s begins at %q, want %q", row.scheme, got, row.top)
		}
		if _, ok := f.Write(destform.Folder{}); ok != slices.Contains([]string{"webdavs", "gdrive", "mega"}, row.scheme) {
			t.Errorf("%s: the top can be chosen: %v", row.scheme, ok)
		}
		at := destform.Folder{Path: "box/a b/c"}
		values, ok := f.Write(at)
		for key, text := range values {
			f.Set(key, text)
		}
		if got := f.Result().URL; !ok || got != row.within || f.Folder() != at {
			t.Errorf("%s: chosen is %s, read as %+v", row.scheme, got, f.Folder())
		}
		if got := f.Beginning(false).URL; got != row.begin {
			t.Errorf("%s begins at %s when a folder is chosen", row.scheme, got)
		}
	}
}

// Names that a form cannot hold are refused, not bent.
func TestNamesThatNoFormHolds(t *testing.T) {
	for path, want := range map[string]bool{
		"backup": true, "a b": true, "ü/日本": true, "50%": true, "%41": true, "a#b?c": true, "a@b:c": true, "": true,
		" a": false, "a ": false, "~": false, "~/a": false, "a\nb": false, "\xff": false,
	} {
		if _, ok := serverForm(t, "sftp").Write(destform.Folder{Path: path}); ok != want {
			t.Errorf("%q: %v, want %v", path, ok, want)
		}
	}
}

// Whatever a server calls its folders: what is chosen is what the address
// leads to, or it cannot be chosen.
func FuzzFolderSurvivesTheAddress(f *testing.F) {
	for _, name := range []string{"backup", "a b", "%41", "a%2fb", "#?&=+;,", "~x", "日本", "a\tb", "-oProxyCommand=x", `a\b`, "'\"`$(x)", "e\u0301", " x", "x ", "..", "."} {
		f.Add(name, name, false)
		f.Add("top", name, true)
	}
	f.Fuzz(func(t *testing.T, first, second string, rooted bool) {
		for _, name := range []string{first, second} {
			if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
				return // no server has such folders
			}
		}
		at := destform.Folder{Rooted: rooted, Path: first + "/" + second}
		form := serverForm(t, "sftp")
		values, ok := form.Write(at)
		if !ok {
			return
		}
		for key, text := range values {
			form.Set(key, text)
		}
		if got := form.Folder(); got != at {
			t.Fatalf("%+v is written as %v, which is read as %+v", at, values, got)
		}
		a, err := destination.Parse(form.Result().URL)
		want := "/" + at.Path
		if rooted {
			want = "/" + want
		}
		if err != nil || a.Path != want || a.Host != "nas.local" || a.User != "ada" {
			t.Fatalf("%+v is at %s: %+v, %v", at, form.Result().URL, a, err)
		}
	})
}
