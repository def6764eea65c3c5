package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/x11"
)

// instead is what a person without a display can do.
const instead = "use varve, which does the same in the terminal (varve --help)"

// errNoScreen is one line, because whoever reads it sits at a terminal.
var errNoScreen = errors.New("there is no display here; " + instead)

// screenLimit is how long a Wayland compositor may take to accept.
const screenLimit = 5 * time.Second

// checkScreen finds out whether a window can be made: the toolkit panics when
// it cannot.
func checkScreen(ctx context.Context) error {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return nil
	}
	wayland, display := os.Getenv("WAYLAND_DISPLAY"), os.Getenv("DISPLAY")
	switch {
	case wayland == "" && display == "":
		return errNoScreen
	case wayland != "" && dialWayland(ctx, wayland) == nil:
		return nil
	case display == "":
		return fmt.Errorf("the display %s does not answer; %s", wayland, instead)
	}
	d, err := x11.Open(ctx, display)
	if _, unheard := errors.AsType[net.Error](err); unheard {
		return fmt.Errorf("the display %s does not answer; %s", display, instead)
	}
	if err != nil {
		return fmt.Errorf("%w; %s", err, instead)
	}
	return d.Close()
}

// dialWayland connects to a compositor, named as Wayland names them: a socket
// in the runtime folder, or a whole path.
func dialWayland(ctx context.Context, name string) error {
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
	}
	dialer := net.Dialer{Timeout: screenLimit}
	conn, err := dialer.DialContext(ctx, "unix", name)
	if err != nil {
		return err
	}
	return conn.Close()
}
