package mega

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// What MEGA keeps is encrypted with keys that it does not know:
//
//	password ─ opens ─ master key ─ opens ─ private key ─ opens ─ session
//	                        └────── opens ─ key of a node ─ opens ─ name, content
//
// All are AES-128. Keys are encrypted block by block, names by CBC, contents by
// CTR. A file's key is kept folded: its halves combined, the second of which
// holds where CTR begins and the sum of the content.

const block = aes.BlockSize

// errKeys: what is encrypted is not what it should be.
var errKeys = errors.New("what MEGA sent does not fit the keys")

// decode reads bytes as MEGA writes them, which may also be as others do.
func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// cipherOf takes a key of 16 bytes, always.
func cipherOf(key []byte) cipher.Block {
	c, err := aes.NewCipher(key[:block])
	if err != nil {
		panic("mega: " + err.Error()) // the length is right
	}
	return c
}

// seal encrypts whole blocks, one by one, and open decrypts them.
func seal(key, b []byte) []byte {
	c, out := cipherOf(key), make([]byte, len(b))
	for i := 0; i+block <= len(b); i += block {
		c.Encrypt(out[i:], b[i:])
	}
	return out
}

func unseal(key, b []byte) ([]byte, error) {
	if len(b) == 0 || len(b)%block != 0 {
		return nil, errKeys
	}
	c, out := cipherOf(key), make([]byte, len(b))
	for i := 0; i < len(b); i += block {
		c.Decrypt(out[i:], b[i:])
	}
	return out, nil
}

// rounds is how much work a password costs whoever guesses it.
const rounds = 100_000

// fromPassword makes what opens the master key, and what proves to MEGA that
// one has the password. Accounts from before 2018 have no salt.
func fromPassword(user, password string, salt []byte) (opens []byte, proof string, err error) {
	if salt == nil {
		opens = oldKey(password)
		return opens, oldProof(user, opens), nil
	}
	derived, err := pbkdf2.Key(sha512.New, password, salt, rounds, 2*block)
	if err != nil {
		return nil, "", fmt.Errorf("making a key of the password: %w", err)
	}
	return derived[:block], encode(derived[block:]), nil
}

func oldKey(password string) []byte {
	key := []byte{0x93, 0xC4, 0x67, 0xE3, 0x7D, 0xB0, 0xC7, 0xA4, 0xD1, 0xBE, 0x3F, 0x81, 0x01, 0x52, 0xCB, 0x56}
	var parts []cipher.Block
	for rest := []byte(password); len(rest) > 0; rest = rest[min(block, len(rest)):] {
		part := make([]byte, block)
		copy(part, rest)
		parts = append(parts, cipherOf(part))
	}
	for range 1 << 16 {
		for _, p := range parts {
			p.Encrypt(key, key)
		}
	}
	return key
}

func oldProof(user string, key []byte) string {
	sum := make([]byte, block)
	for i := range len(user) {
		sum[i%block] ^= user[i]
	}
	c := cipherOf(key)
	for range 1 << 14 {
		c.Encrypt(sum, sum)
	}
	return encode(append(sum[:4:4], sum[8:12]...))
}

// number cuts a number off its front: two bytes tell its bits.
func number(b []byte) (n *big.Int, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, errKeys
	}
	end := 2 + (int(binary.BigEndian.Uint16(b))+7)/8
	if len(b) < end {
		return nil, nil, errKeys
	}
	return new(big.Int).SetBytes(b[2:end]), b[end:], nil
}

// sessionSize is how many bytes of what the private key opens are the session.
const sessionSize = 43

// openSession finds the name of a session with the master key.
func openSession(master []byte, private, sealed string) (string, error) {
	wrapped, err := decode(private)
	if err != nil {
		return "", errKeys
	}
	key, err := unseal(master, wrapped)
	if err != nil {
		return "", err
	}
	var p, q, d *big.Int
	for _, n := range []**big.Int{&p, &q, &d} {
		if *n, key, err = number(key); err != nil {
			return "", err
		}
	}
	text, err := decode(sealed)
	if err != nil {
		return "", errKeys
	}
	c, _, err := number(text)
	modulus := new(big.Int).Mul(p, q)
	if err != nil || modulus.BitLen() < 8*sessionSize || c.Cmp(modulus) >= 0 {
		return "", errKeys
	}
	m := new(big.Int).Exp(c, d, modulus).Bytes()
	if len(m) < sessionSize {
		return "", errKeys
	}
	return encode(m[:sessionSize]), nil
}

