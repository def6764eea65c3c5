package cloud

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// located says where an address leads.
func located(t *testing.T, raw string, options, env map[string]string) (*place, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	c := &backends.Config{Options: options, Getenv: func(name string) string { return env[name] }}
	for _, s := range services() {
		if slices.Contains(s.kind.Schemes, a.Scheme) {
			return s.locate(t.Context(), a, c)
		}
	}
	t.Fatalf("no service has %s", a.Scheme)
	return nil, nil
}

// What duplicity's addresses, flags and variables mean to the library.
func TestLocate(t *testing.T) {
	home := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(".duplicity_onedrive_oauthtoken.json", `{"refresh_token":"R1"}`)
	client := write("client.json", `{"installed":{"client_id":"C1","client_secret":"S1"}}`)
	saved := write("saved.json", `{"refresh_token":"R2","access_token":"old"}`)
	settings := write("settings.yaml", "client_config:\n  client_id: C2\n  client_secret: 'S2'\nsave_credentials_file: "+saved+"\n")
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "K", "AWS_SECRET_ACCESS_KEY": "S"}
	for _, row := range []struct {
		raw          string
		options, env map[string]string
		root         string
		want         map[string]string
	}{
		{"s3://host:9000/bucket/a//b/", nil, keys, "bucket/a/b/", map[string]string{"endpoint": "host:9000", "provider": "Other", "access_key_id": "K", "force_path_style": "true"}},
		{"s3://s3.eu-west-1.amazonaws.com/bucket", nil, keys, "bucket/", map[string]string{"provider": "AWS", "endpoint": "s3.eu-west-1.amazonaws.com"}},
		{"boto3+s3://bucket/x", nil, keys, "bucket/x/", map[string]string{"provider": "AWS"}},
		{"s3+http://bucket/x", nil, nil, "bucket/x/", map[string]string{"env_auth": "true", "provider": "AWS"}},
		{"s3+http://bucket", map[string]string{"s3-endpoint-url": "https://e", "s3-region-name": "r", "s3-use-new-style": "true"}, keys, "bucket/", map[string]string{"endpoint": "https://e", "region": "r", "force_path_style": "false", "provider": "Other"}},
		{"s3+http://bucket", map[string]string{"s3-european-buckets": "true", "s3-unencrypted-connection": "true"}, keys, "bucket/", map[string]string{"location_constraint": "EU", "region": "eu-west-1", "endpoint": "http://s3.eu-west-1.amazonaws.com"}},
		{"s3+http://bucket", map[string]string{"s3-use-server-side-kms-encryption": "true", "s3-kms-key-id": "k1"}, keys, "bucket/", map[string]string{"server_side_encryption": "aws:kms", "sse_kms_key_id": "k1"}},
		{"s3+http://bucket", map[string]string{"s3-use-server-side-encryption": "true", "s3-multipart-chunk-size": "25", "s3-multipart-max-procs": "7"}, keys, "bucket/", map[string]string{"server_side_encryption": "AES256", "chunk_size": "25Mi", "upload_concurrency": "7"}},
		{"s3+http://bucket", map[string]string{"s3-use-multiprocessing": "false", "s3-use-ia": "true"}, keys, "bucket/", map[string]string{"upload_concurrency": "1", "storage_class": "STANDARD_IA"}},
		{"b2://id:key@bucket/dir/", nil, nil, "bucket/dir/", map[string]string{"account": "id", "hard_delete": "true"}},
		{"azure://cont", map[string]string{"azure-max-block-size": "1000000", "azure-max-single-put-size": "500000", "azure-max-connections": "3", "azure-blob-tier": "cool"}, nil, "cont/", map[string]string{"chunk_size": "500000B", "upload_concurrency": "3", "access_tier": "Cool", "env_auth": "true"}},
		{"gs://bucket/x", nil, map[string]string{"GS_ACCESS_KEY_ID": "K", "GS_SECRET_ACCESS_KEY": "S"}, "bucket/x/", map[string]string{"provider": "GCS", "endpoint": "https://storage.googleapis.com", "access_key_id": "K"}},
		{"pca://c", map[string]string{}, map[string]string{"PCA_USERNAME": "u", "PCA_PASSWORD": "p", "PCA_AUTHURL": "https://a/v2.0"}, "c/", map[string]string{"storage_policy": "PCA", "auth_version": "2", "user": "u"}},
		{"swift://c", map[string]string{"swift-storage-policy": "gold"}, map[string]string{"SWIFT_PREAUTHURL": "https://x", "SWIFT_PREAUTHTOKEN": "t"}, "c/", map[string]string{"storage_url": "https://x", "auth_token": "t", "storage_policy": "gold"}},
		{"cf+http://c", nil, map[string]string{"CLOUDFILES_USERNAME": "u", "CLOUDFILES_APIKEY": "k"}, "c/", map[string]string{"auth": rackspace, "auth_version": "1"}},
		{"dpbx:///dir/x", nil, map[string]string{"DPBX_ACCESS_TOKEN": "T", "DPBX_APP_KEY": "A", "DPBX_APP_SECRET": "B"}, "dir/x", map[string]string{"token": accessToken("T"), "client_id": "A", "client_secret": "B", "batch_mode": "off"}},
		{"onedrive://dir", nil, map[string]string{"HOME": home, "ONEDRIVE_ROOT": "drives/D1/root", "OAUTH2_CLIENT_ID": "C"}, "dir", map[string]string{"drive_id": "D1", "client_id": "C", "token": refreshToken("R1")}},
		{"onedrive://dir", nil, map[string]string{"OAUTH2_REFRESH_TOKEN": "R3"}, "dir", map[string]string{"token": refreshToken("R3")}},
		{"gdrive://me@host/dir?driveID=D&myDriveFolderID=F", nil, map[string]string{"GOOGLE_CLIENT_SECRET_JSON_FILE": client}, "dir", map[string]string{"team_drive": "D", "root_folder_id": "F", "client_id": "C1", "client_secret": "S1", "use_trash": "false"}},
		{"pydrive://svc@x.example.com/dir", nil, map[string]string{"GOOGLE_DRIVE_ACCOUNT_KEY": "PEM"}, "dir", map[string]string{"service_account_credentials": serviceAccount("svc@x.example.com", "PEM")}},
		{"pydrive://me@x/dir", nil, map[string]string{"GOOGLE_DRIVE_SETTINGS": settings}, "dir", map[string]string{"client_id": "C2", "client_secret": "S2", "token": refreshToken("R2")}},
		{"gdocs://me@x/dir", nil, map[string]string{"GOOGLE_SECRETS_FILE": client, "GOOGLE_CREDENTIALS_FILE": saved}, "dir", map[string]string{"client_id": "C1", "token": refreshToken("R2")}},
		{"box://dir?config=" + client, nil, nil, "dir", map[string]string{"box_config_file": client, "box_sub_type": "enterprise"}},
		{"rclone://nas:/dir", map[string]string{"config": "/c"}, nil, "nas:/dir", map[string]string{"config": "/c"}},
		{"rclone://nas/dir", nil, map[string]string{"RCLONE_CONFIG": "/d"}, "nas:dir", map[string]string{"config": "/d"}},
		{"koofr://dir", map[string]string{"user": "u"}, nil, "dir", map[string]string{"provider": "koofr"}},
		{"pcloud:///dir", nil, nil, "dir", nil},
		{"jottacloud://dir", nil, nil, "dir", nil},
	} {
		p, err := located(t, row.raw, row.options, row.env)
		if err != nil {
			t.Errorf("%s: %v", row.raw, err)
			continue
		}
		got := maps.Clone(p.values)
		maps.DeleteFunc(got, func(name, _ string) bool { _, wanted := row.want[name]; return !wanted })
		if p.root != row.root || !maps.Equal(got, row.want) && len(row.want) > 0 {
			t.Errorf("%s: %s %v, want %s %v", row.raw, p.root, got, row.root, row.want)
		}
	}
}

