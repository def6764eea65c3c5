package crypto

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"golang.org/x/crypto/scrypt"
)

// File is a key file: the master key, sealed with a passphrase. A repository
// has one for each passphrase that opens it. The field order is restic's.
type File struct {
	Created  time.Time `json:"created"`
	Username string    `json:"username"`
	Hostname string    `json:"hostname"`

	KDF  string `json:"kdf"`
	N    int    `json:"N"`
	R    int    `json:"r"`
	P    int    `json:"p"`
	Salt []byte `json:"salt"`
	Data []byte `json:"data"`
}

// ErrPassphrase: the passphrase does not open the key file.
var ErrPassphrase = errors.New("the passphrase does not open the repository")

// ErrFile: the bytes are no key file that can be used.
var ErrFile = errors.New("this is no key file")

const (
	kdfName  = "scrypt"
	saltSize = 64
	// mostMemory bounds what a key file, which anybody may have written, can
	// make scrypt take, in bytes.
	mostMemory = 1 << 30
)

// Cost is what a passphrase is stretched with: 128·N·R bytes of memory, and
// time for P times as many.
type Cost struct{ N, R, P int }

// DefaultCost takes about a quarter of a second and 32 MiB on a machine of
// 2026: the least that is advised for scrypt at that much memory.
var DefaultCost = Cost{N: 1 << 15, R: 8, P: 3}

// Parse reads a key file.
func Parse(b []byte) (*File, error) {
	f := &File{}
	if err := json.Unmarshal(b, f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	power := f.N > 1 && bits.OnesCount(uint(f.N)) == 1
	if f.KDF != kdfName || len(f.Salt) != saltSize || !power || f.R < 1 || f.P < 1 || f.R >= 1<<30/f.P || f.N > mostMemory/128/f.R {
		return nil, fmt.Errorf("%w: its parameters make no sense", ErrFile)
	}
	return f, nil
}

// SealFor makes a key file that passphrase opens. The caller fills in who and
// when.
func (k *Key) SealFor(passphrase string, c Cost) (*File, error) {
	f := &File{KDF: kdfName, N: c.N, R: c.R, P: c.P, Salt: make([]byte, saltSize)}
	if _, err := rand.Read(f.Salt); err != nil {
		return nil, err
	}
	user, err := f.stretch(passphrase)
	if err != nil {
		return nil, err
	}
	text, err := k.text()
	if err != nil {
		return nil, err
	}
	f.Data, err = user.Seal(nil, text)
	return f, err
}

// Open returns the master key.
func (f *File) Open(passphrase string) (*Key, error) {
	user, err := f.stretch(passphrase)
	if err != nil {
		return nil, err
	}
	text, err := user.Open(nil, f.Data)
	if err != nil {
		return nil, ErrPassphrase
	}
	return parseKey(text)
}

// stretch makes the key of a passphrase.
func (f *File) stretch(passphrase string) (*Key, error) {
	b, err := scrypt.Key([]byte(passphrase), f.Salt, f.N, f.R, f.P, keySize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return keyOf(b)
}
