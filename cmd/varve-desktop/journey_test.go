//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// TestJourneys takes the ways that a person takes, with a real pointer and
// real keys, in the program as it is built.
func TestJourneys(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "varve-desktop")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "gles journey", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	for _, journey := range []struct {
		name string
		take func(*testing.T, string)
	}{
		{"first run, then one file from the older version", firstRunThenRestore},
		{"a file that was deleted, nobody knows when", findDeleted},
		{"two versions of a text", compareTexts},
		{"fewer versions", keepFewer},
		{"what restic made goes on", adoptRestic},
		{"what duplicity made goes on", adoptDuplicity},
		{"a drive that is unplugged and comes back", driveUnplugged},
		{"a destination that is full", destinationFull},
		{"two backups that are due at once", twoDueAtOnce},
		{"pause, stop, continue", pauseStopContinue},
		{"another language and back", speakGerman},
		{"without a keyring", withoutKeyring},
		{"a second start raises the window", secondStartRaises},
		{"a failure is told outside the window", failureIsTold},
		{"without a tray", withoutTray},
		{"started without a window", startedMinimised},
		{"a window that fills the screen", maximisedStaysSo},
		{"ended in mid-run", endedInMidRun},
		{"ended many times", endedManyTimes},
		{"settings that cannot be opened", brokenSettings},
		{"without a display", withoutDisplay},
	} {
		t.Run(journey.name, func(t *testing.T) { journey.take(t, binary) })
	}
}

// letters is a passphrase that a keyboard has.
const letters = "seven green boats at night"

// desk is a person at a private desktop.
type desk struct {
	*desktoptest.Desktop
	t      testing.TB
	binary string
}

func newDesk(t testing.TB, binary string, o desktoptest.Options) *desk {
	t.Helper()
	d := &desk{desktoptest.Start(t, o), t, binary}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the program:\n%s", d.log())
		}
	})
	return d
}

// log is what the program wrote about itself.
func (d *desk) log() string {
	d.t.Helper()
	b, err := os.ReadFile(d.home(".local/state/varve/desktop.log"))
	if err != nil {
		d.t.Errorf("reading the log: %v", err)
	}
	return string(b)
}

func (d *desk) launch() *desktoptest.Program {
	d.t.Helper()
	return d.Launch(d.binary, "Varve")
}

func (d *desk) home(name string) string { return filepath.Join(d.Home, name) }