func TestLocateRefuses(t *testing.T) {
	for raw, options := range map[string]map[string]string{
		"s3+http:///":     nil,
		"s3+http://b":     {"s3-use-glacier": "true", "s3-use-ia": "true"},
		"azure://c--d":    nil,
		"azure://cont":    {"azure-blob-tier": "Warm"},
		"rclone:///":      nil,
		"rclone://a,b=c:": nil,
		"koofr://x":       nil,
		"swift://c":       nil,
		"box://x":         {"box-config-file": "/nonexistent"},
		"gdrive://a@b/c":  {"service-account-file": "/nonexistent"},
	} {
		if _, err := located(t, raw, options, nil); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%s %v: %v, want ErrConfig", raw, options, err)
		}
	}
	if _, err := located(t, "onedrive://x", nil, map[string]string{"ONEDRIVE_ROOT": "me/drive/special/approot"}); !errors.Is(err, backends.ErrConfig) {
		t.Errorf("got %v, want ErrConfig", err)
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "999999999": 24 * time.Hour, "Mon, 01 Jan 2001 00:00:00 GMT": 0} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func FuzzReadLogin(f *testing.F) {
	for _, s := range []string{`{"token":"{\"access_token\":\"a\"}","drive_id":"x"}`, `{"access_token":"a"}`, `{"token":1}`, "", "[]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		login, err := readLogin(text)
		if err != nil {
			return
		}
		again, err := readLogin(writeLogin(login))
		if err != nil || !maps.Equal(login, again) && login[tokenOption] == strings.ToValidUTF8(login[tokenOption], "") {
			t.Errorf("%q became %q, %v", login, again, err)
		}
	})
}

func FuzzParseINI(f *testing.F) {
	f.Add("[Credentials]\naws_access_key_id = x\n# y\n[Boto]\na: b")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := parseINI(strings.NewReader(text), "credentials")
		for name, value := range values {
			if err == nil && (name != strings.ToLower(name) || strings.Contains(name+value, "\n")) {
				t.Errorf("%q = %q", name, value)
			}
		}
	})
}
