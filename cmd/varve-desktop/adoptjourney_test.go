//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// adoptRestic goes on with what the real restic made on another computer, whose
// home had another name, after a passphrase that is not the one.
func adoptRestic(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	d.write("Letters/diary.txt", "the words of the old computer\n")
	d.before("RESTIC_PASSWORD="+letters, "restic", "--repo", d.home("Stick/backups/restic"), "init")
	d.before("RESTIC_PASSWORD="+letters, "restic", "--repo", d.home("Stick/backups/restic"), "backup", "--host", "old-laptop", d.home("Letters"))

	p := d.launch()
	d.find(p, "Stick", "A backup in the format of restic")
	p.Click(desktoptest.Button, "Go on with it")
	p.Fill("Passphrase", "not the passphrase")
	p.Click(desktoptest.Button, "Continue")
	p.See("This passphrase does not open the backup.")
	p.Fill("Passphrase", letters)
	p.Click(desktoptest.Button, "Continue")
	p.See("on the computer old-laptop")
	d.write("Letters/diary.txt", "the newer words, of this computer\n")
	d.goOn(p)

	d.Eventually("restic to find it whole", func() bool {
		out, err := d.TryRun([]string{"RESTIC_PASSWORD=" + letters}, "restic", "--repo", d.home("Stick/backups/restic"), "check", "--read-data")
		if err != nil && !strings.Contains(err.Error(), "already locked") { // by the program, which reads it back too
			t.Errorf("restic checking what goes on: %v\n%s", err, out)
			return true
		}
		return err == nil
	})
	restored := d.home("by restic")
	if _, err := d.TryRun([]string{"RESTIC_PASSWORD=" + letters}, "restic", "--repo", d.home("Stick/backups/restic"), "restore", "latest", "--target", restored); err != nil {
		t.Fatalf("restic restoring what goes on: %v", err)
	}
	sameTree(t, d.home("Letters"), filepath.Join(restored, d.home("Letters")))
	p.Click(desktoptest.Button, "Restore")
	p.Click(desktoptest.Button, "All")
	p.Click(desktoptest.Text, "old-laptop · "+d.home("Letters"))
	p.Click(desktoptest.Text, "diary.txt")
	p.See("the words of the old computer")
}

// adoptDuplicity goes on with what the real duplicity made, in its format.
func adoptDuplicity(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	d.write("Letters/diary.txt", "the words of the old program\n")
	d.before("PASSPHRASE="+letters, "duplicity", d.home("Letters"), "file://"+d.home("Stick/duplicity"))

	p := d.launch()
	d.find(p, "Stick", "A backup in the format of duplicity")
	p.Click(desktoptest.Button, "Go on with it")
	p.Fill("Passphrase", letters)
	p.Click(desktoptest.Button, "Continue")
	p.See("This backup is of ~/Letters")
	d.write("Letters/diary.txt", "the newer words, of this program\n")
	d.goOn(p)

	if out, err := d.TryRun([]string{"PASSPHRASE=" + letters}, "duplicity", "verify", "--compare-data", "file://"+d.home("Stick/duplicity"), d.home("Letters")); err != nil {
		t.Errorf("duplicity verifying what goes on: %v\n%s", err, out)
	}
	increments, err := filepath.Glob(d.home("Stick/duplicity/duplicity-inc.*.manifest.gpg"))
	if err != nil || len(increments) != 1 {
		t.Errorf("%d incremental versions, %v; want the one of the window", len(increments), err)
	}
	p.Click(desktoptest.Button, "Restore")
	p.See("· 2 versions")
	p.Click(desktoptest.Text, "diary.txt")
	p.See("2 of 2")
	p.Click(desktoptest.Button, "Older version")
	p.See("the words of the old program")
}

// before runs a program that the person used until now.
func (d *desk) before(env string, program string, args ...string) {
	d.t.Helper()
	if err := os.MkdirAll(d.home("Stick"), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if out, err := d.TryRun([]string{env}, program, args...); err != nil {
		d.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// find looks through a folder, and finds a backup.
func (d *desk) find(p *desktoptest.Program, folder, title string) {
	d.t.Helper()
	p.Click(desktoptest.Button, "I have backups already")
	p.Fill("A folder, such as /media/drive/backups", d.home(folder))
	p.Click(desktoptest.Button, "Look there")
	p.See(title)
	p.See("1 version, newest")
}

// goOn takes what the wizard has chosen.
func (d *desk) goOn(p *desktoptest.Program) {
	d.t.Helper()
	p.Click(desktoptest.Button, "Continue")
	p.See("What of it is not worth keeping?")
	p.Click(desktoptest.Button, "Continue")
	p.See("There is a backup with 1 version here already.")
	p.Click(desktoptest.Button, "Continue")
	p.See("you have typed it")
	p.Click(desktoptest.Button, "Continue")
	p.See("When shall it run?")
	p.Click(desktoptest.Button, "Continue")
	p.See("How long shall versions stay?")
	p.Click(desktoptest.Button, "Continue")
	p.See("Is this right?")
	p.Click(desktoptest.Button, "Back up now")
	p.See("The next version is there.")
	p.See("it is the same, byte for byte")
}
