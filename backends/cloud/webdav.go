package cloud

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	_ "github.com/rclone/rclone/backend/webdav" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/webdav"
)

// vendors are the servers that the library treats in their own way: those that
// take large files in pieces, and those with logins of their own.
var vendors = [...]backends.Choice{
	{Value: "nextcloud", Help: "Nextcloud: large files go in pieces, so that no limit of the server stops them. The address ends with /remote.php/dav/files/USER and maybe a folder."},
	{Value: "owncloud", Help: "ownCloud 10"},
	{Value: "infinitescale", Help: "ownCloud Infinite Scale"},
	{Value: "fastmail", Help: "Fastmail Files"},
	{Value: "sharepoint", Help: "SharePoint Online, with a Microsoft account"},
	{Value: "sharepoint-ntlm", Help: "SharePoint of one's own, with NTLM"},
}

const vendorOption = "vendor"

// sharepoint begins the names of the vendors whose login is for a whole address.
const sharepoint = "sharepoint"

// webdavKind is WebDAV: by our own client, which also knows the Digest login,
// and by the library for the vendors that it knows.
func webdavKind() backends.Kind {
	k := webdav.Kind()
	ours, theirs := k, davVendor(k)
	vendor := backends.Option{
		Name: vendorOption, Title: "Server", Default: "other", Closed: true, Advanced: true,
		Help:    "What runs on the server, where it is one that wants more than the standard.",
		Choices: append([]backends.Choice{{Value: "other", Help: "any server"}}, vendors[:]...),
	}
	k.Options = append([]backends.Option{vendor}, ours.Options...)
	for _, o := range theirs.options() {
		if o.Name == vendorOption || slices.ContainsFunc(k.Options, func(k backends.Option) bool { return k.Name == o.Name }) {
			continue
		}
		o.Only = "vendor=nextcloud,owncloud,infinitescale,fastmail,sharepoint,sharepoint-ntlm"
		switch {
		case strings.HasPrefix(o.Name, "nextcloud-"):
			o.Only = "vendor=nextcloud"
		case strings.HasPrefix(o.Name, "owncloud-"):
			o.Only = "vendor=owncloud"
		}
		k.Options = append(k.Options, o)
	}
	k.Open = func(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
		if c.Explore {
			return exploreWebDAV(ctx, a, c, ours)
		}
		if isVendor(c.Options[vendorOption]) {
			return theirs.open(ctx, a, c)
		}
		for name := range c.Options {
			if name != vendorOption && !slices.ContainsFunc(ours.Options, func(o backends.Option) bool { return o.Name == name }) {
				return nil, fmt.Errorf("%w: %s is only for a server that is named with vendor", backends.ErrConfig, name)
			}
		}
		return ours.Open(ctx, a, c)
	}
	return k
}

// exploreWebDAV looks through a server from its top, with our own client: what
// the library knows of vendors is how files are stored and how SharePoint logs
// in.
func exploreWebDAV(ctx context.Context, a *address.Address, c backends.Config, ours backends.Kind) (backends.Store, error) {
	if strings.HasPrefix(c.Options[vendorOption], sharepoint) {
		return nil, fmt.Errorf("%w: its login is for a folder that is known", backends.ErrUnsupported)
	}
	c.Options = maps.Clone(c.Options)
	maps.DeleteFunc(c.Options, func(name, _ string) bool {
		return !slices.ContainsFunc(ours.Options, func(o backends.Option) bool { return o.Name == name })
	})
	return ours.Open(ctx, a, c)
}

func isVendor(name string) bool {
	return slices.ContainsFunc(vendors[:], func(c backends.Choice) bool { return c.Value == name })
}

// davVendor is a server that the library serves.
func davVendor(k backends.Kind) *service {
	k.Options = []backends.Option{{Name: vendorOption}}
	return &service{
		kind: k, library: "webdav", hidden: []string{"url", "user", "pass", "bearer_token_command", "auth_redirect", "unix_socket"},
		staged: true, traits: backends.Traits{Connections: 4}, locate: locateWebDAV,
	}
}

// davRoot is where the files of a user begin. What follows is a folder of
// theirs, which can be made.
var davRoot = regexp.MustCompile(`^(?:.*?/dav/(?:files|spaces)/[^/]+|.*?/remote\.php/(?:web)?dav|.*?/webdav|/dav)(?:/|$)`)

func locateWebDAV(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	u := url.URL{Scheme: "http", Host: a.Host, Path: a.Path}
	if a.Scheme == "webdavs" || a.Scheme == "https" {
		u.Scheme = "https"
	}
	if a.Port != 0 {
		u.Host = net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	}
	root := ""
	// The login of SharePoint is for the whole address.
	if vendor := c.Options[vendorOption]; !strings.HasPrefix(vendor, sharepoint) {
		u.Path = davRoot.FindString(a.Path)
		root = strings.Trim(strings.TrimPrefix(a.Path, u.Path), "/")
	}
	if c.Options[vendorOption] == "nextcloud" && !strings.Contains(u.Path, "/dav/files/") {
		return nil, fmt.Errorf("%w: a folder of Nextcloud is at /remote.php/dav/files/USER/…, as its settings show", backends.ErrConfig)
	}
	p := &place{root: root, values: map[string]string{"url": u.String(), "user": a.User}}
	if a.User != "" && c.Options["bearer-token"] == "" {
		p.login = &login{
			option: "pass", obscured: true, given: a.Password, env: []string{"FTP_PASSWORD", "BACKEND_PASSWORD"},
			request: backends.SecretRequest{Account: a.Account(), Prompt: "Password of " + a.User + " on " + a.Host},
		}
	}
	return p, nil
}
