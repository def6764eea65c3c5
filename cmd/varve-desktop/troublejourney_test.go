//go:build linux

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// driveUnplugged: nothing is written in the place of a drive that is away, and
// the backup goes on when it is back.
func driveUnplugged(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	d.write("Letters/diary.txt", "the older words\n")
	p := d.launch()
	d.setUp(p, "Letters", "Drive/Varve", letters)
	p.See("it is the same, byte for byte")
	d.overview(p)

	// What a drive leaves where it was mounted is an empty folder.
	if err := os.Rename(d.home("Drive"), d.home("unplugged")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.home("Drive"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.write("Letters/diary.txt", "the newer words, which are longer\n")
	p.Click(desktoptest.Button, "Back up now")
	p.See("The versions stored so far are not there. Connect the drive, and try again.")
	if left, err := os.ReadDir(d.home("Drive")); err != nil || len(left) != 0 {
		t.Errorf("%v, %v was written where the drive is mounted otherwise", left, err)
	}

	if err := os.Remove(d.home("Drive")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.home("unplugged"), d.home("Drive")); err != nil {
		t.Fatal(err)
	}
	p.Click(desktoptest.Button, "Back up now")
	p.See("You are protected.")
	p.Click(desktoptest.Button, "Activity")
	seeRuns(d, p, 2)
}

// destinationFull: what was stored stays, and the run goes on from there once
// there is room. Files are limited in length here, which fails where a disk
// that is full does.
func destinationFull(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	d.noise("Films/one/a.mkv", 8<<20)
	d.noise("Films/two/b.mkv", 1<<20)
	limited := filepath.Join(t.TempDir(), "limited")
	script := "#!/bin/sh\nulimit -f 4096\ntrap '' XFSZ\nexec " + binary + " \"$@\"\n"
	if err := os.WriteFile(limited, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p := d.Launch(limited, "Varve")
	d.setUp(p, "Films", "Drive", "")
	p.See("Stopped: the place is full.")
	p.See("Nothing already saved is affected.")
	p.Signal(syscall.SIGTERM)
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d:\n%s", code, p.Output())
	}

	p = d.launch()
	p.See("the place is full")
	p.Click(desktoptest.Button, "Back up now")
	p.Click(desktoptest.Button, "Activity")
	p.SeeWithin(time.Minute, "Films   Fine")
	d.restoreFilms(p)
}