func (d *desk) write(name, content string) {
	d.t.Helper()
	path := d.home(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// setUp goes through the wizard up to the running backup. Without a
// passphrase the backup is not encrypted.
func (d *desk) setUp(p *desktoptest.Program, folder, place, passphrase string) {
	d.t.Helper()
	d.chooseFolder(p, folder)
	p.Fill("Folder for the backup, such as /media/drive", d.home(place))
	p.See("This folder will be made.")
	p.Click(desktoptest.Button, "Continue")
	d.chooseRest(p, passphrase)
}

// chooseFolder goes through the wizard up to where the backup is kept.
func (d *desk) chooseFolder(p *desktoptest.Program, folder string) {
	d.t.Helper()
	p.Click(desktoptest.Button, "Start backing up")
	d.pickFolder(p, folder)
}

// pickFolder is chooseFolder in a wizard that is open.
func (d *desk) pickFolder(p *desktoptest.Program, folder string) {
	d.t.Helper()
	p.Fill("Path of a folder", d.home(folder))
	p.Click(desktoptest.Button, "Add")
	p.See("~/" + folder)
	p.Click(desktoptest.Button, "Continue")
	p.See("What of it is not worth keeping?")
	p.Click(desktoptest.Button, "Continue")
}

// chooseRest goes on from there to the running backup.
func (d *desk) chooseRest(p *desktoptest.Program, passphrase string) {
	d.t.Helper()
	if passphrase == "" {
		p.Click(desktoptest.Check, "Do not encrypt")
	} else {
		p.Fill("Passphrase", passphrase)
		p.Fill("The same again", passphrase)
	}
	p.Click(desktoptest.Button, "Continue")
	p.See("When shall it run?")
	p.Click(desktoptest.Button, "Continue")
	p.See("How long shall versions stay?")
	p.Click(desktoptest.Button, "Continue")
	p.See("Is this right?")
	p.Click(desktoptest.Button, "Start the first backup")
}

func firstRunThenRestore(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	d.write("Letters/diary.txt", "the older words\n")
	d.write("Letters/2026/to Ada.txt", strings.Repeat("Dear Ada. ", 5000))
	d.write("Letters/empty", "")
	p := d.launch()
	p.See("Every layer of your work, kept.")
	d.setUp(p, "Letters", "Drive", letters)
	p.See("it is the same, byte for byte")

	if got := d.Secret("service", "varve", "username", "file://"+d.home("Drive")); got != letters {
		t.Errorf("the keyring holds %q, want %q", got, letters)
	}
	restored := d.home("by restic")
	if _, err := d.TryRun([]string{"RESTIC_PASSWORD=" + letters}, "restic", "--repo", d.home("Drive"), "restore", "latest", "--target", restored); err != nil {
		t.Fatalf("restic restoring what the window backed up: %v", err)
	}
	sameTree(t, d.home("Letters"), filepath.Join(restored, d.home("Letters")))

	// A new process knows the passphrase from the keyring alone.
	p.Signal(syscall.SIGTERM)
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d after SIGTERM:\n%s", code, p.Output())
	}
	d.write("Letters/diary.txt", "the newer words, which are longer\n")
	p = d.launch()
	p.See("You are protected.")
	p.Click(desktoptest.Button, "Back up now")
	p.Click(desktoptest.Button, "Activity")
	seeRuns(d, p, 2)
	d.restoreOldDiary(p)
	d.checkLog()
}

// closeWindow closes the window for the first time, and reads what that means.
func (d *desk) closeWindow(p *desktoptest.Program, closed func() bool) {
	d.t.Helper()
	const label = "Close the window"
	p.CloseWindow(func() bool {
		return len(p.All(func(i desktoptest.Item) bool { return i.Text == label })) > 0
	})
	p.Click(desktoptest.Button, label)
	p.Eventually("the window to close", closed)
}

// checkLog: the log tells of both runs, and nothing that is nobody's business.
func (d *desk) checkLog() {
	d.t.Helper()
	log := d.log()
	if n := len(regexp.MustCompile(`msg=backup job=1 run=\d+ outcome=fine`).FindAllString(log, -1)); n != 2 {
		d.t.Errorf("the log tells of %d runs that were fine, want 2:\n%s", n, log)
	}
	for _, secret := range []string{letters, "diary", "Letters"} {
		if strings.Contains(log, secret) {
			d.t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
}

// seeRuns waits until n runs were fine.
func seeRuns(d *desk, p *desktoptest.Program, n int) {
	d.t.Helper()
	p.Eventually("the runs to be fine", func() bool {
		return len(p.All(func(i desktoptest.Item) bool { return strings.HasSuffix(i.Text, "   Fine") })) == n
	})
}

// ending is how long the program may take to end: it finishes what it stores
// just then.
const ending = 30 * time.Second

// withoutKeyring: the passphrase is asked for after each start, and a wrong one
// does no harm.
func withoutKeyring(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	d.write("Letters/diary.txt", "the older words\n")
	p := d.launch()
	d.setUp(p, "Letters", "Drive", letters)
	p.See("it is the same, byte for byte")
	p.Signal(syscall.SIGTERM)
	p.ExitCode(ending)

	d.write("Letters/diary.txt", "the newer words, which are longer\n")
	p = d.launch()
	p.Click(desktoptest.Button, "Activity")
	icon := d.TrayIcon()
	icon.Click("Back up Letters")
	answer(p, "six red boats at noon")
	p.See("This passphrase does not open the backup.")
	icon.Click("Back up Letters")
	answer(p, letters)
	seeRuns(d, p, 2)
}

// answer types a passphrase when the window asks for it.
func answer(p *desktoptest.Program, passphrase string) {
	p.See("Passphrase needed")
	p.Fill("Passphrase", passphrase)
	p.Click(desktoptest.Button, "Continue")
	p.Gone("Passphrase needed")
}

func secondStartRaises(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	p := d.launch()
	d.TrayIcon()
	d.closeWindow(p, p.Hidden)
	d.Run(binary)
	p.Eventually("the window to come", p.Visible)
	p.CloseWindow(p.Hidden) // that is explained once
	if !p.Running() {
		t.Error("the first process ended")
	}
}

func withoutTray(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{})
	p := d.launch()
	p.See("There is no tray here, so Varve stays in this window")
	d.closeWindow(p, p.Minimised)
	if !p.Running() {
		t.Fatal("closing the window ended the program")
	}
	d.Run(binary)
	p.Eventually("the window to come back", func() bool { return p.Visible() && !p.Minimised() })

	// A panel that starts later is used.
	d.StartTray()
	d.TrayIcon()
	d.closeWindow(p, p.Hidden)

	d.Run(binary)
	p.Eventually("the window to come back", p.Visible)
	p.Press("ctrl+q")
	if code := p.ExitCode(ending); code != 0 {
		t.Errorf("the program ended with %d after Ctrl+Q:\n%s", code, p.Output())
	}
}

// startedMinimised is how a desktop starts the program for a person who comes:
// maybe before its panel, which may also fall.
func startedMinimised(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{})
	p := d.LaunchHidden(binary, "Varve", "--minimized")
	p.Eventually("the window to come, small", p.Minimised)
	d.StartTray()
	d.TrayIcon()
	p.Eventually("the window to go behind the icon", p.Hidden)
	d.Run(binary, "--minimized")
	if !p.Hidden() {
		t.Error("a second start without a window brought one")
	}
	d.StopTray()
	p.Eventually("the window to come, small", p.Minimised)
	p.See("There is no tray here")
	d.StartTray()
	p.Eventually("the window to go behind the icon", p.Hidden)

	// A launcher shows that it starts something until it is told otherwise.
	heard := d.Start("stdbuf", "-oL", "xev", "-root", "-event", "property")
	p.Eventually("somebody to listen", func() bool { return strings.Contains(heard.Output(), "_NET_") || d.poke() })
	token := fmt.Sprintf("DESKTOP_STARTUP_ID=launcher-1-desk_TIME%d", serverTime(t))
	if _, err := d.TryRun([]string{token}, binary); err != nil {
		t.Fatal(err)
	}
	p.Eventually("the window to have the keyboard", func() bool { return p.Visible() && p.Active() })
	p.Gone("There is no tray here")
	p.Eventually("the launcher to hear that it is there", func() bool {
		return strings.Contains(heard.Output(), "_NET_STARTUP_INFO_BEGIN")
	})
}

// serverTime is what X's clock says: milliseconds of the system's own.
func serverTime(t *testing.T) uint32 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return uint32(now.Nano() / int64(time.Millisecond))
}

