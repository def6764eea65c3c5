package destform_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/ui/destform"
)

// realKind is one of the kinds that there are.
func realKind(t *testing.T, name string) destination.Kind {
	t.Helper()
	all := destination.Kinds()
	i := slices.IndexFunc(all, func(k destination.Kind) bool { return k.Name == name })
	if i < 0 {
		t.Fatalf("there is no kind %s", name)
	}
	return all[i]
}

// A list has an address, variables and options. The password is apart.
func TestMembers(t *testing.T) {
	for _, row := range []struct {
		name, kind string
		typed      typed
		url        string
		env        map[string]string
		password   string
		options    map[string]string
	}{
		{"a server", "sftp", typed{"@host": "nas.local", "@user": "ada", "@password": "p", "@folder": "x"}, "sftp://ada@nas.local/x", nil, "p", nil},
		{"a server with a key", "sftp", typed{"@host": "nas.local", "@user": "ada", "@folder": "x", "key-file": "/k", "timeout": "60"}, "sftp://ada@nas.local/x", nil, "", map[string]string{"key-file": "/k", "timeout": "60"}},
		{"Azure", "azure", typed{"@container": "photos", "account": "ada", "@password": "p"}, "azure://photos", nil, "p", map[string]string{"account": "ada"}},
		{"Koofr", "koofr", typed{"@folder": "x", "user": "ada", "@password": "p"}, "koofr:///x", nil, "p", map[string]string{"user": "ada"}},
		{"without TLS", "s3", typed{"provider": "Minio", "@host": "http://minio.local", "@bucket": "b"}, "s3://minio.local/b", nil, "", map[string]string{"provider": "Minio", "s3-unencrypted-connection": "true"}},
		{"a storage class", "s3", typed{"@bucket": "photos", "storage-class": "GLACIER"}, "s3+http://photos", nil, "", map[string]string{"provider": "AWS", "storage-class": "GLACIER"}},
		{"Amazon's with a key", "s3", typed{"@bucket": "photos", "@prefix": "a/b", "access-key-id": "AK/1", "secret-access-key": "p", "region": "eu-west-1"}, "s3://AK%2F1@s3.eu-west-1.amazonaws.com/photos/a/b", map[string]string{"AWS_DEFAULT_REGION": "eu-west-1"}, "p", map[string]string{"provider": "AWS"}},
		{"Amazon's anywhere", "s3", typed{"@bucket": "photos", "access-key-id": "AK"}, "s3://AK@s3.amazonaws.com/photos", nil, "", map[string]string{"provider": "AWS"}},
		{"Amazon's without a key", "s3", typed{"@bucket": "photos"}, "s3+http://photos", nil, "", map[string]string{"provider": "AWS"}},
		{"one's own", "s3", typed{"provider": "Other", "@host": "minio.local:9000", "@bucket": "photos", "access-key-id": "AK", "secret-access-key": "p"}, "s3://AK@minio.local:9000/photos", nil, "p", map[string]string{"provider": "Other"}},
		{"a key in front of a bucket", "b2", typed{"@user": "0012", "@password": "p", "@bucket": "photos"}, "b2://0012@photos", nil, "p", nil},
		{"Swift", "swift", typed{"@container": "c", "user": "ada", "auth": "https://auth/v3", "key": "p", "tenant": "t"}, "swift://c", map[string]string{"SWIFT_USERNAME": "ada", "SWIFT_AUTHURL": "https://auth/v3", "SWIFT_TENANTNAME": "t"}, "p", nil},
		{"OVH's", "swift", typed{"@scheme": "pca", "@container": "c", "user": "ada", "auth": "https://auth/v3"}, "pca://c", map[string]string{"PCA_USERNAME": "ada", "PCA_AUTHURL": "https://auth/v3"}, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := destform.New(realKind(t, row.kind)).ForMember()
			fill(f, row.typed)
			if !f.Complete() {
				t.Error("it does not count as complete")
			}
			m, password := f.Member()
			env := map[string]string(nil)
			for _, v := range m.Env {
				if env == nil {
					env = map[string]string{}
				}
				env[v.Name] = v.Value
			}
			if m.URL != row.url || password != row.password || !reflect.DeepEqual(env, row.env) || !reflect.DeepEqual(m.Options, row.options) {
				t.Errorf("got %s, %v, %v, %q", m.URL, env, m.Options, password)
			}
			for name, value := range destform.MemberOptions(&m) {
				if row.typed[name] != value && row.options[name] != value {
					t.Errorf("%s: got %q back", name, value)
				}
			}
		})
	}
}

