package x11

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParseAddress(t *testing.T) {
	for _, row := range []struct {
		display string
		want    address
		bad     bool
	}{
		{":0", address{"", 0, 0}, false},
		{":12.1", address{"", 12, 1}, false},
		{"unix:3", address{"", 3, 0}, false},
		{"far.example:10.0", address{"far.example", 10, 0}, false},
		{"[::1]:2", address{"::1", 2, 0}, false},
		{"", address{}, true},
		{"screen", address{}, true},
		{":", address{}, true},
		{":-1", address{}, true},
		{":+1", address{}, true},
		{":65000", address{}, true},
		{":1.", address{}, true},
		{":1.x", address{}, true},
	} {
		got, err := parseAddress(row.display)
		if (err != nil) != row.bad || got != row.want {
			t.Errorf("%q: got %+v, %v", row.display, got, err)
		}
	}
}

// welcome is what a server with two screens says: the first has a depth with
// two visuals and one without.
func welcome() []byte {
	rest := make([]byte, 32)
	order.PutUint32(rest[4:], 0x0400000)
	order.PutUint32(rest[8:], 0x01fffff)
	order.PutUint16(rest[16:], 5) // "maker", filled up
	rest[20], rest[21] = 2, 1
	rest = append(rest, "maker\x00\x00\x00"...)
	rest = append(rest, make([]byte, 8)...) // a format
	first := make([]byte, 40)
	order.PutUint32(first, 0x111)
	first[39] = 2
	rest = append(rest, first...)
	depth := make([]byte, 8)
	order.PutUint16(depth[2:], 2)
	rest = append(append(rest, depth...), make([]byte, 2*24+8)...)
	second := make([]byte, 40)
	order.PutUint32(second, 0x222)
	return answerOf(1, 0, append(rest, second...))
}

func answerOf(result, reason byte, rest []byte) []byte {
	head := []byte{result, reason, 11, 0, 0, 0, 0, 0}
	order.PutUint16(head[6:], uint16(len(rest)/4))
	return append(head, rest...)
}

func TestReadSetup(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer []byte
		screen int
		root   uint32
		err    string
	}{
		{"first screen", welcome(), 0, 0x111, ""},
		{"second screen", welcome(), 1, 0x222, ""},
		{"no such screen", welcome(), 2, 0, "2 screens"},
		{"refused", answerOf(0, 12, padded([]byte("No protocol!"))), 0, 0, "the display refuses: No protocol!"},
		{"refused, longer reason than answer", answerOf(0, 200, []byte("No.\n")), 0, 0, "the display refuses: No."},
		{"more is wanted", answerOf(2, 0, nil), 0, 0, "wants a proof"},
		{"nothing", nil, 0, 0, "EOF"},
		{"cut", welcome()[:60], 0, 0, "EOF"},
		{"no room for a screen", answerOf(1, 0, welcome()[8:8+48+36]), 0, 0, "too short"},
		{"no room for the second", answerOf(1, 0, welcome()[8:8+48+40+8]), 1, 0, "too short"},
		{"no room for anything", answerOf(1, 0, make([]byte, 28)), 0, 0, "too short"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := readSetup(iotest.OneByteReader(bytes.NewReader(row.answer)), row.screen)
			if got.root != row.root || (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %#x, %v; want %#x, %q", got.root, err, row.root, row.err)
			}
		})
	}
}

func FuzzReadSetup(f *testing.F) {
	f.Add(welcome(), 1)
	f.Add(answerOf(0, 4, []byte("no.\n")), 0)
	f.Fuzz(func(_ *testing.T, answer []byte, screen int) {
		_, _ = readSetup(bytes.NewReader(answer), screen&0xff)
	})
}

// file makes a file of proofs: for each, a family, an address, the number of a
// display, the proof's name and the proof.
func file(entries ...entry) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, byte(e.family>>8), byte(e.family))
		for _, text := range []string{e.address, e.number, e.cookie.name, e.cookie.data} {
			b = append(b, byte(len(text)>>8), byte(len(text)))
			b = append(b, text...)
		}
	}
	return b
}

func TestPickCookie(t *testing.T) {
	named := func(data string) cookie { return cookie{cookieName, data} }
	here := &net.UnixAddr{Name: "/tmp/.X11-unix/X3"}
	far := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}
	tunnel := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
	other := entry{familyLocal, "elsewhere", "3", named("other")}
	for _, row := range []struct {
		name   string
		file   []byte
		remote net.Addr
		want   string
	}{
		{"by name", file(other, entry{familyLocal, "desk", "3", named("mine")}), here, "mine"},
		{"any number", file(entry{familyLocal, "desk", "", named("mine")}), here, "mine"},
		{"any computer", file(other, entry{familyWild, "", "3", named("mine")}), far, "mine"},
		{"other number", file(entry{familyLocal, "desk", "4", named("other")}), here, ""},
		{"other kind of proof", file(entry{familyLocal, "desk", "3", cookie{"XDM-AUTHORIZATION-1", "other"}}), here, ""},
		{"by address", file(entry{familyIPv4, "\xc0\x00\x02\x07", "3", named("mine")}), far, "mine"},
		{"other address", file(entry{familyIPv4, "\xc0\x00\x02\x08", "3", named("other")}), far, ""},
		{"not the local one for a far display", file(entry{familyLocal, "desk", "3", named("other")}), far, ""},
		{"a tunnel of ssh", file(entry{familyLocal, "desk", "3", named("mine")}), tunnel, "mine"},
		{"cut", file(other, entry{familyLocal, "desk", "3", named("mine")})[:50], here, ""},
		{"empty", nil, here, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := pickCookie(bytes.NewReader(row.file), 3, "desk", row.remote); got.data != row.want {
				t.Errorf("got %q, want %q", got.data, row.want)
			}
		})
	}
}

func FuzzPickCookie(f *testing.F) {
	f.Add(file(entry{familyLocal, "desk", "3", cookie{cookieName, "0123456789abcdef"}}))
	f.Add(file(entry{familyIPv6, "0123456789abcdef", "", cookie{cookieName, "x"}}, entry{familyWild, "", "", cookie{}}))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = pickCookie(bytes.NewReader(b), 3, "desk", &net.UnixAddr{})
	})
}

func TestStartupTime(t *testing.T) {
	for _, row := range []struct {
		token string
		at    uint32
		ok    bool
	}{
		{"gnome-shell/Varve/1234-0-desk_TIME567", 567, true},
		{"a_TIME1_TIME2", 2, true},
		{"x_TIME4294967295", 4294967295, true},
		{"x_TIME4294967296", 4294967295, false},
		{"x_TIME-1", 0, false},
		{"x_TIME", 0, false},
		{"a token of wayland", 0, false},
		{"", 0, false},
	} {
		if at, ok := StartupTime(row.token); ok != row.ok || ok && at != row.at {
			t.Errorf("%q: got %d, %v", row.token, at, ok)
		}
	}
}
