package destform_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
)

// kinds are such as the real ones look like.
func kinds() []destination.Kind {
	return []destination.Kind{
		{Name: "file", Title: "Folder or drive", Schemes: []string{"file"}, Form: "file://[/]folder"},
		{Name: "sftp", Title: "SSH server", Schemes: []string{"sftp", "scp"}, Form: "sftp://[user[:password]@]host[:port]/[/]folder"},
		{Name: "ftp", Title: "FTP server", Schemes: []string{"ftp", "ftps", "ftpes"}, Form: "ftp[s|es]://[user[:password]@]host[:port]/[/]folder"},
		{Name: "rsync", Title: "rsync", Schemes: []string{"rsync"}, Form: "rsync://[user@]host[:port]/[/]folder or rsync://[user@]host[:port]::module/folder"},
		{
			Name: "s3", Title: "S3 and compatible", Schemes: []string{"s3", "s3+http"}, Form: "s3://host[:port]/bucket[/prefix] or s3+http://bucket[/prefix]",
			Options: []destination.Option{
				{Name: "provider", Title: "Provider", Choices: []destination.Choice{{Value: "AWS", Help: "Amazon Web Services (AWS) S3"}, {Value: "Wasabi", Help: "Wasabi Object Storage"}, {Value: "Other"}}, Closed: true},
				{Name: "endpoint", Title: "Server", Choices: []destination.Choice{{Value: "s3.wasabisys.com", Help: "Wasabi: US East"}, {Value: "s3.eu.aws", Help: "AWS: Europe"}}},
				{Name: "region", Title: "Region", Choices: []destination.Choice{{Value: "eu-west-1", Help: "AWS, Other: Ireland"}, {Value: "us-east-2", Help: "Wasabi: Texas"}, {Value: "any", Help: "If unsure: this"}}},
				{Name: "access-key-id", Title: "Access key"},
				{Name: "secret-access-key", Title: "Secret key", Secret: true},
				{Name: "acl", Title: "ACL", Only: "provider=AWS,Other", Advanced: true},
				{Name: "chunk-size", Title: "Parts", Type: destination.Bytes, Default: "5M", Advanced: true},
				{Name: "sse", Title: "Encryption", Only: "provider!=Wasabi"},
			},
			Flags: []destination.Option{{Name: "s3-unencrypted-connection", Type: destination.Switch}},
		},
		{Name: "b2", Title: "Backblaze B2", Schemes: []string{"b2"}, Form: "b2://[key_id[:key]@]bucket[/folder]"},
		{Name: "dropbox", Title: "Dropbox", Schemes: []string{"dpbx"}, Form: "dpbx:///[folder]"},
		{Name: "multi", Title: "Several places", Schemes: []string{"multi"}, Note: "A file lists them.", Form: "multi:///file.json?mode=stripe|mirror"},
	}
}

func kind(t *testing.T, name string) destination.Kind {
	t.Helper()
	all := kinds()
	i := slices.IndexFunc(all, func(k destination.Kind) bool { return k.Name == name })
	if i < 0 {
		t.Fatalf("there is no kind %s", name)
	}
	return all[i]
}

// typed is what a person fills in.
type typed map[string]string

func fill(f *destform.Form, values typed) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f.Set(key, values[key])
	}
}

