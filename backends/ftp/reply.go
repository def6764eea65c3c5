package ftp

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// reply is what a server says to a command.
type reply struct {
	code int
	// lines are the texts without codes; there is at least one.
	lines []string
}

// A reply has an end: of a line and of all of them.
const (
	maxLine  = 8 << 10
	maxLines = 1000
)

var errReply = fmt.Errorf("%w: that is no reply of an FTP server", backends.ErrTemporary)

// readReply reads a reply of one line, "220 text", or of several: "220-text"
// begins one, and "220 text" ends it.
func readReply(in *bufio.Reader) (reply, error) {
	line, err := readLine(in)
	if err != nil {
		return reply{}, err
	}
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return reply{}, errReply
	}
	code, err := strconv.ParseUint(line[:3], 10, 16)
	if err != nil || code < 100 {
		return reply{}, errReply
	}
	r := reply{int(code), []string{strings.TrimSpace(line[min(4, len(line)):])}}
	if len(line) == 3 || line[3] == ' ' {
		return r, nil
	}
	for end := line[:3] + " "; len(r.lines) < maxLines; {
		more, err := readLine(in)
		if err != nil {
			return reply{}, err
		}
		if text, last := strings.CutPrefix(more, end); last || more == line[:3] {
			r.lines = append(r.lines, strings.TrimSpace(strings.TrimPrefix(text, line[:3])))
			return r, nil
		}
		r.lines = append(r.lines, strings.TrimSpace(strings.TrimPrefix(more, line[:3]+"-")))
	}
	return reply{}, errReply
}

// readLine reads a line, without its end.
func readLine(in *bufio.Reader) (string, error) {
	b, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errReply
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// passivePort reads the port out of "Entering Passive Mode (h,h,h,h,p,p)". The
// address is not believed: behind a router it is wrong, and from a bad server
// it is somebody else's.
func passivePort(text string) (uint16, bool) {
	for start := range len(text) {
		if start > 0 && (isDigit(text[start-1]) || text[start-1] == ',') || !isDigit(text[start]) {
			continue
		}
		end := start
		for end < len(text) && (isDigit(text[end]) || text[end] == ',') {
			end++
		}
		numbers := strings.Split(strings.Trim(text[start:end], ","), ",")
		if len(numbers) != 6 {
			continue
		}
		high, herr := strconv.ParseUint(numbers[4], 10, 8)
		low, lerr := strconv.ParseUint(numbers[5], 10, 8)
		return uint16(high<<8 | low), herr == nil && lerr == nil && high+low > 0
	}
	return 0, false
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// extendedPort reads the port out of "Entering Extended Passive Mode (|||port|)".
func extendedPort(text string) (uint16, bool) {
	i := strings.IndexByte(text, '(')
	if i < 0 || len(text) < i+7 {
		return 0, false
	}
	d := text[i+1 : i+2]
	port, found := strings.CutPrefix(text[i+1:], d+d+d)
	port, _, closed := strings.Cut(port, d)
	n, err := strconv.ParseUint(port, 10, 16)
	return uint16(n), found && closed && err == nil && n > 0
}

// activeArgs are where a server shall connect to, as PORT and EPRT want it.
func activeArgs(to netip.AddrPort) (port, extended string) {
	addr := to.Addr().Unmap()
	family := 2
	if addr.Is4() {
		family = 1
		port = fmt.Sprintf("%s,%d,%d", strings.ReplaceAll(addr.String(), ".", ","), to.Port()>>8, to.Port()&0xff)
	}
	return port, fmt.Sprintf("|%d|%s|%d|", family, addr.WithZone(""), to.Port())
}

// quotedPath reads the path out of `257 "/a ""quoted"" path" is current`.
func quotedPath(text string) (string, bool) {
	_, rest, found := strings.Cut(text, `"`)
	if !found {
		return "", false
	}
	var path strings.Builder
	for {
		part, after, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", false
		}
		path.WriteString(part)
		if !strings.HasPrefix(after, `"`) {
			break
		}
		path.WriteByte('"')
		rest = after[1:]
	}
	return path.String(), strings.HasPrefix(path.String(), "/")
}
