package openpgp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"fmt"
	"hash"
	"io"
)

const (
	keySize = 32 // AES-256
	// prefixSize is the random beginning of encrypted data: a block, and its
	// last two bytes again.
	prefixSize = aes.BlockSize + 2
	mdcSize    = 2 + sha1.Size
)

// sealer encrypts the body of a packet of tag 18, version 1: AES-256 in
// OpenPGP's CFB mode, ended by a hash of the plaintext.
type sealer struct {
	w      io.Writer
	stream cipher.Stream
	sum    hash.Hash
	buf    []byte
}

func newSealer(w io.Writer, key []byte) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s := &sealer{w: w, sum: sha1.New(), buf: make([]byte, pieceSize)}
	s.stream = cipher.NewCFBEncrypter(block, make([]byte, aes.BlockSize)) //nolint:staticcheck // the format's mode
	if _, err := w.Write([]byte{1}); err != nil {
		return nil, err
	}
	var prefix [prefixSize]byte
	if _, err := rand.Read(prefix[:aes.BlockSize]); err != nil {
		return nil, err
	}
	copy(prefix[aes.BlockSize:], prefix[aes.BlockSize-2:])
	_, err = s.Write(prefix[:])
	return s, err
}

// Write encrypts.
func (s *sealer) Write(p []byte) (int, error) {
	s.sum.Write(p)
	total := len(p)
	for len(p) > 0 {
		n := min(len(p), len(s.buf))
		s.stream.XORKeyStream(s.buf[:n], p[:n])
		if _, err := s.w.Write(s.buf[:n]); err != nil {
			return 0, err
		}
		p = p[n:]
	}
	return total, nil
}

// Close writes the hash.
func (s *sealer) Close() error {
	if _, err := s.Write([]byte{0xd3, 0x14}); err != nil {
		return err
	}
	_, err := s.Write(s.sum.Sum(nil))
	return err
}

// opener decrypts what sealer wrote, for any cipher. It keeps the last bytes
// back: they are the hash, which is compared at the end.
type opener struct {
	r      io.Reader
	stream cipher.Stream
	sum    hash.Hash
	buf    []byte
	n      int // decrypted bytes in buf
	at     int // of which are read
	ended  bool
	result error // what comes after the last byte
}

// newOpener reads the beginning of the data. Its repeated bytes tell another
// key: ErrWrongPassphrase.
func newOpener(r io.Reader, block cipher.Block) (*opener, error) {
	size := block.BlockSize()
	o := &opener{r: r, sum: sha1.New(), buf: make([]byte, pieceSize)}
	o.stream = cipher.NewCFBDecrypter(block, make([]byte, size)) //nolint:staticcheck // the format's mode
	prefix := o.buf[:size+2]
	if _, err := io.ReadFull(r, prefix); err != nil {
		return nil, cut(err)
	}
	o.stream.XORKeyStream(prefix, prefix)
	o.sum.Write(prefix)
	if prefix[size] != prefix[size-2] || prefix[size+1] != prefix[size-1] {
		return nil, ErrWrongPassphrase
	}
	return o, nil
}

// Read decrypts. io.EOF means that the hash was right.
func (o *opener) Read(p []byte) (int, error) {
	for o.n-o.at <= mdcSize {
		if o.ended {
			if o.result == nil {
				o.result = o.check()
			}
			return 0, o.result
		}
		if err := o.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.buf[o.at:o.n-mdcSize])
	o.sum.Write(p[:n])
	o.at += n
	return n, nil
}

func (o *opener) fill() error {
	o.n = copy(o.buf, o.buf[o.at:o.n])
	o.at = 0
	n, err := o.r.Read(o.buf[o.n:])
	o.stream.XORKeyStream(o.buf[o.n:o.n+n], o.buf[o.n:o.n+n])
	o.n += n
	if err == io.EOF {
		o.ended = true
		return nil
	}
	return cut(err)
}

// check compares the hash at the end.
func (o *opener) check() error {
	mdc := o.buf[o.at:o.n]
	if len(mdc) != mdcSize || mdc[0] != 0xd3 || mdc[1] != 0x14 {
		return fmt.Errorf("%w: it has no hash at its end", ErrDamaged)
	}
	o.sum.Write(mdc[:2])
	if subtle.ConstantTimeCompare(o.sum.Sum(nil), mdc[2:]) != 1 {
		return fmt.Errorf("%w: the hash at its end does not fit", ErrDamaged)
	}
	return io.EOF
}

// cut calls the early end of the input damage.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	return err
}
