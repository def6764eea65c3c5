package reread

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Record is when files were last read to the last byte and found whole, or that
// they were not. It is a file of lines, the seconds since 1970 and a name, which
// may be lost: then all is read anew. A Record belongs to one goroutine.
type Record struct {
	path   string
	times  map[string]int64
	unsafe int // notes that were not saved
}

const (
	// saveAfter is after how many notes the record is saved.
	saveAfter = 500
	// damaged stands for the time of a file that was not whole.
	damaged = -1
	// mostRecord bounds what is read of a record, in bytes.
	mostRecord = 1 << 30
)

// Load reads the record of a path. What of it cannot be read is left out.
func Load(path string) *Record {
	r := &Record{path: path, times: map[string]int64{}}
	f, err := os.Open(path)
	if err != nil {
		return r
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, mostRecord))
	for lines.Scan() {
		at, name, ok := strings.Cut(lines.Text(), " ")
		if t, err := strconv.ParseInt(at, 10, 64); ok && err == nil && name != "" {
			r.times[name] = t
		}
	}
	return r
}

// Keep forgets all files but these.
func (r *Record) Keep(names iter.Seq[string]) {
	kept := make(map[string]int64, len(r.times))
	for name := range names {
		if t, ok := r.times[name]; ok {
			kept[name] = t
		}
	}
	r.times = kept
}

// Sort puts those first that were damaged when they were last read, then those
// that were read longest ago, or never.
func (r *Record) Sort(names []string) {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.times[a], r.times[b]), cmp.Compare(a, b))
	})
}

// Note notes that a file was read, and whether it is whole.
func (r *Record) Note(name string, whole bool, now time.Time) error {
	switch {
	case strings.Contains(name, "\n"): // no line could hold it
	case whole:
		r.times[name] = now.Unix()
	default:
		r.times[name] = damaged
	}
	if r.unsafe++; r.unsafe < saveAfter {
		return nil
	}
	return r.Save()
}

// Since tells how much of these files, by name and length in bytes, was read at
// or after a time, and how much of them was damaged when it was last read.
func (r *Record) Since(start time.Time, sizes iter.Seq2[string, int64]) (f Fresh) {
	for name, size := range sizes {
		f.Of += size
		switch t, ok := r.times[name]; {
		case !ok:
		case t == damaged:
			f.Damaged += size
		case t >= start.Unix():
			f.Read += size
		}
	}
	return f
}

// Save stores what was noted.
func (r *Record) Save() error {
	r.unsafe = 0
	var b bytes.Buffer
	for name, t := range r.times {
		fmt.Fprintf(&b, "%d %s\n", t, name)
	}
	temp := r.path + ".new"
	err := os.MkdirAll(filepath.Dir(r.path), 0o700)
	if err = errors.Join(err, os.WriteFile(temp, b.Bytes(), 0o600)); err == nil {
		err = os.Rename(temp, r.path)
	}
	if err != nil {
		return fmt.Errorf("noting what was read: %w", err)
	}
	return nil
}
