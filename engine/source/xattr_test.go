package source

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

func TestExtendedAttributes(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "x")
	value := strings.Repeat("v", 3000)
	err := unix.Setxattr(root+"/file", "user.b", []byte(value), 0)
	unsupported := errors.Is(err, unix.ENOTSUP)
	if !unsupported {
		must(t, err)
		must(t, unix.Setxattr(root+"/file", "user.a", nil, 0))
	}
	e := find(t, collect(t, mustOpen(t, root, Options{})), "file")
	if unsupported {
		if len(e.Xattrs) > 0 {
			t.Errorf("got %v on a file system without attributes", e.Xattrs)
		}
		return
	}
	checkAttributes(t, e, value)
	// The same on kernels that list attributes by path only.
	w := newWalker(mustOpen(t, root, Options{}))
	defer w.closeAll()
	w.attributes.byPath = true
	var older *repository.Entry
	w.run(t.Context(), func(e *repository.Entry, err error) bool {
		must(t, err)
		older = e // the file comes last
		return true
	})
	checkAttributes(t, older, value)
	// The same without /proc, as in a bare chroot.
	tree := mustOpen(t, root, Options{})
	tree.descriptors = false
	checkAttributes(t, find(t, collect(t, tree), "file"), value)
	tree = mustOpen(t, root+"/file", Options{})
	tree.descriptors = false
	checkAttributes(t, collect(t, tree)[0], value)
	if !slices.IsSortedFunc(e.Xattrs, func(a, b repository.Xattr) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Errorf("attributes are not sorted: %v", e.Xattrs)
	}
}

func checkAttributes(t *testing.T, e *repository.Entry, value string) {
	t.Helper()
	var got []string
	for _, x := range e.Xattrs {
		if strings.HasPrefix(x.Name, "user.") {
			got = append(got, x.Name+"="+string(x.Value))
		}
	}
	if want := []string{"user.a=", "user.b=" + value}; !e.HasXattrs || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
