package undo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// journal is a file that records are appended to. While it is open, nobody else
// has it.
type journal struct {
	file *os.File

	mu      sync.Mutex
	written int64 // records
	err     error // why nothing more is written

	sync   sync.Mutex // held by who has the disk write
	synced int64      // records that are on the disk, guarded by sync
}

// openJournal opens the journal of a folder. With make, it is made if it is not
// there.
func openJournal(dir string, make bool) (*journal, error) {
	flags := os.O_RDWR | os.O_APPEND | unix.O_NOFOLLOW
	if make {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(filepath.Join(dir, journalName), flags, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	if err := fsat.Lock(int(f.Fd())); err != nil {
		return nil, errors.Join(ErrBusy, f.Close())
	}
	return &journal{file: f}, nil
}

// read is what the journal holds, nil when it is empty. A line that was cut
// short is ended.
func (j *journal) read() (*history, error) {
	info, err := j.file.Stat()
	if err != nil || info.Size() == 0 {
		return nil, err
	}
	last := make([]byte, 1)
	if _, err := j.file.ReadAt(last, info.Size()-1); err != nil {
		return nil, err
	}
	if last[0] != '\n' {
		if _, err := j.file.WriteString("\n"); err != nil {
			return nil, err
		}
	}
	return parse(io.NewSectionReader(j.file, 0, info.Size()))
}

// write appends a record, and returns how many there are now. It survives this
// process, but not yet the computer: see settle.
func (j *journal) write(r *record) (int64, error) {
	line, err := r.line()
	if err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		if _, err := j.file.Write(line); err != nil {
			j.err = fmt.Errorf("writing the journal: %w", err)
		}
	}
	j.written++
	return j.written, j.err
}

// settle returns when so many records are on the disk. One call does it for all
// who wait.
func (j *journal) settle(records int64) error {
	j.sync.Lock()
	defer j.sync.Unlock()
	if j.synced >= records {
		return nil
	}
	j.mu.Lock()
	now, err := j.written, j.err
	j.mu.Unlock()
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing the journal to the disk: %w", err)
	}
	j.synced = now
	return nil
}

// put writes records, and has them on the disk.
func (j *journal) put(records ...*record) error {
	last := int64(0)
	for _, r := range records {
		n, err := j.write(r)
		if err != nil {
			return err
		}
		last = n
	}
	return j.settle(last)
}

func (j *journal) close() error { return j.file.Close() }

// syncFolder has the names in a folder written to the disk.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
