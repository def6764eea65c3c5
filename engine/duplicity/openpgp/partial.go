package openpgp

import "io"

const (
	// pieceBits is the size of the pieces in which a packet of unknown
	// length is written, as a power of two.
	pieceBits = 16
	pieceSize = 1 << pieceBits
)

// partialWriter writes a packet's body in pieces, each with its length in
// front, and a last one of any length.
type partialWriter struct {
	w   io.Writer
	buf []byte // the length byte and a piece
}

// newPartialWriter begins a packet.
func newPartialWriter(w io.Writer, tag byte) (*partialWriter, error) {
	if _, err := w.Write([]byte{0xc0 | tag}); err != nil {
		return nil, err
	}
	p := &partialWriter{w: w, buf: make([]byte, 1, pieceSize+1)}
	p.buf[0] = 0xe0 | pieceBits
	return p, nil
}

// Write takes bytes of the body.
func (p *partialWriter) Write(b []byte) (int, error) {
	total := len(b)
	for len(b) > 0 {
		// A full piece is only sent when more follows: the last one must
		// not be partial.
		if len(p.buf) == cap(p.buf) {
			if _, err := p.w.Write(p.buf); err != nil {
				return 0, err
			}
			p.buf = p.buf[:1]
		}
		n := copy(p.buf[len(p.buf):cap(p.buf)], b)
		p.buf, b = p.buf[:len(p.buf)+n], b[n:]
	}
	return total, nil
}

// Close writes the last piece.
func (p *partialWriter) Close() error {
	n := len(p.buf) - 1
	length := []byte{0xff, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	if _, err := p.w.Write(length); err != nil {
		return err
	}
	_, err := p.w.Write(p.buf[1:])
	return err
}
