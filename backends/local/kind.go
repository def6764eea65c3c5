package local

import (
	"context"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Kind describes folders and drives.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "file", Title: "Folder or drive", Schemes: []string{"file"}, Form: "file://[/]folder",
		Note: "A folder of this computer, a drive that is plugged in, or a share that is mounted.",
		Open: func(_ context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
			return Open(a.Path, Options{Create: c.Create})
		},
	}
}
