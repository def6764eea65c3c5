package source

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sys/unix"
)

// listing is the names in one folder, sorted. They lie end to end in one
// piece of memory: a folder of a million files costs their letters and eight
// bytes each.
type listing struct {
	letters []byte
	spans   []span
}

type span struct{ start, end uint32 }

func (l *listing) len() int { return len(l.spans) }

func (l *listing) name(i int) []byte { return l.letters[l.spans[i].start:l.spans[i].end] }

// read fills the listing from an open folder. After an error it holds the
// names that were read before it.
func (l *listing) read(fd int, buf []byte) error {
	l.letters, l.spans = l.letters[:0], l.spans[:0]
	err := l.readAll(fd, buf)
	slices.SortFunc(l.spans, func(a, b span) int {
		return bytes.Compare(l.letters[a.start:a.end], l.letters[b.start:b.end])
	})
	return err
}

func (l *listing) readAll(fd int, buf []byte) error {
	var names []string
	for {
		n, err := unix.ReadDirent(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return err
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names[:0])
		for _, name := range names {
			if len(l.letters)+len(name) > math.MaxUint32 {
				return fmt.Errorf("the names of %d items are too long together", len(l.spans))
			}
			start := uint32(len(l.letters))
			l.letters = append(l.letters, name...)
			l.spans = append(l.spans, span{start, uint32(len(l.letters))})
		}
	}
}
