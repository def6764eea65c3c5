package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/rclone/rclone/backend/s3" // the protocol
	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/filter"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// s3 is Amazon's protocol, which very many others speak.
func s3() *service {
	return &service{
		kind: backends.Kind{
			Name: "s3", Title: "S3 and compatible", Schemes: []string{"s3", "s3+http"}, Form: "s3://host[:port]/bucket[/prefix] or s3+http://bucket[/prefix]",
			Foldered: true, Note: "Amazon S3 and the many services that speak its protocol. Of those not run by Amazon, the address names the host.",
			Options: s3Options(), Flags: s3Flags(),
		},
		library: "s3", hidden: []string{"no_check_bucket", "env_auth", "list_version", "use_already_exists", "use_multipart_etag"},
		preset: map[string]string{"no_check_bucket": "true", "no_head": "true", "chunk_size": s3Part},
		making: map[string]string{"no_check_bucket": "false"}, summed: true, joins: "upload_cutoff",
		traits: backends.Traits{MaxSize: 5 << 40, Connections: 5}, tries: s3Tries,
		sweep: sweepUploads(24 * time.Hour), thaw: thawS3, locate: locateS3,
	}
}

// s3Part is the size of the parts that a large object is stored in. Four of them
// are in memory. The library's 5 MiB make so many of an object of 5 GiB that
// versitygw cannot write down the list of them on ext4, where an attribute has
// less than 4 KiB, and Amazon charges for each.
const s3Part = "16Mi"

// s3Tries: Amazon's part of the library tries again within each try.
const s3Tries = 2

func s3Options() []backends.Option {
	return []backends.Option{
		{Name: "provider", Title: "Provider", Help: "Who runs the service; with Other, whatever speaks the protocol works."},
		{Name: "endpoint", Title: "Server", Help: "The address of the service, where it is not Amazon's and not in the destination's address."},
		{Name: "region", Title: "Region", Help: "Where the bucket lies.", Env: "AWS_DEFAULT_REGION"},
		{Name: "access-key-id", Title: "Access key", Help: "The name of the key. Without one, the environment and Amazon's own files are looked through."},
		{Name: "secret-access-key", Title: "Secret key", Help: "The secret that belongs to the access key."},
		{Name: "session-token", Title: "Session token", Help: "What belongs to a key that is valid for a short time.", Secret: true, Advanced: true},
		{Name: "storage-class", Title: "Storage class", Help: "How new files are kept: cheaper classes cost more, or take hours, when files are read."},
		{Name: "server-side-encryption", Title: "Encryption at the service", Help: "What the service encrypts with, besides what Varve does."},
	}
}

// s3Flags are those of duplicity.
func s3Flags() []backends.Option {
	flags := []backends.Option{
		{Name: "s3-endpoint-url", Title: "Server", Help: "The address of the service."},
		{Name: "s3-region-name", Title: "Region", Help: "Where the bucket lies."},
		{Name: "s3-european-buckets", Type: backends.Switch, Title: "Bucket in Europe", Help: "A bucket that is made lies in Ireland."},
		{Name: "s3-use-new-style", Type: backends.Switch, Title: "Bucket as host", Help: "The name of the bucket stands in the name of the host."},
		{Name: "s3-unencrypted-connection", Type: backends.Switch, Title: "No TLS", Help: "Transfers are not encrypted on the way."},
		{Name: "s3-use-server-side-encryption", Type: backends.Switch, Title: "Encryption at the service", Help: "The service encrypts with AES256."},
		{Name: "s3-use-server-side-kms-encryption", Type: backends.Switch, Title: "Encryption with a key of yours", Help: "The service encrypts with a key that it manages for you."},
		{Name: "s3-kms-key-id", Title: "Managed key", Help: "The name of that key."},
		{Name: "s3-multipart-chunk-size", Type: backends.Number, Title: "Size of parts", Help: "How many megabytes a part of a large file has, 5 at least."},
		{Name: "s3-multipart-max-procs", Type: backends.Number, Title: "Parts at once", Help: "How many parts of a file are stored at once."},
		{Name: "s3-use-multiprocessing", Type: backends.Switch, Title: "Several parts at once", Help: "Several parts of a file are stored at once. It is so unless this is false."},
		{Name: "s3-multipart-max-timeout", Type: backends.Number, Title: "Timeout", Help: "After how many seconds without a byte a transfer counts as broken."},
	}
	for _, c := range s3Classes {
		flags = append(flags, backends.Option{Name: c.flag, Type: backends.Switch, Title: c.class, Help: "New files are stored as " + c.class + "."})
	}
	return flags
}

