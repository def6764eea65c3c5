package restic

import (
	"path/filepath"
	"testing"
)

// A file of short chunks is cut as it is read: what is read ahead stays
// bounded.
func TestManyShortChunks(t *testing.T) {
	src := filepath.Join(t.TempDir(), "src")
	write(t, filepath.Join(src, "zeros"), string(make([]byte, 30<<20)))
	r := create(t, filepath.Join(t.TempDir(), "repo"))
	s := backupOf(t, r, src).Snapshot
	target := filepath.Join(t.TempDir(), "target")
	restoreTo(t, r, &s, target)
	same(t, src, target)
}
