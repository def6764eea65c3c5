package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/ui/session"
)

// readingScenes are a page and a question that wait for the disk.
var readingScenes = []scene{
	{"settings-reading", waitingForDisk, (*stage).readSettings},
	{"checking-found-reading", waitingForDisk, (*stage).readFindings},
}

// waitingForDisk is a session whose disk does not answer.
func waitingForDisk() *fake {
	return &fake{jobs: []session.JobState{damaged()}, events: findings(), disk: make(chan struct{})}
}

// readSettings opens the settings, and waits until it takes long.
func (s *stage) readSettings() {
	s.u.Show(Settings)
	s.q.until(s.t, "a word about waiting", func() bool { return s.says("One moment") })
}

// readFindings asks what was found, and waits until it takes long.
func (s *stage) readFindings() {
	s.tap("What was found")
	s.q.until(s.t, "a word about waiting", func() bool { return s.says("One moment") })
}

// A page whose disk is slow says so, and comes when that answers.
func TestSlowPageIsTold(t *testing.T) {
	f := waitingForDisk()
	s := newStage(t, "light", f)
	began := time.Now()
	s.u.Show(Settings)
	if !s.says("Something that is stored is damaged.") {
		t.Error("the page before goes at once")
	}
	s.q.until(t, "a word about waiting", func() bool { return s.says("One moment") })
	if took := time.Since(began); took < glance {
		t.Errorf("it says after %v that it takes long", took)
	}
	close(f.disk)
	s.q.until(t, "the settings", func() bool { return s.says("Appearance") })
	if s.settle(); s.says("One moment") {
		t.Error("it still says that it takes long")
	}
}

// Who goes elsewhere meanwhile stays there.
func TestSlowPageComesNoMore(t *testing.T) {
	f := waitingForDisk()
	s := newStage(t, "light", f)
	s.readSettings()
	s.u.Show(Overview)
	close(f.disk)
	if s.settle(); !s.says("Something that is stored is damaged.") || s.says("Appearance") {
		t.Error("the settings come though nobody wants them any more")
	}
}

// A question whose disk is slow can be taken back, and then does not come.
func TestSlowQuestionIsTakenBack(t *testing.T) {
	f := waitingForDisk()
	s := newStage(t, "light", f)
	s.readFindings()
	s.tap("Cancel")
	if len(s.u.modals) != 0 {
		t.Fatal("it stays open")
	}
	close(f.disk)
	if s.settle(); len(s.u.modals) != 0 {
		t.Error("the question comes though it was taken back")
	}
	s.tap("What was found")
	if !s.says("Close") || s.says("One moment") {
		t.Error("the question does not come when it is asked again")
	}
	f.disk = make(chan struct{})
	s.tap("Close")
	s.readFindings()
	if s.u.Show(Activity); len(s.u.modals) != 0 {
		t.Error("another page comes below a question that waits")
	}
}

// fromMemory are the questions to a session that a session.Board answers without
// the disk.
var fromMemory = []string{"Jobs", "PausedUntil", "Preference", "Speed", "Processor"}

// The main loop never waits for the disk: what is asked of the session with the
// context of the window is asked on the main loop, while what is done beside it
// has a context of its own.
func TestMainLoopAsksOnlyMemory(t *testing.T) {
	asked := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for n := range ast.Preorder(file) {
			if what, reads := readsLists(n); reads && !slices.Contains(listReaders, filepath.ToSlash(path)+" "+what) {
				t.Errorf("%s: %s reads the list of several destinations", files.Position(n.Pos()), what)
			}
			question, ok := askedOnMainLoop(n)
			if !ok {
				continue
			}
			asked[question] = true
			if !slices.Contains(fromMemory, question) {
				t.Errorf("%s: %s is asked on the main loop, which may wait for the disk", files.Position(n.Pos()), question)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, question := range fromMemory {
		if !asked[question] {
			t.Errorf("nobody asks %s on the main loop any more", question)
		}
	}
}

// listReaders read the list of several destinations, each beside the main loop: a
// session does, what a session calls, and what a page does in its Work.
var listReaders = []string{
	"places/places.go destination.Members", "memberlist.go destination.Members", "session/copy.go destination.Members", "session/export.go destination.Members",
	"session/forget.go destination.Members", "session/schedule.go destination.Members", "session/copy.go places.Learn", "session/several.go places.Learn", "session/state.go places.Learn",
}

// readsLists is what a node calls that reads the list of several destinations.
func readsLists(n ast.Node) (what string, is bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		if in, ok := f.X.(*ast.Ident); ok {
			what = in.Name + "." + f.Sel.Name
		}
	}
	return what, what == "destination.Members" || what == "places.Learn"
}

// askedOnMainLoop is what a node asks of a session with the context of the window.
func askedOnMainLoop(n ast.Node) (question string, is bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || selected(call.Args[0]) != "Context" {
		return "", false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Session", "Backend"}, selected(method.X)) {
		return "", false
	}
	return method.Sel.Name, true
}

// selected is the last name of an expression such as u.Context, "" of another.
func selected(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}
