package tree

import (
	"testing"

	"github.com/varve-backup/varve/engine/repository"
)

func TestMode(t *testing.T) {
	for _, c := range []struct {
		name string
		of   repository.Type
		perm uint32
		want uint32
	}{
		{"file", repository.File, 0o644, 420},
		{"directory", repository.Dir, 0o755, 2147484141},
		{"symlink", repository.Symlink, 0o777, 134218239},
		{"setuid directory", repository.Dir, 0o4755, 2155872749},
		{"fifo", repository.FIFO, 0o644, 33554852},
		{"block device", repository.BlockDevice, 0o644, 67109284},
		{"character device", repository.CharDevice, 0o644, 69206436},
		{"all bits", repository.File, 0o7777, 1<<23 | 1<<22 | 1<<20 | 0o777},
		{"bits of stat that are no permissions", repository.File, 0o100644, 420},
	} {
		got := Mode(c.of, c.perm)
		if got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
		if perm := Perm(got); perm != c.perm&0o7777 {
			t.Errorf("%s: got %o back", c.name, perm)
		}
		if back := TypeOf(c.of).Entry(); back != c.of || !TypeOf(c.of).Known() {
			t.Errorf("%s: got %v back", c.name, back)
		}
	}
	if TypeOf(0) != "" || Socket.Entry() != 0 || Type("irregular").Entry() != 0 {
		t.Error("what cannot be restored has a type")
	}
}
