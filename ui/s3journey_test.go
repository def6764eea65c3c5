package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/ui/look"
)

// choose takes a value of a combo.
func (d *desk) choose(title, value string) {
	d.t.Helper()
	d.combo(title).Tapped(nil)
	d.settle()
	query := d.entry("Search")
	query.SetText(value)
	query.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.settle()
}

// A bucket of one's own service, with a key whose secret is nowhere in the
// settings; a wrong secret is marked where it was typed.
func TestBackupToABucket(t *testing.T) {
	server := servers.MinIO(t)
	d := newDesk(t, "light")
	d.tap("Start backing up")
	d.tap("Continue")
	d.tap("Continue")
	d.tile("S3 and compatible")
	d.choose("Provider", "Minio")
	for title, text := range map[string]string{"Server": server.Endpoint(), "Bucket": "photos", "Folder in the bucket": "laptop", "Access key": server.Key, "Secret key": "wrong"} {
		d.titled(title).(*look.Field).SetText(text)
	}
	d.tap("Test")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(d.all())
		}
	})
	d.q.until(t, "the refusal", func() bool { return d.says("The login was refused.") && d.says("This was refused.") })
	d.titled("Secret key").(*look.Field).SetText(server.Secret)
	d.tap("Test")
	d.q.until(t, "the end of the test", func() bool { return d.says("It works.") })
	job := d.firstBackup()
	for name, value := range job.Options {
		if value == server.Secret {
			t.Errorf("the secret is kept in the settings, as %s", name)
		}
	}
}

// all is everything that the window says.
func (d *desk) all() (lines []string) {
	each(d.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Text); ok && x.String() != "" {
			lines = append(lines, x.String())
		}
	})
	return lines
}
