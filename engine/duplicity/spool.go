package duplicity

import (
	"bytes"
	"io"
	"os"
)

// spoolMemory is how much of a file's older version is held in memory while
// deltas are applied; what is larger goes to a temporary file.
const spoolMemory = 1 << 20

// spool keeps bytes for random access: a file's older version, to which a
// delta is applied. Small ones stay in memory.
type spool struct {
	dir  string
	buf  bytes.Buffer
	file *os.File
	size int64
}

func newSpool(dir string) *spool { return &spool{dir: dir} }

// Write appends. The move to a file happens once, when memory is used up.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.buf.Len()+len(p) > spoolMemory {
		if err := s.toFile(); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.buf.Write(p)
	}
	s.size += int64(n)
	return n, err
}

func (s *spool) toFile() error {
	f, err := os.CreateTemp(s.dir, "varve-spool-*")
	if err != nil {
		return err
	}
	// Unlinked at once: a killed process leaves no plaintext behind.
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return err
	}
	s.file = f
	if _, err := f.Write(s.buf.Bytes()); err != nil {
		return err
	}
	s.buf = bytes.Buffer{}
	return nil
}

// ReadAt reads what was written.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, off)
	}
	if off >= int64(s.buf.Len()) {
		return 0, io.EOF
	}
	n := copy(p, s.buf.Bytes()[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *spool) Close() error {
	s.buf = bytes.Buffer{}
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
