package restore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// A large file is written under a name that the next run finds again, should
// this one be killed: what was written of it need not be fetched again. That a
// run is still at it, it says by a lock on the file.

// partNames are those of a file that is being written, and of what an earlier
// run left of it.
type partNames struct{ part, old string }

func partNamesOf(name string) partNames {
	sum := sha256.Sum256([]byte(name))
	part := tempPrefix + hex.EncodeToString(sum[:16])
	return partNames{part + ".part", part + ".old"}
}

// createPart makes the file that a large one is written to. What a run left
// that was killed is put aside until the file is complete.
func (w *Writer) createPart(at *spot, e *repository.Entry) (*output, error) {
	names := partNamesOf(at.name)
	keepLarger(at.folder.fd, names)
	out, err := w.createNamed(at, e, names.part, 0o600)
	if err == nil && unix.Flock(out.fd, unix.LOCK_EX|unix.LOCK_NB) == nil {
		out.old = names.old
		return out, nil
	}
	if err == nil {
		out.abandon() // a file system without locks, or somebody was faster
	} else if !errors.Is(err, unix.EEXIST) {
		return nil, err
	}
	return w.createNamed(at, e, w.tempName(), 0o600)
}

// keepLarger makes one of what two runs left. What is still being written stays.
func keepLarger(dir int, names partNames) {
	fd, err := fsat.Open(dir, names.part, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var part, old unix.Stat_t
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil || unix.Fstat(fd, &part) != nil {
		return
	}
	if unix.Fstatat(dir, names.old, &old, unix.AT_SYMLINK_NOFOLLOW) == nil && old.Blocks > part.Blocks {
		_ = unix.Unlinkat(dir, names.part, 0) // if it stays, another name is taken
		return
	}
	_ = unix.Renameat(dir, names.part, dir, names.old)
}

// openPart opens the larger of what earlier runs left of a file.
func (b *below) openPart(path string) (int, error) {
	folder, name := split(path)
	if folder != "" {
		folder += "/"
	}
	names := partNamesOf(name)
	best, size := -1, int64(-1)
	for _, name := range []string{names.part, names.old} {
		fd, err := b.open(folder + name)
		if err != nil {
			continue
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil || st.Blocks <= size {
			unix.Close(fd)
			continue
		}
		if best >= 0 {
			unix.Close(best)
		}
		best, size = fd, st.Blocks
	}
	if best < 0 {
		return -1, unix.ENOENT
	}
	return best, nil
}
