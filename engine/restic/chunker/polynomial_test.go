package chunker

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// rabin decides by the other classic test. As 53 is prime, x^(2^53) = x mod p
// leaves only factors of degree 1 and 53.
func rabin(p Polynomial) bool {
	const x = Polynomial(2)
	power := x
	for range 53 {
		power = power.timesMod(power, p)
	}
	return power == x && gcd(p, x^x.timesMod(x, p)) == 1
}

func TestValidAgreesWithRabin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	valid := 0
	for range 2000 {
		p := Polynomial(rnd.Uint64()>>11 | 1<<53 | 1)
		got := p.Valid()
		if got != rabin(p) {
			t.Errorf("%s: got %v", p, got)
		}
		if got {
			valid++
		}
	}
	// 2 in 53 are expected.
	if valid < 40 || valid > 120 {
		t.Errorf("%d of 2000 are valid", valid)
	}
}

func TestParsePolynomial(t *testing.T) {
	tests := []struct {
		name, hex string
		ok        bool
	}{
		{"published", "3da3358b4dc173", true},
		{"drawn by restic", "3efe08e871ab61", true},
		{"empty", "", false},
		{"prefix", "0x3da3358b4dc173", false},
		{"sign", "+3da3358b4dc173", false},
		{"not hexadecimal", "3da3358b4dc17g", false},
		{"beyond 64 bits", "13da3358b4dc173000", false},
		{"zero", "0", false},
		{"one", "1", false},
		{"no constant term", "3da3358b4dc172", false},
		{"reducible", "20000000000001", false},
		{"irreducible of degree 8", "11b", false},
		{"higher degree", "ffffffffffffffff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePolynomial(tt.hex)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, %v", p, err)
			}
			if tt.ok && p.String() != tt.hex {
				t.Errorf("got %s, want %s", p, tt.hex)
			}
		})
	}
}

func TestRandomIsValid(t *testing.T) {
	source := rand.NewChaCha8([32]byte{1})
	seen := map[Polynomial]bool{}
	for range 20 {
		p, err := Random(source)
		if err != nil || !p.Valid() || seen[p] {
			t.Errorf("got %s, %v", p, err)
		}
		seen[p] = true
	}
}

func TestRandomKeepsLowBitsInOrder(t *testing.T) {
	draw := []byte{0x72, 0xc1, 0x4d, 0x8b, 0x35, 0xa3, 0xdd, 0xff}
	if p, err := Random(bytes.NewReader(draw)); err != nil || p != published {
		t.Errorf("got %s, %v, want %s", p, err, published)
	}
}

type stuck byte

func (s stuck) Read(b []byte) (int, error) {
	copy(b, bytes.Repeat([]byte{byte(s)}, len(b)))
	return len(b), nil
}

func TestRandomNeedsARandomSource(t *testing.T) {
	fault := errors.New("no entropy")
	if _, err := Random(iotest.ErrReader(fault)); !errors.Is(err, fault) {
		t.Errorf("got %v, want %v", err, fault)
	}
	if _, err := Random(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	for _, b := range []stuck{0, 0xff} {
		if p, err := Random(b); err == nil {
			t.Errorf("only %x: got %s", byte(b), p)
		}
	}
}

func TestNewTablesRefusesReducible(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("tables were made")
		}
	}()
	NewTables(1<<53 | 1)
}

func FuzzParsePolynomial(f *testing.F) {
	f.Add("3da3358b4dc173")
	f.Add("0")
	f.Fuzz(func(t *testing.T, hex string) {
		p, err := ParsePolynomial(hex)
		if err != nil {
			return
		}
		if back, err := ParsePolynomial(p.String()); err != nil || back != p || !p.Valid() {
			t.Errorf("got %s, %v, want %s", back, err, p)
		}
	})
}
