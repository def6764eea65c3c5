package varve_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/varve-backup/varve/"

// layer is a rule about every package at or below one of its folders.
type layer struct {
	name    string
	folders []string
	// may lists the folders of this module that it may import, its own among
	// them; nil means any.
	may []string
	// never lists packages from elsewhere, by path or parent path, that it may
	// not import.
	never []string
	// tests says that the rule holds for test files too.
	tests bool
}

// outside is everything that reaches out of the process: what pure code must
// not touch. Values in, values out.
var outside = []string{
	"os", "net", "syscall", "os/exec", "log", "plugin", "database/sql",
	"golang.org/x/sys", "golang.org/x/net", "modernc.org/sqlite",
	"github.com/fsnotify", "github.com/zalando/go-keyring", "github.com/godbus",
}

// toolkit is what only the window may know.
var toolkit = []string{"fyne.io"}

// layers is the table of allowed imports: cmd → ui → engine → backends, and
// settings and assets beside them. A package is held by every row that names a
// folder at or above it.
var layers = []layer{
	{
		name: "the command line knows no window", folders: []string{"cmd/varve"},
		may: []string{"cmd/varve", "engine", "backends", "settings", "assets", "ui/session"}, never: toolkit, tests: true,
	},
	{
		name: "the session knows no window: the agent has none", folders: windowless,
		may: append(slices.Clone(windowless), "engine", "settings"), never: toolkit,
	},
	{name: "the window application wires all", folders: []string{"cmd/varve-desktop"}},
	{
		name: "pages see the facade, not the stores", folders: []string{"ui"},
		may: []string{"ui", "engine", "settings", "assets"},
	},
	{
		name: "the engine never knows who watches it", folders: []string{"engine"},
		may: []string{"engine", "backends"}, never: append(slices.Clone(toolkit), keyring...),
	},
	{
		name: "a store knows nothing above it", folders: []string{"backends"},
		may: []string{"backends"}, never: append(slices.Clone(toolkit), keyring...), tests: true,
	},
	{
		name: "settings are plain data on disk", folders: []string{"settings"},
		may: []string{"settings"}, never: toolkit, tests: true,
	},
	{
		name: "assets import nothing of ours", folders: []string{"assets"},
		may: []string{"assets"}, tests: true,
	},

	{
		name: "the contract and the pure parts of the engine", folders: pure,
		may: []string{"engine/repository", "engine/timespec", "engine/selection"}, never: outside,
	},
	{
		name: "duplicity's readers and writers are bytes in, values out", folders: duplicityPure,
		may: []string{"engine/repository", "engine/timespec", "engine/retention", "engine/duplicity", "engine/internal/workers"}, never: outside,
	},
	{
		name: "restic's readers and writers are bytes in, values out", folders: resticPure,
		may: []string{"engine/repository", "engine/restic"}, never: outside,
	},
	{
		name: "the formats never meet", folders: []string{"engine/duplicity"},
		may: engineBelow("engine/restic"), tests: true,
	},
	{
		name: "the formats never meet", folders: []string{"engine/restic"},
		may: engineBelow("engine/duplicity"), tests: true,
	},
	{
		name: "the catalog knows no format", folders: []string{"engine/catalog"},
		may: []string{"engine/repository"},
	},
}

// windowless are the parts of ui that the agent has too: what jobs do, and how
// that is said.
var windowless = []string{"ui/session", "ui/destform", "ui/lang", "ui/words", "ui/retell", "ui/places"}

// keyring is the way to secrets: the engine and the stores are handed theirs.
var keyring = []string{"github.com/zalando/go-keyring"}

// pure parts of the engine decide, and touch nothing.
var pure = []string{"engine/repository", "engine/selection", "engine/timespec", "engine/retention", "engine/schedule", "engine/topics"}

// resticPure are the parts of the format that never see a file or a store.
var resticPure = []string{
	"engine/restic/chunker", "engine/restic/crypto", "engine/restic/id", "engine/restic/pack", "engine/restic/tree",
}

// duplicityPure are the parts of the format that never see a file or a store.
var duplicityPure = []string{
	"engine/duplicity/collection", "engine/duplicity/deflate", "engine/duplicity/filename",
	"engine/duplicity/librsync", "engine/duplicity/manifest", "engine/duplicity/pinfile", "engine/duplicity/tarstream",
}

// engineBelow lists what a format may import: everything that is not above it
// and not the other format.
func engineBelow(other string) []string {
	below := []string{
		"backends", "engine/duplicity", "engine/restic", "engine/repository", "engine/restore", "engine/undo",
		"engine/secret", "engine/selection", "engine/source", "engine/timespec", "engine/retention", "engine/reread", "engine/zone", "engine/internal",
	}
	return slices.DeleteFunc(below, func(f string) bool { return f == other })
}

