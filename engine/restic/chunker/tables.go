package chunker

// A chunk ends where the fingerprint of the 64 bytes before has twenty low bits
// of zero. No chunk is shorter than that window, so whether a position is a cut
// depends on those 64 bytes alone, and positions far apart can be tested side by
// side. Each byte of a lane waits for the table lookup of the byte before;
// other lanes use that time. Beyond five there are no registers left.
const (
	window   = 64
	lanes    = 5
	laneSize = 4 << 10

	// Fingerprints are kept at the top of the word: there the byte to reduce is
	// a plain shift away, and the next shift drops it.
	align   = 64 - degree
	cutMask = (1<<20 - 1) << align
)

// stretch is what all lanes read in one go: the window before the first position,
// then one byte for each position.
type stretch [window + lanes*laneSize]byte

// Tables finds the cuts of one polynomial. It never changes; any number of
// goroutines may share it.
type Tables struct {
	overflow [256]uint64 // v·x^53 mod P, for the byte shifted out
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

// shifted is v·x^n mod p.
func (p Polynomial) shifted(v, n int) Polynomial {
	r := Polynomial(v)
	for range n {
		r = (r << 1).mod(p)
	}
	return r
}

// search returns how many positions of b come before the first cut. The first
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

// searchLanes looks again, lane after lane, when one of them met a cut: another
// in an earlier lane wins.
func (t *Tables) searchLanes(b *stretch) (at int, found bool) {
	clean := t.roll(b)
	if clean == laneSize {
		return 0, false
	}
	for start := clean; start < lanes*laneSize; start += laneSize {
		rest := b[start : start+laneSize-clean+window]
		if i, found := t.searchOn(rest, t.fingerprint(rest[:window])); found {
			return start + i, true
		}
	}
	panic("chunker: a cut that one lane met is gone")
}

// searchOn goes on in one lane; h is the fingerprint of b[:window].
func (t *Tables) searchOn(b []byte, h uint64) (at int, found bool) {
	entering := b[window:]
	leaving := b[:len(entering)]
	for i, in := range entering {
		h = t.step(h, in, leaving[i])
		if isCut(h) {
			return i, true
		}
	}
	return 0, false
}

// fingerprint begins with a window of zeros: those leave no trace.
func (t *Tables) fingerprint(b []byte) (h uint64) {
	for _, in := range b {
		h = t.step(h, in, 0)
	}
	return h
}

// step moves a fingerprint on by a byte.
func (t *Tables) step(h uint64, in, out byte) uint64 {
	return (h^uint64(in)<<(align-8))<<8 ^ t.leaving[out] ^ t.overflow[h>>56]
}

// roll moves all lanes on together and returns how many positions of each are
// known to be no cut: laneSize, unless a lane met one. Lanes are variables, not
// an array, so that they stay in registers.
func (t *Tables) roll(b *stretch) (clean int) {
	h0, h1, h2, h3, h4 := t.enter(b)
	overflow, leaving := &t.overflow, &t.leaving
	for i := range laneSize {
		h0 = (h0^uint64(b[i+window])<<(align-8))<<8 ^ leaving[b[i]] ^ overflow[h0>>56]
		h1 = (h1^uint64(b[i+window+laneSize])<<(align-8))<<8 ^ leaving[b[i+laneSize]] ^ overflow[h1>>56]
		h2 = (h2^uint64(b[i+window+2*laneSize])<<(align-8))<<8 ^ leaving[b[i+2*laneSize]] ^ overflow[h2>>56]
		h3 = (h3^uint64(b[i+window+3*laneSize])<<(align-8))<<8 ^ leaving[b[i+3*laneSize]] ^ overflow[h3>>56]
		h4 = (h4^uint64(b[i+window+4*laneSize])<<(align-8))<<8 ^ leaving[b[i+4*laneSize]] ^ overflow[h4>>56]
		if isCut(h0) || isCut(h1) || isCut(h2) || isCut(h3) || isCut(h4) {
			return i
		}
	}
	return laneSize
}

// enter takes each lane over the window before its first position.
func (t *Tables) enter(b *stretch) (h0, h1, h2, h3, h4 uint64) {
	for i := range window {
		h0 = t.step(h0, b[i], 0)
		h1 = t.step(h1, b[i+laneSize], 0)
		h2 = t.step(h2, b[i+2*laneSize], 0)
		h3 = t.step(h3, b[i+3*laneSize], 0)
		h4 = t.step(h4, b[i+4*laneSize], 0)
	}
	return h0, h1, h2, h3, h4
}

func isCut(h uint64) bool { return h&cutMask == 0 }
