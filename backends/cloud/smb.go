package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudsoda/go-smb2"
	_ "github.com/rclone/rclone/backend/smb" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// smb is a share of Windows or Samba that is not mounted.
func smb() *service {
	return &service{
		kind: backends.Kind{
			Name: "smb", Title: "Windows share", Schemes: []string{"smb"}, Form: "smb://[[domain;]user[:password]@]host[:port]/share[/folder]",
			Foldered: true, Note: "A share of Windows, Samba or a NAS that is not mounted. One that is mounted is a folder.",
			Options: []backends.Option{{Name: "domain", Title: "Domain", Help: "The domain of the user, where there is one."}},
		},
		library: "smb", hidden: []string{"host", "port", "user", "pass", "spn", "case_insensitive", "hide_special_share"},
		preset: map[string]string{"hide_special_share": "false"},
		staged: true, traits: backends.Traits{Connections: 4}, locate: locateSMB,
	}
}

func locateSMB(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root := strings.Trim(a.Path, "/")
	if root == "" && !c.Explore {
		return nil, fmt.Errorf("%w: the address names no share", backends.ErrConfig)
	}
	p := &place{root: root, values: map[string]string{"host": a.Host, "port": strconv.Itoa(cmp.Or(a.Port, 445))}}
	if c.Explore {
		p.values["hide_special_share"] = "true" // nobody keeps a backup in one
	}
	domain, user, found := strings.Cut(a.User, ";")
	if !found {
		domain, user = "", a.User
	}
	if domain != "" {
		p.values["domain"] = domain
	}
	if user == "" {
		p.values["user"] = "guest"
		return p, nil
	}
	p.values["user"] = user
	p.login = &login{
		option: "pass", obscured: true, given: a.Password, env: []string{"FTP_PASSWORD", "BACKEND_PASSWORD"},
		request: backends.SecretRequest{Account: a.Account(), Prompt: "Password of " + user + " on " + a.Host},
	}
	return p, nil
}

// smbCodes are words for the numbers in an error of SMB ([MS-ERREF] 2.3.1).
func smbCodes(err error) []string {
	e, is := errors.AsType[*smb2.ResponseError](err)
	if !is {
		return nil
	}
	switch e.Code {
	case 0xC000006D, 0xC000006E, 0xC0000064, 0xC000006A, 0xC0000071, 0xC0000072, 0xC0000234: // logon failure and its reasons
		return []string{"AuthenticationFailed"}
	case 0xC0000022: // access denied
		return []string{"AccessDenied"}
	case 0xC00000CC, 0xC0000034, 0xC000003A: // bad network name, no such object, no such folder
		return []string{"NotFound"}
	case 0xC000007F, 0xC0000044: // disk full, quota exceeded
		return []string{"insufficient_space"}
	}
	return nil
}
