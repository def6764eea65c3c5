//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// aVolume is more than the first volume of a backup holds.
const aVolume = 200 << 20

// midway is how much comes through to a server before the network stands
// still: the first volume of a backup, and a part of the second.
const midway = aVolume + aVolume/8

// farPlace is a server, and the network that leads to it. A run to it is under
// way for as long as a journey needs: its end has to come through.
type farPlace struct {
	*link.Link
	server *servers.SSHServer
}

// atServer goes through the wizard up to a backup that runs to a server which
// was never met. The network stands still once some bytes have come through.
func (d *desk) atServer(p *desktoptest.Program, folder string, through int64) *farPlace {
	d.t.Helper()
	if err := os.MkdirAll(d.home(".ssh"), 0o700); err != nil {
		d.t.Fatal(err)
	}
	server := servers.SSH(d.t, servers.SSHOptions{Key: servers.SSHKey(d.t, d.home(".ssh/id_ed25519"), "")})
	f := &farPlace{link.New(d.t, server.Host(), link.Options{}), server}
	d.chooseFolder(p, folder)
	p.Click(desktoptest.Button, "Server with SSH (SFTP)")
	p.Fill("nas.local", "127.0.0.1")
	p.Fill("22", f.Port())
	p.Fill("backup/laptop", "films")
	p.Click(desktoptest.Button, "Test")
	p.See("Is this the right server?")
	p.Click(desktoptest.Button, "Trust this server")
	p.See("It works.")
	p.Click(desktoptest.Button, "Continue")
	f.StallAfter(through)
	d.chooseRest(p, "")
	return f
}

// firstVolume waits until there is one.
func (d *desk) firstVolume(f *farPlace) os.FileInfo {
	d.t.Helper()
	var found []string
	d.Eventually("the first volume", func() bool {
		var err error
		found, err = filepath.Glob(filepath.Join(f.server.Home, "films/duplicity-full.*.vol1.*"))
		return err == nil && len(found) == 1
	})
	info, err := os.Stat(found[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return info
}

// pauseStopContinue does in mid-run what can be done then, from the tray and
// from the window.
func pauseStopContinue(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	d.noise("Films/one/a.mkv", midway)
	d.noise("Films/two/b.mkv", aVolume/4)
	p := d.launch()
	icon := d.TrayIcon()
	idle := icon.Picture()
	far := d.atServer(p, "Films", midway)
	stored := d.firstVolume(far)

	icon.Click("Pause for 1 hour")
	p.See("Paused.")
	paused := icon.Picture()
	if string(paused) == string(idle) {
		t.Error("the icon is the same when a backup is paused")
	}
	icon.Offers("Go on")
	for _, said := range []string{icon.Menu()[0].Label, icon.Tooltip()} {
		if !strings.Contains(said, "Paused until ") || !strings.HasSuffix(said, " · no version yet") {
			t.Errorf("the icon says %q of the pause", said)
		}
	}
	icon.Click("Go on")
	p.Gone("Paused.")
	p.Click(desktoptest.Button, "Stop")
	p.See("The first version is not there yet.")

	d.closeWindow(p, p.Hidden)
	icon.Click("Back up Films")
	d.Eventually("the icon to say that it runs", func() bool { return strings.HasPrefix(icon.Tooltip(), "Varve: Backing up") })
	far.Resume()
	icon.Click("Open Varve")
	p.Eventually("the window to come", p.Visible)
	p.Click(desktoptest.Button, "Activity")
	p.SeeWithin(2*time.Minute, "Films   Fine")
	if after := d.firstVolume(far); !os.SameFile(stored, after) {
		t.Error("the first volume was stored again")
	}
	d.restoreFilms(p)
	icon.Click("Quit")
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d after Quit:\n%s", code, p.Output())
	}
}

// endedInMidRun: the session ends while a backup runs. It ends in good order,
// and the next start offers to continue.
func endedInMidRun(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{})
	d.noise("Films/a.mkv", aVolume)
	p := d.launch()
	far := d.atServer(p, "Films", aVolume/2)
	p.See("Stop")
	p.Signal(syscall.SIGTERM)
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d after SIGTERM:\n%s", code, p.Output())
	}
	far.Resume()
	p = d.launch()
	p.See("A backup was not finished.")
	p.Click(desktoptest.Button, "Continue")
	p.Click(desktoptest.Button, "Activity")
	p.SeeWithin(time.Minute, "Films   Fine")
}

// endedManyTimes: the program is told to end just when it has come, is busy with
// a page, or has nothing to do. With VARVE_SOAK it is as often as asked, for what
// goes wrong once in hundreds of ends.
func endedManyTimes(t *testing.T, binary string) {
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv("VARVE_SOAK")); err == nil {
		rounds = n
	}
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	for round := range rounds {
		for when, meanwhile := range map[string]func(*desktoptest.Program){
			"had come":     func(*desktoptest.Program) {},
			"shows a page": func(p *desktoptest.Program) { p.Click(desktoptest.Button, "Settings") },
			"stood still":  func(p *desktoptest.Program) { p.Click(desktoptest.Button, "Activity"); p.See("Nothing runs now.") },
		} {
			p := d.launch()
			meanwhile(p)
			p.Signal(syscall.SIGTERM)
			if code := p.ExitCode(ending); code != 0 {
				t.Fatalf("round %d: the program that %s ended with %d:\n%s", round, when, code, p.Output())
			}
		}
	}
}
