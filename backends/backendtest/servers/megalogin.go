package servers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"net/http"
	"strings"
	"testing"
)

// The account at MEGA, and the code of its second factor, where it has one.
const (
	MegaUser     = "me@example.org"
	MegaPassword = "geheim ü 1234"
	MegaCode     = "246810"
)

// Its name within, and its room.
const (
	megaOwner = "owner123456"
	megaSpace = 50 << 30
)

// megaAccount is what the service knows of a user: never the password, nor a
// key that is not encrypted with it.
type megaAccount struct {
	version int
	salt    []byte
	proof   string // what a login must show
	wrapped string // the master key, encrypted with the password
	private string // the private key, encrypted with the master key
	key     *rsa.PrivateKey
}

// newMegaAccount makes an account as they are now (2) or were until 2018 (1).
func newMegaAccount(t testing.TB, version int) megaAccount {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a := megaAccount{version: version, salt: megaRandom(32), key: key}
	var unwrap []byte
	if version == 2 {
		derived, err := pbkdf2.Key(sha512.New, MegaPassword, a.salt, 100_000, 32)
		if err != nil {
			t.Fatal(err)
		}
		unwrap, a.proof = derived[:16], megaText(derived[16:])
	} else {
		unwrap = megaOldKey(t, MegaPassword)
		a.proof = megaOldProof(t, MegaUser, unwrap)
	}
	master := megaRandom(16)
	a.wrapped = megaText(megaBlocks(t, unwrap, master))
	var private []byte
	for _, n := range []*big.Int{key.Primes[0], key.Primes[1], key.D, new(big.Int).ModInverse(key.Primes[0], key.Primes[1])} {
		private = append(private, megaNumber(n)...)
	}
	private = append(private, make([]byte, -len(private)&15)...)
	a.private = megaText(megaBlocks(t, master, private))
	return a
}

// session is a new one, and what proves that the client has the private key.
func (a *megaAccount) session() (id, sealed string) {
	sid := megaRandom(43)
	sid[0] |= 1 // a number does not begin with nothing
	padded := append(sid, megaRandom(255-len(sid))...)
	c := new(big.Int).Exp(new(big.Int).SetBytes(padded), big.NewInt(int64(a.key.E)), a.key.N)
	return megaText(sid), megaText(megaNumber(c))
}

func megaRandom(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func megaText(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// megaNumber is a number behind its length in bits.
func megaNumber(n *big.Int) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(n.BitLen())), n.Bytes()...) //nolint:gosec // a key has no more
}

func megaCipher(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	c, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// megaBlocks encrypts block by block.
func megaBlocks(t testing.TB, key, b []byte) []byte {
	t.Helper()
	c, out := megaCipher(t, key), make([]byte, len(b))
	for i := 0; i < len(b); i += 16 {
		c.Encrypt(out[i:i+16], b[i:i+16])
	}
	return out
}

// megaOldKey makes a key of a password, as it was done for the first accounts.
func megaOldKey(t testing.TB, password string) []byte {
	t.Helper()
	key := []byte("\x93\xC4\x67\xE3\x7D\xB0\xC7\xA4\xD1\xBE\x3F\x81\x01\x52\xCB\x56")
	var parts []cipher.Block
	for at := 0; at < len(password); at += 16 {
		part := make([]byte, 16)
		copy(part, password[at:])
		parts = append(parts, megaCipher(t, part))
	}
	for range 1 << 16 {
		for _, p := range parts {
			p.Encrypt(key, key)
		}
	}
	return key
}

// megaOldProof is what such an account's login shows.
func megaOldProof(t testing.TB, user string, key []byte) string {
	t.Helper()
	sum := make([]byte, 16)
	for i := range len(user) {
		sum[i%16] ^= user[i]
	}
	c := megaCipher(t, key)
	for range 1 << 14 {
		c.Encrypt(sum, sum)
	}
	return megaText(append(sum[:4:4], sum[8:12]...))
}

// megaToken is of the work that the service may want to see, and megaEase how
// little of it: every second try is right.
const (
	megaToken = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWZnaGlqa2xtbm9wcXJzdHV2"
	megaEase  = "255"
)

// worked tells that a client has done the work that it was asked for: to find
// the front of twelve megabytes whose sum is small.
func megaWorked(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.Header.Get("X-Hashcash"), "1:"+megaToken+":")
	front, err := base64.RawURLEncoding.DecodeString(rest)
	if !ok || err != nil || len(front) != 4 {
		return false
	}
	token, err := base64.RawURLEncoding.DecodeString(megaToken)
	if err != nil || len(token) != 48 {
		return false
	}
	h := sha256.New()
	h.Write(front)
	for range 1 << 18 {
		h.Write(token)
	}
	return binary.BigEndian.Uint32(h.Sum(nil)) <= 127<<24
}