// fileKey is the key of a file, unfolded.
type fileKey struct {
	key   [block]byte
	nonce [8]byte
	sum   [8]byte
}

func unfold(b []byte) (k fileKey, err error) {
	if len(b) != 2*block {
		return k, errKeys
	}
	for i := range k.key {
		k.key[i] = b[i] ^ b[block+i]
	}
	copy(k.nonce[:], b[block:])
	copy(k.sum[:], b[block+8:])
	return k, nil
}

func (k *fileKey) fold() []byte {
	b := append(append(k.key[:len(k.key):len(k.key)], k.nonce[:]...), k.sum[:]...)
	for i := range k.key {
		b[i] ^= b[block+i]
	}
	return b
}

// stream encrypts, or decrypts, the content from a place on, which is a multiple
// of 16.
func (k *fileKey) stream(at int64) cipher.Stream {
	iv := append(k.nonce[:len(k.nonce):len(k.nonce)], make([]byte, 8)...)
	binary.BigEndian.PutUint64(iv[8:], uint64(at/block)) //nolint:gosec // at is never negative
	return cipher.NewCTR(cipherOf(k.key[:]), iv)
}

// attributes are what is told of a node in its own key; magic stands in front.
type attributes struct {
	Name string `json:"n"`
}

const magic = "MEGA"

func sealName(key []byte, name string) (string, error) {
	text, err := json.Marshal(attributes{name})
	if err != nil {
		return "", err
	}
	b := append([]byte(magic), text...)
	b = append(b, make([]byte, -len(b)&(block-1))...)
	cipher.NewCBCEncrypter(cipherOf(key), make([]byte, block)).CryptBlocks(b, b)
	return encode(b), nil
}

func openName(key []byte, attr string) (string, error) {
	b, err := decode(attr)
	if err != nil || len(b) == 0 || len(b)%block != 0 {
		return "", errKeys
	}
	cipher.NewCBCDecrypter(cipherOf(key), make([]byte, block)).CryptBlocks(b, b)
	text, ok := strings.CutPrefix(string(b), magic)
	if !ok {
		return "", errKeys
	}
	var a attributes
	if err := json.Unmarshal([]byte(strings.TrimRight(text, "\x00")), &a); err != nil {
		return "", errKeys
	}
	return a.Name, nil
}

// The content is summed in pieces that grow: 128 KiB, 256 KiB and so on to
// 1 MiB.
const (
	firstPiece = 128 << 10
	growing    = 8
)

// pieceAt is the length of the i-th piece, the first of which is 0.
func pieceAt(i int) int { return min(i+1, growing) * firstPiece }

// summer sums the content of a file as it is written.
type summer struct {
	key    *fileKey
	cipher cipher.Block
	all    [block]byte
	piece  [block]byte
	begun  bool
	index  int
	inside int // bytes of the piece
}

func newSummer(k *fileKey) *summer {
	return &summer{key: k, cipher: cipherOf(k.key[:])}
}

// Write implements io.Writer. It never fails.
func (s *summer) Write(b []byte) (int, error) {
	size := len(b)
	for len(b) > 0 {
		if !s.begun {
			s.begun = true
			copy(s.piece[:8], s.key.nonce[:])
			copy(s.piece[8:], s.key.nonce[:])
		}
		n := min(len(b), block-s.inside%block)
		for i, c := range b[:n] {
			s.piece[s.inside%block+i] ^= c
		}
		b = b[n:]
		if s.inside += n; s.inside%block == 0 {
			s.cipher.Encrypt(s.piece[:], s.piece[:])
		}
		if s.inside == pieceAt(s.index) {
			s.next()
		}
	}
	return size, nil
}

// next adds the piece to the sum of all.
func (s *summer) next() {
	for i, c := range s.piece {
		s.all[i] ^= c
	}
	s.cipher.Encrypt(s.all[:], s.all[:])
	s.begun, s.inside = false, 0
	s.index++
}

// sum is that of all that was written. Nothing is written afterwards.
func (s *summer) sum() (sum [8]byte) {
	if s.inside > 0 {
		if s.inside%block != 0 {
			s.cipher.Encrypt(s.piece[:], s.piece[:])
		}
		s.next()
	}
	for i := range 4 {
		sum[i] = s.all[i] ^ s.all[4+i]
		sum[4+i] = s.all[8+i] ^ s.all[12+i]
	}
	return sum
}
