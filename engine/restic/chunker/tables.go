package chunker

// A chunk ends where the fingerprint of the 64 bytes before has twenty low bits
// of zero. MinSize is longer than the window, so the window never reaches back
// before the chunk: whether a position is a cut depends on those 64 bytes alone,
// and positions far apart can be tested side by side. One lane waits for its own
// table lookup at each byte; four of them keep the processor busy meanwhile.
const (
	window   = 64
	lanes    = 4
	laneSize = 4 << 10

	// Fingerprints are kept at the top of the word, so that the byte about to
	// overflow is a plain shift and the byte that did falls off by itself.
	align   = 64 - degree
	cutMask = (1<<20 - 1) << align
)

// stretch is the bytes one round of all lanes reads: the window before the first
// position, then a byte for each position.
type stretch [window + lanes*laneSize]byte

// Tables holds what a polynomial's fingerprints are computed with. It never
// changes; any number of goroutines may share one.
type Tables struct {
	overflow [256]uint64 // v·x^53 mod P, for the byte shifted out at the top
	leaving  [256]uint64 // v·x^512 mod P, for the byte that leaves the window
}

// NewTables panics unless p is Valid.
func NewTables(p Polynomial) *Tables {
	if !p.Valid() {
		panic("chunker: " + errReducible.Error())
	}
	t := new(Tables)
	for v := range t.overflow {
		t.overflow[v] = uint64(p.shifted(v, degree)) << align
		t.leaving[v] = uint64(p.shifted(v, 8*window)) << align
	}
	return t
}

// Shifted is v·x^n mod p.
func (p Polynomial) shifted(v, n int) Polynomial {
	r := Polynomial(v)
	for range n {
		r = (r << 1).mod(p)
	}
	return r
}

// Search returns how many positions of b come before the first cut. The first
// position is the one after b[window].
func (t *Tables) search(b []byte) (at int, found bool) {
	for len(b) >= len(stretch{}) {
		if i, found := t.searchLanes((*stretch)(b)); found {
			return at + i, true
		}
		at += lanes * laneSize
		b = b[lanes*laneSize:]
	}
	i, found := t.searchOn(b, t.fingerprint(b[:window]))
	return at + i, found
}

// SearchLanes stops all lanes at the first cut that any of them meets, then
// takes those before it to their ends, because an earlier cut wins.
func (t *Tables) searchLanes(b *stretch) (at int, found bool) {
	i, prints := t.roll(b)
	if i == laneSize {
		return 0, false
	}
	for lane, h := range prints {
		start := lane * laneSize
		if h&cutMask == 0 {
			return start + i, true
		}
		if more, found := t.searchOn(b[start+i+1:start+laneSize+window], h); found {
			return start + i + 1 + more, true
		}
	}
	panic("chunker: a cut that one lane met is gone")
}

// SearchOn goes on in one lane; h is the fingerprint of b[:window].
func (t *Tables) searchOn(b []byte, h uint64) (at int, found bool) {
	entering := b[window:]
	left := b[:len(entering)]
	for i, in := range entering {
		h = h<<8 ^ t.overflow[h>>56] ^ uint64(in)<<align ^ t.leaving[left[i]]
		if h&cutMask == 0 {
			return i, true
		}
	}
	return 0, false
}

func (t *Tables) fingerprint(b []byte) (h uint64) {
	for _, in := range b {
		h = h<<8 ^ t.overflow[h>>56] ^ uint64(in)<<align
	}
	return h
}

// Roll moves all lanes on together until one is at a cut, and returns how many
// positions each left behind and the fingerprints where they stopped. The lanes
// are written out and the offsets constant: so everything stays in registers and
// no index needs a check.
func (t *Tables) roll(b *stretch) (i int, prints [lanes]uint64) {
	h0, h1, h2, h3 := t.enter(b)
	for i = range laneSize {
		h0 = h0<<8 ^ t.overflow[h0>>56] ^ uint64(b[i+window])<<align ^ t.leaving[b[i]]
		h1 = h1<<8 ^ t.overflow[h1>>56] ^ uint64(b[i+laneSize+window])<<align ^ t.leaving[b[i+laneSize]]
		h2 = h2<<8 ^ t.overflow[h2>>56] ^ uint64(b[i+2*laneSize+window])<<align ^ t.leaving[b[i+2*laneSize]]
		h3 = h3<<8 ^ t.overflow[h3>>56] ^ uint64(b[i+3*laneSize+window])<<align ^ t.leaving[b[i+3*laneSize]]
		if h0&cutMask == 0 || h1&cutMask == 0 || h2&cutMask == 0 || h3&cutMask == 0 {
			return i, [lanes]uint64{h0, h1, h2, h3}
		}
	}
	return laneSize, prints
}

// Enter takes each lane over the window before its first position.
func (t *Tables) enter(b *stretch) (h0, h1, h2, h3 uint64) {
	for i := range window {
		h0 = h0<<8 ^ t.overflow[h0>>56] ^ uint64(b[i])<<align
		h1 = h1<<8 ^ t.overflow[h1>>56] ^ uint64(b[i+laneSize])<<align
		h2 = h2<<8 ^ t.overflow[h2>>56] ^ uint64(b[i+2*laneSize])<<align
		h3 = h3<<8 ^ t.overflow[h3>>56] ^ uint64(b[i+3*laneSize])<<align
	}
	return h0, h1, h2, h3
}
