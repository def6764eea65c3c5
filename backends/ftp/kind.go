package ftp

import (
	"context"
	"fmt"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes FTP servers.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "ftp", Title: "FTP server", Schemes: []string{"ftp", "ftps", "ftpes"},
		Foldered: true,
		Form:     "ftp[s|es]://[user[:password]@]host[:port]/[/]folder",
		Note:     "ftpes:// asks the server for encryption and is the best choice; ftps:// is encrypted from the start, on another port; ftp:// sends the password so that anybody on the way can read it.",
		Options: []backends.Option{{
			Name: "active", Type: backends.Switch, Title: "Active mode", Default: "false", Advanced: true,
			Help: "The server connects to this computer for every file, instead of the other way round. Only for servers that want it; no router may lie in between.",
		}},
		Flags: []backends.Option{
			{Name: "ftp-passive", Type: backends.Switch, Title: "Passive mode", Help: "This computer connects to the server for every file, as is usual."},
			{Name: "ftp-regular", Type: backends.Switch, Title: "Active mode", Help: "The server connects to this computer for every file."},
		},
		Open: open,
	}
}

// anonymous is who logs in without a name.
const anonymous = "anonymous"

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	o, err := options(a, &c)
	if err != nil {
		return nil, err
	}
	var s *Store
	login := func(password string) (err error) {
		o.Password = password
		s, err = Open(ctx, o)
		return err
	}
	if o.User == anonymous && !a.HasPassword {
		err = login("anonymous@")
	} else {
		err = transfer.Password(ctx, a, &c, []string{"FTP_PASSWORD", "BACKEND_PASSWORD"}, login)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// options are those of an address, but for the password.
func options(a *address.Address, c *backends.Config) (o Options, err error) {
	o = Options{
		Address: a.HostPort(21), User: a.User, Folder: strings.TrimPrefix(a.Path, "/"), Create: c.Create,
		Stall: c.Stall(), Connections: c.Connections,
	}
	if o.User == "" {
		o.User = anonymous
	}
	if strings.ContainsAny(a.User+a.Password+a.Path, "\r\n\x00") {
		return o, fmt.Errorf("%w: there is a line break in it", backends.ErrConfig)
	}
	switch a.Scheme {
	case "ftps":
		o.Security, o.Address = Implicit, a.HostPort(990)
	case "ftpes":
		o.Security = Explicit
	}
	if o.Active, err = active(c.Options); err == nil && o.Security != Plain {
		o.TLS, err = transfer.TLS(c, a.Host)
	}
	return o, err
}

// active reads the mode from the option and from duplicity's two flags.
func active(options map[string]string) (bool, error) {
	wanted := options["active"] == "true" || options["ftp-regular"] == "true"
	passive := options["ftp-passive"] == "true"
	if wanted && passive {
		return false, fmt.Errorf("%w: active and passive mode exclude each other", backends.ErrConfig)
	}
	return wanted || options["ftp-passive"] == "false", nil
}
