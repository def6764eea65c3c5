package cloud

import (
	"cmp"
	"context"
	"fmt"

	_ "github.com/rclone/rclone/backend/jottacloud" // a protocol
	_ "github.com/rclone/rclone/backend/koofr"      // a protocol
	_ "github.com/rclone/rclone/backend/pcloud"     // a protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// jottacloud is Jottacloud, and the services that are made of it.
func jottacloud() *service {
	return &service{
		kind: backends.Kind{
			Name: "jottacloud", Title: "Jottacloud", Schemes: []string{"jottacloud"}, Form: "jottacloud://[/]folder",
			Foldered: true, Note: "One logs in with a token from the account's page, once; the services of telephone companies that are made of it, with a browser.",
			Options: browserOptions(backends.Option{
				Name: "hard-delete", Title: "Delete for good", Help: "What is deleted does not go to the trash.",
			}),
		},
		// A bare token is one of today's; what the library says of its own past is in the login.
		library: "jottacloud", browser: true, preset: map[string]string{"hard_delete": "true", "configVersion": "1"},
		traits: backends.Traits{Connections: 3}, locate: locateFolder("jottacloud"),
	}
}

// pcloud is pCloud.
func pcloud() *service {
	return &service{
		kind: backends.Kind{
			Name: "pcloud", Title: "pCloud", Schemes: []string{"pcloud"}, Form: "pcloud://[/]folder",
			Foldered: true, Note: "One logs in with a browser, once.",
			Options: browserOptions(backends.Option{
				Name: "hostname", Title: "Server", Help: "Where the account lies; it is found out while one logs in.",
			}),
		},
		library: "pcloud", browser: true, hidden: []string{"username", "password"}, lingers: true,
		traits: backends.Traits{Connections: 3}, locate: locateFolder("pcloud"),
	}
}

// locateFolder finds a folder of a service with a browser.
func locateFolder(kind string) func(context.Context, *address.Address, *backends.Config) (*place, error) {
	return func(_ context.Context, a *address.Address, _ *backends.Config) (*place, error) {
		return &place{root: cleanPath(a.Path), values: map[string]string{}, accounts: accountsOf(kind, a)}, nil
	}
}

// koofr is Koofr, and Digi Storage, which is made of it.
func koofr() *service {
	return &service{
		kind: backends.Kind{
			Name: "koofr", Title: "Koofr", Schemes: []string{"koofr"}, Form: "koofr://[/]folder",
			Foldered: true, Note: "The password is one for applications, from the account's page of passwords.",
			Options: []backends.Option{
				{Name: "user", Title: "User", Help: "The name of the account.", Required: true},
				{Name: "provider", Title: "Provider", Help: "Who runs the service.", Default: "koofr"},
				{Name: "endpoint", Title: "Server", Help: "The address of a server of one's own, with the provider other."},
			},
		},
		library: "koofr", hidden: []string{"password", "setmtime"},
		traits: backends.Traits{Connections: 3}, locate: locateKoofr,
	}
}

func locateKoofr(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	user := c.Options["user"]
	if user == "" {
		return nil, fmt.Errorf("%w: the option user is missing", backends.ErrConfig)
	}
	p := &place{root: cleanPath(a.Path), values: map[string]string{"provider": cmp.Or(c.Options["provider"], "koofr")}}
	p.login = &login{
		option: "password", obscured: true, env: []string{"BACKEND_PASSWORD", "FTP_PASSWORD"},
		request: backends.SecretRequest{Account: "koofr://" + user, Prompt: "Password for applications of " + user},
	}
	return p, nil
}
