package librsync

import (
	"encoding/binary"
	"math/bits"
)

// md4 is RFC 1320, unrolled: the strong sum of every block of every file goes
// through it. The format demands it; nothing secret rests on it.
func md4(p []byte) [16]byte {
	a, b, c, d := uint32(0x67452301), uint32(0xefcdab89), uint32(0x98badcfe), uint32(0x10325476)
	total := uint64(len(p)) * 8
	for len(p) >= 64 {
		a, b, c, d = md4Block(p[:64], a, b, c, d)
		p = p[64:]
	}
	var tail [128]byte
	n := copy(tail[:], p)
	tail[n] = 0x80
	end := 64
	if n >= 56 {
		end = 128
	}
	binary.LittleEndian.PutUint64(tail[end-8:], total)
	for i := 0; i < end; i += 64 {
		a, b, c, d = md4Block(tail[i:i+64], a, b, c, d)
	}
	var sum [16]byte
	binary.LittleEndian.PutUint32(sum[0:], a)
	binary.LittleEndian.PutUint32(sum[4:], b)
	binary.LittleEndian.PutUint32(sum[8:], c)
	binary.LittleEndian.PutUint32(sum[12:], d)
	return sum
}

// md4Block does the three rounds of sixteen steps for 64 bytes.
func md4Block(p []byte, a, b, c, d uint32) (uint32, uint32, uint32, uint32) {
	_ = p[63]
	x0 := binary.LittleEndian.Uint32(p[0:])
	x1 := binary.LittleEndian.Uint32(p[4:])
	x2 := binary.LittleEndian.Uint32(p[8:])
	x3 := binary.LittleEndian.Uint32(p[12:])
	x4 := binary.LittleEndian.Uint32(p[16:])
	x5 := binary.LittleEndian.Uint32(p[20:])
	x6 := binary.LittleEndian.Uint32(p[24:])
	x7 := binary.LittleEndian.Uint32(p[28:])
	x8 := binary.LittleEndian.Uint32(p[32:])
	x9 := binary.LittleEndian.Uint32(p[36:])
	x10 := binary.LittleEndian.Uint32(p[40:])
	x11 := binary.LittleEndian.Uint32(p[44:])
	x12 := binary.LittleEndian.Uint32(p[48:])
	x13 := binary.LittleEndian.Uint32(p[52:])
	x14 := binary.LittleEndian.Uint32(p[56:])
	x15 := binary.LittleEndian.Uint32(p[60:])
	a0, b0, c0, d0 := a, b, c, d
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+x0, 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+x1, 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+x2, 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+x3, 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+x4, 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+x5, 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+x6, 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+x7, 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+x8, 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+x9, 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+x10, 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+x11, 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+x12, 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+x13, 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+x14, 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+x15, 19)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+x0+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+x4+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+x8+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+x12+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+x1+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+x5+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+x9+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+x13+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+x2+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+x6+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+x10+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+x14+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+x3+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+x7+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+x11+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+x15+0x5a827999, 13)
	a = bits.RotateLeft32(a+(b^c^d)+x0+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+x8+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+x4+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+x12+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+x2+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+x10+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+x6+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+x14+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+x1+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+x9+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+x5+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+x13+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+x3+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+x11+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+x7+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+x15+0x6ed9eba1, 15)
	return a + a0, b + b0, c + c0, d + d0
}
