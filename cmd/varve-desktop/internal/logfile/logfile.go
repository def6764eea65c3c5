// Package logfile is where a program that nobody watches writes what it does:
// one file for this user alone, and the one before it, neither larger than
// about a mebibyte. Start with Open.
package logfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
)

// limit is the size at which a file is put aside and a new one begun.
const limit = 1 << 20

// File is an open log. Its methods may be called from several goroutines.
type File struct {
	path string

	mu   sync.Mutex
	file *os.File // nil after Close
	size int64
}

// Open goes on with the log called name in dir, which is made when it is
// missing. If the program crashes, what Go says of it goes to the log too.
// The caller closes it.
func Open(dir, name string) (*File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for the log: %w", err)
	}
	f := &File{path: filepath.Join(dir, name)}
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, nil
}

// begin opens the file for more.
func (f *File) begin() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		err = debug.SetCrashOutput(file, debug.CrashOptions{})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("opening the log: %w", err), file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// Write adds a line. A log that is full is put aside first, in place of the
// one that was put aside before.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, os.ErrClosed
	}
	if f.size > 0 && f.size+int64(len(line)) > limit {
		if err := f.turn(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

// turn begins a new file. The next line tries again when that fails, as on a
// full disk, be it after the full one was put aside.
func (f *File) turn() error {
	full := f.file
	if err := os.Rename(f.path, f.path+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("putting the full log aside: %w", err)
	}
	if err := f.begin(); err != nil {
		return err
	}
	return full.Close()
}

// Close ends the log.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := errors.Join(debug.SetCrashOutput(nil, debug.CrashOptions{}), f.file.Close())
	f.file = nil
	return err
}
