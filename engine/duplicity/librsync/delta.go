package librsync

import (
	"bytes"
	"encoding/binary"
	"io"
)

// The commands of a delta (section 6.2).
const (
	deltaMagic = 0x72730236
	opEnd      = 0x00
	opLiteral  = 0x41 // + width; up to 64 bytes the length is the command
	opCopy     = 0x45 // + 4*width of the offset + width of the length
	opReserved = 0x55
	mostInline = 64
	// mostLiteral is where a literal is cut, in bytes, so that it never has
	// to be held whole.
	mostLiteral = 1 << 15
	readSize    = 1 << 17
)

// A weak sum that fits and a strong one that does not costs the time of a
// block. Where nearly every window is so, which an adversary can arrange, a
// delta would take as many block lengths as the file has bytes. So there is
// only so much credit for it, in bytes: some at first and some for each byte.
// Without credit a window counts as new, which costs room and no more.
const (
	firstCredit = 1 << 26
	moreCredit  = 32
)

// deltaReader makes a delta while it is read.
type deltaReader struct {
	src  io.Reader
	sig  *Signature
	roll weakSum

	buf      []byte // bytes of src; buf[literal:at] match nothing
	literal  int
	at       int
	ended    bool // src is at its end
	rolling  bool // roll holds the sum of the window at at
	expected int  // the block that would continue the last copy
	credit   int  // bytes that may be summed for nothing

	copyFrom, copyLen int64
	out               []byte
	sent              int
	done              bool
	err               error
}

// NewDeltaReader reads the delta that makes src of the file that sig
// describes. Memory is bounded by the block length.
func NewDeltaReader(src io.Reader, sig *Signature) io.Reader {
	d := &deltaReader{src: src, sig: sig, roll: sig.Kind.newWeak(), credit: firstCredit}
	d.buf = make([]byte, 0, readSize+2*sig.BlockLen+mostLiteral)
	d.out = binary.BigEndian.AppendUint32(d.out, deltaMagic)
	return d
}

// Read implements io.Reader.
func (d *deltaReader) Read(p []byte) (int, error) {
	for d.sent == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		if d.done {
			return 0, io.EOF
		}
		d.out, d.sent = d.out[:0], 0
		d.work()
	}
	n := copy(p, d.out[d.sent:])
	d.sent += n
	return n, nil
}

// work goes on until something came out.
func (d *deltaReader) work() {
	for len(d.out) < readSize/4 && d.err == nil && !d.done {
		if !d.ended && len(d.buf)-d.at < d.sig.BlockLen+1 {
			d.fill()
			continue
		}
		switch {
		case len(d.buf)-d.at >= d.sig.BlockLen && d.sig.Blocks() > 0:
			if d.scan() && d.ended {
				d.finish()
			}
		case d.ended:
			d.finish()
		default:
			d.skipAll()
		}
	}
}

// fill reads more, and makes room first.
func (d *deltaReader) fill() {
	if cap(d.buf)-len(d.buf) < readSize {
		n := copy(d.buf, d.buf[d.literal:])
		d.buf, d.at, d.literal = d.buf[:n], d.at-d.literal, 0
	}
	n, err := d.src.Read(d.buf[len(d.buf):min(cap(d.buf), len(d.buf)+readSize)])
	d.buf = d.buf[:len(d.buf)+n]
	if err == io.EOF {
		d.ended = true
	} else if err != nil {
		d.err = err
	}
}

// skipAll takes everything as literal: there is nothing to match.
func (d *deltaReader) skipAll() {
	d.at = len(d.buf)
	d.flushLiteral()
}

// scan looks for matches until the window leaves the buffer. It reports that
// the window is at the end of the buffer and matches nothing.
func (d *deltaReader) scan() bool {
	block := d.sig.BlockLen
	for d.at+block <= len(d.buf) && len(d.out) < readSize/4 {
		if d.takePair() {
			continue
		}
		window := d.buf[d.at : d.at+block]
		if !d.rolling {
			d.roll.set(window)
			d.rolling = true
		}
		if i := d.match(window); i >= 0 {
			d.take(i, 1)
			continue
		}
		if d.at+block == len(d.buf) {
			return true // the byte that rolls in is not here
		}
		d.slide()
	}
	return false
}

// take copies n blocks from block i on, which are at the window.
func (d *deltaReader) take(i, n int) {
	d.flushLiteral()
	length := n * d.sig.BlockLen
	d.addCopy(int64(i)*int64(d.sig.BlockLen), int64(length))
	d.at += length
	d.literal = d.at
	d.rolling, d.expected = false, i+n
}