// What is secret is not asked for, rather than forgotten or written down; all
// else that a kind has can be set.
func TestMembersAskForEverythingButSecrets(t *testing.T) {
	for _, k := range destform.MemberKinds(destination.Kinds()) {
		alone, member := map[string]bool{}, map[string]bool{}
		for _, field := range destform.New(k).Fields() {
			alone[field.Key] = !field.Secret || field.Key == destform.KeyPassword
		}
		for _, field := range destform.New(k).ForMember().Fields() {
			member[field.Key] = true
			if field.Secret && field.Key != destform.KeyPassword && field.Key != "secret-access-key" && field.Key != "key" {
				t.Errorf("%s: %s is asked for, and has no place", k.Name, field.Key)
			}
		}
		for key, plain := range alone {
			if plain && !member[key] {
				t.Errorf("%s: %s is not asked for", k.Name, key)
			}
		}
	}
	for _, name := range []string{"mediafire", destination.Several} {
		if slices.ContainsFunc(destform.MemberKinds(destination.Kinds()), func(k destination.Kind) bool { return k.Name == name }) {
			t.Errorf("%s is offered", name)
		}
	}
}

func TestList(t *testing.T) {
	o := destform.Offer{Kind: realKind(t, destination.Several)}
	f := o.Form()
	if !f.IsList() || f.Value(destform.KeyMode) != destform.Mirror {
		t.Error("copies are not chosen already")
	}
	help := func(key string) string {
		for _, field := range f.Fields() {
			if field.Key == key && len(field.Ways) == 2 {
				return field.Help
			}
		}
		t.Fatalf("there are no ways for %s", key)
		return ""
	}
	before := help(destform.KeyOnFail)
	f.Set(destform.KeyMode, destform.Stripe)
	if help(destform.KeyMode) == "" || before == "" || help(destform.KeyOnFail) == before {
		t.Error("what happens when one fails is told in the same way")
	}
	f.Set(destform.KeyMode, destform.Mirror)
	f.Set(destform.KeyOnFail, "abort")
	if r := f.Result(); r.URL != "" || r.Options["mode"] != "mirror" || r.Options["onfail"] != "abort" || !f.Complete() {
		t.Errorf("got %+v", r)
	}
}

// A password is kept under the name that is asked for.
func TestAccounts(t *testing.T) {
	for _, row := range []struct {
		url     string
		options map[string]string
	}{
		{"b2://0012@photos/laptop", nil},
		{"mega://ada%40example.org@mega.nz/x", nil},
		{"azure://photos", map[string]string{"account": "ada"}},
		{"koofr:///x", map[string]string{"user": "ada"}},
		{"swift://c", map[string]string{"user": "ada", "auth": "https://127.0.0.1:1/v3"}},
		{"s3://AK@127.0.0.1:1/b", nil},
		{"webdavs://ada@127.0.0.1:1/b", nil},
	} {
		var asked []string
		e := engine.New(engine.Config{ArchiveDir: t.TempDir(), Questions: engine.Questions{
			Secret: func(_ context.Context, r destination.SecretRequest) (secret.Text, error) {
				asked = append(asked, r.Account)
				return secret.Text{}, errors.New("no answer")
			},
		}})
		_, err := e.Inspect(t.Context(), engine.Destination{URL: row.url, Options: row.options})
		if want := destform.Account(row.url, row.options); len(asked) != 1 || asked[0] != want {
			t.Errorf("%s: asked for %q, kept as %q; %v", row.url, asked, want, err)
		}
	}
}

func TestTokens(t *testing.T) {
	if got := destform.Tokens("gdrive://ada@example.org/x"); !slices.Contains(got, "gdrive://ada@example.org") || !slices.Contains(got, "gdrive://") {
		t.Errorf("got %q", got)
	}
	if got := destform.Tokens("megav3://ada%40h@mega.nz/x"); !slices.Equal(got, []string{"mega://ada@h"}) {
		t.Errorf("got %q", got)
	}
	for _, url := range []string{"sftp://ada@h/x", "nothing", "\x00"} {
		if got := destform.Tokens(url); got != nil {
			t.Errorf("%s: got %q", url, got)
		}
	}
}
