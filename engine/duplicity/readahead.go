package duplicity

import (
	"io"
	"sync"
)

const (
	readAheadPieces = 4
	readAheadSize   = 1 << 18
)

// readAhead decodes in a goroutine of its own while what came before is used.
type readAhead struct {
	pieces chan piece
	free   chan []byte
	stop   chan struct{}
	once   sync.Once
	done   sync.WaitGroup
	now    piece
	rest   []byte
	source io.Closer
}

type piece struct {
	data []byte
	err  error // after data; io.EOF at the end
}

// newReadAhead starts reading r, which it closes.
func newReadAhead(r io.ReadCloser) *readAhead {
	a := &readAhead{
		pieces: make(chan piece), free: make(chan []byte, readAheadPieces),
		stop: make(chan struct{}), source: r,
	}
	for range readAheadPieces {
		a.free <- make([]byte, readAheadSize)
	}
	a.done.Go(func() { a.fill(r) })
	return a
}

func (a *readAhead) fill(r io.Reader) {
	defer close(a.pieces)
	for {
		var buf []byte
		select {
		case buf = <-a.free:
		case <-a.stop:
			return
		}
		n, err := io.ReadFull(r, buf[:readAheadSize])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		select {
		case a.pieces <- piece{buf[:n], err}:
		case <-a.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (a *readAhead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.free <- a.now.data
		}
		next, ok := <-a.pieces
		if !ok {
			return 0, io.ErrClosedPipe
		}
		a.now, a.rest = next, next.data
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close ends the goroutine and closes the source.
func (a *readAhead) Close() error {
	a.once.Do(func() { close(a.stop) })
	a.done.Wait()
	return a.source.Close()
}
