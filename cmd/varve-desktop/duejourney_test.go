//go:build linux

package main

import (
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the settings are turned back

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// twoDueAtOnce: two backups to one drive, for which the computer was off at
// their time, run one after the other once it is on, and nobody has to ask.
func twoDueAtOnce(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true, Env: []string{"VARVE_JOURNEY_SETTLE=1s"}})
	d.write("Letters/diary.txt", "the older words\n")
	d.write("Photos/lake.jpg", "frozen from the shore inwards\n")
	p := d.launch()
	d.setUp(p, "Letters", "Drive/Letters", "")
	p.See("it is the same, byte for byte")
	d.overview(p)
	p.Click(desktoptest.Button, "New backup")
	d.pickFolder(p, "Photos")
	p.Fill("Folder for the backup, such as /media/drive", d.home("Drive/Photos"))
	p.See("This folder will be made.")
	p.Click(desktoptest.Button, "Continue")
	d.chooseRest(p, "")
	p.See("it is the same, byte for byte")
	p.Signal(syscall.SIGTERM)
	if code := p.ExitCode(ending); code != 0 {
		t.Fatalf("the program ended with %d after SIGTERM:\n%s", code, p.Output())
	}

	d.twoDaysPass()
	p = d.launch()
	p.Click(desktoptest.Button, "Activity")
	p.Eventually("both to be made up for", func() bool {
		return len(p.All(func(i desktoptest.Item) bool { return strings.Contains(i.Text, "Made up for on ") })) == 2
	})
	p.Click(desktoptest.Button, "Overview")
	p.See("You are protected.")
	runs := regexp.MustCompile(`msg=backup job=(\d) run=\d+ outcome=(running|fine)`).FindAllStringSubmatch(d.log(), -1)
	var last []string
	for _, r := range runs[max(0, len(runs)-4):] {
		last = append(last, r[1]+" "+r[2])
	}
	one, other := []string{"1 running", "1 fine", "2 running", "2 fine"}, []string{"2 running", "2 fine", "1 running", "1 fine"}
	if !slices.Equal(last, one) && !slices.Equal(last, other) {
		t.Errorf("the two ran in this order: %q", last)
	}
}

// twoDaysPass has everything have happened two days earlier.
func (d *desk) twoDaysPass() {
	d.t.Helper()
	db, err := sql.Open("sqlite", d.home(".local/share/varve/varve.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	const days = int64(48 * time.Hour)
	for _, turn := range []string{
		"UPDATE job SET created = created - ?1",
		"UPDATE timing SET since = since - ?1",
		"UPDATE run SET started = started - ?1, ended = ended - ?1",
	} {
		if _, err := db.Exec(turn, days); err != nil {
			d.t.Fatal(err)
		}
	}
}
