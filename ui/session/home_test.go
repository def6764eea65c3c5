package session

import "testing"

// A folder in a home maps to the one of the same place in the home here, and
// nothing else does.
func TestMoveHome(t *testing.T) {
	for _, row := range []struct{ folder, user, home, here string }{
		{"/home/anna", "anna", "/home/anna", "/home/me"},
		{"/home/anna/Documents/2024", "anna", "/home/anna", "/home/me/Documents/2024"},
		{"/Users/anna/Desktop", "anna", "/Users/anna", "/home/me/Desktop"},
		{"/home/me/Music", "me", "/home/me", "/home/me/Music"},
		{"/home", "", "", ""},
		{"/home/", "", "", ""},
		{"/", "", "", ""},
		{"", "", "", ""},
		{"/srv/home/anna", "", "", ""},
		{"/home/anna/../../etc", "", "", ""},
		{"/home/../etc", "", "", ""},
		{"/home/anna/", "", "", ""},
	} {
		m, ok := MoveHome(row.folder, "/home/me")
		if ok != (row.here != "") || m.User != row.user || m.Home != row.home || m.Folder != row.here {
			t.Errorf("%q: got %+v, %v, want %q", row.folder, m, ok, row.here)
		}
	}
	if m, ok := MoveHome("/home/anna", ""); ok {
		t.Errorf("without a home: got %+v", m)
	}
}
