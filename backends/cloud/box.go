package cloud

import (
	"cmp"
	"context"

	_ "github.com/rclone/rclone/backend/box" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// box is Box.
func box() *service {
	return &service{
		kind: backends.Kind{
			Name: "box", Title: "Box", Schemes: []string{"box"}, Form: "box://[/]folder[?config=file]",
			Note: "One logs in with a browser, once, or with the file of an application that Box made for a company.",
			Options: browserOptions(
				backends.Option{Name: "box-config-file", Title: "Application file", Help: "The JSON file of an application with a key of its own.", Env: "BOX_CONFIG_PATH"},
				backends.Option{Name: "root-folder-id", Title: "Id of the topmost folder", Help: "The folder that addresses begin at, instead of all files."},
			),
		},
		library: "box", hidden: []string{"config_credentials", "access_token", "box_sub_type", "owned_by"}, browser: true,
		traits: backends.Traits{Connections: 3}, locate: locateBox,
	}
}

func locateBox(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	p := &place{root: cleanPath(a.Path), values: map[string]string{}, accounts: accountsOf("box", a)}
	if file := cmp.Or(a.Query.Get("config"), c.Options["box-config-file"], c.Env("BOX_CONFIG_PATH")); file != "" {
		p.keyless = true
		p.values["box_config_file"], p.values["box_sub_type"] = file, "enterprise"
		return p, checkFile(file)
	}
	return p, nil
}
