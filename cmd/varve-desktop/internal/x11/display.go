// Package x11 says to an X server the few words that the toolkit does not:
// that a start is over, and that a person, not a program, asks for a window.
// Start with Open, which also tells whether the server lets this user in.
//
// It speaks the protocol itself, over a connection of its own, so that the
// program needs no library of X to start.
package x11

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// openLimit is how long a server may take to let this program in.
const openLimit = 5 * time.Second

// talkLimit is how long the server may take for everything else.
const talkLimit = 5 * time.Second

// Display is a connection to a server. It is for one goroutine. After an
// error it is of no further use but to be closed.
type Display struct {
	conn  net.Conn
	in    *bufio.Reader
	setup setup
	used  uint32 // names of our things that are given away
}

// Open connects to the server that DISPLAY names: [host]:n[.screen].
func Open(ctx context.Context, display string) (*Display, error) {
	a, err := parseAddress(display)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	conn, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	d := &Display{conn: conn, in: bufio.NewReader(conn)}
	if _, err := conn.Write(greeting(findCookie(a, conn.RemoteAddr()))); err != nil {
		return nil, errors.Join(fmt.Errorf("greeting the display: %w", err), conn.Close())
	}
	if d.setup, err = readSetup(d.in, a.screen); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return d, nil
}

// Close ends the connection; what was made through it goes away.
func (d *Display) Close() error { return d.conn.Close() }

// address is where a server listens.
type address struct {
	host           string // "" is this computer, by a socket
	number, screen int
}

// highest is the last display that has a port.
const highest = 65535 - 6000

func parseAddress(display string) (address, error) {
	at := strings.LastIndexByte(display, ':')
	if at < 0 {
		return address{}, fmt.Errorf("the display %q has no number", display)
	}
	digits, screen, hasScreen := strings.Cut(display[at+1:], ".")
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || n > highest {
		return address{}, fmt.Errorf("the display %q has no possible number", display)
	}
	a := address{host: strings.Trim(display[:at], "[]"), number: int(n)}
	if a.host == "unix" {
		a.host = ""
	}
	if hasScreen {
		s, err := strconv.ParseUint(screen, 10, 8)
		if err != nil {
			return address{}, fmt.Errorf("the display %q has no possible screen", display)
		}
		a.screen = int(s)
	}
	return a, nil
}

func (a address) dial(ctx context.Context) (conn net.Conn, err error) {
	var dialer net.Dialer
	if a.host != "" {
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(a.host, strconv.Itoa(6000+a.number)))
	}
	// The second is Linux's socket without a file.
	socket := fmt.Sprintf("/tmp/.X11-unix/X%d", a.number)
	for _, path := range []string{socket, "@" + socket} {
		if conn, err = dialer.DialContext(ctx, "unix", path); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// order is the byte order that this program announces.
var order = binary.LittleEndian

// greeting is the first that a server hears.
//
//	0 byte order  2 major 11  4 minor 0  6 length of name  8 length of data
//	12 name, data: each filled up to four bytes
func greeting(c cookie) []byte {
	b := []byte{'l', 0}
	b = order.AppendUint16(b, 11)
	b = order.AppendUint16(b, 0)
	b = order.AppendUint16(b, uint16(len(c.name)))
	b = order.AppendUint16(b, uint16(len(c.data)))
	b = append(b, 0, 0)
	b = padded(append(b, c.name...))
	return padded(append(b, c.data...))
}

// padded fills up to four bytes.
func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// setup is what is needed of a server's answer.
type setup struct {
	root           uint32
	idBase, idMask uint32 // the bits of our names, and those that are free
}

// readSetup reads the answer to a greeting.
//
//	0 result: 0 refused, 1 welcome, 2 more is wanted  1 length of a reason
//	2 major  4 minor  6 length of the rest, in fours
func readSetup(r io.Reader, screen int) (setup, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return setup{}, fmt.Errorf("reading the display's answer: %w", err)
	}
	rest := make([]byte, 4*int(order.Uint16(head[6:]))) // 256 KiB at most
	if _, err := io.ReadFull(r, rest); err != nil {
		return setup{}, fmt.Errorf("reading the display's answer: %w", err)
	}
	switch head[0] {
	case 0:
		reason := rest[:min(len(rest), int(head[1]))]
		return setup{}, fmt.Errorf("the display refuses: %s", strings.TrimSpace(string(reason)))
	case 1:
		return parseSetup(rest, screen)
	}
	return setup{}, errors.New("the display wants a proof that is not known here")
}

// errShort: the server's answer ends too early.
var errShort = errors.New("the display's answer is too short")

// parseSetup finds our names and the root window of a screen.
//
//	4 first name  8 mask of names  16 length of vendor  20 screens  21 formats
//	32 vendor, formats of 8 bytes, screens
func parseSetup(b []byte, screen int) (setup, error) {
	if len(b) < 32 {
		return setup{}, errShort
	}
	s := setup{idBase: order.Uint32(b[4:]), idMask: order.Uint32(b[8:])}
	screens, at := int(b[20]), 32+(int(order.Uint16(b[16:]))+3)/4*4+8*int(b[21])
	if screen >= screens {
		return setup{}, fmt.Errorf("the display has %d screens, and number %d is not one", screens, screen)
	}
	for ; ; screen-- {
		if len(b) < at+40 {
			return setup{}, errShort
		}
		if screen == 0 {
			s.root = order.Uint32(b[at:])
			return s, nil
		}
		at = afterScreen(b, at)
	}
}

// afterScreen skips a screen: 40 bytes, of which the last counts depths. A
// depth is 8 bytes, which count, at 2, visuals of 24.
func afterScreen(b []byte, at int) int {
	depths := int(b[at+39])
	at += 40
	for range depths {
		if len(b) < at+8 {
			return len(b)
		}
		at += 8 + 24*int(order.Uint16(b[at+2:]))
	}
	return at
}
