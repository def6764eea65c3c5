package chunker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
)

// degree is that of every polynomial restic uses.
const degree = 53

// maxDraws tells a source that does not deliver random bytes: one draw in about
// thirty is irreducible.
const maxDraws = 1 << 14

var errReducible = errors.New("chunker polynomial is not irreducible of degree 53")

// Polynomial has coefficients in GF(2); bit k is the coefficient of x^k. Each
// repository has one of its own, fixed when it was made, and it alone decides
// where files are cut.
type Polynomial uint64

// Random draws an irreducible polynomial of degree 53 from r, which must be a
// source of secure randomness: the polynomial hides the sizes of known files.
func Random(r io.Reader) (Polynomial, error) {
	var draw [8]byte
	for range maxDraws {
		if _, err := io.ReadFull(r, draw[:]); err != nil {
			return 0, fmt.Errorf("drawing a chunker polynomial: %w", err)
		}
		p := Polynomial(binary.LittleEndian.Uint64(draw[:]))
		p = p&(1<<(degree+1)-1) | 1<<degree | 1
		if p.Valid() {
			return p, nil
		}
	}
	return 0, errors.New("drawing a chunker polynomial: the source is not random")
}

// ParsePolynomial reads the hexadecimal form of a repository's config and
// refuses what is not Valid.
func ParsePolynomial(hex string) (Polynomial, error) {
	v, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("reading the chunker polynomial: %w", err)
	}
	if p := Polynomial(v); p.Valid() {
		return p, nil
	}
	return 0, fmt.Errorf("reading %q: %w", hex, errReducible)
}

// String is the form ParsePolynomial reads: lower case, no prefix.
func (p Polynomial) String() string { return strconv.FormatUint(uint64(p), 16) }

// Valid reports whether p is irreducible and of degree 53. It is the test of
// Ben-Or: a reducible p has a factor of some degree i up to half its own, and
// x^(2^i) - x is the product of every irreducible whose degree divides i.
func (p Polynomial) Valid() bool {
	if p.degree() != degree {
		return false
	}
	const x = Polynomial(2)
	power := x
	for range degree / 2 {
		power = power.timesMod(power, p)
		if gcd(p, power^x) != 1 {
			return false
		}
	}
	return true
}

// degree is -1 for the zero polynomial.
func (p Polynomial) degree() int { return bits.Len64(uint64(p)) - 1 }

func (p Polynomial) mod(m Polynomial) Polynomial {
	for p.degree() >= m.degree() {
		p ^= m << (p.degree() - m.degree())
	}
	return p
}

// timesMod needs p and q reduced by m already, and m of a degree below 63.
func (p Polynomial) timesMod(q, m Polynomial) Polynomial {
	var product Polynomial
	for ; q != 0; q >>= 1 {
		if q&1 != 0 {
			product ^= p
		}
		p = (p << 1).mod(m)
	}
	return product
}

func gcd(a, b Polynomial) Polynomial {
	for b != 0 {
		a, b = b, a.mod(b)
	}
	return a
}