// takePair takes the two blocks that would continue the last copy, if they
// are what comes now. In a file that hardly changed that is nearly always so,
// and two sums side by side take much less time than one after the other.
func (d *deltaReader) takePair() bool {
	e, block := d.expected, d.sig.BlockLen
	if d.rolling || e+2 > d.sig.Blocks() || d.at+2*block > len(d.buf) || d.sig.Kind.strongSize() != md4Size {
		return false
	}
	first, second := d.buf[d.at:d.at+block], d.buf[d.at+block:d.at+2*block]
	for i, p := range [][]byte{first, second} {
		if d.roll.set(p); d.roll.value() != d.sig.weak[e+i] {
			return false
		}
	}
	x, y := md4Pair(first, second)
	n := d.sig.StrongLen
	if !bytes.Equal(x[:n], d.sig.strongOf(e)) || !bytes.Equal(y[:n], d.sig.strongOf(e+1)) {
		return false
	}
	d.take(e, 2)
	return true
}

// slide moves the window byte by byte while the filter turns it away.
func (d *deltaReader) slide() {
	block, end := d.sig.BlockLen, len(d.buf)
	if limit := d.literal + mostLiteral + block; limit < end {
		end = limit
	}
	at := d.at
	if r, ok := d.roll.(*rollsum); ok {
		for at+block < end {
			r.roll(d.buf[at], d.buf[at+block])
			at++
			mixed := fold(r.value())
			if d.sig.index.filter[mixed>>6]&(1<<(mixed&63)) != 0 {
				break
			}
		}
	}
	if at == d.at && at+block < len(d.buf) {
		d.roll.roll(d.buf[at], d.buf[at+block])
		at++
	}
	d.credit = min(d.credit+moreCredit*(at-d.at), firstCredit)
	d.at = at
	if d.at-d.literal >= mostLiteral {
		d.flushLiteral()
	}
}

// match returns the block that the window is, -1 for none. The one after the
// last match is tried first.
func (d *deltaReader) match(window []byte) int {
	weak := d.roll.value()
	first := d.sig.index.first(d.sig, weak)
	if first < 0 || d.credit < 0 {
		return -1
	}
	var room [32]byte
	sum := d.sig.Kind.strong(room[:0], window)[:d.sig.StrongLen]
	if e := d.expected; e < d.sig.Blocks() && d.sig.weak[e] == weak && bytes.Equal(sum, d.sig.strongOf(e)) {
		return e
	}
	i := d.sig.index.find(d.sig, first, sum)
	if i < 0 {
		d.credit -= len(window)
	}
	return i
}

// finish deals with what is shorter than a block: only the last block of the
// old file can be, and only at the very end.
func (d *deltaReader) finish() {
	d.matchTail()
	d.at = len(d.buf)
	d.flushLiteral()
	d.flushCopy()
	d.out = append(d.out, opEnd)
	d.done = true
}

func (d *deltaReader) matchTail() {
	last := d.sig.Blocks() - 1
	tail := d.buf[d.at:]
	if last < 0 || len(tail) == 0 {
		return
	}
	if len(tail) >= d.sig.BlockLen {
		// scan has looked at that window.
		tail = tail[len(tail)-d.sig.BlockLen+1:]
	}
	d.roll.set(tail)
	for len(tail) > 0 {
		if d.roll.value() == d.sig.weak[last] {
			var room [32]byte
			if bytes.Equal(d.sig.Kind.strong(room[:0], tail)[:d.sig.StrongLen], d.sig.strongOf(last)) {
				d.at = len(d.buf) - len(tail)
				d.flushLiteral()
				d.addCopy(int64(last)*int64(d.sig.BlockLen), int64(len(tail)))
				d.at = len(d.buf)
				d.literal = d.at
				return
			}
		}
		d.roll.shrink(tail[0])
		tail = tail[1:]
	}
}

// addCopy copies a range of the old file, together with the one before where
// they adjoin.
func (d *deltaReader) addCopy(from, n int64) {
	if d.copyLen > 0 && d.copyFrom+d.copyLen == from {
		d.copyLen += n
		return
	}
	d.flushCopy()
	d.copyFrom, d.copyLen = from, n
}

func (d *deltaReader) flushCopy() {
	if d.copyLen == 0 {
		return
	}
	from, n := width(uint64(d.copyFrom)), width(uint64(d.copyLen))
	d.out = append(d.out, byte(opCopy+4*from+n))
	d.out = appendWidth(d.out, uint64(d.copyFrom), from)
	d.out = appendWidth(d.out, uint64(d.copyLen), n)
	d.copyLen = 0
}

func (d *deltaReader) flushLiteral() {
	p := d.buf[d.literal:d.at]
	d.literal = d.at
	if len(p) == 0 {
		return
	}
	d.flushCopy()
	if len(p) <= mostInline {
		d.out = append(d.out, byte(len(p)))
	} else {
		w := width(uint64(len(p)))
		d.out = append(d.out, byte(opLiteral+w))
		d.out = appendWidth(d.out, uint64(len(p)), w)
	}
	d.out = append(d.out, p...)
}

// width is the number of the smallest width, of 1, 2, 4 and 8 bytes, that
// holds v.
func width(v uint64) int {
	switch {
	case v < 1<<8:
		return 0
	case v < 1<<16:
		return 1
	case v < 1<<32:
		return 2
	}
	return 3
}

func appendWidth(b []byte, v uint64, w int) []byte {
	for i := 1<<w - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}
