package restic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"

	"github.com/varve-backup/varve/backends"
)

// CopyFile writes a stored file to out. It reports false for one that is not
// there, or whose content is not that of its name. The config has a name of its
// own, and is never proved.
func (r *Repository) CopyFile(ctx context.Context, name string, out io.Writer) (whole bool, err error) {
	src, err := r.store.Get(ctx, name, 0, -1)
	if errors.Is(err, backends.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), src)
	if err := errors.Join(err, src.Close()); err != nil {
		return false, err
	}
	return hex.EncodeToString(sum.Sum(nil)) == path.Base(name), nil
}

// File is the stored file that a finding is about, as a store names it, "" for
// none.
func (f *Finding) File() string {
	switch f.Kind {
	case PackMissing, PackSize, PackDamaged, PackOrphan, PackSplit:
		return nameOf(packFile, f.Pack)
	case TreeDamaged:
		if !f.Pack.IsZero() {
			return nameOf(packFile, f.Pack)
		}
	case IndexDamaged:
		return nameOf(indexFile, f.Index)
	case SnapshotDamaged:
		return nameOf(snapshotFile, f.Snapshot)
	case KeyDamaged:
		return nameOf(keyFile, f.Key)
	case ConfigDamaged, BlobMissing, NodeDamaged:
	}
	return ""
}
