// Package duplicity reads and writes archives in duplicity's format
// (formats/duplicity.md): encrypted tar volumes with librsync deltas. Start
// with Open; then Backup writes a version, Status and Versions tell what there
// is, Tree browses a version, and Restore and Verify read it back.
//
// An archive that real duplicity wrote is read and continued, and the other
// way round. What the format cannot say travels in PAX records that duplicity
// passes over. Stopping a run at any moment leaves every older version as it
// was, and the next run goes on from the last volume that was stored.
package duplicity

import (
	"os"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/repository"
)

// Config says where an archive is and how it is read and written.
type Config struct {
	Store backends.Store
	// CacheDir is the archive directory in duplicity's layout: unencrypted
	// copies of signatures and manifests. It is made when needed, and may be
	// deleted between runs.
	CacheDir string
	// TempDir holds volumes while they are built or read; empty means the
	// system's.
	TempDir string
	Naming  filename.Naming
	Codec   *Codec
	// Host is this machine's name in manifests.
	Host  string
	Now   func() time.Time
	Watch repository.Observer
}

// Archive is one duplicity archive: the files below one URL.
type Archive struct {
	store    backends.Store
	cacheDir string
	tempDir  string
	naming   filename.Naming
	codec    *Codec
	host     string
	now      func() time.Time
	watch    repository.Observer
	reasons  bool // of pins are wanted
}

// Open makes an Archive of c. It touches neither destination nor disk.
func Open(c Config) *Archive {
	temp := c.TempDir
	if temp == "" {
		temp = os.TempDir()
	}
	return &Archive{
		store: c.Store, cacheDir: c.CacheDir, tempDir: temp, naming: c.Naming, codec: c.Codec,
		host: c.Host, now: c.Now, watch: c.Watch,
	}
}
