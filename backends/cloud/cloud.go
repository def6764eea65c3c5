// Package cloud stores objects with the services on the network that speak a
// protocol of their own: S3 and its like, the providers of cloud folders, and the
// WebDAV servers that want more than the standard. All of them are reached
// through rclone, used as a library; this package is the only one that knows it.
//
// Start with Kinds. A service is one small file that says what its addresses
// and options mean to the library (s3.go is the fullest); remote.go opens one,
// and put.go, get.go and list.go do what the library leaves to its callers:
// exact lengths, nothing half visible, reads that end where they should.
package cloud

import (
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/cloud/internal/noconfig"
)

// lifted: by now the library has been initialised.
var _ = noconfig.Lift()

// services lists what there is, in the order in which a person should meet
// them.
func services() []*service {
	return []*service{
		s3(), b2(), azure(), gs(), swift(), dpbx(), onedrive(), drive(), box(), pcloud(), jottacloud(), koofr(), smb(), configured(),
	}
}

// described is the result of Kinds: the tables of the library are long.
var described = sync.OnceValue(func() []backends.Kind {
	var all []backends.Kind
	for _, s := range services() {
		all = append(all, s.describe())
	}
	return append(all, webdavKind())
})

// Kinds lists the kinds of destinations that this package opens. The result is
// shared, and must not be changed.
func Kinds() []backends.Kind { return described() }
