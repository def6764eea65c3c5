package duplicity

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// Listing is a version's catalogue, laid out so that a folder can be read
// without going through everything: the entries in a temporary file, in
// order, and for every folder the offsets of its children. It costs eight
// bytes of memory an entry.
type Listing struct {
	file     *os.File
	children map[string][]int64
	end      int64
}

// newListing stores entries, which arrive in order, in a file below dir.
func newListing(dir string, entries iter.Seq2[*repository.Entry, error]) (*Listing, error) {
	f, err := os.CreateTemp(dir, "varve-listing-*")
	if err != nil {
		return nil, fmt.Errorf("listing a version: %w", err)
	}
	l := &Listing{file: f, children: map[string][]int64{}}
	if err := os.Remove(f.Name()); err != nil {
		l.Close()
		return nil, fmt.Errorf("listing a version: %w", err)
	}
	if err := l.fill(entries); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Listing) fill(entries iter.Seq2[*repository.Entry, error]) error {
	w := bufio.NewWriterSize(l.file, 1<<16)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if e.Path != "" {
			parent := parentOf(e.Path)
			l.children[parent] = append(l.children[parent], l.end)
		}
		n, err := writeRecord(w, e)
		if err != nil {
			return fmt.Errorf("listing a version: %w", err)
		}
		l.end += n
	}
	return w.Flush()
}

// ReadDir yields the children of a folder.
func (l *Listing) ReadDir(ctx context.Context, dir string) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		for _, off := range l.children[dir] {
			r := bufio.NewReaderSize(io.NewSectionReader(l.file, off, l.end-off), 512)
			e, err := readRecord(r)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Walk yields a folder or file and everything below it, in order.
func (l *Listing) Walk(ctx context.Context, from string) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		start := l.start(from)
		r := bufio.NewReaderSize(io.NewSectionReader(l.file, start, l.end-start), 1<<16)
		for ctx.Err() == nil {
			e, err := readRecord(r)
			if err == io.EOF { // a reader returns it as it is; inside another error it is damage
				return
			}
			if err == nil && !repository.Contains(from, e.Path) {
				if repository.Compare(e.Path, from) < 0 {
					continue
				}
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		yield(repository.Entry{}, ctx.Err())
	}
}

// start is an offset at or before the entry of that path.
func (l *Listing) start(from string) int64 {
	if from == "" {
		return 0
	}
	siblings := l.children[parentOf(from)]
	if len(siblings) == 0 {
		return l.end
	}
	return siblings[0]
}

// Close ends the listing.
func (l *Listing) Close() error { return l.file.Close() }

func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}
