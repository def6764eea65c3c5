package librsync

import (
	"golang.org/x/crypto/blake2b"
)

// weakSum is a rolling sum over a window.
type weakSum interface {
	// set begins with a window.
	set(p []byte)
	// roll moves the window by one byte.
	roll(out, in byte)
	// shrink takes the first byte out of the window.
	shrink(out byte)
	value() uint32
}

// rollsum is the sum of librsync from its beginning, modulo 2^16 twice.
type rollsum struct {
	s1, s2, n uint32
}

const rollOffset = 31

func (r *rollsum) set(p []byte) {
	var s1, s2 uint32
	r.n = uint32(len(p))
	for len(p) >= 4 {
		s2 += 4*s1 + 4*uint32(p[0]) + 3*uint32(p[1]) + 2*uint32(p[2]) + uint32(p[3])
		s1 += uint32(p[0]) + uint32(p[1]) + uint32(p[2]) + uint32(p[3])
		p = p[4:]
	}
	for _, c := range p {
		s1 += uint32(c)
		s2 += s1
	}
	r.s1 = s1 + r.n*rollOffset
	r.s2 = s2 + r.n*(r.n+1)/2*rollOffset
}

func (r *rollsum) roll(out, in byte) {
	r.s1 += uint32(in) - uint32(out)
	r.s2 += r.s1 - r.n*(uint32(out)+rollOffset)
}

func (r *rollsum) shrink(out byte) {
	r.s1 -= uint32(out) + rollOffset
	r.s2 -= r.n * (uint32(out) + rollOffset)
	r.n--
}

func (r *rollsum) value() uint32 { return r.s2<<16 | r.s1&0xffff }

// rabinKarp is the polynomial sum that librsync 2.2 brought.
type rabinKarp struct {
	h, m uint32 // m is the multiplier to the power of the window's length
}

const (
	rabinSeed    = 1
	rabinMult    = 0x08104225
	rabinInverse = 0x98f009ad
	rabinAdjust  = 0x08104224
)

func (r *rabinKarp) set(p []byte) {
	r.h, r.m = rabinSeed, 1
	for _, c := range p {
		r.h = r.h*rabinMult + uint32(c)
		r.m *= rabinMult
	}
}

func (r *rabinKarp) roll(out, in byte) {
	r.h = r.h*rabinMult + uint32(in) - r.m*(uint32(out)+rabinAdjust)
}

func (r *rabinKarp) shrink(out byte) {
	r.m *= rabinInverse
	r.h -= r.m * (uint32(out) + rabinAdjust)
}

func (r *rabinKarp) value() uint32 { return r.h }

// newWeak makes the weak sum of a kind.
func (k Kind) newWeak() weakSum {
	if k == RabinMD4 || k == RabinBLAKE2 {
		return &rabinKarp{}
	}
	return &rollsum{}
}

// strong appends the strong sum of a block to dst.
func (k Kind) strong(dst, p []byte) []byte {
	if k == BLAKE2 || k == RabinBLAKE2 {
		sum := blake2b.Sum256(p)
		return append(dst, sum[:]...)
	}
	sum := md4(p)
	return append(dst, sum[:]...)
}

// md4Size is the length of an MD4 sum, in bytes.
const md4Size = 16

// strongSize is the whole length of a kind's strong sum, in bytes.
func (k Kind) strongSize() int {
	if k == BLAKE2 || k == RabinBLAKE2 {
		return 32
	}
	return md4Size
}
