package cloud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	_ "github.com/rclone/rclone/backend/swift" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// swift is OpenStack's storage, also as OVH and Rackspace have it.
func swift() *service {
	return &service{
		kind: backends.Kind{
			Name: "swift", Title: "OpenStack Swift", Schemes: []string{"swift", "pca", "cf+http"},
			Form:     "swift://container[/prefix], pca://container[/prefix] or cf+http://container[/prefix]",
			Foldered: true, Note: "Of OVH's Public Cloud Archive (pca), files are on tape and take hours to read; its successor is Cold Archive, over s3. cf+http is Rackspace.",
			Options: []backends.Option{
				{Name: "auth", Title: "Login server", Help: "The address at which one logs in."},
				{Name: "user", Title: "User", Help: "The name of the user; of old servers account and user, as test:tester."},
				{Name: "key", Title: "Password", Help: "The password or key of the user.", Secret: true},
				{Name: "tenant", Title: "Project", Help: "The name of the project, which old servers call tenant."},
				{Name: "region", Title: "Region", Help: "Where the container lies."},
				{Name: "auth-version", Title: "Version of the login", Help: "1, 2 or 3; 0 finds it out."},
				{Name: "domain", Title: "Domain of the user", Help: "The name of the user's domain, of version 3."},
				{Name: "storage-policy", Title: "Storage policy", Help: "How a new container keeps its files."},
			},
			Flags: []backends.Option{
				{Name: "swift-storage-policy", Title: "Storage policy", Help: "How a new container keeps its files."},
				{
					Name: "cf-backend", Title: "Library", Help: "The library that duplicity used. Varve brings its own, and takes either word.",
					Choices: []backends.Choice{{Value: "pyrax"}, {Value: "cloudfiles"}}, Closed: true,
				},
			},
		},
		library: "swift", hidden: []string{"no_chunk", "no_large_objects", "use_segments_container"},
		traits: backends.Traits{MaxSize: 5 << 30, Connections: 5},
		locate: locateSwift,
	}
}

// swiftVariables are what duplicity reads, behind SWIFT_ or PCA_, and what the
// library calls it.
var swiftVariables = map[string]string{
	"USERNAME": "user", "PASSWORD": "key", "AUTHURL": "auth", "PREAUTHURL": "storage_url", "PREAUTHTOKEN": "auth_token", "AUTHVERSION": "auth_version",
	"TENANTNAME": "tenant", "TENANTID": "tenant_id", "USERID": "user_id", "REGIONNAME": "region", "USER_DOMAIN_NAME": "domain",
	"PROJECT_DOMAIN_NAME": "tenant_domain", "ENDPOINT_TYPE": "endpoint_type",
}

// rackspaceVariables are those behind CLOUDFILES_.
var rackspaceVariables = map[string]string{"USERNAME": "user", "APIKEY": "key", "AUTHURL": "auth", "REGION": "region"}

// rackspace is where one logs in there.
const rackspace = "https://auth.api.rackspacecloud.com/v1.0"

func locateSwift(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root, err := bucketRoot(a, c)
	if err != nil {
		return nil, err
	}
	p := &place{root: root, values: map[string]string{}}
	variables, prefix := swiftVariables, "SWIFT_"
	switch a.Scheme {
	case "pca":
		prefix = "PCA_"
		p.values["storage_policy"], p.values["auth_version"], p.class = "PCA", "2", "PCA"
	case "cf+http":
		variables, prefix = rackspaceVariables, "CLOUDFILES_"
		p.values["auth"], p.values["auth_version"] = rackspace, "1"
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		option := variables[name]
		if v := cmp.Or(c.Options[ourName(option)], c.Env(prefix+name)); v != "" {
			p.values[option] = v
		}
	}
	if v := c.Options["swift-storage-policy"]; v != "" {
		p.values["storage_policy"] = v
	}
	return p, swiftLogin(p, c, prefix)
}

// swiftLogin checks that there is what one logs in with, and asks for the
// password when that is all that is missing.
func swiftLogin(p *place, c *backends.Config, prefix string) error {
	v := p.values
	for _, half := range []string{"USER_DOMAIN", "PROJECT_DOMAIN"} {
		if c.Env(prefix+half+"_ID") != "" && c.Env(prefix+half+"_NAME") == "" {
			return fmt.Errorf("%w: %s%s_ID alone does not do; set %s%s_NAME", backends.ErrConfig, prefix, half, prefix, half)
		}
	}
	if v["storage_url"] != "" && v["auth_token"] != "" || c.Options["application-credential-secret"] != "" {
		return nil
	}
	if v["auth"] == "" || cmp.Or(v["user"], v["user_id"]) == "" {
		return fmt.Errorf("%w: there is no user or no login server; set %sUSERNAME and %sAUTHURL, or the options user and auth", backends.ErrConfig, prefix, prefix)
	}
	if v["auth_version"] == "" && strings.HasSuffix(strings.TrimRight(v["auth"], "/"), "/v1.0") {
		v["auth_version"] = "1"
	}
	user := cmp.Or(v["user"], v["user_id"])
	p.login = &login{option: "key", given: v["key"], request: backends.SecretRequest{
		Account: "swift://" + user + "@" + v["auth"], Prompt: "Password of " + user,
	}}
	delete(v, "key")
	return nil
}
