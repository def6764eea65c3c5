package librsync

import (
	"encoding/binary"
	"math/bits"
)

// md4Pair makes the sums of two pieces of the same length. Every step of MD4
// waits for the one before; two sums side by side keep the processor busy.
func md4Pair(p, q []byte) (x, y [16]byte) {
	s := [8]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}
	total := uint64(len(p)) * 8
	for len(p) >= 64 && len(q) >= 64 {
		md4Blocks(&s, p[:64], q[:64])
		p, q = p[64:], q[64:]
	}
	var tails [2][128]byte
	n := copy(tails[0][:], p)
	copy(tails[1][:], q)
	tails[0][n], tails[1][n] = 0x80, 0x80
	end := 64
	if n >= 56 {
		end = 128
	}
	binary.LittleEndian.PutUint64(tails[0][end-8:], total)
	binary.LittleEndian.PutUint64(tails[1][end-8:], total)
	for i := 0; i < end; i += 64 {
		md4Blocks(&s, tails[0][i:i+64], tails[1][i:i+64])
	}
	for i := range 4 {
		binary.LittleEndian.PutUint32(x[4*i:], s[i])
		binary.LittleEndian.PutUint32(y[4*i:], s[4+i])
	}
	return x, y
}

// md4Blocks does the three rounds of sixteen steps for 64 bytes of each.
func md4Blocks(s *[8]uint32, p, q []byte) {
	_, _ = p[63], q[63]
	a, b, c, d := s[0], s[1], s[2], s[3]
	e, f, g, h := s[4], s[5], s[6], s[7]
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+binary.LittleEndian.Uint32(p[0:]), 3)
	e = bits.RotateLeft32(e+(((g^h)&f)^h)+binary.LittleEndian.Uint32(q[0:]), 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+binary.LittleEndian.Uint32(p[4:]), 7)
	h = bits.RotateLeft32(h+(((f^g)&e)^g)+binary.LittleEndian.Uint32(q[4:]), 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+binary.LittleEndian.Uint32(p[8:]), 11)
	g = bits.RotateLeft32(g+(((e^f)&h)^f)+binary.LittleEndian.Uint32(q[8:]), 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+binary.LittleEndian.Uint32(p[12:]), 19)
	f = bits.RotateLeft32(f+(((h^e)&g)^e)+binary.LittleEndian.Uint32(q[12:]), 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+binary.LittleEndian.Uint32(p[16:]), 3)
	e = bits.RotateLeft32(e+(((g^h)&f)^h)+binary.LittleEndian.Uint32(q[16:]), 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+binary.LittleEndian.Uint32(p[20:]), 7)
	h = bits.RotateLeft32(h+(((f^g)&e)^g)+binary.LittleEndian.Uint32(q[20:]), 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+binary.LittleEndian.Uint32(p[24:]), 11)
	g = bits.RotateLeft32(g+(((e^f)&h)^f)+binary.LittleEndian.Uint32(q[24:]), 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+binary.LittleEndian.Uint32(p[28:]), 19)
	f = bits.RotateLeft32(f+(((h^e)&g)^e)+binary.LittleEndian.Uint32(q[28:]), 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+binary.LittleEndian.Uint32(p[32:]), 3)
	e = bits.RotateLeft32(e+(((g^h)&f)^h)+binary.LittleEndian.Uint32(q[32:]), 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+binary.LittleEndian.Uint32(p[36:]), 7)
	h = bits.RotateLeft32(h+(((f^g)&e)^g)+binary.LittleEndian.Uint32(q[36:]), 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+binary.LittleEndian.Uint32(p[40:]), 11)
	g = bits.RotateLeft32(g+(((e^f)&h)^f)+binary.LittleEndian.Uint32(q[40:]), 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+binary.LittleEndian.Uint32(p[44:]), 19)
	f = bits.RotateLeft32(f+(((h^e)&g)^e)+binary.LittleEndian.Uint32(q[44:]), 19)
	a = bits.RotateLeft32(a+(((c^d)&b)^d)+binary.LittleEndian.Uint32(p[48:]), 3)
	e = bits.RotateLeft32(e+(((g^h)&f)^h)+binary.LittleEndian.Uint32(q[48:]), 3)
	d = bits.RotateLeft32(d+(((b^c)&a)^c)+binary.LittleEndian.Uint32(p[52:]), 7)
	h = bits.RotateLeft32(h+(((f^g)&e)^g)+binary.LittleEndian.Uint32(q[52:]), 7)
	c = bits.RotateLeft32(c+(((a^b)&d)^b)+binary.LittleEndian.Uint32(p[56:]), 11)
	g = bits.RotateLeft32(g+(((e^f)&h)^f)+binary.LittleEndian.Uint32(q[56:]), 11)
	b = bits.RotateLeft32(b+(((d^a)&c)^a)+binary.LittleEndian.Uint32(p[60:]), 19)
	f = bits.RotateLeft32(f+(((h^e)&g)^e)+binary.LittleEndian.Uint32(q[60:]), 19)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+binary.LittleEndian.Uint32(p[0:])+0x5a827999, 3)
	e = bits.RotateLeft32(e+((f&g)|((f|g)&h))+binary.LittleEndian.Uint32(q[0:])+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+binary.LittleEndian.Uint32(p[16:])+0x5a827999, 5)
	h = bits.RotateLeft32(h+((e&f)|((e|f)&g))+binary.LittleEndian.Uint32(q[16:])+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+binary.LittleEndian.Uint32(p[32:])+0x5a827999, 9)
	g = bits.RotateLeft32(g+((h&e)|((h|e)&f))+binary.LittleEndian.Uint32(q[32:])+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+binary.LittleEndian.Uint32(p[48:])+0x5a827999, 13)
	f = bits.RotateLeft32(f+((g&h)|((g|h)&e))+binary.LittleEndian.Uint32(q[48:])+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+binary.LittleEndian.Uint32(p[4:])+0x5a827999, 3)
	e = bits.RotateLeft32(e+((f&g)|((f|g)&h))+binary.LittleEndian.Uint32(q[4:])+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+binary.LittleEndian.Uint32(p[20:])+0x5a827999, 5)
	h = bits.RotateLeft32(h+((e&f)|((e|f)&g))+binary.LittleEndian.Uint32(q[20:])+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+binary.LittleEndian.Uint32(p[36:])+0x5a827999, 9)
	g = bits.RotateLeft32(g+((h&e)|((h|e)&f))+binary.LittleEndian.Uint32(q[36:])+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+binary.LittleEndian.Uint32(p[52:])+0x5a827999, 13)
	f = bits.RotateLeft32(f+((g&h)|((g|h)&e))+binary.LittleEndian.Uint32(q[52:])+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+binary.LittleEndian.Uint32(p[8:])+0x5a827999, 3)
	e = bits.RotateLeft32(e+((f&g)|((f|g)&h))+binary.LittleEndian.Uint32(q[8:])+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+binary.LittleEndian.Uint32(p[24:])+0x5a827999, 5)
	h = bits.RotateLeft32(h+((e&f)|((e|f)&g))+binary.LittleEndian.Uint32(q[24:])+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+binary.LittleEndian.Uint32(p[40:])+0x5a827999, 9)
	g = bits.RotateLeft32(g+((h&e)|((h|e)&f))+binary.LittleEndian.Uint32(q[40:])+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+binary.LittleEndian.Uint32(p[56:])+0x5a827999, 13)
	f = bits.RotateLeft32(f+((g&h)|((g|h)&e))+binary.LittleEndian.Uint32(q[56:])+0x5a827999, 13)
	a = bits.RotateLeft32(a+((b&c)|((b|c)&d))+binary.LittleEndian.Uint32(p[12:])+0x5a827999, 3)
	e = bits.RotateLeft32(e+((f&g)|((f|g)&h))+binary.LittleEndian.Uint32(q[12:])+0x5a827999, 3)
	d = bits.RotateLeft32(d+((a&b)|((a|b)&c))+binary.LittleEndian.Uint32(p[28:])+0x5a827999, 5)
	h = bits.RotateLeft32(h+((e&f)|((e|f)&g))+binary.LittleEndian.Uint32(q[28:])+0x5a827999, 5)
	c = bits.RotateLeft32(c+((d&a)|((d|a)&b))+binary.LittleEndian.Uint32(p[44:])+0x5a827999, 9)
	g = bits.RotateLeft32(g+((h&e)|((h|e)&f))+binary.LittleEndian.Uint32(q[44:])+0x5a827999, 9)
	b = bits.RotateLeft32(b+((c&d)|((c|d)&a))+binary.LittleEndian.Uint32(p[60:])+0x5a827999, 13)
	f = bits.RotateLeft32(f+((g&h)|((g|h)&e))+binary.LittleEndian.Uint32(q[60:])+0x5a827999, 13)
	a = bits.RotateLeft32(a+(b^c^d)+binary.LittleEndian.Uint32(p[0:])+0x6ed9eba1, 3)
	e = bits.RotateLeft32(e+(f^g^h)+binary.LittleEndian.Uint32(q[0:])+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+binary.LittleEndian.Uint32(p[32:])+0x6ed9eba1, 9)
	h = bits.RotateLeft32(h+(e^f^g)+binary.LittleEndian.Uint32(q[32:])+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+binary.LittleEndian.Uint32(p[16:])+0x6ed9eba1, 11)
	g = bits.RotateLeft32(g+(h^e^f)+binary.LittleEndian.Uint32(q[16:])+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+binary.LittleEndian.Uint32(p[48:])+0x6ed9eba1, 15)
	f = bits.RotateLeft32(f+(g^h^e)+binary.LittleEndian.Uint32(q[48:])+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+binary.LittleEndian.Uint32(p[8:])+0x6ed9eba1, 3)
	e = bits.RotateLeft32(e+(f^g^h)+binary.LittleEndian.Uint32(q[8:])+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+binary.LittleEndian.Uint32(p[40:])+0x6ed9eba1, 9)
	h = bits.RotateLeft32(h+(e^f^g)+binary.LittleEndian.Uint32(q[40:])+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+binary.LittleEndian.Uint32(p[24:])+0x6ed9eba1, 11)
	g = bits.RotateLeft32(g+(h^e^f)+binary.LittleEndian.Uint32(q[24:])+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+binary.LittleEndian.Uint32(p[56:])+0x6ed9eba1, 15)
	f = bits.RotateLeft32(f+(g^h^e)+binary.LittleEndian.Uint32(q[56:])+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+binary.LittleEndian.Uint32(p[4:])+0x6ed9eba1, 3)
	e = bits.RotateLeft32(e+(f^g^h)+binary.LittleEndian.Uint32(q[4:])+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+binary.LittleEndian.Uint32(p[36:])+0x6ed9eba1, 9)
	h = bits.RotateLeft32(h+(e^f^g)+binary.LittleEndian.Uint32(q[36:])+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+binary.LittleEndian.Uint32(p[20:])+0x6ed9eba1, 11)
	g = bits.RotateLeft32(g+(h^e^f)+binary.LittleEndian.Uint32(q[20:])+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+binary.LittleEndian.Uint32(p[52:])+0x6ed9eba1, 15)
	f = bits.RotateLeft32(f+(g^h^e)+binary.LittleEndian.Uint32(q[52:])+0x6ed9eba1, 15)
	a = bits.RotateLeft32(a+(b^c^d)+binary.LittleEndian.Uint32(p[12:])+0x6ed9eba1, 3)
	e = bits.RotateLeft32(e+(f^g^h)+binary.LittleEndian.Uint32(q[12:])+0x6ed9eba1, 3)
	d = bits.RotateLeft32(d+(a^b^c)+binary.LittleEndian.Uint32(p[44:])+0x6ed9eba1, 9)
	h = bits.RotateLeft32(h+(e^f^g)+binary.LittleEndian.Uint32(q[44:])+0x6ed9eba1, 9)
	c = bits.RotateLeft32(c+(d^a^b)+binary.LittleEndian.Uint32(p[28:])+0x6ed9eba1, 11)
	g = bits.RotateLeft32(g+(h^e^f)+binary.LittleEndian.Uint32(q[28:])+0x6ed9eba1, 11)
	b = bits.RotateLeft32(b+(c^d^a)+binary.LittleEndian.Uint32(p[60:])+0x6ed9eba1, 15)
	f = bits.RotateLeft32(f+(g^h^e)+binary.LittleEndian.Uint32(q[60:])+0x6ed9eba1, 15)
	s[0], s[1], s[2], s[3] = s[0]+a, s[1]+b, s[2]+c, s[3]+d
	s[4], s[5], s[6], s[7] = s[4]+e, s[5]+f, s[6]+g, s[7]+h
}
