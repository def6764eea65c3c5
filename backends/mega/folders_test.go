package mega_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// An account is looked through from its top, or from a folder that is not
// there yet; in it folders are made.
func TestExplore(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	put(t, open(t, account+"backup/laptop", known(t, s)), "x", "x")
	c := known(t, s)
	c.Create, c.Explore = false, true
	top := open(t, account, c)
	defer top.Close()
	f := top.(backends.Foldered)
	if err := f.MakeFolder(t.Context(), "varve made/below"); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string][]string{"": {"backup", "varve made"}, "backup": {"laptop"}, "varve made": {"below"}, "varve made/below": nil} {
		var got []string
		for item, err := range f.Inside(t.Context(), folder) {
			if err != nil || !item.Folder {
				t.Fatalf("in %q: %+v, %v", folder, item, err)
			}
			got = append(got, item.Name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("in %q there are %q, want %q", folder, got, want)
		}
	}
	missing := open(t, account+"not/there", c)
	defer missing.Close()
	for item, err := range missing.(backends.Foldered).Inside(t.Context(), "") {
		if !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("in a folder that is not there: %+v, %v", item, err)
		}
	}
}
