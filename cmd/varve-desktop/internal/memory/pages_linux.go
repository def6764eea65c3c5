package memory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mapping is a part of a file in the memory of the program.
type mapping struct {
	from, to uintptr
	perms    string
	path     string
	own      int64 // what of it is not the file's any more, in KiB
}

// giveBack lets go of the program's own code and constants. Linux brings in far
// more than was asked for, and keeps it in the count of the program. They are
// read again from the file, which the system has still in its own memory as
// long as there is room. What was written to is never let go: it would be lost.
func giveBack() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := mappings(f)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.path != self || strings.Contains(m.perms, "w") || m.own > 0 {
			continue
		}
		// Addresses, not pointers: nothing of Go's own lies there.
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); e != 0 {
			err = errors.Join(err, fmt.Errorf("letting go of %d bytes: %w", m.to-m.from, e))
		}
	}
	return err
}

// mappings reads what Linux tells in /proc/PID/smaps: a line for a mapping, and
// below it lines about it.
func mappings(r io.Reader) (all []mapping, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 5 && !strings.HasSuffix(fields[0], ":") {
			m, err := parseMapping(fields)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
			continue
		}
		if len(all) == 0 || len(fields) < 2 {
			continue
		}
		last := &all[len(all)-1]
		switch fields[0] {
		// Dirty pages say nothing: those of a file that was just written are.
		case "Anonymous:", "Swap:":
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("reading what memory holds: %w", err)
			}
			last.own += n
		}
	}
	return all, lines.Err()
}

// parseMapping takes apart "from-to perms offset device inode path".
func parseMapping(fields []string) (m mapping, err error) {
	from, to, ok := strings.Cut(fields[0], "-")
	if !ok {
		return m, fmt.Errorf("%q is no part of memory", fields[0])
	}
	a, errA := strconv.ParseUint(from, 16, 64)
	b, errB := strconv.ParseUint(to, 16, 64)
	if err := errors.Join(errA, errB); err != nil || b < a {
		return m, fmt.Errorf("%q is no part of memory", fields[0])
	}
	m = mapping{from: uintptr(a), to: uintptr(b), perms: fields[1]}
	if len(fields) > 5 {
		m.path = strings.Join(fields[5:], " ")
	}
	return m, nil
}
