package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox"
	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox/auth"
	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox/files"
	_ "github.com/rclone/rclone/backend/dropbox" // the protocol

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// dropboxCodes are the words in an error of Dropbox: "path/not_found/." is a
// path through its types.
func dropboxCodes(err error) []string {
	for _, of := range [...]func(error) (dropbox.APIError, bool){
		summary(func(e auth.AuthAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e auth.AccessAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e auth.RateLimitAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadSessionStartAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadSessionFinishAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.DownloadAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.GetMetadataAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.ListFolderAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.DeleteV2APIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.CreateFolderV2APIError) dropbox.APIError { return e.APIError }),
	} {
		if e, is := of(err); is {
			return strings.Split(e.ErrorSummary, "/")
		}
	}
	return nil
}

// summary makes a question for one of the types that Dropbox's errors have.
func summary[T error](of func(T) dropbox.APIError) func(error) (dropbox.APIError, bool) {
	return func(err error) (dropbox.APIError, bool) {
		e, is := errors.AsType[T](err)
		if !is {
			return dropbox.APIError{}, false
		}
		return of(e), true
	}
}

// dpbx is Dropbox.
func dpbx() *service {
	return &service{
		kind: backends.Kind{
			Name: "dpbx", Title: "Dropbox", Schemes: []string{"dpbx"}, Form: "dpbx://[/]folder",
			Foldered: true, Note: "One logs in with a browser, once. The folder is made when it is missing.",
			Options: browserOptions(),
		},
		library: "dropbox", hidden: []string{"shared_files", "shared_folders", "export_formats", "skip_exports", "show_all_exports"}, browser: true,
		traits: backends.Traits{Connections: 3}, locate: locateDropbox,
	}
}

func locateDropbox(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	// A batch would be stored later than Put returns.
	p := &place{root: cleanPath(a.Path), values: map[string]string{"batch_mode": "off"}, accounts: accountsOf("dpbx", a)}
	if access := c.Env("DPBX_ACCESS_TOKEN"); access != "" && c.Options["token"] == "" {
		p.values[tokenOption] = accessToken(access)
	}
	application(p, c, "DPBX_APP_KEY", "DPBX_APP_SECRET")
	return p, nil
}

// application reads which application one is, where no option says it.
func application(p *place, c *backends.Config, id, secret string) {
	if v := c.Env(id); v != "" && c.Options["client-id"] == "" {
		p.values["client_id"], p.values["client_secret"] = v, c.Env(secret)
	}
}
