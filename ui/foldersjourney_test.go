package ui

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/ui/look"
)

// aPlace is a real server whose folders a person goes through.
type aPlace struct {
	tile   string
	begin  func(d *desk) // what is chosen first, nil for nothing
	fields map[string]string
	secret string // the field of the password, and what it is
	right  string
	// into are the folders that are gone through, where the last one is empty;
	// then one is made, whose name is made.
	into []string
	made string
	// chosen is what the fields say then.
	chosen map[string]string
	// stored lists what lies in the folder that was made.
	stored func(t *testing.T) []string
}

// namesIn lists a folder.
func namesIn(folder string) func(t *testing.T) []string {
	return func(t *testing.T) (names []string) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
}

// made makes folders for everybody on the disk of a server.
func made(t *testing.T, root string, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o777); err != nil {
			t.Fatal(err)
		}
		for at := folder; at != "."; at = filepath.Dir(at) {
			if err := os.Chmod(filepath.Join(root, at), 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func aWebDAV(t *testing.T) aPlace {
	s := servers.Apache(t, "s3cret ü", false)
	made(t, s.Root, "team/50% off #1", "private")
	return aPlace{
		tile: "WebDAV server",
		begin: func(d *desk) {
			d.combo("Connection").Tapped(nil)
			d.settle()
			d.item("webdav")
		},
		fields: map[string]string{"Server": s.Host, "User": "alice"}, secret: "Password", right: s.Password,
		into: []string{"team", "50% off #1"}, made: "new ü", chosen: map[string]string{"Folder": "team/50% off #1/new ü"},
		stored: namesIn(filepath.Join(s.Root, "team/50% off #1/new ü")),
	}
}

func aShare(t *testing.T) aPlace {
	s := servers.Samba(t)
	made(t, s.Dir, "team/50% off", "private")
	return aPlace{
		tile: "Windows share", fields: map[string]string{"Server": "127.0.0.1", "Port": strconv.Itoa(s.Port), "User": s.User}, secret: "Password", right: s.Password,
		into: []string{"backup", "team", "50% off"}, made: "new ü", chosen: map[string]string{"Share": "backup", "Folder in the share": "team/50% off/new ü"},
		stored: namesIn(filepath.Join(s.Dir, "team/50% off/new ü")),
	}
}

func anS3(t *testing.T) aPlace {
	s := servers.MinIO(t)
	return aPlace{
		tile: "S3 and compatible", begin: func(d *desk) { d.choose("Provider", "Minio") },
		fields: map[string]string{"Server": s.Endpoint(), "Access key": s.Key}, secret: "Secret key", right: s.Secret,
		made: "new-bucket", chosen: map[string]string{"Bucket": "new-bucket", "Folder in the bucket": ""},
		stored: func(*testing.T) []string { return nil },
	}
}

// toForm fills in how the server is reached, with a wrong password.
func (d *desk) toForm(p *aPlace) {
	d.t.Helper()
	d.tap("Start backing up")
	d.tap("Continue")
	d.tap("Continue")
	d.tile(p.tile)
	if p.begin != nil {
		p.begin(d)
	}
	for title, text := range p.fields {
		d.titled(title).(*look.Field).SetText(text)
	}
	d.titled(p.secret).(*look.Field).SetText("wrong")
	d.settle()
}

// goes goes to a folder that is empty, and makes one there.
func (d *desk) goes(p *aPlace) {
	d.t.Helper()
	for _, folder := range p.into {
		d.q.until(d.t, "the folder "+folder, func() bool { return d.says(folder) })
		d.item(folder)
	}
	d.q.until(d.t, "the empty folder", func() bool {
		return d.button("New folder…") != nil && (d.says("There are no folders in here.") || d.says("The server shows none."))
	})
	d.tap("New folder…")
	d.entry("Name of the new folder").SetText(p.made)
	d.tap("Make")
	d.q.until(d.t, "the new folder", func() bool { return d.button(p.made) != nil && !d.button("Choose").Disabled() })
	d.tap("Choose")
}

// A person who knows the server and the login alone finds a folder there, makes
// one, and backs up to it. A wrong password is told, and nothing that was typed
// is lost.
func TestFoldersOfRealServers(t *testing.T) {
	for name, start := range map[string]func(*testing.T) aPlace{"WebDAV": aWebDAV, "SMB": aShare, "S3": anS3} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			d := newDesk(t, "light")
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(d.all())
				}
			})
			d.toForm(&p)
			d.tap("Browse…")
			d.q.until(t, "the refusal", func() bool { return d.says("The login was refused.") && d.says("type the password or key again.") })
			d.tap("Back to the form")
			for title, text := range p.fields {
				if got := d.titled(title).(*look.Field).Text; got != text {
					t.Errorf("after a refusal, %s is %q", title, got)
				}
			}
			d.titled(p.secret).(*look.Field).SetText(p.right)
			d.tap("Browse…")
			d.goes(&p)
			for title, want := range p.chosen {
				if got := d.titled(title).(*look.Field).Text; got != want {
					t.Errorf("chosen is %s %q, want %q", title, got, want)
				}
			}
			d.tests(&p)
			if names := p.stored(t); len(names) > 0 {
				t.Errorf("after the test there is %q", names)
			}
		})
	}
}