// What is typed becomes an address, and the address the same form again.
func TestThereAndBack(t *testing.T) {
	for _, row := range []struct {
		name, kind string
		typed      typed
		want       string
	}{
		{"a host alone", "sftp", typed{"@host": "nas.local"}, "sftp://nas.local"},
		{"all parts", "sftp", typed{"@host": "nas.local", "@port": "2222", "@user": "ada@home", "@folder": "backup/my laptop"}, "sftp://ada%40home@nas.local:2222/backup/my%20laptop"},
		{"from the top", "sftp", typed{"@host": "nas.local", "@folder": "/srv/backup"}, "sftp://nas.local//srv/backup"},
		{"the sixth protocol", "sftp", typed{"@host": "::1", "@folder": "x"}, "sftp://[::1]/x"},
		{"letters that mean something", "sftp", typed{"@host": "h", "@user": "a:b/c", "@folder": "100%?#ü"}, "sftp://a%3Ab%2Fc@h/100%25%3F%23%C3%BC"},
		{"another scheme", "ftp", typed{"@host": "h", "@scheme": "ftp"}, "ftp://h"},
		{"the best scheme by itself", "ftp", typed{"@host": "h"}, "ftpes://h"},
		{"rsync by ssh", "rsync", typed{"@host": "h", "@folder": "x/y"}, "rsync://h/x/y"},
		{"rsync by itself", "rsync", typed{"@host": "h", "@module": "data", "@folder": "x"}, "rsync://h::data/x"},
		{"a service of one's own", "s3", typed{"provider": "Other", "@host": "minio.local", "@port": "9000", "@bucket": "photos", "@prefix": "a/b"}, "s3://minio.local:9000/photos/a/b"},
		{"Amazon's", "s3", typed{"@bucket": "photos"}, "s3+http://photos"},
		{"a key in front of a bucket", "b2", typed{"@user": "0012", "@bucket": "photos", "@folder": "laptop"}, "b2://0012@photos/laptop"},
		{"no host", "dropbox", typed{"@folder": "backup/x"}, "dpbx:///backup/x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := destform.New(kind(t, row.kind))
			fill(f, row.typed)
			if !f.Complete() {
				t.Error("it does not count as complete")
			}
			got := f.Result().URL
			if got != row.want {
				t.Fatalf("got %s, want %s", got, row.want)
			}
			back, ok := destform.Read(kinds(), got, nil)
			if !ok || back.Result().URL != got {
				t.Fatalf("read again: %v, %s", ok, back.Result().URL)
			}
			for key, value := range row.typed {
				if back.Value(key) != value {
					t.Errorf("%s: got %q, want %q", key, back.Value(key), value)
				}
			}
		})
	}
}

// What people paste into the field of the server is taken for what it says.
func TestServerAsItIsPasted(t *testing.T) {
	for pasted, want := range map[string]string{
		"https://minio.local:9000/": "s3://minio.local:9000/b", "minio.local:9000": "s3://minio.local:9000/b",
		"http://minio.local": "s3://minio.local/b", "[::1]:9000": "s3://[::1]:9000/b",
	} {
		f := destform.New(kind(t, "s3"))
		fill(f, typed{"provider": "Other", "@host": pasted, "@bucket": "b"})
		r := f.Result()
		if r.URL != want || !f.Complete() {
			t.Errorf("%s: got %s, want %s", pasted, r.URL, want)
		}
		if plain := r.Options["s3-unencrypted-connection"] == "true"; plain != strings.HasPrefix(pasted, "http:") {
			t.Errorf("%s: plain is %v", pasted, plain)
		}
	}
}

// Secrets are neither in the address nor among the options.
func TestSecretsAreKeptApart(t *testing.T) {
	f := destform.New(kind(t, "s3"))
	fill(f, typed{"@bucket": "b", "access-key-id": "AKIA", "secret-access-key": "hidden", "region": "eu-west-1", "provider": "", "chunk-size": "5M"})
	r := f.Result()
	if want := map[string]string{"access-key-id": "AKIA", "region": "eu-west-1"}; !reflect.DeepEqual(r.Options, want) {
		t.Errorf("options are %v, want %v", r.Options, want)
	}
	if want := map[string]string{"secret-access-key": "hidden"}; !reflect.DeepEqual(r.Secrets, want) {
		t.Errorf("secrets are %v, want %v", r.Secrets, want)
	}
	f = destform.New(kind(t, "sftp"))
	fill(f, typed{"@host": "h", "@user": "ada", "@password": " hidden "})
	if r := f.Result(); r.Password != " hidden " || strings.Contains(r.URL, "hidden") {
		t.Errorf("got %+v", r)
	}
}

func TestAnotherAddress(t *testing.T) {
	f := destform.Another(kinds())
	f.Set(destform.KeyAddress, "sftp://ada:s%40cret@nas.local//srv/x")
	r := f.Result()
	if r.URL != "sftp://ada@nas.local//srv/x" || r.Password != "s@cret" || f.Kind().Name != "sftp" || !f.Complete() {
		t.Errorf("got %+v of %s", r, f.Kind().Name)
	}
	for address, reason := range map[string]string{
		"nas.local/x": "begins with its kind", "gopher://x/y": "knows no kind", "sftp:///x": "names no host", "sftp://h:0/": "port",
	} {
		f.Set(destform.KeyAddress, address)
		field := f.Fields()[0]
		if got := f.Check(&field); !strings.Contains(got, reason) || f.Complete() {
			t.Errorf("%s: got %q, want %q", address, got, reason)
		}
	}
	f.Set(destform.KeyAddress, "boto3+s3://photos/x")
	if !slices.ContainsFunc(f.Fields(), func(x destform.Field) bool { return x.Key == "region" }) {
		t.Error("the options of the kind are not there")
	}
}

