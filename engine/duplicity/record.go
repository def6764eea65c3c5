package duplicity

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// maxRecordString bounds a path, name or link target in a listing record:
// sixteen times the longest path that Linux takes.
const maxRecordString = 1 << 16

// writeRecord appends an entry in the private form of a listing: numbers as
// varints, strings with their length in front. Attributes and hashes stay
// out; browsing does not show them.
func writeRecord(w io.Writer, e *repository.Entry) (int64, error) {
	b := make([]byte, 0, 128+len(e.Path)+len(e.Target))
	for _, s := range []string{e.Path, e.Target, e.User, e.Group, e.HardLink} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, byte(e.Type), flags(e.HasNanoseconds))
	for _, n := range []int64{
		int64(e.Mode), int64(e.UID), int64(e.GID), e.Size,
		e.ModTime.Unix(), int64(e.ModTime.Nanosecond()), int64(e.Major), int64(e.Minor),
	} {
		b = binary.AppendVarint(b, n)
	}
	n, err := w.Write(b)
	return int64(n), err
}

func flags(nanoseconds bool) byte {
	if nanoseconds {
		return 1
	}
	return 0
}

// readRecord reads one entry, or io.EOF at the end.
func readRecord(r *bufio.Reader) (repository.Entry, error) {
	var e repository.Entry
	if _, err := r.Peek(1); err != nil {
		return e, err
	}
	for _, s := range []*string{&e.Path, &e.Target, &e.User, &e.Group, &e.HardLink} {
		if err := readString(r, s); err != nil {
			return e, fmt.Errorf("reading a listing: %w", err)
		}
	}
	var fixed [2]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return e, fmt.Errorf("reading a listing: %w", err)
	}
	e.Type, e.HasNanoseconds = repository.Type(fixed[0]), fixed[1] == 1
	return e, readNumbers(r, &e)
}

func readNumbers(r *bufio.Reader, e *repository.Entry) error {
	var n [8]int64
	for i := range n {
		v, err := binary.ReadVarint(r)
		if err != nil {
			return fmt.Errorf("reading a listing: %w", err)
		}
		n[i] = v
	}
	e.Mode, e.UID, e.GID, e.Size = uint32(n[0]), uint32(n[1]), uint32(n[2]), n[3]
	e.ModTime = time.Unix(n[4], n[5])
	e.Major, e.Minor = uint32(n[6]), uint32(n[7])
	return nil
}

func readString(r *bufio.Reader, s *string) error {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return err
	}
	if n > maxRecordString {
		return fmt.Errorf("a string of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	*s = string(b)
	return nil
}
