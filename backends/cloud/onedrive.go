package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	iofs "io/fs"
	"os"
	"path/filepath"
	"regexp"

	_ "github.com/rclone/rclone/backend/onedrive" // the protocol
	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config/configmap"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// onedrive is Microsoft's OneDrive, and SharePoint.
func onedrive() *service {
	return &service{
		kind: backends.Kind{
			Name: "onedrive", Title: "OneDrive", Schemes: []string{"onedrive"}, Form: "onedrive://[/]folder",
			Foldered: true, Note: "One logs in with a browser, once. The drives of a company and of SharePoint are chosen while one does.",
			Options: browserOptions(
				backends.Option{Name: "drive-id", Title: "Drive", Help: "The id of a drive; without one, that of the account."},
				backends.Option{Name: "drive-type", Title: "Kind of drive", Help: "What the drive belongs to.", Choices: []backends.Choice{
					{Value: "personal", Help: "one person"}, {Value: "business", Help: "a company"}, {Value: "documentLibrary", Help: "SharePoint"},
				}, Closed: true},
				backends.Option{Name: "region", Title: "Cloud", Help: "Which of Microsoft's clouds the account lies in."},
				backends.Option{Name: "hard-delete", Title: "Delete for good", Help: "What is deleted does not go to the recycle bin. Personal accounts cannot do that."},
			),
		},
		library: "onedrive", hidden: []string{"expose_onenote_files", "link_scope", "link_type", "link_password", "access_scopes"}, browser: true,
		preset: map[string]string{"no_versions": "false"},
		traits: backends.Traits{MaxSize: 250 << 30, Connections: 3}, locate: locateOneDrive, complete: completeOneDrive,
	}
}

func locateOneDrive(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	p := &place{root: cleanPath(a.Path), values: map[string]string{}, accounts: accountsOf("onedrive", a)}
	if err := oneDriveRoot(p, c.Env("ONEDRIVE_ROOT")); err != nil {
		return nil, err
	}
	application(p, c, "OAUTH2_CLIENT_ID", "OAUTH2_CLIENT_SECRET")
	refresh := c.Env("OAUTH2_REFRESH_TOKEN")
	if refresh == "" {
		var err error
		if refresh, err = oldOneDriveToken(c.Env("HOME")); err != nil {
			return nil, err
		}
	}
	if refresh != "" && c.Options["token"] == "" {
		p.values[tokenOption] = refreshToken(refresh)
	}
	return p, nil
}

var driveRoot = regexp.MustCompile(`^drives/([^/]+)/root$`)

// oneDriveRoot reads duplicity's variable for another drive.
func oneDriveRoot(p *place, root string) error {
	switch found := driveRoot.FindStringSubmatch(root); {
	case root == "" || root == "me/drive/root":
	case found != nil:
		p.values["drive_id"] = found[1]
	default:
		return fmt.Errorf("%w: ONEDRIVE_ROOT is %q; me/drive/root and drives/ID/root can be used", backends.ErrConfig, root)
	}
	return nil
}

// oldOneDriveToken reads the file in which duplicity keeps its token.
func oldOneDriveToken(home string) (string, error) {
	text, err := os.ReadFile(filepath.Join(home, ".duplicity_onedrive_oauthtoken.json"))
	if errors.Is(err, iofs.ErrNotExist) {
		return "", nil
	}
	var t token
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		return "", fmt.Errorf("%w: reading duplicity's token: %w", backends.ErrConfig, err)
	}
	return t.Refresh, nil
}

// completeOneDrive finds out the drive of the account: the library wants to
// know its id. It takes the first that is offered.
func completeOneDrive(ctx context.Context, m *mapper) error {
	if id, _ := m.Get("drive_id"); id != "" {
		if kind, _ := m.Get("drive_type"); kind == "" {
			m.Set("drive_type", "business")
		}
		return nil
	}
	info, err := fs.Find("onedrive")
	if err != nil {
		return err
	}
	// While it asks for drives, the library renews a token at this address only.
	m.Set("token_url", oneDriveTokenURL(m))
	answers := configmap.Simple{"config_refresh_token": "false", "config_type": "onedrive", "config_drive_ok": "true"}
	return answerAll(ctx, info, m, answers)
}

// oneDriveTokenURL is where a token is renewed, in the cloud that is meant.
func oneDriveTokenURL(m *mapper) string {
	host := "login.microsoftonline.com"
	switch region, _ := m.Get("region"); region {
	case "us":
		host = "login.microsoftonline.us"
	case "de":
		host = "login.microsoftonline.de"
	case "cn":
		host = "login.chinacloudapi.cn"
	}
	tenant, _ := m.Get("tenant")
	return "https://" + host + "/" + cmp.Or(tenant, "common") + "/oauth2/v2.0/token"
}

// answerAll lets the library find out what it needs. What it asks besides gets
// the first answer that it offers.
func answerAll(ctx context.Context, info *fs.RegInfo, m *mapper, answers configmap.Simple) error {
	in := fs.ConfigIn{State: ""}
	for range longestTalk {
		out, err := fs.BackendConfig(ctx, info.Name, m, info, answers, in)
		if err != nil {
			return err
		}
		if out == nil || out.State == "" {
			return nil
		}
		if out.Error != "" {
			return told(out.Error)
		}
		in = fs.ConfigIn{State: out.State}
		if o := out.Option; o != nil {
			in.Result = o.String()
			if in.Result == "" && len(o.Examples) > 0 {
				in.Result = o.Examples[0].Value
			}
		}
	}
	return errTalk
}

// longestTalk is how many questions the library may ask.
const longestTalk = 50

var errTalk = errors.New("the questions of the library do not end")

// told is an error of which the library gives nothing but words.
func told(words string) error {
	err := errors.New(oneLine(words, nil))
	if isRevoked(err) {
		return err
	}
	return fmt.Errorf("%w: %w", backends.ErrConfig, err)
}
