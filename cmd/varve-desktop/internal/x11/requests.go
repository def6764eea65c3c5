package x11

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// The requests that are spoken here, by their number in the protocol.
const (
	createWindow  = 1
	internAtom    = 16
	sendEvent     = 25
	getInputFocus = 43
)

// Masks of who hears an event.
const (
	propertyChange       = 1 << 22
	substructureNotify   = 1 << 19
	substructureRedirect = 1 << 20
)

// The events that are sent here.
const (
	unmapNotify   = 18
	clientMessage = 33
)

// StartupTime is when the person asked, on the server's clock in
// milliseconds, if the token of a start tells it.
func StartupTime(token string) (at uint32, ok bool) {
	i := strings.LastIndex(token, "_TIME")
	if i < 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(token[i+len("_TIME"):], 10, 32)
	return uint32(n), err == nil
}

// EndStartup tells everybody that the start with this token is over, so that
// the pointer no longer shows it. The words are those of the specification of
// startup notification: "remove: ID=…", in pieces of twenty bytes.
func (d *Display) EndStartup(token string) error {
	if token == "" || strings.ContainsRune(token, 0) {
		return nil
	}
	begin, err := d.atom("_NET_STARTUP_INFO_BEGIN")
	if err != nil {
		return err
	}
	more, err := d.atom("_NET_STARTUP_INFO")
	if err != nil {
		return err
	}
	window, err := d.newWindow()
	if err != nil {
		return err
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(token)
	text := []byte(`remove: ID="` + quoted + `"`)
	text = append(text, 0)
	for kind := begin; len(text) > 0; kind = more {
		var piece [20]byte
		text = text[copy(piece[:], text):]
		if err := d.tell(d.setup.root, propertyChange, message{window, kind, 8, piece}); err != nil {
			return err
		}
	}
	return d.sync()
}

// Activate asks the window manager to bring a window of this program to the
// front, because of what the person did at that time. A window manager that
// lets no program take the keyboard by itself lets this one.
func (d *Display) Activate(window, at uint32) error {
	active, err := d.atom("_NET_ACTIVE_WINDOW")
	if err != nil {
		return err
	}
	m := message{window: window, kind: active, format: 32}
	order.PutUint32(m.data[0:], 1) // an application, not a panel
	order.PutUint32(m.data[4:], at)
	if err := d.tell(d.setup.root, substructureNotify|substructureRedirect, m); err != nil {
		return err
	}
	return d.sync()
}

// Withdraw tells the window manager that a window which it holds as an icon is
// to be none any more. Only unmapping a window says so by itself, and one that
// is an icon is unmapped already (ICCCM 4.1.4).
func (d *Display) Withdraw(window uint32) error {
	// 0 kind of event  2 number  4 window that hears it  8 window  12 flag
	event := make([]byte, 32)
	event[0] = unmapNotify
	order.PutUint32(event[4:], d.setup.root)
	order.PutUint32(event[8:], window)
	if err := d.send(d.setup.root, substructureNotify|substructureRedirect, event); err != nil {
		return err
	}
	return d.sync()
}

// atom is the server's number for a name.
func (d *Display) atom(name string) (uint32, error) {
	b := order.AppendUint16(nil, uint16(len(name)))
	b = append(b, 0, 0)
	if err := d.request(internAtom, append(b, name...)); err != nil {
		return 0, err
	}
	reply, err := d.reply()
	return order.Uint32(reply[8:]), err
}

// newWindow makes a window that is never shown: a message has a sender.
func (d *Display) newWindow() (uint32, error) {
	free := bits.TrailingZeros32(d.setup.idMask)
	if d.used > d.setup.idMask>>free || d.setup.idMask == 0 {
		return 0, errors.New("the display gives no more names")
	}
	id := d.setup.idBase | d.used<<free
	d.used++
	const overrideRedirect = 1 << 9
	b := order.AppendUint32(nil, id)
	b = order.AppendUint32(b, d.setup.root)
	for _, n := range []uint16{0, 0, 1, 1, 0, 0} { // x, y, width, height, border, class of the root
		b = order.AppendUint16(b, n)
	}
	b = order.AppendUint32(b, 0) // visual of the root
	b = order.AppendUint32(b, overrideRedirect)
	b = order.AppendUint32(b, 1)
	return id, d.request(createWindow, b)
}

// message is a client message: 32 bytes.
//
//	0 kind of event  1 format  2 number  4 window  8 type  12 data
type message struct {
	window, kind uint32
	format       byte
	data         [20]byte
}

// tell sends a message to those who listen to a window.
func (d *Display) tell(to, mask uint32, m message) error {
	event := []byte{clientMessage, m.format, 0, 0}
	event = order.AppendUint32(event, m.window)
	event = order.AppendUint32(event, m.kind)
	return d.send(to, mask, append(event, m.data[:]...))
}

func (d *Display) send(to, mask uint32, event []byte) error {
	b := order.AppendUint32(nil, to)
	b = order.AppendUint32(b, mask)
	return d.request(sendEvent, append(b, event...))
}

// sync waits until the server has done everything, and hears what it refused.
func (d *Display) sync() error {
	if err := d.request(getInputFocus, nil); err != nil {
		return err
	}
	_, err := d.reply()
	return err
}

// request sends one request: its number, a byte that ours do not use, its
// length in fours, and the rest.
func (d *Display) request(number byte, rest []byte) error {
	if err := d.conn.SetDeadline(time.Now().Add(talkLimit)); err != nil {
		return fmt.Errorf("asking the display: %w", err)
	}
	rest = padded(rest)
	b := order.AppendUint16([]byte{number, 0}, uint16(1+len(rest)/4))
	if _, err := d.conn.Write(append(b, rest...)); err != nil {
		return fmt.Errorf("asking the display: %w", err)
	}
	return nil
}

// What a packet of the server is, besides events.
const (
	packetError = 0
	packetReply = 1
)

// reply waits for the answer to the last request. A refusal of an earlier one
// comes first.
func (d *Display) reply() (packet [32]byte, err error) {
	for {
		if packet, err = d.packet(); err != nil {
			return packet, err
		}
		switch packet[0] {
		case packetError:
			return packet, fmt.Errorf("the display refuses request %d with error %d", packet[10], packet[1])
		case packetReply:
			return packet, nil
		}
	}
}

// packet reads the first 32 bytes of whatever comes, and drops the rest.
func (d *Display) packet() (packet [32]byte, err error) {
	if _, err = io.ReadFull(d.in, packet[:]); err != nil {
		return packet, fmt.Errorf("reading from the display: %w", err)
	}
	const genericEvent = 35
	if packet[0] == packetReply || packet[0]&0x7f == genericEvent {
		if _, err = io.CopyN(io.Discard, d.in, 4*int64(order.Uint32(packet[4:]))); err != nil {
			return packet, fmt.Errorf("reading from the display: %w", err)
		}
	}
	return packet, nil
}
