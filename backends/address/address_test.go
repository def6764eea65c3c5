package address_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/address"
)

// The forms of duplicity's manual, section 1 of formats/destinations.md.
func TestParse(t *testing.T) {
	for raw, want := range map[string]address.Address{
		"/plain/path":                              {Scheme: "file", Path: "/plain/path"},
		"file://relative/path":                     {Scheme: "file", Path: "relative/path"},
		"file:///abs?x#y":                          {Scheme: "file", Path: "/abs?x#y"},
		"par2+file:///abs":                         {Scheme: "file", Path: "/abs", Parity: true},
		"sftp://me:p%40ss@host:2222/dir/a%20b":     {Scheme: "sftp", User: "me", Password: "p@ss", HasPassword: true, Host: "host", Port: 2222, Path: "/dir/a b"},
		"sftp://h//abs":                            {Scheme: "sftp", Host: "h", Path: "//abs"},
		"sftp://h":                                 {Scheme: "sftp", Host: "h"},
		"paramiko+SFTP://h/x":                      {Scheme: "sftp", Prefix: "paramiko", Host: "h", Path: "/x"},
		"lftp+ftps://u:@h/x":                       {Scheme: "ftps", Prefix: "lftp", User: "u", HasPassword: true, Host: "h", Path: "/x"},
		"sftp://u@h:p@[::1]:22/x":                  {Scheme: "sftp", User: "u@h", Password: "p", HasPassword: true, Host: "::1", Port: 22, Path: "/x"},
		"s3://host:9000/bucket/pre/fix":            {Scheme: "s3", Host: "host", Port: 9000, Path: "/bucket/pre/fix"},
		"boto3+s3://bucket/prefix":                 {Scheme: "s3", Prefix: "boto3", Path: "bucket/prefix"},
		"s3+http://bucket":                         {Scheme: "s3+http", Path: "bucket"},
		"azure://cont":                             {Scheme: "azure", Path: "cont"},
		"azure:///cont":                            {Scheme: "azure", Path: "cont"},
		"dpbx:///dir/sub":                          {Scheme: "dpbx", Path: "dir/sub"},
		"b2://id:key@bucket/folder/":               {Scheme: "b2", User: "id", Password: "key", HasPassword: true, Path: "bucket/folder/"},
		"b2://id@bucket":                           {Scheme: "b2", User: "id", Path: "bucket"},
		"mf://me:pw@mediafire.com/dir":             {Scheme: "mf", User: "me", Password: "pw", HasPassword: true, Path: "mediafire.com/dir"},
		"rsync://me@h:873::mod/dir":                {Scheme: "rsync", User: "me", Host: "h", Port: 873, Module: "mod", Path: "/dir"},
		"rsync://h::/mod/dir":                      {Scheme: "rsync", Host: "h", Module: "mod", Path: "/dir"},
		"rsync://[::1]::mod":                       {Scheme: "rsync", Host: "::1", Module: "mod"},
		"rsync://[::1]:873/dir":                    {Scheme: "rsync", Host: "::1", Port: 873, Path: "/dir"},
		"rsync://me@h//abs":                        {Scheme: "rsync", User: "me", Host: "h", Path: "//abs"},
		"rclone://nas:/dir":                        {Scheme: "rclone", Path: "nas:/dir"},
		"pydrive+gdocs://a@b.com@host/x":           {Scheme: "gdocs", Prefix: "pydrive", User: "a@b.com", Host: "host", Path: "/x"},
		"multi:///etc/c.json?mode=mirror&onfail=x": {Scheme: "multi", Path: "etc/c.json", Query: map[string][]string{"mode": {"mirror"}, "onfail": {"x"}}},
		"gdata+gdocs://x/y":                        {Scheme: "gdata+gdocs", Path: "x/y"},
	} {
		got, err := address.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if len(want.Query) == 0 {
			want.Query, got.Query = nil, nil
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", raw, *got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, raw := range []string{"", "file://", "sftp:///x", "sftp://me:secret@/x", "sftp://me:secret@h:x/y", "ftp://h:0/", "ftp://h:70000/", "ftp://[::1/x", "ftp://a b/x", "a\x00b"} {
		_, err := address.Parse(raw)
		if !errors.Is(err, address.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestAccount(t *testing.T) {
	for raw, want := range map[string]string{
		"sftp://me:pw@h:2222/x": "sftp://me@h:2222", "ftp://h/x": "ftp://h", "imap://[::1]/x": "imap://[::1]", "b2://id:key@bucket/x": "b2://id@bucket",
		"imap://a%40b@[::1]:143/x": "imap://a%40b@[::1]:143",
	} {
		a, err := address.Parse(raw)
		if err != nil || a.Account() != want {
			t.Errorf("%s: %q, %v, want %q", raw, a.Account(), err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"sftp://me:p%40@h:22//x?a=b", "b2://id:key@b/x", "rsync://h::m/x", "ftp://[::1]:21/%zz", "par2+boto3+s3://b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := address.Parse(raw)
		if err != nil {
			return
		}
		if a.Port < 0 || a.Port > 65535 || a.Scheme == "" {
			t.Errorf("%q: %+v", raw, a)
		}
		_ = a.Account()
	})
}

func TestIsURL(t *testing.T) {
	for raw, want := range map[string]bool{
		"file:///x": true, "s3+http://b": true, "/a://b": false, "a/b": false, "://x": false, "host:x": false,
	} {
		if got := address.IsURL(raw); got != want {
			t.Errorf("%s: got %v, want %v", raw, got, want)
		}
	}
}

func TestDisplayHidesPasswords(t *testing.T) {
	for raw, want := range map[string]string{
		"sftp://me:secret@host/x":      "sftp://me:xxxxx@host/x",
		"sftp://me:se%zzcret@host/x":   "sftp://me:xxxxx@host/x",
		"sftp://me:se/cr:et@host/x":    "sftp://me:xxxxx@host/x",
		"sftp://me:s@cret@host/x":      "sftp://me:xxxxx@host/x",
		"sftp://me:12#cret@host/x":     "sftp://me:xxxxx@host/x",
		"sftp://me@host/x":             "sftp://me@host/x",
		"sftp://host:22/mail@home":     "sftp://host:22/mail@home",
		"file:///mail:old@home%20here": "file:///mail:old@home%20here",
		"/plain:path@home":             "/plain:path@home",
	} {
		if got := address.Display(raw); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
