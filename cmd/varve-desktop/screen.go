package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// errNoScreen is one line, because whoever reads it sits at a terminal.
var errNoScreen = errors.New("there is no display here; use varve, which does the same in the terminal (varve --help)")

// screenLimit is how long a display server may take to accept.
const screenLimit = 5 * time.Second

// checkScreen finds out whether a window can be made: the toolkit panics when
// it cannot.
func checkScreen(ctx context.Context) error {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" || os.Getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	display := os.Getenv("DISPLAY")
	if display == "" {
		return errNoScreen
	}
	if err := dialDisplay(ctx, display); err != nil {
		return fmt.Errorf("the display %s does not answer; use varve, which does the same in the terminal (varve --help)", display)
	}
	return nil
}

// dialDisplay connects to an X server, named as X names them: [host]:n[.m].
func dialDisplay(ctx context.Context, display string) error {
	host, number, err := splitDisplay(display)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, screenLimit)
	defer cancel()
	var dialer net.Dialer
	if host != "" && host != "unix" {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(6000+number)))
		if err != nil {
			return err
		}
		return conn.Close()
	}
	// The second is Linux's socket without a file.
	socket := fmt.Sprintf("/tmp/.X11-unix/X%d", number)
	for _, path := range []string{socket, "@" + socket} {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, "unix", path); err == nil {
			return conn.Close()
		}
	}
	return err
}

func splitDisplay(display string) (host string, number int, err error) {
	at := strings.LastIndexByte(display, ':')
	if at < 0 {
		return "", 0, fmt.Errorf("the display %q has no number", display)
	}
	digits, _, _ := strings.Cut(display[at+1:], ".")
	number, err = strconv.Atoi(digits)
	if err == nil && (number < 0 || number > 65535-6000) {
		err = fmt.Errorf("the display %q has no possible number", display)
	}
	return display[:at], number, err
}
