package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/varve-backup/varve/settings"
)

// agentWorld has a job that the window set up, and no keyring.
func agentWorld(t *testing.T, encryption settings.Encryption, timing settings.Timing) *world {
	t.Helper()
	w := newWorld(t)
	data := filepath.Join(w.dir, ".local/share")
	w.env = append(w.env, "XDG_DATA_HOME="+data, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent")
	w.write("file", []byte("content"))
	store, err := settings.Open(t.Context(), filepath.Join(data, "varve"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	j := settings.Job{Name: "Letters", Folders: []string{w.path("src")}, Destination: "file://" + w.path("drive"), Encryption: encryption}
	if err := store.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	if err := store.SetTiming(t.Context(), j.ID, timing); err != nil {
		t.Fatal(err)
	}
	return w
}

// runsOf are the backups that were made.
func (w *world) runsOf() []settings.Run {
	w.t.Helper()
	store, err := settings.Open(w.t.Context(), filepath.Join(w.dir, ".local/share/varve"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	runs, err := store.Runs(w.t.Context(), 1, 10, settings.BackupRun)
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

// For cron: what is due is done once, with the passphrase of the environment.
func TestAgentOnce(t *testing.T) {
	w := agentWorld(t, settings.Passphrase, settings.Timing{Every: time.Hour})
	for i, want := range []string{"varve: Letters: done, 1 file, ", ""} {
		r := w.run(binary, "agent", "--once")
		if r.code != 0 || !strings.Contains(r.stderr, want) || r.stdout != "" {
			t.Errorf("run %d: code %d\n%s", i, r.code, r.stderr)
		}
	}
	if runs := w.runsOf(); len(runs) != 1 || runs[0].Outcome != settings.Fine {
		t.Errorf("runs %+v", runs)
	}
	if r := w.varve("list-current-files", "file://"+w.path("drive")); r.code != 0 || !strings.Contains(r.stdout, "file") {
		t.Errorf("what the agent stored: %+v", r)
	}
}

// Without a passphrase nobody is asked, and nothing fails: it is said.
func TestAgentSaysWhatItWaitsFor(t *testing.T) {
	w := agentWorld(t, settings.Passphrase, settings.Timing{Every: time.Hour})
	w.env = append(w.env, "PASSPHRASE=")
	r := w.run(binary, "agent", "--once")
	if r.code != 0 || !strings.Contains(r.stderr, "its passphrase is not at hand") || len(w.runsOf()) != 0 {
		t.Errorf("code %d, runs %+v\n%s", r.code, w.runsOf(), r.stderr)
	}
}

// The agent does not back up what another program copies: it waits for the end.
func TestAgentWaitsForACopy(t *testing.T) {
	w := agentWorld(t, settings.None, settings.Timing{Every: time.Hour})
	store, err := settings.Open(t.Context(), filepath.Join(w.dir, ".local/share/varve"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	copied, claimed, err := store.ClaimCopy(1, []int64{1})
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	cmd := w.start(binary, "agent", "--once")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the agent waits for the copy", func() bool {
		wanted, err := store.IsWanted([]int64{1})
		if err != nil {
			t.Fatal(err)
		}
		return wanted
	})
	if runs := w.runsOf(); len(runs) != 1 || runs[0].Outcome != settings.Running {
		t.Errorf("during the copy: %+v", runs)
	}
	if err := copied(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if runs := w.runsOf(); len(runs) != 1 || runs[0].Outcome != settings.Fine {
		t.Errorf("after the copy: %+v", runs)
	}
}

// A backup that fails is a failure to cron.
func TestAgentOnceFails(t *testing.T) {
	w := agentWorld(t, settings.None, settings.Timing{Every: time.Hour})
	if err := os.RemoveAll(w.path("src")); err != nil {
		t.Fatal(err)
	}
	if r := w.run(binary, "agent", "--once"); r.code != 1 || !strings.Contains(r.stderr, "varve: Letters: failed. ") {
		t.Errorf("code %d\n%s", r.code, r.stderr)
	}
}

// The agent goes on until it is told to end, and is gone in good order then.
func TestAgentEndsOnTerm(t *testing.T) {
	w := agentWorld(t, settings.None, settings.Timing{Times: []int{18 * 60}})
	cmd := w.start(binary, "agent")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "Letters: next ") && strings.HasSuffix(lines.Text(), " 18:00.") {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || len(said) != 3 || !strings.Contains(said[2], "ending") {
		t.Errorf("%v, it said %q", err, said)
	}
}

func TestAgentRefusesNonsense(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"agent", "now"}, {"agent", "--twice"}} {
		if r := w.run(binary, args...); r.code != 2 || strings.Count(r.stderr, "\n") != 2 {
			t.Errorf("%v: code %d\n%s", args, r.code, r.stderr)
		}
	}
	if r := w.run(binary, "agent", "--help"); r.code != 0 || !strings.Contains(r.stdout, "--once") {
		t.Errorf("help: %+v", r)
	}
}

// On battery the agent waits, and says so; plugged in it runs. The service that
// tells is on a bus of our own.
func TestAgentOnBattery(t *testing.T) {
	w := agentWorld(t, settings.None, settings.Timing{Every: time.Hour, OnMains: true})
	address := startBus(t)
	w.env = append(w.env, "DBUS_SYSTEM_BUS_ADDRESS="+address)
	power := servePower(t, address)
	r := w.run(binary, "agent", "--once")
	if r.code != 0 || !strings.Contains(r.stderr, "on battery. Runs when plugged in.") || len(w.runsOf()) != 0 {
		t.Errorf("on battery: code %d\n%s", r.code, r.stderr)
	}
	power.SetMust("org.freedesktop.UPower", "OnBattery", false)
	if r := w.run(binary, "agent", "--once"); r.code != 0 || len(w.runsOf()) != 1 {
		t.Errorf("plugged in: code %d\n%s", r.code, r.stderr)
	}
}

// startBus starts a bus that lasts as long as the test.
func startBus(t *testing.T) (address string) {
	t.Helper()
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Fatal("dbus-daemon is missing: Debian package dbus-daemon")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	text := `<busconfig><type>system</type><listen>unix:dir=` + dir + `</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--config-file="+config, "--nofork", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// servePower is a computer on battery.
func servePower(t *testing.T, address string) *prop.Properties {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	const name = "org.freedesktop.UPower"
	if _, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	p, err := prop.Export(conn, "/org/freedesktop/UPower", prop.Map{name: {"OnBattery": {Value: true, Emit: prop.EmitTrue}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