// keys are those of the fields that are shown.
func keys(f *destform.Form, advanced bool) (all []string) {
	for _, x := range f.Fields() {
		if x.Advanced == advanced {
			all = append(all, x.Key)
		}
	}
	return all
}

// An option that counts for some values of another is there with those alone.
func TestOnly(t *testing.T) {
	f := destform.New(kind(t, "s3"))
	f.Set("provider", "AWS")
	if got := keys(f, true); !slices.Contains(got, "acl") || !slices.Contains(keys(f, false), "sse") {
		t.Errorf("with AWS: %v", got)
	}
	fill(f, typed{"acl": "private", "sse": "AES256", "@bucket": "b", "provider": "Wasabi"})
	if got := keys(f, true); slices.Contains(got, "acl") || slices.Contains(keys(f, false), "sse") {
		t.Errorf("with Wasabi: %v", got)
	}
	if r := f.Result(); r.Options["acl"] != "" || r.Options["sse"] != "" {
		t.Errorf("what does not count is set: %v", r.Options)
	}
}

// The fields of S3: no second one for the server, and choices of the provider.
func TestFieldsOfS3(t *testing.T) {
	f := destform.New(kind(t, "s3"))
	f.Set("provider", "Wasabi")
	want := []string{"provider", "@host", "@port", "@bucket", "@prefix", "region", "access-key-id", "secret-access-key"}
	if got := keys(f, false); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, x := range f.Fields() {
		switch x.Key {
		case "@host":
			if len(x.Choices) != 1 || x.Choices[0] != (destination.Choice{Value: "s3.wasabisys.com", Help: "US East"}) || !x.Required {
				t.Errorf("the server: %+v", x)
			}
		case "region":
			if want := []destination.Choice{{Value: "us-east-2", Help: "Texas"}, {Value: "any", Help: "If unsure: this"}}; !slices.Equal(x.Choices, want) {
				t.Errorf("regions: %v", x.Choices)
			}
		case "@bucket":
			if !x.Required || x.Title != "Bucket" {
				t.Errorf("the bucket: %+v", x)
			}
		}
	}
}

// Amazon's server is known: what was typed for another one does not count.
func TestServerThatIsKnown(t *testing.T) {
	f := destform.New(kind(t, "s3"))
	if slices.Contains(keys(f, false), "@host") || f.Value("provider") != "AWS" {
		t.Errorf("with %q: %v", f.Value("provider"), keys(f, false))
	}
	fill(f, typed{"@bucket": "b", "provider": "Wasabi", "@host": "s3.wasabisys.com"})
	if got := f.Result().URL; got != "s3://s3.wasabisys.com/b" {
		t.Errorf("got %s", got)
	}
	f.Set("provider", "AWS")
	if got := f.Result().URL; got != "s3+http://b" || !f.Complete() {
		t.Errorf("got %s", got)
	}
}

// A whole address that is pasted into the field of the server says the folder.
func TestAddressOfACloud(t *testing.T) {
	f := destform.New(destination.Kind{Name: "webdav", Schemes: []string{"webdav", "webdavs"}, Form: "webdav[s]://[user[:password]@]host[:port]/folder"})
	fill(f, typed{"@host": "https://cloud.example/remote.php/dav/files/ada/", "@user": "ada", "@folder": "backup"})
	if got := f.Result().URL; got != "webdavs://ada@cloud.example/remote.php/dav/files/ada/backup" {
		t.Errorf("got %s", got)
	}
}

// Where user and host are a mail address, they stand in that order.
func TestAccountByMail(t *testing.T) {
	f := destform.New(destination.Kind{Name: "gdrive", Form: "gdrive://user@host/folder[?driveID=id]"})
	fill(f, typed{"@user": "ada", "@host": "gmail.com", "@folder": "backup"})
	if got := keys(f, false); !slices.Equal(got, []string{"@user", "@host", "@folder"}) {
		t.Errorf("got %v", got)
	}
	if got := f.Result().URL; got != "gdrive://ada@gmail.com/backup" {
		t.Errorf("got %s", got)
	}
}

