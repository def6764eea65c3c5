package restore

import (
	"bytes"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// family is how problems name an extended attribute.
func family(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first + " attributes"
}

// differing are the extended attributes that an item needs to be given, and
// those that it has and should not have.
func (i *openItem) differing(e *repository.Entry) (set []repository.Xattr, remove []string) {
	if !i.there || i.fd < 0 {
		return e.Xattrs, nil // of an item that is not open they are not looked at
	}
	for _, x := range e.Xattrs {
		value := make([]byte, len(x.Value)+1)
		if n, err := unix.Fgetxattr(i.fd, x.Name, value); err != nil || !bytes.Equal(value[:n], x.Value) {
			set = append(set, x)
		}
	}
	if !e.HasXattrs {
		return set, nil
	}
	for _, name := range fsat.Attributes(i.fd) {
		wanted := slices.ContainsFunc(e.Xattrs, func(x repository.Xattr) bool { return x.Name == name })
		if !wanted && !fsat.IsLabel(name) {
			remove = append(remove, name)
		}
	}
	return set, remove
}

// setAttribute sets one extended attribute: of links, pipes and devices, which
// are not open, by the way that descriptors have as paths.
func (i *openItem) setAttribute(x repository.Xattr) error {
	if i.fd < 0 {
		return fsat.SetAttribute(i.dir, i.name, x)
	}
	return unix.Fsetxattr(i.fd, x.Name, x.Value, 0)
}
