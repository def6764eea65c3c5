package webdav

import (
	"context"
	"net"
	"net/url"
	"strconv"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// connections is how many are of use where nobody says another number; one
// reads while another writes, so that there are never fewer than two.
const connections = 4

// Kind describes WebDAV servers.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "webdav", Title: "WebDAV server", Schemes: []string{"webdav", "webdavs", "http", "https"},
		Form:     "webdav[s]://[user[:password]@]host[:port]/folder",
		Foldered: true,
		Note:     "For Nextcloud, ownCloud and many network drives. webdavs:// is encrypted; webdav:// may send the password so that anybody on the way can read it.",
		Options: []backends.Option{{
			Name: "bearer-token", Title: "Token", Secret: true, Advanced: true,
			Help: "A token that the server takes instead of a user and a password.",
		}},
		Open: open,
	}
}

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	o := Options{
		URL: folder(a), User: a.User, Token: c.Options["bearer-token"], Create: c.Create, Explore: c.Explore, Connections: connections,
	}
	if c.Connections > 0 {
		o.Connections = max(c.Connections, 2)
	}
	var err error
	if o.Client, err = transfer.HTTP(&c, o.Connections); err != nil {
		return nil, err
	}
	var s *Store
	login := func(password string) (err error) {
		o.Password = password
		s, err = Open(ctx, o)
		return err
	}
	if o.User == "" || o.Token != "" {
		err = login("")
	} else {
		err = transfer.Password(ctx, a, &c, []string{"FTP_PASSWORD", "BACKEND_PASSWORD"}, login)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// folder is the address as the server knows it.
func folder(a *address.Address) *url.URL {
	u := &url.URL{Scheme: "http", Host: a.Host, Path: a.Path}
	if a.Scheme == "webdavs" || a.Scheme == "https" {
		u.Scheme = "https"
	}
	if a.Port != 0 {
		u.Host = net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	} else if net.ParseIP(a.Host) != nil && u.Host != "" && net.ParseIP(a.Host).To4() == nil {
		u.Host = "[" + a.Host + "]"
	}
	return u
}
