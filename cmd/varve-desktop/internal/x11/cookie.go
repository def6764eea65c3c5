package x11

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// cookie proves to a server that this is the same user.
type cookie struct{ name, data string }

// cookieName is the only proof that is in use.
const cookieName = "MIT-MAGIC-COOKIE-1"

// What an entry's address is.
const (
	familyIPv4  = 0
	familyIPv6  = 6
	familyLocal = 256 // the name of this computer
	familyWild  = 65535
)

// mostCookies and largest bound what is read of a file that any program may
// have written.
const (
	mostCookies = 10_000
	largest     = 1 << 20
)

// findCookie returns the proof for a server, or none: some ask for none.
func findCookie(a address, remote net.Addr) cookie {
	path := os.Getenv("XAUTHORITY")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return cookie{}
		}
		path = filepath.Join(home, ".Xauthority")
	}
	f, err := os.Open(path)
	if err != nil {
		return cookie{}
	}
	defer f.Close()
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return pickCookie(bufio.NewReader(io.LimitReader(f, largest)), a.number, host, remote)
}

// pickCookie takes the first entry that is for this display.
func pickCookie(r io.Reader, number int, host string, remote net.Addr) cookie {
	for range mostCookies {
		e, err := readEntry(r)
		if err != nil {
			return cookie{}
		}
		if e.cookie.name == cookieName && cmp.Or(e.number, strconv.Itoa(number)) == strconv.Itoa(number) && e.isFor(host, remote) {
			return e.cookie
		}
	}
	return cookie{}
}

// entry is one of the file, all numbers with the high byte first:
//
//	family (2), then four texts, each after its length (2): address, number,
//	name of the proof, proof
type entry struct {
	family          uint16
	address, number string
	cookie          cookie
}

func readEntry(r io.Reader) (e entry, err error) {
	if err = binary.Read(r, binary.BigEndian, &e.family); err != nil {
		return e, err
	}
	for _, text := range []*string{&e.address, &e.number, &e.cookie.name, &e.cookie.data} {
		var n uint16
		if err = binary.Read(r, binary.BigEndian, &n); err != nil {
			return e, err
		}
		b := make([]byte, n)
		if _, err = io.ReadFull(r, b); err != nil {
			return e, err
		}
		*text = string(b)
	}
	return e, nil
}

// isFor tells whether the entry is for a server that is reached at remote from
// the computer called host. A server on this computer goes by that name even
// when it is reached over the network, as ssh's are.
func (e *entry) isFor(host string, remote net.Addr) bool {
	tcp, far := remote.(*net.TCPAddr)
	far = far && !tcp.IP.IsLoopback()
	switch e.family {
	case familyWild:
		return true
	case familyLocal:
		return !far && e.address == host
	case familyIPv4, familyIPv6:
		return far && tcp.IP.Equal(net.IP(e.address))
	}
	return false
}
