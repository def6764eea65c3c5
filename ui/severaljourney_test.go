package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// addFolder adds a folder to a list of destinations.
func (d *desk) addFolder(path string) {
	d.t.Helper()
	d.tap("Add a destination…")
	d.entry("Folder for the backup").SetText(path)
	d.tap("Add to the list")
}

// A backup that is kept twice: set up, run, restored from; also when one of the
// two is gone, which the run names.
func TestBackupToTwoFolders(t *testing.T) {
	d := newDesk(t, "light")
	d.tap("Start backing up")
	d.tap("Continue")
	d.tap("Continue")
	d.tile("Several destinations")
	one, two := d.path("home/Lake"), d.path("home/Pond")
	d.addFolder(one)
	d.addFolder(two)
	d.tap("Test")
	d.q.until(t, "the end of the test", func() bool { return d.says("It works.") })
	job := d.firstBackup()
	for _, place := range []string{one, two} {
		if _, err := os.Stat(filepath.Join(place, "config")); err != nil {
			t.Errorf("a copy is missing: %v", err)
		}
	}
	d.u.Show(Overview)
	if !d.says("~/Lake and ~/Pond") {
		t.Error("the overview does not name both")
	}
	if err := os.Rename(one, d.path("away")); err != nil {
		t.Fatal(err)
	}
	d.write("home/Lake", "a file in the way of the folder")
	d.write("home/Documents/notes.txt", "second, and longer")
	d.backUp(job.ID)
	jobs, err := d.s.Jobs(t.Context())
	if err != nil || jobs[0].Health != session.Protected {
		t.Fatalf("got %v, %v", jobs[0].Health, err)
	}
	events, err := d.s.Events(t.Context(), jobs[0].Runs[0].ID)
	if err != nil || !slices.ContainsFunc(events, func(e settings.RunEvent) bool { return strings.Contains(e.Text, one) }) {
		t.Errorf("the run does not name what did not take part: %+v, %v", events, err)
	}
	d.restoreNotes("second, and longer")
}

// restoreNotes brings the notes of the newest backup back.
func (d *desk) restoreNotes(want string) {
	d.t.Helper()
	d.u.Show(Restore)
	d.q.until(d.t, "the folders of the backup", func() bool { return d.says("Documents") })
	d.item("Documents")
	d.item("notes.txt")
	d.q.until(d.t, "the text", func() bool { return d.says(want) })
	d.tap("Restore this version…")
	d.tap("Restore now")
	d.restored()
	paths, err := filepath.Glob(d.path("home/Restored*/Documents/notes.txt"))
	if err != nil || len(paths) != 1 {
		d.t.Fatalf("restored %q, %v", paths, err)
	}
	if got, err := os.ReadFile(paths[0]); string(got) != want || err != nil {
		d.t.Errorf("got %q, %v", got, err)
	}
}

// elsewhere makes a backup as another computer would.
func (d *desk) elsewhere(n session.NewJob) {
	d.t.Helper()
	other, err := session.Open(d.t.Context(), session.Config{DataDir: d.path("other/data"), CacheDir: d.path("other/cache")})
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := other.AddJob(d.t.Context(), n)
	if err == nil {
		err = other.BackUp(id)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.q.until(d.t, "the backup of the other computer", func() bool { return other.Running(id) == nil })
	if err := other.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// A backup on a server that no job here knows any more: the server is asked
// about, the passphrase too, and a file comes back.
func TestRestoreFromAServer(t *testing.T) {
	server := servers.SSH(t, servers.SSHOptions{})
	t.Setenv("SSH_AUTH_SOCK", "")
	d := newDesk(t, "light")
	d.asks = true
	d.elsewhere(session.NewJob{
		Folders: []string{d.path("home/Documents"), d.path("home/Pictures")}, Encrypted: true, Passphrase: "seven quiet boats drift home",
		Choice: session.Choice{Destination: server.Address("sftp", "backup/laptop"), Options: map[string]string{
			"key-file": server.Key, "ssh-options": "-oStrictHostKeyChecking=accept-new -oUserKnownHostsFile=" + d.path("known"),
		}},
	})
	d.u.Show(Restore)
	d.tile(sshKind(d.u.Kinds).Title)
	fill := func(folder string) {
		for title, text := range map[string]string{"Server": "127.0.0.1", "Port": strconv.Itoa(server.Port), "User": server.User, "Folder": folder, "Key file": server.Key} {
			d.titled(title).(*look.Field).SetText(text)
		}
		d.tap("Look there")
	}
	fill("elsewhere")
	d.q.until(t, "the question about the server", func() bool { return d.says("Is this the right server?") })
	d.tap("Trust this server")
	d.q.until(t, "the look elsewhere", func() bool { return d.says("There is nothing of that name at 127.0.0.1.") })
	if _, err := os.Stat(filepath.Join(server.Home, "elsewhere")); err == nil {
		t.Error("looking for a backup made a folder")
	}
	fill("backup/laptop")
	d.q.until(t, "the backup", func() bool { return d.says("There is a backup with 1 version there.") })
	d.tap("Open backup")
	d.q.until(t, "the question for the passphrase", func() bool { return d.says("Passphrase needed") })
	d.entry("Passphrase").SetText("seven quiet boats drift home")
	d.tap("Continue")
	d.restoreNotes("first")
}