// source is one Go file and what it imports.
type source struct {
	folder, file string
	test         bool
	imports      []string
}

func TestImportsRunOneWay(t *testing.T) {
	for _, s := range sources(t, os.DirFS(".")) {
		for _, l := range layers {
			for _, imported := range s.imports {
				if l.forbids(s, imported) {
					t.Errorf("%s imports %s: %s", s.file, imported, l.name)
				}
			}
		}
	}
}

// The rule for whole programs: Fyne stays where a window is.
func TestOnlyTheWindowKnowsFyne(t *testing.T) {
	window := []string{"ui", "cmd/varve-desktop"}
	for _, s := range sources(t, os.DirFS(".")) {
		for _, imported := range s.imports {
			if within(imported, toolkit) && !within(s.folder, window) {
				t.Errorf("%s imports %s outside %v", s.file, imported, window)
			}
		}
	}
}

// The table must notice what it is there for.
func TestLayersForbid(t *testing.T) {
	tests := []struct {
		name, folder, imported string
		test, want             bool
	}{
		{name: "engine imports the window", folder: "engine", imported: module + "ui", want: true},
		{name: "engine part imports settings", folder: "engine/source", imported: module + "settings", want: true},
		{name: "engine imports the toolkit", folder: "engine/duplicity", imported: "fyne.io/fyne/v2", want: true},
		{name: "engine imports a store", folder: "engine", imported: module + "backends/local"},
		{name: "store imports the engine", folder: "backends/local", imported: module + "engine/repository", want: true},
		{name: "store imports a store", folder: "backends/retry", imported: module + "backends"},
		{name: "settings import the engine", folder: "settings", imported: module + "engine", want: true},
		{name: "page imports a store", folder: "ui/wizard", imported: module + "backends/local", want: true},
		{name: "page imports the facade", folder: "ui/wizard", imported: module + "engine"},
		{name: "page imports a program", folder: "ui", imported: module + "cmd/varve", want: true},
		{name: "command line imports a page", folder: "cmd/varve", imported: module + "ui/widgets", want: true},
		{name: "the agent imports the session", folder: "cmd/varve", imported: module + "ui/session"},
		{name: "the session imports a page", folder: "ui/session", imported: module + "ui/look", want: true},
		{name: "the session imports the toolkit", folder: "ui/session", imported: "fyne.io/fyne/v2", want: true},
		{name: "command line imports the toolkit", folder: "cmd/varve", imported: "fyne.io/fyne/v2/app", want: true},
		{name: "rules open files", folder: "engine/selection", imported: "os", want: true},
		{name: "rules open files in a test", folder: "engine/selection", imported: "os", test: true},
		{name: "manifest dials", folder: "engine/duplicity/manifest", imported: "net/http", want: true},
		{name: "names share a prefix only", folder: "engine/selection", imported: "osext"},
		{name: "format imports the other", folder: "engine/duplicity", imported: module + "engine/restic", want: true},
		{name: "format imports the facade", folder: "engine/duplicity", imported: module + "engine", want: true},
		{name: "format imports its parts", folder: "engine/duplicity", imported: module + "engine/duplicity/manifest"},
		{name: "program imports anything", folder: "cmd/varve-desktop", imported: module + "ui"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := source{folder: tt.folder, test: tt.test}
			got := slices.ContainsFunc(layers, func(l layer) bool { return l.forbids(s, tt.imported) })
			if got != tt.want {
				t.Errorf("%s importing %s: forbidden is %v, want %v", tt.folder, tt.imported, got, tt.want)
			}
		})
	}
}

// forbids tells whether a row speaks against one import of a file.
func (l layer) forbids(s source, imported string) bool {
	if !within(s.folder, l.folders) || s.test && !l.tests {
		return false
	}
	if own, ours := strings.CutPrefix(imported, module); ours {
		return l.may != nil && !within(own, l.may)
	}
	return within(imported, l.never)
}

// within tells whether a slash path is one of, or below one of, some others.
func within(p string, parents []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool {
		return p == parent || strings.HasPrefix(p, parent+"/")
	})
}

// sources parses the import lines of every Go file itself: a test that asked
// the go command about other packages would pass from the test cache after a
// violation.
func sources(t *testing.T, tree fs.FS) []source {
	t.Helper()
	var found []source
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		s, err := parse(name, text)
		found = append(found, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("no Go files found")
	}
	return found
}

func parse(name string, text []byte) (source, error) {
	s := source{folder: path.Dir(name), file: name, test: strings.HasSuffix(name, "_test.go")}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return s, err
	}
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return s, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}