// poke changes something that whoever listens to the screen hears of.
func (d *desk) poke() bool {
	d.t.Helper()
	d.Run("xprop", "-root", "-f", "_NET_TEST", "8s", "-set", "_NET_TEST", "now")
	return false
}

// maximisedStaysSo: coming to the front changes nothing else.
func maximisedStaysSo(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	p := d.launch()
	p.DoubleClickTitle()
	p.Eventually("the window to fill the screen", p.Maximised)
	d.Run(binary)
	d.TrayIcon().Click("Open Varve")
	d.Run(binary) // answers when the click before it was answered
	if !p.Maximised() {
		t.Error("the window no longer fills the screen after it was asked for")
	}
	d.closeWindow(p, p.Hidden)
	d.Run(binary)
	p.Eventually("the window to come back", p.Visible)
	p.Eventually("the window to fill the screen again", p.Maximised)
}

// brokenSettings: whoever starts the program from a menu sees why it ends.
func brokenSettings(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{})
	d.write(".local/share/varve", "this is no folder")
	for how, end := range map[string]func(*desktoptest.Program){
		"closed": func(p *desktoptest.Program) { p.CloseWindow(func() bool { return !p.Running() }) },
		"told":   func(p *desktoptest.Program) { p.Signal(syscall.SIGTERM) },
	} {
		p := d.LaunchBlind(binary, "Varve")
		end(p)
		const want = "varve-desktop: making a place for the settings: "
		if code := p.ExitCode(ending); code != 1 || !strings.Contains(p.Output(), want) {
			t.Errorf("the program that was %s ended with %d and %q, want 1 and %q", how, code, p.Output(), want)
		}
	}
}

func withoutDisplay(t *testing.T, binary string) {
	locked := desktoptest.Start(t, desktoptest.Options{NoBus: true, Bare: true})
	for _, row := range []struct{ name, display, want string }{
		{"none", "", "there is no display here; use varve,"},
		{"dead", ":59000", "the display :59000 does not answer; use varve,"},
		{"nonsense", "screen", `the display "screen" has no number; use varve,`},
		{"of somebody else", locked.Display, "the display refuses: Authorization required"},
	} {
		t.Run(row.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary)
			cmd.Env = []string{"HOME=" + t.TempDir(), "DISPLAY=" + row.display}
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != 1 || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), row.want) {
				t.Errorf("got %v and %q, want exit code 1 and one line with %q", err, out, row.want)
			}
		})
	}
}
