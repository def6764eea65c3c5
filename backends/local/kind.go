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
		Options: []backends.Option{{
			Name: anyDrive, Type: backends.Switch, Title: "Drives take turns", Default: "false", Advanced: true,
			Help: "Any drive that is mounted there will do. Otherwise a drive is known again, and no other is taken for it, nor the empty folder that is left without it.",
		}},
		Open: func(_ context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
			o := Options{Create: c.Create, State: c.State, Trial: c.Trial}
			if c.Options[anyDrive] == "true" {
				o.State = ""
			}
			return Open(a.Path, o)
		},
	}
}

// anyDrive is the option for drives that are mounted at one place, one after
// the other.
const anyDrive = "any-drive"
