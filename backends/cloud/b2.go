package cloud

import (
	"cmp"
	"context"
	"fmt"
	"time"

	_ "github.com/rclone/rclone/backend/b2" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// b2 is Backblaze's storage. What is stored under a name that is taken lies
// over what was there, so deleting goes on until nothing is.
func b2() *service {
	return &service{
		kind: backends.Kind{
			Name: "b2", Title: "Backblaze B2", Schemes: []string{"b2"}, Form: "b2://key-id[:application-key]@bucket[/folder]",
			Foldered: true, Note: "The key is made on Backblaze's page of application keys. It must be allowed to list, read, write and delete files.",
			Options: []backends.Option{
				{Name: "account", Title: "Key id", Help: "The id of an application key, or of the account."},
				{Name: "key", Title: "Application key", Help: "The key itself. It is shown only once, when it is made."},
				{Name: "chunk-size", Title: "Size of parts", Help: "How large the parts of large files are. Two of them are in memory for each transfer."},
				{Name: "upload-concurrency", Title: "Parts at once", Help: "How many parts of a file are stored at once."},
			},
			Flags: []backends.Option{{
				Name: "b2-hide-files", Type: backends.Switch, Title: "Hide what is deleted",
				Help: "What is deleted is hidden, and stays until the bucket's own rules remove it. Such space is not free.",
			}},
		},
		library: "b2", hidden: []string{"hard_delete", "test_mode", "copy_cutoff", "lifecycle", "download_auth_duration"},
		preset: map[string]string{"chunk_size": "8Mi", "upload_concurrency": "2"},
		traits: backends.Traits{MaxSize: 10 << 40, Connections: 5}, layered: true,
		sweep: sweepUploads(24 * time.Hour), locate: locateB2,
	}
}

func locateB2(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root, err := bucketRoot(a, c)
	if err != nil {
		return nil, err
	}
	account := cmp.Or(a.User, c.Options["account"], c.Env("B2_APPLICATION_KEY_ID"))
	if account == "" {
		return nil, fmt.Errorf("%w: the address names no key id, as in b2://key-id@bucket", backends.ErrConfig)
	}
	p := &place{root: root, values: map[string]string{"account": account, "hard_delete": "true"}}
	if c.Options["b2-hide-files"] == "true" {
		p.values["hard_delete"] = "false"
	}
	p.login = &login{
		option: "key", given: cmp.Or(a.Password, c.Options["key"]), env: []string{"B2_APPLICATION_KEY", "BACKEND_PASSWORD", "FTP_PASSWORD"},
		request: backends.SecretRequest{Account: "b2://" + account, Prompt: "Application key of " + account},
	}
	return p, nil
}
