package restore

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	// holeSize is how many zeros in a row become a hole, in bytes: more holes
	// than that would cut a file into pieces.
	holeSize = 64 << 10
	// blockSize is what file systems store at once, in bytes.
	blockSize = 4 << 10
)

// noData is what a hole reads as. It is never written to.
var noData [holeSize]byte

// write appends p, and leaves out long runs of zeros. All calls but the last
// bring a multiple of blockSize.
func (o *output) write(p []byte) error {
	if o == nil {
		return nil
	}
	if o.zeros > 0 {
		n := zeroBlocks(p)
		o.zeros += int64(n)
		p = p[n:]
	}
	for len(p) > 0 {
		if err := o.settleZeros(); err != nil {
			return err
		}
		start, end := nextHole(p)
		if err := o.writeData(p[:start]); err != nil {
			return err
		}
		o.zeros = int64(end - start)
		p = p[end:]
	}
	return nil
}

// settleZeros makes a hole of the zeros that came last, or writes them.
func (o *output) settleZeros() error {
	n := o.zeros
	o.zeros = 0
	if n >= holeSize {
		o.off += n
		return nil
	}
	return o.writeData(noData[:n])
}

// end gives a file that ends with a hole its length.
func (o *output) end() error {
	hole := o.zeros >= holeSize
	if err := o.settleZeros(); err != nil || !hole {
		return err
	}
	if err := unix.Ftruncate(o.fd, o.off); err != nil {
		return fmt.Errorf("writing it at %d: %w", o.off, err)
	}
	return nil
}

// nextHole finds the first run of zeros that is long, or may be because p ends
// with it; both are the length of p when there is none.
func nextHole(p []byte) (start, end int) {
	for end < len(p) {
		n := zeroBlocks(p[end:])
		start, end = end, end+n
		if n >= holeSize || n > 0 && end == len(p) {
			return start, end
		}
		end += min(blockSize, len(p)-end)
	}
	return len(p), len(p)
}

// zeroBlocks returns the length of the zeros that p begins with, in whole
// blocks, of which the last may be short.
func zeroBlocks(p []byte) (n int) {
	for n < len(p) {
		block := p[n:min(n+blockSize, len(p))]
		if !bytes.Equal(block, noData[:len(block)]) {
			break
		}
		n += len(block)
	}
	return n
}
