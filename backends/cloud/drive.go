package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"

	_ "github.com/rclone/rclone/backend/drive" // the protocol
	"github.com/rclone/rclone/fs"
	driveapi "google.golang.org/api/drive/v3"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// drive is Google Drive, under the three names that duplicity has for it.
func drive() *service {
	return &service{
		kind: backends.Kind{
			Name: "gdrive", Title: "Google Drive", Schemes: []string{"gdrive", "gdocs", "pydrive"}, Form: "gdrive://user@host/folder[?driveID=id][&myDriveFolderID=id]",
			Foldered: true, Note: "One logs in with a browser, once, or with the file of a service account. What stands for the host is of no importance then.",
			Options: browserOptions(
				backends.Option{Name: "service-account-file", Title: "Key file", Help: "The JSON file with the key of a service account."},
				backends.Option{Name: "team-drive", Title: "Shared drive", Help: "The id of a shared drive, instead of one's own."},
				backends.Option{Name: "root-folder-id", Title: "Id of the topmost folder", Help: "The folder that addresses begin at, instead of all files."},
				backends.Option{Name: "scope", Title: "Rights", Help: "With drive.file, only what Varve stored itself can be seen."},
			),
		},
		library: "drive", browser: true, layered: true, twins: driveTwins,
		hidden: []string{
			"skip_gdocs", "show_all_gdocs", "shared_with_me", "starred_only", "formats", "export_formats", "import_formats", "allow_import_name_change",
			"use_created_date", "use_shared_date", "copy_shortcut_content", "size_as_quota", "skip_checksum_gphotos", "alternate_export", "metadata_owner",
			"metadata_permissions", "metadata_labels", "metadata_enforce_expansive_access", "fast_list_bug_fix",
		},
		preset: map[string]string{"scope": "drive", "skip_gdocs": "true", "skip_shortcuts": "true"},
		traits: backends.Traits{MaxSize: 5 << 40, Connections: 3}, locate: locateDrive,
	}
}

// driveTwins asks for all files of a name. The library takes the first of them,
// and Drive promises no order.
func driveTwins(ctx context.Context, f fs.Fs, o fs.Object) (bool, error) {
	in, known := o.(fs.ParentIDer)
	if !known {
		return false, nil
	}
	leaf := path.Base(o.Remote())
	found, err := f.Features().Command(ctx, "query", []string{fmt.Sprintf(
		"'%s' in parents and name='%s' and mimeType!='application/vnd.google-apps.folder' and trashed=false",
		in.ParentID(), strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(leaf),
	)}, nil)
	if err != nil {
		return false, err
	}
	files, _ := found.([]*driveapi.File)
	same := 0
	for _, file := range files {
		if file.Name == leaf { // the service does not tell cases apart
			same++
		}
	}
	return same > 1, nil
}

func locateDrive(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	p := &place{
		root: cleanPath(a.Path), accounts: accountsOf("gdrive", a),
		// What goes to the trash takes room for thirty days.
		values: map[string]string{"use_trash": "false"},
	}
	if id := a.Query.Get("driveID"); id != "" {
		p.values["team_drive"] = id
	}
	if id := a.Query.Get("myDriveFolderID"); id != "" {
		p.values["root_folder_id"] = id
	}
	if c.Options["service-account-file"]+c.Options["service-account-credentials"] != "" || c.Options["env-auth"] == "true" {
		p.keyless = true
		return p, checkFile(c.Options["service-account-file"])
	}
	return p, driveKeys(a, p, c)
}

// driveKeys reads what duplicity's clients read from the environment.
func driveKeys(a *address.Address, p *place, c *backends.Config) error {
	if key := c.Env("GOOGLE_DRIVE_ACCOUNT_KEY"); key != "" {
		p.keyless = true
		p.values["service_account_credentials"] = serviceAccount(a.User+"@"+a.Host, key)
		return nil
	}
	if file := c.Env("GOOGLE_SERVICE_JSON_FILE"); file != "" {
		p.keyless = true
		p.values["service_account_file"] = file
		return checkFile(file)
	}
	credentials := ""
	if file := c.Env("GOOGLE_DRIVE_SETTINGS"); file != "" {
		settings, err := readYAML(file)
		if err != nil {
			return err
		}
		p.values["client_id"], p.values["client_secret"] = settings["client_id"], settings["client_secret"]
		credentials = settings["save_credentials_file"]
	}
	if file := cmp.Or(c.Env("GOOGLE_SECRETS_FILE"), c.Env("GOOGLE_CLIENT_SECRET_JSON_FILE")); file != "" {
		if err := googleApplication(p, file); err != nil {
			return err
		}
		if c.Env("GOOGLE_SECRETS_FILE") != "" {
			credentials = c.Env("GOOGLE_CREDENTIALS_FILE")
		}
	}
	return googleToken(p, credentials)
}

// serviceAccount is the file of a service account, of which duplicity knows
// only the key.
func serviceAccount(email, key string) string {
	return asJSON(map[string]string{
		"type": "service_account", "client_email": email, "private_key": key, "token_uri": "https://oauth2.googleapis.com/token",
	})
}

// googleApplication reads the file of an application.
func googleApplication(p *place, file string) error {
	var content struct {
		Installed, Web struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
	}
	if err := readJSON(file, &content); err != nil {
		return err
	}
	p.values["client_id"] = cmp.Or(content.Installed.ID, content.Web.ID)
	p.values["client_secret"] = cmp.Or(content.Installed.Secret, content.Web.Secret)
	return nil
}

// googleToken reads the file in which Google's old library for Python kept a
// token. A newer one keeps it in a form that only Python reads; then one logs
// in again.
func googleToken(p *place, file string) error {
	if file == "" {
		return nil
	}
	if _, err := os.Stat(file); err != nil {
		return nil //nolint:nilerr // it is where a login would be kept, after the first
	}
	var t token
	if err := readJSON(file, &t); err != nil {
		return err
	}
	if t.Refresh != "" {
		p.values[tokenOption] = refreshToken(t.Refresh)
	}
	return nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%w: reading %s: %w", backends.ErrConfig, file, err)
	}
	return nil
}

// yamlLine is "name: value", at any depth.
var yamlLine = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*:\s*(\S.*)$`)

// readYAML reads the names and values of a file of settings, whatever section
// they are in: the few that matter are in one each.
func readYAML(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if found := yamlLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); found != nil {
			values[found[1]] = strings.Trim(strings.TrimSpace(found[2]), `"'`)
		}
	}
	return values, nil
}
