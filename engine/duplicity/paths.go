package duplicity

import (
	"path/filepath"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// The names of a run's own files in the archive directory. None begins as
// duplicity's do, so that it passes over them.
const (
	listName     = "varve-run.list"
	asideName    = "varve-run.signatures"
	finalPrefix  = "varve-final-"
	arrivePrefix = "varve-sync-"
)

// localName is the name of a signature archive or manifest in the archive
// directory: signatures always gzipped, manifests always plain
// (formats/duplicity.md section 11).
func (a *Archive) localName(n filename.Name) string {
	n.Encrypted, n.Partial = false, false
	n.Compressed = n.Kind != filename.Manifest
	return a.naming.Format(n)
}

// partName is the name of an unfinished one.
func (a *Archive) partName(n filename.Name) string {
	n.Encrypted, n.Compressed, n.Partial = false, false, true
	return a.naming.Format(n)
}

// cached is the path of a file in the archive directory.
func (a *Archive) cached(name string) string { return filepath.Join(a.cacheDir, name) }

// signatureName and manifestName are the names beside a volume's.
func signatureName(set filename.Name) filename.Name {
	set.Kind, set.Volume = filename.Signature, 0
	return set
}

func manifestName(set filename.Name) filename.Name {
	set.Kind, set.Volume = filename.Manifest, 0
	return set
}
