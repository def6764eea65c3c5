package lang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// key is a text that the code says.
type key struct {
	at      string
	plural  bool
	one     string
	defined bool
}

// places is what says something to a person in a window.
var places = []string{"..", "../../cmd/varve-desktop"}

// keysOfTheCode finds every text that is handed to lang.
func keysOfTheCode(t *testing.T) map[string]key {
	t.Helper()
	keys := map[string]key{"decimal mark .": {at: "time.go", defined: true}}
	for _, name := range namesOfTimes() {
		keys[name] = key{at: "time.go", defined: true}
	}
	keysOfTheTables(keys)
	for _, root := range places {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return keysOfFile(t, path, keys)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func keysOfFile(t *testing.T, path string, keys map[string]key) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		at := set.Position(call.Pos()).String()
		switch nameOf(call) {
		case "T", "Mark":
			if text, ok := literal(call.Args[0]); ok {
				keys[text] = key{at: at}
			} else if len(call.Args) > 1 {
				t.Errorf("%s: a text that takes arguments must stand where it is said, or be a key of its own", at)
			}
		case "Time":
			if text, ok := literal(call.Args[1]); ok {
				keys[text] = key{at: at}
			}
		case "N":
			one, ok1 := literal(call.Args[1])
			other, ok2 := literal(call.Args[2])
			if !ok1 || !ok2 {
				t.Errorf("%s: both forms of a text about numbers must stand where it is said", at)
				return true
			}
			keys[other] = key{at: at, plural: true, one: one}
		}
		return true
	})
	return nil
}

// nameOf is the name of the function of package lang that is called, or "".
func nameOf(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "lang" {
		return ""
	}
	return sel.Sel.Name
}

// literal is a text that stands in the code, whole or in lines joined by +.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok := literal(e.X)
		b, also := literal(e.Y)
		return a + b, ok && also && e.Op == token.ADD
	}
	return "", false
}

// namesOfTimes are the texts that lang.Time says by itself.
func namesOfTimes() []string {
	var all []string
	for d := range 7 {
		day := time.Date(2026, 11, 1+d, 0, 0, 0, 0, time.UTC)
		all = append(all, day.Format("Monday"), day.Format("Mon"))
	}
	for m := time.January; m <= time.December; m++ {
		month := time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC)
		all = append(all, month.Format("January"), month.Format("Jan"))
	}
	return all
}