// s3Classes are duplicity's flags for classes of storage. In the archives of
// Amazon, manifests are not stored: every restore begins with them.
var s3Classes = [...]struct {
	flag, class string
	archive     bool
}{
	{"s3-use-rrs", "REDUCED_REDUNDANCY", false},
	{"s3-use-ia", "STANDARD_IA", false},
	{"s3-use-onezone-ia", "ONEZONE_IA", false},
	{"s3-use-glacier", "GLACIER", true},
	{"s3-use-glacier-ir", "GLACIER_IR", true},
	{"s3-use-deep-archive", "DEEP_ARCHIVE", true},
}

func locateS3(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	root, err := bucketRoot(a, c)
	if err != nil {
		return nil, err
	}
	p := &place{root: root, values: map[string]string{}}
	if a.Host != "" {
		p.values["endpoint"] = strings.TrimSuffix(a.HostPort(443), ":443")
	}
	if err := s3FlagValues(p, c); err != nil {
		return nil, err
	}
	s3Endpoint(p, c)
	return p, s3Login(a, p, c)
}

// bucketRoot is bucket and prefix of an address, with a slash at the end; "" is
// what all buckets lie in.
func bucketRoot(a *address.Address, c *backends.Config) (string, error) {
	clean := cleanPath(a.Path)
	if clean == "" && c.Explore {
		return "", nil
	}
	if clean == "" {
		return "", fmt.Errorf("%w: the address names no bucket or container", backends.ErrConfig)
	}
	return clean + "/", nil
}

// s3FlagValues reads duplicity's flags.
func s3FlagValues(p *place, c *backends.Config) error {
	on := func(flag string) bool { return c.Options[flag] == "true" }
	set := func(name, flag string) {
		if v := c.Options[flag]; v != "" {
			p.values[name] = v
		}
	}
	set("endpoint", "s3-endpoint-url")
	set("region", "s3-region-name")
	set("sse_kms_key_id", "s3-kms-key-id")
	set("upload_concurrency", "s3-multipart-max-procs")
	if on("s3-european-buckets") {
		p.values["location_constraint"] = "EU"
		p.values["region"] = cmp.Or(p.values["region"], "eu-west-1")
	}
	if on("s3-use-server-side-encryption") {
		p.values["server_side_encryption"] = "AES256"
	}
	if on("s3-use-server-side-kms-encryption") {
		p.values["server_side_encryption"] = "aws:kms"
	}
	if c.Options["s3-use-multiprocessing"] == "false" {
		p.values["upload_concurrency"] = "1"
	}
	if n := c.Options["s3-multipart-chunk-size"]; n != "" {
		p.values["chunk_size"] = n + "Mi"
	}
	if n, err := strconv.Atoi(c.Options["s3-multipart-max-timeout"]); err == nil {
		c.Timeout = time.Duration(n) * time.Second
	}
	return s3Class(p, c)
}

// s3Class finds out how objects are stored.
func s3Class(p *place, c *backends.Config) error {
	p.class = c.Options["storage-class"]
	for _, known := range s3Classes {
		if c.Options[known.flag] != "true" {
			continue
		}
		if p.class != "" && p.class != known.class {
			return fmt.Errorf("%w: files are stored either as %s or as %s", backends.ErrConfig, p.class, known.class)
		}
		p.class = known.class
	}
	if p.class == "" {
		return nil
	}
	p.values["storage_class"] = p.class
	for _, known := range s3Classes {
		if known.archive && known.class == p.class {
			p.warm = map[string]string{"storage_class": "STANDARD"}
		}
	}
	return nil
}

// s3Endpoint settles who runs the service, and where.
func s3Endpoint(p *place, c *backends.Config) {
	endpoint := cmp.Or(p.values["endpoint"], c.Options["endpoint"])
	amazon := endpoint == "" || strings.HasSuffix(strings.TrimSuffix(endpoint, "/"), ".amazonaws.com")
	if c.Options["provider"] == "" {
		p.values["provider"] = "Other"
		if amazon {
			p.values["provider"] = "AWS"
		}
	}
	if c.Options["force-path-style"] == "" {
		p.values["force_path_style"] = strconv.FormatBool(c.Options["s3-use-new-style"] != "true")
	}
	if c.Options["s3-unencrypted-connection"] == "true" {
		if endpoint == "" {
			endpoint = "s3." + cmp.Or(p.values["region"], c.Options["region"], c.Env("AWS_DEFAULT_REGION"), "us-east-1") + ".amazonaws.com"
		}
		_, host, cut := strings.Cut(endpoint, "://")
		if !cut {
			host = endpoint
		}
		endpoint = "http://" + host
	}
	if endpoint != "" {
		p.values["endpoint"] = endpoint
	}
}

