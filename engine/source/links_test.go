package source

import (
	"os"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
)

func TestHardLinksNameTheirFirstMember(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/b/one", "x")
	write(t, root+"/alone", "x")
	must(t, os.Link(root+"/b/one", root+"/a"))
	must(t, os.Link(root+"/b/one", root+"/c"))
	all := collect(t, mustOpen(t, root, Options{}))
	for path, want := range map[string]string{"a": "a", "b/one": "a", "c": "a", "alone": ""} {
		if got := find(t, all, path).HardLink; got != want {
			t.Errorf("%s: got group %q, want %q", path, got, want)
		}
	}
}

func TestLinkGroupsForgetWhatIsComplete(t *testing.T) {
	g := linkGroups{}
	e := &repository.Entry{Path: "a", Links: 2}
	g.first(e)
	g.first(&repository.Entry{Path: "b", Links: 2})
	if len(g) != 0 {
		t.Errorf("got %d groups kept, want 0", len(g))
	}
}

func TestFollowLinks(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside+"/folder/file", "through")
	must(t, os.Symlink(outside+"/folder", root+"/folder"))
	must(t, os.Symlink(outside+"/folder/file", root+"/file"))
	must(t, os.Symlink("nowhere", root+"/dangling"))
	must(t, os.Symlink(".", root+"/loop"))
	var r report
	o := r.options()
	o.FollowLinks = true
	tree := mustOpen(t, root, o)
	all := collect(t, tree)
	want := []string{"", "dangling", "file", "folder", "folder/file", "loop"}
	if got := paths(all); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if find(t, all, "dangling").Type != repository.Symlink || find(t, all, "loop").Type != repository.Symlink {
		t.Errorf("dangling and circular links must stay links")
	}
	if r.problems["loop"] != repository.NotStorable || len(r.problems) != 1 {
		t.Errorf("got problems %v, want the loop alone", r.problems)
	}
	for _, path := range []string{"file", "folder/file"} {
		if got := read(t, tree, find(t, all, path)); got != "through" {
			t.Errorf("%s: got %q", path, got)
		}
	}
}
