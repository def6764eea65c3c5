// Package id names the things in a restic repository: an ID is the SHA-256 of
// what it names, and its text form is 64 lowercase hex digits.
package id

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Size is the length of an ID in bytes.
const Size = sha256.Size

// ErrInvalid reports text that is not an ID.
var ErrInvalid = errors.New("not a restic ID")

// ID names a blob, a pack or a file of a repository.
type ID [Size]byte

// Of returns the ID of b, its SHA-256.
func Of(b []byte) ID { return sha256.Sum256(b) }

// Parse reads the text form. It wants all 64 digits and refuses uppercase,
// because file names in a repository are compared as text.
func Parse(s string) (ID, error) {
	var i ID
	if err := i.UnmarshalText([]byte(s)); err != nil {
		return ID{}, err
	}
	return i, nil
}

// String returns the text form.
func (i ID) String() string { return hex.EncodeToString(i[:]) }

// Short returns the first eight digits, which is what restic shows to people.
func (i ID) Short() string { return hex.EncodeToString(i[:4]) }

// IsZero tells whether i is the zero ID, which names nothing.
func (i ID) IsZero() bool { return i == ID{} }

// AppendText appends the text form to b.
func (i ID) AppendText(b []byte) ([]byte, error) { return hex.AppendEncode(b, i[:]), nil }

// MarshalText returns the text form.
func (i ID) MarshalText() ([]byte, error) { return i.AppendText(make([]byte, 0, 2*Size)) }

// UnmarshalText is Parse into i. After an error i is unchanged.
func (i *ID) UnmarshalText(text []byte) error {
	if len(text) != 2*Size {
		return fmt.Errorf("%w: %d characters, want %d", ErrInvalid, len(text), 2*Size)
	}
	digits := (*[2 * Size]byte)(text)
	var v ID
	var all byte
	for n := range v {
		hi, lo := values[digits[2*n]], values[digits[2*n+1]]
		all |= hi | lo
		v[n] = hi<<4 | lo
	}
	if all > 15 {
		return fmt.Errorf("%w: %q is not lowercase hexadecimal", ErrInvalid, text)
	}
	*i = v
	return nil
}

// values of the hex digits, 255 for what is none. Trees are full of IDs, and a
// table reads them in half the time.
var values = func() (t [256]byte) {
	for c := range t {
		t[c] = 255
	}
	for v, c := range "0123456789abcdef" {
		t[c] = byte(v)
	}
	return t
}()
