package restore

import (
	"bytes"
	"io"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// isTwin tells that a file which was written whole, and has no name yet, is what
// one of Options.Twins holds already.
func (w *Writer) isTwin(o *output, e *repository.Entry, size int64) bool {
	if o == nil || w.options.Twins == nil {
		return false
	}
	names := w.options.Twins(e.Path)
	if len(names) == 0 || o.end() != nil {
		return false
	}
	fd, err := fsat.Open(o.at.folder.fd, o.temp, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	for _, name := range names {
		if name != e.Path && w.holds(name, &Present{fd: fd, size: size}) {
			return true
		}
	}
	return false
}

// holds tells that the file of a name below the target has some content.
func (w *Writer) holds(name string, content *Present) bool {
	fd, err := w.below.open(name)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size != content.size {
		return false
	}
	return sameBytes(io.NewSectionReader(&Present{fd: fd}, 0, st.Size), io.NewSectionReader(content, 0, content.size))
}

// sameBytes compares two of one length.
func sameBytes(a, b io.Reader) bool {
	p, q := make([]byte, smallFile), make([]byte, smallFile)
	for {
		n, err := io.ReadFull(a, p)
		m, _ := io.ReadFull(b, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false
		}
		if err != nil {
			return err == io.EOF || err == io.ErrUnexpectedEOF // as io.ReadFull has it
		}
	}
}

// dropTwin removes a file that is there already.
func (w *Writer) dropTwin(o *output, size int64) error {
	if o.at.kept {
		w.counts.kept.Add(-1)
	}
	o.abandon()
	return w.countSame(size)
}
