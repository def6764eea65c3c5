package cloud

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	_ "github.com/rclone/rclone/backend/box" // the protocol
	boxapi "github.com/rclone/rclone/backend/box/api"
	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config/configmap"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// box is Box.
func box() *service {
	return &service{
		kind: backends.Kind{
			Name: "box", Title: "Box", Schemes: []string{"box"}, Form: "box://[/]folder[?config=file]",
			Foldered: true, Note: "One logs in with a browser, once, or with the file of an application that Box made for a company.",
			Options: browserOptions(
				backends.Option{Name: "box-config-file", Title: "Application file", Help: "The JSON file of an application with a key of its own.", Env: "BOX_CONFIG_PATH"},
				backends.Option{Name: "root-folder-id", Title: "Id of the topmost folder", Help: "The folder that addresses begin at, instead of all files."},
			),
		},
		library: "box", hidden: []string{"config_credentials", "access_token", "box_sub_type", "owned_by"}, browser: true,
		traits: backends.Traits{Connections: 3}, locate: locateBox, complete: completeBox,
	}
}

func locateBox(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	p := &place{root: cleanPath(a.Path), values: map[string]string{}, accounts: accountsOf("box", a)}
	if file := cmp.Or(a.Query.Get("config"), c.Options["box-config-file"], c.Env("BOX_CONFIG_PATH")); file != "" {
		// The login of a person is not the application's.
		p.keyless, p.accounts = true, []string{Account("box") + "?config=" + file}
		p.values["box_config_file"], p.values["box_sub_type"] = file, "enterprise"
		return p, checkFile(file)
	}
	return p, nil
}

// completeBox gets a token for an application: the library gets only further
// ones by itself. It is not kept, since the next is to be had as easily.
func completeBox(ctx context.Context, m *mapper) error {
	file, _ := m.Get("box_config_file")
	if file == "" {
		return nil
	}
	// Without settings the library would end the process.
	var settings *boxapi.ConfigJSON
	if err := readJSON(file, &settings); err != nil {
		return err
	}
	if settings == nil || settings.BoxAppSettings.AppAuth.PrivateKey == "" {
		return fmt.Errorf("%w: %s holds no key of an application", backends.ErrConfig, file)
	}
	info, err := fs.Find("box")
	if err != nil {
		return err
	}
	m.keep = nil
	err = answerAll(ctx, info, m, configmap.Simple{})
	if err != nil && strings.Contains(err.Error(), "failed making auth request: 4") {
		return fmt.Errorf("%w: Box does not know the application: %w", backends.ErrAuth, err)
	}
	return err
}
