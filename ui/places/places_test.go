package places

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/varve-backup/varve/engine/destination"
)

// listed writes a list of destinations, and returns the address of all.
func listed(t *testing.T, path string, urls ...string) string {
	t.Helper()
	var members []destination.Member
	for _, url := range urls {
		members = append(members, destination.Member{URL: url})
	}
	text, err := destination.FormatMembers(members)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return destination.SeveralURL(path, nil)
}

// Several destinations are told once they were read, and then without their list.
func TestNamesOfSeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	url := listed(t, path, "file:///mnt/Lake/100%25", "sftp://ada@nas.local/backup", destination.SeveralURL(path, nil))
	const unknown, known = "several destinations", "Lake / 100%, nas.local / backup and several destinations"
	if got := Name(url); got != unknown {
		t.Errorf("before it was read it is %q", got)
	}
	Learn(url)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	Learn(url)
	if got := Name(url); got != known {
		t.Errorf("got %q, want %q", got, known)
	}
}

// A list that is not there yet is read when it is.
func TestListThatComesLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	url := destination.SeveralURL(path, nil)
	Learn(url)
	listed(t, path, "file:///mnt/Lake")
	Learn(url)
	if got := Name(url); got != "Lake" {
		t.Errorf("got %q", got)
	}
}

// The name of a list that cannot be read for now comes at once: this one would be
// waited for without an end.
func TestNamesNeverWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Name(destination.SeveralURL(path, nil)); got != "several destinations" {
		t.Errorf("got %q", got)
	}
}

func TestNames(t *testing.T) {
	t.Setenv("USER", "ada")
	t.Setenv("HOME", "/home/ada")
	for path, want := range map[string]string{
		"/media/ada/Lake/Varve": "Lake / Varve", "/mnt/Lake": "Lake", "/run/media/ada/Lake": "Lake", "/Volumes/Lake": "Lake",
		"/home/ada/Backup": "~/Backup", "/home/ada": "Home", "/srv/backup": "/srv/backup", "sftp://ada:secret@nas.local/backup": "nas.local / backup",
	} {
		if got := Name(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
