package mega

import (
	"reflect"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// Two folders of one name are one to look into, and what could not be reached
// by its name is not told.
func TestChildren(t *testing.T) {
	all := newTree()
	all.top = "top"
	for _, n := range []*node{
		{handle: "a", parent: "top", name: "twin"},
		{handle: "b", parent: "top", name: "twin"},
		{handle: "c", parent: "top", name: "with/slash"},
		{handle: "d", parent: "top", name: ".."},
		{handle: "e", parent: "a", name: "x", file: true},
		{handle: "f", parent: "b", name: "x", file: true},
	} {
		all.put(n)
	}
	for _, row := range []struct {
		at   []string
		want []backends.Item
	}{
		{nil, []backends.Item{{Name: "twin", Folder: true}}},
		{[]string{"twin"}, []backends.Item{{Name: "x"}}},
	} {
		if got := all.children(all.folders(row.at)); !reflect.DeepEqual(got, row.want) {
			t.Errorf("in %q there are %+v, want %+v", row.at, got, row.want)
		}
	}
}