// s3Login finds the keys: in the address and the options, in the environment,
// in the files of Amazon's old library. Where there are none, the library
// looks where Amazon's new one does.
func s3Login(a *address.Address, p *place, c *backends.Config) error {
	key, secret := cmp.Or(a.User, c.Options["access-key-id"]), cmp.Or(a.Password, c.Options["secret-access-key"])
	if key != "" {
		p.values["access_key_id"] = key
		p.login = &login{option: "secret_access_key", given: secret, request: backends.SecretRequest{
			Account: a.Account(), Prompt: "Secret key of " + key,
		}}
		if c.Env("AWS_ACCESS_KEY_ID") == key {
			p.login.env = []string{"AWS_SECRET_ACCESS_KEY"}
		}
		return nil
	}
	key, secret = c.Env("AWS_ACCESS_KEY_ID"), c.Env("AWS_SECRET_ACCESS_KEY")
	token := c.Env("AWS_SESSION_TOKEN")
	if key == "" && c.Env("AWS_PROFILE") == "" && c.Options["profile"] == "" {
		var err error
		if key, secret, err = botoKeys(c, "aws_access_key_id", "aws_secret_access_key"); err != nil {
			return err
		}
	}
	if key == "" {
		p.values["env_auth"] = "true"
		if profile := c.Env("AWS_PROFILE"); profile != "" && c.Options["profile"] == "" {
			p.values["profile"] = profile
		}
		return nil
	}
	p.values["access_key_id"], p.values["secret_access_key"] = key, secret
	if token != "" {
		p.values["session_token"] = token
	}
	return nil
}

// isKeyless tells the error for a key that is to be found nowhere, in which are
// the reasons of all who were asked: that there is no answer, or another one.
func isKeyless(err error) bool {
	return strings.Contains(err.Error(), "get credentials: failed to refresh cached credentials")
}

// command runs one of the library's extra commands.
func command(ctx context.Context, f fs.Fs, name string, options map[string]string) (any, error) {
	do := f.Features().Command
	if do == nil {
		return nil, fs.ErrorCommandNotFound
	}
	return do(ctx, name, nil, options)
}

// sweepUploads removes unfinished uploads of some age.
func sweepUploads(age time.Duration) func(context.Context, fs.Fs) error {
	return func(ctx context.Context, f fs.Fs) error {
		_, err := command(ctx, f, "cleanup", map[string]string{"max-age": age.String()})
		return err
	}
}

// isCold tells the library's error for an object in an archive, which is made
// of nothing but words.
func isCold(err error) bool { return strings.Contains(err.Error(), "Object in GLACIER, restore first") }

// thawed is what the library tells of each object.
type thawed struct{ Status, Remote string }

// thawS3 asks for objects to be fetched from the archive. One that is on its
// way already, or that lies in none, is fine.
func thawS3(ctx context.Context, f fs.Fs, names []string, days int) error {
	only, err := filter.NewFilter(nil)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := only.AddFile(name); err != nil {
			return err
		}
	}
	ctx, settings := fs.AddConfig(filter.ReplaceConfig(ctx, only))
	settings.NoTraverse = true // look at those names, and not through everything
	out, err := command(ctx, f, "restore", map[string]string{"priority": "Standard", "lifetime": strconv.Itoa(days)})
	if err != nil {
		return err
	}
	var all []thawed
	text, err := json.Marshal(out)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(t thawed) bool { return t.Remote == name })
		if i < 0 {
			return fmt.Errorf("%w: %s", fs.ErrorObjectNotFound, name)
		}
		// The library has nothing but words here.
		status := all[i].Status
		if status != "OK" && !strings.HasPrefix(status, "Not GLACIER") && !strings.Contains(status, "RestoreAlreadyInProgress") {
			return fmt.Errorf("%s: %s", name, status)
		}
	}
	return nil
}
