package cloud_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// look is one through a service, from its top.
type look struct {
	t *testing.T
	f backends.Foldered
}

// exploring looks through a service whose address names no folder. One is
// there, and others come to be there as making says.
func exploring(t *testing.T, address string, c backends.Config, folder string, making backends.Making) look {
	t.Helper()
	c.Create, c.Explore = false, true
	store := mustOpen(t, address, c)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	f, _ := backends.As[backends.Foldered](store)
	l := look{t, f}
	if got := l.in(""); !slices.Contains(got, folder) {
		t.Errorf("at the top there are %q, without %s", got, folder)
	}
	if got := backends.MakingIn(f, ""); got != making {
		t.Errorf("at the top folders are made in way %d, want %d", got, making)
	}
	return l
}

// in names the folders in one.
func (l look) in(folder string) (names []string) {
	l.t.Helper()
	for item, err := range l.f.Inside(l.t.Context(), folder) {
		if err != nil {
			l.t.Fatalf("in %q: %v", folder, err)
		}
		if item.Folder {
			names = append(names, item.Name)
		}
	}
	return names
}

// makes makes a folder, and finds it in the one above.
func (l look) makes(above, name string) {
	l.t.Helper()
	folder := name
	if above != "" {
		folder = above + "/" + name
	}
	if err := l.f.MakeFolder(l.t.Context(), folder); err != nil || !slices.Contains(l.in(above), name) || len(l.in(folder)) > 0 {
		l.t.Errorf("%s, which was made, is not there: %v", folder, err)
	}
}

// exploredShares looks through a server whose shares only it makes.
func exploredShares(t *testing.T, address string, c backends.Config, share string) {
	t.Helper()
	l := exploring(t, address, c, share, backends.MadeElsewhere)
	if err := l.f.MakeFolder(t.Context(), "varve-made"); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("making one at the top: %v", err)
	}
	l.makes(share+"/explored", "one")
}

// exploredBuckets looks through a service with buckets or containers, which can
// be made; in them is no empty folder.
func exploredBuckets(t *testing.T, address string, c backends.Config, bucket string) {
	t.Helper()
	l := exploring(t, address, c, bucket, backends.MadeEmpty)
	l.makes("", "varve-made")
	if err := l.f.MakeFolder(t.Context(), "varve-made/below"); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("an empty folder below: %v", err)
	}
}

// badBucket is a name that no bucket can have.
func badBucket(t *testing.T, address string, c backends.Config, bucket string) {
	t.Helper()
	l := exploring(t, address, c, bucket, backends.MadeEmpty)
	if err := l.f.MakeFolder(t.Context(), "No Bucket!"); !errors.Is(err, backends.ErrInvalidName) {
		t.Errorf("a name that cannot be: %v", err)
	}
}

// exploredFolders looks through an account whose folders are as those of a
// disk.
func exploredFolders(t *testing.T, address string, c backends.Config) {
	t.Helper()
	l := exploring(t, address, c, "backup", backends.MadeEmpty)
	l.makes("", "varve-made")
	l.makes("varve-made", "below it")
}
