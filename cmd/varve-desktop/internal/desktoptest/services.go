package desktoptest

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// startScreen takes whatever display number is free, and is told it once the
// server answers. As on any desktop, only who knows the cookie is let in. It does
// not begin anew when its first client goes, which may be one that only asks.
func (d *Desktop) startScreen() {
	d.t.Helper()
	cookies := filepath.Join(d.Home, ".Xauthority")
	if err := os.WriteFile(cookies, anyDisplay(rand.Text()[:16]), 0o600); err != nil {
		d.t.Fatal(err)
	}
	size := fmt.Sprintf("%dx%dx24", d.options.Width, d.options.Height)
	number := d.startWithPipe(exec.Command(Tool(d.t, "Xvfb"), "-displayfd", "3", "-screen", "0", size, "-dpi", "96", "-nolisten", "tcp", "-noreset", "-auth", cookies))
	d.Display = ":" + number
}

// anyDisplay is the content of a file of cookies, with one that is for every
// display: the kind of address, then, each after its length, the address, the
// number of the display, the kind of cookie and the cookie.
func anyDisplay(cookie string) []byte {
	file := []byte{0xff, 0xff}
	for _, text := range []string{"", "", "MIT-MAGIC-COOKIE-1", cookie} {
		file = binary.BigEndian.AppendUint16(file, uint16(len(text)))
		file = append(file, text...)
	}
	return file
}

// startWithPipe starts a program that writes one line to descriptor 3 when it
// is ready, and returns the line.
func (d *Desktop) startWithPipe(cmd *exec.Cmd) string {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"), "HOME="+d.Home)
	p := start(d.t, cmd)
	w.Close()
	return firstLine(d.t, p, r)
}

// busConfig has no folders of services: nothing is started on demand, so that
// a test without a keyring really has none.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`

func (d *Desktop) startBus() {
	d.t.Helper()
	config := filepath.Join(d.Runtime, "bus.conf")
	text := fmt.Sprintf(busConfig, filepath.Join(d.Runtime, "session"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.Bus = d.startWithPipe(exec.Command(Tool(d.t, "dbus-daemon"), "--config-file="+config, "--nofork", "--print-address=3"))
}

// BusConn connects to the session bus; the connection lasts as long as the
// test.
func (d *Desktop) BusConn() *dbus.Conn {
	d.t.Helper()
	conn, err := dbus.Connect(d.Bus)
	if err != nil {
		d.t.Fatalf("connecting to the private session bus: %v", err)
	}
	d.t.Cleanup(func() { conn.Close() })
	return conn
}

func (d *Desktop) startWindowManager() {
	d.t.Helper()
	cmd := exec.Command(Tool(d.t, "openbox"), "--sm-disable")
	cmd.Env = d.Env()
	start(d.t, cmd)
	d.Eventually("the window manager to answer", func() bool {
		out, err := d.TryRun(nil, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		return err == nil && strings.Contains(out, "window id")
	})
}

// startKeyring unlocks the login keyring, which makes it on the first time.
func (d *Desktop) startKeyring() {
	d.t.Helper()
	cmd := exec.Command(Tool(d.t, "gnome-keyring-daemon"), "--foreground", "--unlock", "--components=secrets")
	cmd.Env = d.Env()
	cmd.Stdin = strings.NewReader(KeyringPassword)
	start(d.t, cmd)
	service := d.BusConn().Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	d.Eventually("the keyring to be unlocked", func() bool {
		var collection dbus.ObjectPath
		err := service.Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection)
		return err == nil && collection != "/"
	})
}

// Secret looks a secret up with secret-tool, so that what Varve stored is
// read by another program. Empty means that there is none.
func (d *Desktop) Secret(attributes ...string) string {
	d.t.Helper()
	out, err := d.TryRun(nil, "secret-tool", append([]string{"lookup"}, attributes...)...)
	if err != nil {
		return ""
	}
	return out
}

// patience is how long Eventually waits: long enough for a machine with far too
// much to do. What comes at all comes much sooner.
const patience = 2 * time.Minute

// Eventually waits until condition holds, and fails the test when it does not
// in good time.
func (d *Desktop) Eventually(what string, condition func() bool) {
	d.t.Helper()
	d.Within(patience, what, condition)
}

// Within is Eventually with its own limit.
func (d *Desktop) Within(limit time.Duration, what string, condition func() bool) {
	d.t.Helper()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for late := time.After(limit); ; {
		if condition() {
			return
		}
		select {
		case <-late:
			d.t.Fatalf("waited %v for %s", limit, what)
		case <-d.t.Context().Done():
			d.t.Fatalf("the test ended while waiting for %s", what)
		case <-poll.C:
		}
	}
}
