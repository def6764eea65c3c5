package cloud_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// explored looks through a service from its top, where folder is one that is
// there. Others come to be there as making says, and so does what is made.
func explored(t *testing.T, address string, c backends.Config, folder string, making backends.Making) {
	t.Helper()
	c.Explore = true
	store := mustOpen(t, address, c)
	defer store.Close()
	f, _ := backends.As[backends.Foldered](store)
	in := func(folder string) (names []string) {
		for item, err := range f.Inside(t.Context(), folder) {
			if err != nil {
				t.Fatalf("in %q: %v", folder, err)
			}
			if item.Folder {
				names = append(names, item.Name)
			}
		}
		return names
	}
	if got := in(""); !slices.Contains(got, folder) {
		t.Errorf("at the top there are %q, without %s", got, folder)
	}
	if got := backends.MakingIn(f, ""); got != making {
		t.Errorf("at the top folders are made in way %d, want %d", got, making)
	}
	err := f.MakeFolder(t.Context(), "varve-made")
	if making == backends.MadeElsewhere {
		if !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("making one at the top: %v", err)
		}
		if err := f.MakeFolder(t.Context(), folder+"/explored/one"); err != nil || !slices.Contains(in(folder+"/explored"), "one") {
			t.Errorf("one that is made in %s is not there: %v", folder, err)
		}
		return
	}
	if err != nil || !slices.Contains(in(""), "varve-made") || len(in("varve-made")) > 0 {
		t.Errorf("one that is made at the top is not there: %v", err)
	}
	if err := f.MakeFolder(t.Context(), "No Bucket!"); !errors.Is(err, backends.ErrInvalidName) {
		t.Errorf("a name that cannot be: %v", err)
	}
	if err := f.MakeFolder(t.Context(), "varve-made/below"); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("an empty folder below: %v", err)
	}
}
