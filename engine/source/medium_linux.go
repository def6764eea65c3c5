package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// networkTypes are the numbers of file systems that lie on other machines.
// FUSE may be anything; most of it is of the network.
var networkTypes = []int64{ //nolint:gochecknoglobals // a list of constants
	unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
	unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.NCP_SUPER_MAGIC, unix.V9FS_MAGIC,
}

func isNetwork(fs *unix.Statfs_t) bool { return slices.Contains(networkTypes, int64(fs.Type)) }

// isRotational asks the kernel about the disk of a device; a partition has no
// answer of its own, and its disk lies above it.
func isRotational(device uint64) bool {
	return rotationalIn("/sys", device)
}

func rotationalIn(sys string, device uint64) bool {
	dir, err := filepath.EvalSymlinks(filepath.Join(sys, "dev/block", fmt.Sprintf("%d:%d", unix.Major(device), unix.Minor(device))))
	if err != nil {
		return false
	}
	for _, at := range []string{dir, filepath.Dir(dir)} {
		if b, err := os.ReadFile(filepath.Join(at, "queue/rotational")); err == nil {
			return strings.TrimSpace(string(b)) == "1"
		}
	}
	return false
}