// The forms of real kinds that are written in other ways.
func TestOtherForms(t *testing.T) {
	for _, row := range []struct {
		form  string
		typed typed
		keys  []string
		want  string
	}{
		{"swift://container[/prefix], pca://container[/prefix] or cf+http://container[/prefix]", typed{"@container": "c", "@scheme": "pca"}, []string{"@scheme", "@container", "@prefix"}, "pca://c"},
		{"smb://[[domain;]user[:password]@]host[:port]/share[/folder]", typed{"@host": "h", "@share": "s", "@folder": "a/b"}, []string{"@host", "@port", "@user", "@password", "@share", "@folder"}, "smb://h/s/a/b"},
		{"box://[/]folder[?config=file]", typed{"@folder": "a"}, []string{"@folder"}, "box:///a"},
		{"mega://user[:password]@mega.nz/[/]folder", typed{"@user": "ada@h", "@folder": "a"}, []string{"@user", "@password", "@folder"}, "mega://ada%40h@mega.nz/a"},
		{"imaps://user[:password]@host[:port]/sender", typed{"@host": "h", "@user": "ada@h", "@sender": "x"}, []string{"@host", "@port", "@user", "@password", "@sender"}, "imaps://ada%40h@h/x"},
		{"sftp://[user@]host[:port]/[/]folder", typed{"@host": "h"}, []string{"@host", "@port", "@user", "@password", "@folder"}, "sftp://h"},
	} {
		f := destform.New(destination.Kind{Name: "x", Form: row.form})
		fill(f, row.typed)
		if got := keys(f, false); !slices.Equal(got, row.keys) {
			t.Errorf("%s: got %v", row.form, got)
		}
		if got := f.Result().URL; got != row.want || !f.Complete() {
			t.Errorf("%s: got %s, want %s", row.form, got, row.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct{ kind, key, value, want string }{
		{"sftp", "@host", "a b", "no name of a server"},
		{"sftp", "@host", "nas:x", "A port"},
		{"sftp", "@port", "70000", "A port"},
		{"sftp", "@folder", "a/../b", "without"},
		{"sftp", "timeout", "soon", "whole number"},
		{"s3", "@bucket", "a/b", "without a slash"},
		{"s3", "provider", "Nobody", "of the list"},
		{"s3", "chunk-size", "large", "a size"},
		{"sftp", "@host", "nas.local", ""},
		{"s3", "chunk-size", "8M", ""},
	} {
		f := destform.New(kind(t, row.kind))
		f.Set(row.key, row.value)
		i := slices.IndexFunc(f.Fields(), func(x destform.Field) bool { return x.Key == row.key })
		if i < 0 {
			t.Errorf("%s has no field %s", row.kind, row.key)
			continue
		}
		if got := f.Check(&f.Fields()[i]); !strings.Contains(got, row.want) || (row.want == "") != (got == "") {
			t.Errorf("%s=%s: got %q, want %q", row.key, row.value, got, row.want)
		}
	}
}

func TestMissing(t *testing.T) {
	f := destform.New(kind(t, "sftp"))
	if f.Complete() {
		t.Error("a form without a server counts as complete")
	}
	f = destform.New(kind(t, "s3"))
	f.Set("access-key-id", "x")
	if f.Complete() {
		t.Error("a form without a bucket counts as complete")
	}
}

// titles are what is offered.
func titles(groups []destform.Group) (all []string) {
	for _, g := range groups {
		for _, o := range g.Offers {
			all = append(all, g.Title+": "+o.Title)
		}
	}
	return all
}

func TestOffers(t *testing.T) {
	want := []string{
		"A server of your own: SSH server", "A server of your own: FTP server", "A server of your own: rsync", "A storage service: S3 and compatible",
		"A storage service: Backblaze B2", "An account with a cloud drive: Dropbox", "Other ways: Several places",
	}
	if got := titles(destform.Offers(kinds(), "")); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := titles(destform.Offers(kinds(), "scp")); !slices.Equal(got, []string{"A server of your own: SSH server"}) {
		t.Errorf("scp finds %v", got)
	}
	groups := destform.Offers(kinds(), "wasabi object")
	if len(groups) != 1 || groups[0].Offers[0].Form().Value("provider") != "Wasabi" {
		t.Errorf("a provider finds %v", titles(groups))
	}
	if got := destform.Offers(kinds(), "nothing like it"); len(got) != 0 {
		t.Errorf("nonsense finds %v", titles(got))
	}
}

func TestName(t *testing.T) {
	for url, want := range map[string]string{
		"sftp://ada:secret@nas.local:2222":    "nas.local",
		"sftp://nas.local//srv/my%20files":    "nas.local / srv / my files",
		"s3://s3.wasabisys.com/photos/laptop": "bucket photos / laptop at s3.wasabisys.com",
		"s3+http://photos":                    "bucket photos at S3",
		"b2://id:secret@photos/x":             "bucket photos / x at Backblaze B2",
		"dpbx:///backup":                      "Dropbox / backup",
		"rsync://h::data/x":                   "h / data / x",
		"gopher://me:secret@host/x":           "gopher://me:xxxxx@host/x",
		"sftp://me:secret@/x":                 "sftp://me:xxxxx@/x",
		"boto3+s3://photos":                   "bucket photos at S3",
		"azure://container/x":                 "container container / x at Azure",
	} {
		if got := destform.Name(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

// The host of a cloud drive's address is nobody to ask.
func TestHost(t *testing.T) {
	for url, want := range map[string]string{
		"sftp://ada@nas.local/x": "nas.local", "dpbx://": "Dropbox", "gdrive://ada@gmail.com/x": "Google Drive", "b2://id@photos": "Backblaze B2",
		"s3://s3.wasabisys.com/photos": "s3.wasabisys.com", "koofr:///x": "Koofr", "cf+http://c": "Rackspace Cloud Files", "no address": "the destination",
	} {
		if got := destform.Host(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

// Forms that nobody foresaw lead to a field for the whole address.
func TestUnknownForm(t *testing.T) {
	f := destform.New(kind(t, "multi"))
	if got := f.Fields()[0].Key; got != destform.KeyAddress {
		t.Errorf("the first field is %s", got)
	}
	f.Set(destform.KeyAddress, "multi:///etc/places.json?mode=mirror")
	if r := f.Result(); r.URL != "multi:///etc/places.json?mode=mirror" || !f.Complete() {
		t.Errorf("got %+v", r)
	}
}

// Every kind there is has a form, and a name in few words.
func TestRealKinds(t *testing.T) {
	for _, k := range destination.Kinds() {
		f := destform.New(k)
		if len(f.Fields()) == 0 {
			t.Errorf("%s has no fields", k.Name)
		}
		for _, x := range f.Fields() {
			if x.Title == "" {
				t.Errorf("%s: the field %s has no title", k.Name, x.Key)
			}
		}
	}
}

func FuzzForm(f *testing.F) {
	for _, k := range kinds() {
		f.Add(k.Form, "h", "u", "a/b")
	}
	f.Add("x://[[", "", "", "")
	f.Fuzz(func(t *testing.T, form, host, user, path string) {
		k := destination.Kind{Name: "x", Schemes: []string{"sftp"}, Form: form}
		got := destform.New(k)
		fill(got, typed{"@host": host, "@user": user, "@folder": path, "@bucket": path, "@address": path})
		got.Fields()
		if got.Complete() {
			if url := got.Result().URL; strings.ContainsAny(url, "\n\x00") {
				t.Errorf("%q: %q", form, url)
			}
		}
	})
}

// What an address says is not lost in its form.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"sftp://me:p%40@h:22//x", "b2://id:key@b/x", "rsync://h::m/x", "ftp://[::1]:21/%zz", "s3://h:9000/b/p", "s3+http://b", "multi:///x?mode=mirror", "dpbx:///a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, url string) {
		form, ok := destform.Read(kinds(), url, nil)
		if !ok || !form.Complete() {
			return
		}
		got := form.Result().URL
		again, ok := destform.Read(kinds(), got, nil)
		if !ok {
			t.Fatalf("%q became %q, which is none", url, got)
		}
		if twice := again.Result().URL; twice != got && again.Complete() {
			t.Errorf("%q became %q and then %q", url, got, twice)
		}
		destform.Name(got)
	})
}
