package cloud

import (
	"context"
	"errors"
	"strings"
	"time"

	_ "github.com/rclone/rclone/backend/googlecloudstorage" // the protocol
	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// gs is Google Cloud Storage. With the keys that Google gives out for programs
// that speak S3, which are the only ones that duplicity knows, it is spoken to
// in S3.
func gs() *service {
	return &service{
		kind: backends.Kind{
			Name: "gs", Title: "Google Cloud Storage", Schemes: []string{"gs"}, Form: "gs://bucket[/prefix]",
			Foldered: true, Note: "One gets in with a file of a service account, with a login in the browser, or with interoperability keys.",
			Options: browserOptions(
				backends.Option{Name: "service-account-file", Title: "Key file", Help: "The JSON file with the key of a service account."},
				backends.Option{Name: "project-number", Title: "Project", Help: "The number of the project, which a new bucket needs."},
				backends.Option{Name: "location", Title: "Location", Help: "Where a new bucket lies."},
				backends.Option{Name: "storage-class", Title: "Storage class", Help: "How new files are kept: cheaper classes cost more when files are read."},
				backends.Option{Name: "bucket-policy-only", Title: "Rights by bucket", Help: "The rights of files are those of the bucket, as Google recommends."},
			),
			Flags: []backends.Option{
				{Name: "gs-access-key-id", Title: "Interoperability key", Help: "The name of a key for programs that speak S3.", Env: "GS_ACCESS_KEY_ID"},
				{Name: "gs-secret-access-key", Title: "Interoperability secret", Help: "The secret that belongs to it.", Secret: true, Env: "GS_SECRET_ACCESS_KEY"},
			},
		},
		library: "google cloud storage", hidden: []string{"no_check_bucket"}, browser: true,
		preset: map[string]string{"no_check_bucket": "true"}, making: map[string]string{"no_check_bucket": "false"},
		traits: backends.Traits{MaxSize: 5 << 40, Connections: 5}, tries: s3Tries,
		sweep: sweepGS, locate: locateGS,
	}
}

func locateGS(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root, err := bucketRoot(a, c)
	if err != nil {
		return nil, err
	}
	p := &place{root: root, values: map[string]string{}, accounts: accountsOf("gs", a), class: c.Options["storage-class"], keyless: true}
	if err := gsProject(p, c); err != nil {
		return nil, err
	}
	key, secret, err := gsKeys(c)
	if err != nil {
		return nil, err
	}
	if key != "" {
		p.library, p.accounts = "s3", []string{Account("gs-interoperability")}
		p.values = map[string]string{"provider": "GCS", "endpoint": "https://storage.googleapis.com", "access_key_id": key, "secret_access_key": secret}
		if e := c.Options["endpoint"]; e != "" {
			p.values["endpoint"] = e
		}
		return p, nil
	}
	if c.Options["service-account-file"]+c.Options["service-account-credentials"]+c.Options["access-token"] == "" && c.Options["anonymous"] != "true" {
		p.values["env_auth"] = "true"
	}
	return p, nil
}

// gsProject reads the project from the file of a service account, where no
// option says it.
func gsProject(p *place, c *backends.Config) error {
	file := c.Options["service-account-file"]
	if file == "" {
		return nil
	}
	var account struct {
		Project string `json:"project_id"`
	}
	if err := readJSON(file, &account); err != nil {
		return err
	}
	if c.Options["project-number"] == "" && account.Project != "" {
		p.values["project_number"] = account.Project
	}
	return nil
}

// ofProject knows the library's errors for buckets of no project, which are made
// of nothing but words.
func ofProject(err error) error {
	switch {
	case strings.Contains(err.Error(), "can't list buckets without project number"):
		return backends.ErrPermission // a bucket that is known answers
	case strings.Contains(err.Error(), "can't make bucket without project number"):
		return backends.ErrConfig
	}
	return nil
}

// gsKeys finds the keys for S3: in the options, in the environment, in the
// files of Amazon's old library.
func gsKeys(c *backends.Config) (key, secret string, err error) {
	if key = c.Options["gs-access-key-id"]; key != "" {
		return key, c.Options["gs-secret-access-key"], nil
	}
	if key = c.Env("GS_ACCESS_KEY_ID"); key != "" {
		return key, c.Env("GS_SECRET_ACCESS_KEY"), nil
	}
	return botoKeys(c, "gs_access_key_id", "gs_secret_access_key")
}

// sweepGS removes broken uploads of S3; Google's own protocol leaves none.
func sweepGS(ctx context.Context, f fs.Fs) error {
	err := sweepUploads(24*time.Hour)(ctx, f)
	if errors.Is(err, fs.ErrorCommandNotFound) {
		return nil
	}
	return err
}
