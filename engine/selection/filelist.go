package selection

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// maxLine bounds a line of a list, in bytes.
const maxLine = 1 << 20

// ReadFilelist reads the patterns of a list: one a line, or separated by zero
// bytes. Blank lines and those that begin with "#" are left out, space around
// a line and quotes around a pattern are taken off, as duplicity does.
func ReadFilelist(r io.Reader, nullSeparated bool) ([]string, error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	if nullSeparated {
		scan.Split(splitZero)
	}
	var lines []string
	for scan.Scan() {
		if line := clean(scan.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, scan.Err()
}

func splitZero(data []byte, atEnd bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEnd && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// clean takes off what does not belong to the pattern; "" means that the line
// holds none.
func clean(line string) string {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return ""
	}
	sign := ""
	if strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "- ") {
		sign, line = line[:2], strings.TrimSpace(line[2:])
	}
	for _, quote := range []byte{'\'', '"'} {
		if len(line) > 1 && line[0] == quote && line[len(line)-1] == quote {
			line = line[1 : len(line)-1]
			break
		}
	}
	if line == "" {
		return ""
	}
	return sign + line
}
