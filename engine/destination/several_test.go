package destination_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/varve-backup/varve/engine/destination"
)

// What is listed is read again from the address, whatever the folder is called.
func TestSeveralThereAndBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "100% a?b#c ü", "list.json")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	want := []destination.Member{
		{URL: "file:///a", Prefixes: []string{"data/"}},
		{URL: "sftp://h/x?y&z", Description: "far", Env: []destination.Variable{{Name: "A", Value: "b"}}},
	}
	text, err := destination.FormatMembers(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	url := destination.SeveralURL(path, map[string]string{"mode": "mirror", "subpath": "/a&b", "timeout": "3"})
	got, err := destination.Members(url)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	a, err := destination.Parse(url)
	if err != nil || a.Query.Get("mode") != "mirror" || a.Query.Get("subpath") != "/a&b" || len(a.Query) != 2 {
		t.Errorf("%s: got %+v, %v", url, a, err)
	}
}

func TestListsThatCannotBeRead(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`[{"url": ""}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"sftp://h/x", "multi:///nowhere.json", "multi://" + bad, "multi://" + filepath.Dir(bad), "\x00"} {
		if _, err := destination.Members(url); err == nil {
			t.Errorf("%s: it was read", url)
		}
	}
}
