package duplicityargs

import "testing"

// What undo is told arrives.
func TestUndo(t *testing.T) {
	for _, row := range []struct {
		line []string
		want Action
		undo Undoing
	}{
		{[]string{"undo"}, Undo, Undoing{}},
		{[]string{"undo", "--json"}, Undo, Undoing{}},
		{[]string{"undo", "latest", "--dry-run"}, Undo, Undoing{UndoID: "latest"}},
		{[]string{"undo", "20261121-12"}, Undo, Undoing{UndoID: "20261121-12"}},
		{[]string{"restore", "--force", "--no-undo", "file:///r", "/f"}, Restore, Undoing{NoUndo: true}},
		{[]string{"file:///r", "/f", "--no-undo"}, Restore, Undoing{NoUndo: true}},
		{line: []string{"undo", "a", "b"}},
		{line: []string{"undo", "file:///r"}},
		{line: []string{"undo", ""}},
		{line: []string{"undo", "--dry-run"}},
		{line: []string{"undo", "--no-undo"}},
		{line: []string{"verify", "--no-undo", "file:///r", "/f"}},
	} {
		got, err := parse(row.line...)
		switch {
		case row.want == "" && err == nil:
			t.Errorf("%q is taken", row.line)
		case row.want == "":
		case err != nil:
			t.Errorf("%q: %v", row.line, err)
		case got.Action != row.want || got.Undoing != row.undo:
			t.Errorf("%q: got %s %+v", row.line, got.Action, got.Undoing)
		}
	}
}