// tests tests with a wrong password, and with the right one.
func (d *desk) tests(p *aPlace) {
	d.t.Helper()
	d.titled(p.secret).(*look.Field).SetText("wrong")
	d.tap("Test")
	d.q.until(d.t, "the refusal", func() bool { return d.says("The login was refused.") && d.says("This was refused.") })
	d.titled(p.secret).(*look.Field).SetText(p.right)
	d.tap("Test")
	d.q.until(d.t, "the end of the test", func() bool { return d.says("It works.") })
	if d.button("Continue").Disabled() {
		d.t.Error("the next step does not open")
	}
}

// What is wrong with a real server is told as what it is, by the test and by a
// look through its folders.
func TestRealServersAskedWrongly(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true") // nobody is asked on the way
	for name, row := range map[string]struct {
		start  func(*testing.T) aPlace
		fields map[string]string
		test   string
		look   string
	}{
		"no encryption": {func(t *testing.T) aPlace {
			p := aWebDAV(t)
			p.begin = nil
			return p
		}, nil, "does not encrypt here.", "you can choose the connection that is not encrypted."},
		"no encryption of a bucket": {func(t *testing.T) aPlace {
			p := anS3(t)
			p.fields["Server"] = strings.TrimPrefix(p.fields["Server"], "http://")
			return p
		}, map[string]string{"Bucket": "photos"}, "does not encrypt here.", "you can write http:// in front of the server."},
		"no such share":    {aShare, map[string]string{"Share": "nosuch"}, "There is nothing of that name at 127.0.0.1.", "This share is not there."},
		"no key":           {anS3, map[string]string{"Bucket": "photos", "Access key": "", "Secret key": ""}, "The login was refused.", "The login was refused."},
		"no bucket's name": {anS3, map[string]string{"Bucket": "No Bucket!"}, "The address or an option is not right.", "The address or an option is not right."},
	} {
		t.Run(name, func(t *testing.T) {
			p := row.start(t)
			d := newDesk(t, "light")
			d.toForm(&p)
			d.titled(p.secret).(*look.Field).SetText(p.right)
			for title, text := range row.fields {
				d.titled(title).(*look.Field).SetText(text)
			}
			d.tap("Test")
			d.q.until(t, "the answer to the test", func() bool { return d.says(row.test) })
			d.tap("Browse…")
			d.q.until(t, "the answer to the look", func() bool { return len(d.u.modals) > 0 && d.says(row.look) && d.button("New folder…") == nil })
		})
	}
}
