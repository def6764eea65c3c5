package cloud

import (
	"context"
	"fmt"
	"path/filepath"

	_ "github.com/rclone/rclone/backend/mega" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// mega is MEGA. duplicity has three names for it, one for each program that it
// uses; the protocol is the same.
func mega() *service {
	return &service{
		kind: backends.Kind{
			Name: "mega", Title: "MEGA", Schemes: []string{"mega", "megav2", "megav3"}, Form: "mega://user[:password]@mega.nz/folder",
			Note:    "MEGA is slow to forget a failed transfer, and takes two files of one name. Look through backups now and then.",
			Options: []backends.Option{{Name: "2fa", Title: "Code", Help: "The code of the second factor, when the account has one. It is valid for half a minute."}},
		},
		library: "mega", hidden: []string{"user", "pass", "hard_delete", "session_id", "master_key"}, layered: true,
		traits: backends.Traits{Connections: 2}, locate: locateMega,
	}
}

func locateMega(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	p := &place{root: cleanPath(a.Path), values: map[string]string{"hard_delete": "true"}}
	user, password := a.User, a.Password
	if user == "" {
		file := map[string]string{"mega": ".megarc", "megav2": ".megav2rc", "megav3": ".megav3rc"}[a.Scheme]
		login, err := readINI(filepath.Join(c.Env("HOME"), file), "login")
		if err != nil {
			return nil, err
		}
		if user, password = login["username"], login["password"]; user == "" {
			return nil, fmt.Errorf("%w: the address names no user, nor does ~/%s", backends.ErrConfig, file)
		}
	}
	p.values["user"] = user
	p.login = &login{
		option: "pass", obscured: true, given: password, env: []string{"BACKEND_PASSWORD", "FTP_PASSWORD"},
		request: backends.SecretRequest{Account: "mega://" + user, Prompt: "Password of " + user + " at MEGA"},
	}
	return p, nil
}
