// Package crypto seals and opens what a restic repository stores
// (formats/restic.md sections 2 and 3): AES-256 in counter mode, and a
// Poly1305-AES code over what comes out of it. Key seals; File is the key file
// that a passphrase opens.
package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/poly1305" //nolint:staticcheck // the format demands this very construction
)

const (
	ivSize  = aes.BlockSize
	macSize = poly1305.TagSize
	// Overhead is by how much sealing makes bytes longer.
	Overhead = ivSize + macSize
)

// ErrUnauthentic: the bytes were not sealed with this key, or are damaged.
var ErrUnauthentic = errors.New("it was altered, or sealed with another key")

// Key is what seals: the master key of a repository, or what a passphrase is
// stretched to. It does not change, and may be used by several goroutines.
type Key struct {
	material material
	block    cipher.Block // AES-256 of the content
	nonce    cipher.Block // AES-128 that makes the second half of a one-time key
}

// material is a key as the format writes it down.
type material struct {
	MAC struct {
		K []byte `json:"k"`
		R []byte `json:"r"`
	} `json:"mac"`
	Encrypt []byte `json:"encrypt"`
}

const (
	encryptSize = 32
	macKeySize  = 16
	keySize     = encryptSize + 2*macKeySize
)

// NewKey makes a random master key.
func NewKey() (*Key, error) {
	b := make([]byte, keySize)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	return keyOf(b)
}

// keyOf cuts 64 bytes into the parts of a key.
func keyOf(b []byte) (*Key, error) {
	var m material
	m.Encrypt, m.MAC.K, m.MAC.R = b[:encryptSize], b[encryptSize:encryptSize+macKeySize], b[encryptSize+macKeySize:keySize]
	return newKey(m)
}

// parseKey reads a master key.
func parseKey(b []byte) (*Key, error) {
	var m material
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("reading the master key: %w", err)
	}
	return newKey(m)
}

var errKey = errors.New("the key is not valid")

func newKey(m material) (*Key, error) {
	if len(m.Encrypt) != encryptSize || len(m.MAC.K) != macKeySize || len(m.MAC.R) != macKeySize {
		return nil, errKey
	}
	if isZero(m.Encrypt) || isZero(m.MAC.K) || isZero(m.MAC.R) {
		return nil, errKey
	}
	block, err := aes.NewCipher(m.Encrypt)
	if err != nil {
		return nil, err
	}
	nonce, err := aes.NewCipher(m.MAC.K)
	if err != nil {
		return nil, err
	}
	return &Key{m, block, nonce}, nil
}

func isZero(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 })
}

// text is the key as the format writes it down.
func (k *Key) text() ([]byte, error) { return json.Marshal(k.material) }

// Seal appends the sealed form of plain to dst.
func (k *Key) Seal(dst, plain []byte) ([]byte, error) {
	var iv [ivSize]byte
	if _, err := rand.Read(iv[:]); err != nil {
		return nil, err
	}
	return k.sealWith(iv, dst, plain), nil
}

func (k *Key) sealWith(iv [ivSize]byte, dst, plain []byte) []byte {
	dst = append(dst, iv[:]...)
	start := len(dst)
	dst = slices.Grow(dst, len(plain)+macSize)[:start+len(plain)]
	cipher.NewCTR(k.block, iv[:]).XORKeyStream(dst[start:], plain)
	mac := k.mac(iv[:], dst[start:])
	return append(dst, mac[:]...)
}

// Open appends what was sealed to dst. Nothing is decrypted before it is known
// to be genuine.
func (k *Key) Open(dst, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrUnauthentic
	}
	iv, text, mac := sealed[:ivSize], sealed[ivSize:len(sealed)-macSize], sealed[len(sealed)-macSize:]
	want := k.mac(iv, text)
	if isZero(iv) || subtle.ConstantTimeCompare(want[:], mac) != 1 {
		return nil, ErrUnauthentic
	}
	start := len(dst)
	dst = slices.Grow(dst, len(text))[:start+len(text)]
	cipher.NewCTR(k.block, iv).XORKeyStream(dst[start:], text)
	return dst, nil
}

// OpenInPlace is Open into the memory of sealed.
func (k *Key) OpenInPlace(sealed []byte) ([]byte, error) {
	if !k.Authentic(sealed) {
		return nil, ErrUnauthentic
	}
	text := sealed[ivSize : len(sealed)-macSize]
	cipher.NewCTR(k.block, sealed[:ivSize]).XORKeyStream(text, text)
	return text, nil
}

// Holds reports that sealed was sealed with this key, and that plain comes back
// out of it. It uses the memory of scratch, of at least one byte.
func (k *Key) Holds(sealed, plain, scratch []byte) bool {
	if len(sealed) != len(plain)+Overhead || !k.Authentic(sealed) {
		return false
	}
	stream, text := cipher.NewCTR(k.block, sealed[:ivSize]), sealed[ivSize:]
	for len(plain) > 0 {
		n := min(len(scratch), len(plain))
		stream.XORKeyStream(scratch[:n], text[:n])
		if !bytes.Equal(scratch[:n], plain[:n]) {
			return false
		}
		plain, text = plain[n:], text[n:]
	}
	return true
}

// Authentic reports that sealed was sealed with this key. It is cheaper than
// Open.
func (k *Key) Authentic(sealed []byte) bool {
	if len(sealed) < Overhead || isZero(sealed[:ivSize]) {
		return false
	}
	want := k.mac(sealed[:ivSize], sealed[ivSize:len(sealed)-macSize])
	return subtle.ConstantTimeCompare(want[:], sealed[len(sealed)-macSize:]) == 1
}

// mac authenticates an encrypted text; the IV takes part through the one-time
// key.
func (k *Key) mac(iv, text []byte) (mac [macSize]byte) {
	var oneTime [32]byte
	copy(oneTime[:16], k.material.MAC.R)
	k.nonce.Encrypt(oneTime[16:], iv)
	poly1305.Sum(&mac, text, &oneTime)
	return mac
}
