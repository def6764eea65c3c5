package cloud

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	_ "github.com/rclone/rclone/backend/azureblob" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// azure is Microsoft's storage of blobs.
func azure() *service {
	return &service{
		kind: backends.Kind{
			Name: "azure", Title: "Azure Blob Storage", Schemes: []string{"azure"}, Form: "azure://container[/prefix]",
			Foldered: true, Note: "The connection string of the storage account says where it is and opens it. Account and key do so as well.",
			Options: []backends.Option{
				{Name: "connection-string", Title: "Connection string", Help: "The text from the page of the storage account's access keys.", Env: "AZURE_CONNECTION_STRING"},
				{Name: "account", Title: "Account", Help: "The name of the storage account, where there is no connection string."},
				{Name: "key", Title: "Key", Help: "One of the storage account's two keys."},
				{Name: "sas-url", Title: "Address with a signature", Help: "A signed address of the container, instead of account and key."},
				{Name: "access-tier", Title: "Access tier", Help: "How new files are kept: cheaper tiers cost more, or take hours, when files are read."},
			},
			Flags: []backends.Option{
				{Name: "azure-blob-tier", Title: "Access tier", Help: "How new files are kept: Hot, Cool, Cold or Archive."},
				{Name: "azure-max-single-put-size", Type: backends.Number, Title: "Largest whole file", Help: "Up to how many bytes a file is sent in one piece."},
				{Name: "azure-max-block-size", Type: backends.Number, Title: "Size of parts", Help: "How many bytes a part of a large file has, 100 MiB at most."},
				{Name: "azure-max-connections", Type: backends.Number, Title: "Parts at once", Help: "How many parts of a file are stored at once."},
			},
		},
		library: "azureblob", hidden: []string{"no_check_container", "use_emulator", "copy_cutoff", "copy_concurrency", "copy_total_concurrency", "use_copy_blob"},
		preset: map[string]string{"no_check_container": "true", "upload_concurrency": "4"}, making: map[string]string{"no_check_container": "false"},
		traits: backends.Traits{MaxSize: 190 << 40, Connections: 5},
		// After a failed upload the library commits the blocks that were there;
		// a blob that went in one piece has none.
		fragile: true, locate: locateAzure,
	}
}

// container is what Azure takes for a name of one.
var container = regexp.MustCompile(`^(\$root|\$web|[a-z0-9](-?[a-z0-9]){2,62})$`)

func locateAzure(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root, err := bucketRoot(a, c)
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(root, "/")
	if root != "" && (!container.MatchString(name) || len(name) > 63) {
		return nil, fmt.Errorf("%w: %q cannot be a container: it has 3 to 63 small letters, digits and single dashes", backends.ErrConfig, name)
	}
	p := &place{root: root, values: map[string]string{}}
	if err := azureFlags(p, c); err != nil {
		return nil, err
	}
	o := c.Options
	known := cmp.Or(o["key"], o["connection-string"], c.Env("AZURE_CONNECTION_STRING"), o["sas-url"], o["client-secret"], o["service-principal-file"],
		o["use-msi"], o["use-az"], o["client-certificate-path"])
	switch {
	case known != "":
	case o["account"] != "":
		p.login = &login{option: "key", env: []string{"AZURE_STORAGE_KEY"}, request: backends.SecretRequest{
			Account: "azure://" + o["account"], Prompt: "Key of the storage account " + o["account"],
		}}
		p.values["account"] = o["account"]
	default:
		p.values["env_auth"] = "true"
	}
	return p, nil
}

// azureTiers are written as Azure does, whom another way costs a request.
var azureTiers = [...]string{"Hot", "Cool", "Cold", "Archive"}

// azureFlags reads duplicity's flags.
func azureFlags(p *place, c *backends.Config) error {
	if tier := cmp.Or(c.Options["azure-blob-tier"], c.Options["access-tier"]); tier != "" {
		i := slices.IndexFunc(azureTiers[:], func(known string) bool { return strings.EqualFold(known, tier) })
		if i < 0 {
			return fmt.Errorf("%w: %q is no access tier; there are %s", backends.ErrConfig, tier, strings.Join(azureTiers[:], ", "))
		}
		p.class = azureTiers[i]
		p.values["access_tier"] = p.class
	}
	if p.class == "Archive" {
		p.warm = map[string]string{"access_tier": "Hot"}
	}
	if n := c.Options["azure-max-connections"]; n != "" {
		p.values["upload_concurrency"] = n
	}
	// One size stands for both: what is smaller than a part goes in one piece.
	size, err := strconv.ParseInt(cmp.Or(c.Options["azure-max-block-size"], c.Options["azure-max-single-put-size"], "0"), 10, 64)
	if whole, werr := strconv.ParseInt(c.Options["azure-max-single-put-size"], 10, 64); werr == nil {
		size = min(size, whole)
	}
	if err != nil || size > 100<<20 {
		return fmt.Errorf("%w: a part has 100 MiB at most", backends.ErrConfig)
	}
	if size > 0 {
		p.values["chunk_size"] = strconv.FormatInt(size, 10) + "B"
	}
	return nil
}

// isArchived tells the library's error for a blob in the archive, which is made
// of nothing but words.
func isArchived(err error) bool {
	return strings.Contains(err.Error(), "blob in archive tier, you need to")
}
