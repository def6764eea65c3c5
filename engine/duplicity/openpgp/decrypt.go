package openpgp

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
)

// DecryptConfig says what opens messages.
type DecryptConfig struct {
	// Passphrases are tried in turn, for messages and for secret keys.
	Passphrases []string
	// SignKey, when set, must have signed what is read.
	SignKey string
	// GnuPGHome is where gpg's keys are; empty means its default.
	GnuPGHome string
}

// Decrypter opens messages.
type Decrypter struct {
	config DecryptConfig
	ctx    context.Context //nolint:containedctx // of the gpg processes it starts

	mu   sync.Mutex
	keys map[string]stretching // by passphrase and packet; guarded by mu
	last int                   // the passphrase that gpg took last; guarded by mu
	// The packet and the passphrase that opened the last message here, and
	// their key; guarded by mu.
	opened opening
}

// stretching makes a key, once.
type stretching func() (sessionKey, error)

type sessionKey struct {
	key    []byte
	cipher packet.CipherFunction
}

// NewDecrypter prepares decryption. ctx ends the gpg processes.
func NewDecrypter(ctx context.Context, c DecryptConfig) (*Decrypter, error) {
	if c.SignKey != "" {
		if err := requireGnuPG(); err != nil {
			return nil, err
		}
	}
	return &Decrypter{config: c, ctx: ctx, keys: map[string]stretching{}}, nil
}

// Decrypt returns the content of the message src. It reads src to its end:
// only when the last Read returns io.EOF was the content whole and unaltered.
// An error of src comes back as it is, not as damage. Close does not close
// src, and waits for a Read of it that is under way.
func (d *Decrypter) Decrypt(src io.Reader) (io.ReadCloser, error) {
	s := &source{r: src}
	plain, err := d.decrypt(newBuffered(s))
	if err != nil {
		return nil, s.blame(err)
	}
	return &opened{plain, s}, nil
}

func (d *Decrypter) decrypt(r *bufio.Reader) (io.ReadCloser, error) {
	head, err := readHead(r)
	if err != nil {
		return nil, err
	}
	if d.config.SignKey != "" || !head.native || len(head.symmetric) == 0 || len(d.config.Passphrases) == 0 {
		return d.byGnuPG(head, r)
	}
	data, err := d.open(head, r)
	if errors.Is(err, errUnsupported) || errors.Is(err, ErrWrongPassphrase) && head.forKeys {
		return d.byGnuPG(head, r)
	}
	if err != nil {
		return nil, err
	}
	return newContent(data, r)
}

// errUnsupported: gpg may know how to read this.
var errUnsupported = errors.New("the message needs gpg")

// head is what stands in front of the encrypted data.
type head struct {
	raw       bytes.Buffer // the packets as they are
	symmetric [][]byte     // packets of passphrases
	forKeys   bool         // there are packets of public keys
	native    bool         // encrypted data with a hash follows
	legacy    bool         // encrypted data without one follows
}

const (
	// maxKeyPacket bounds a packet that holds a key, in bytes.
	maxKeyPacket = 1 << 14
	// mostSymmetric bounds the packets of passphrases: each may take a tenth
	// of a second to try.
	mostSymmetric = 16
)

// readHead reads up to the encrypted data, whose header it leaves.
func readHead(r *bufio.Reader) (*head, error) {
	h := &head{}
	for {
		first, err := r.Peek(6)
		if len(first) < 2 {
			return nil, cut(err)
		}
		if first[0]&0x80 == 0 {
			// Armoured text is gpg's; everything else is no message.
			if bytes.HasPrefix(first, []byte("-----")) {
				return h, nil
			}
			return nil, fmt.Errorf("%w: it is no OpenPGP message", ErrDamaged)
		}
		tag := tagOf(first[0])
		if tag != 1 && tag != 3 {
			h.native, h.legacy = tag == 18, tag == 9
			return h, nil
		}
		if err := h.keyPacket(r, tag, first); err != nil {
			return nil, err
		}
	}
}

// tagOf is the kind of packet, in new and old headers.
func tagOf(b byte) byte {
	if b&0x40 != 0 {
		return b & 0x3f
	}
	return b >> 2 & 0xf
}

// keyPacket takes a packet that holds a key.
func (h *head) keyPacket(r *bufio.Reader, tag byte, first []byte) error {
	size, ok := packetSize(first)
	if !ok || size > maxKeyPacket {
		return fmt.Errorf("%w: a packet with a key has no proper length", ErrDamaged)
	}
	raw := make([]byte, size)
	if _, err := io.ReadFull(r, raw); err != nil {
		return cut(err)
	}
	if h.raw.Len() > 64*maxKeyPacket || len(h.symmetric) == mostSymmetric {
		return fmt.Errorf("%w: it has too many keys", ErrDamaged)
	}
	h.raw.Write(raw)
	if tag == 3 {
		h.symmetric = append(h.symmetric, raw)
	} else {
		h.forKeys = true
	}
	return nil
}

// packetSize is the length of a whole packet, header included.
func packetSize(b []byte) (int, bool) {
	if len(b) < 6 {
		return 0, false
	}
	if b[0]&0x40 != 0 {
		switch l := int(b[1]); {
		case l < 192:
			return 2 + l, true
		case l < 224:
			return 3 + (l-192)<<8 + int(b[2]) + 192, true
		case l == 255 && b[2] == 0 && b[3] == 0:
			return 6 + int(b[4])<<8 + int(b[5]), true
		}
		return 0, false
	}
	switch b[0] & 3 {
	case 0:
		return 2 + int(b[1]), true
	case 1:
		return 3 + int(b[1])<<8 + int(b[2]), true
	}
	return 0, false
}

// open decrypts the data with the first passphrase that fits.
func (d *Decrypter) open(h *head, r *bufio.Reader) (io.Reader, error) {
	start, err := r.Peek(128)
	if err != nil && err != io.EOF {
		return nil, err
	}
	unsupported := false
	for _, raw := range h.symmetric {
		for i, passphrase := range d.config.Passphrases {
			k, err := d.stretch(raw, i, passphrase)
			if errors.Is(err, errUnsupported) {
				unsupported = true
				continue
			}
			if err == nil && fits(start, k) {
				d.remember(opening{raw, passphrase, k})
				return openData(r, k)
			}
		}
	}
	if unsupported {
		return nil, errUnsupported
	}
	return nil, ErrWrongPassphrase
}

// stretch makes the key of a passphrase; it is remembered, because the files
// of one run of ours share it.
func (d *Decrypter) stretch(raw []byte, index int, passphrase string) (sessionKey, error) {
	id := fmt.Sprint(index) + string(raw)
	d.mu.Lock()
	k, ok := d.keys[id]
	if !ok {
		k = sync.OnceValues(func() (sessionKey, error) { return makeKey(raw, passphrase) })
		if len(d.keys) < mostKeys {
			d.keys[id] = k
		}
	}
	d.mu.Unlock()
	// Not under the lock: files with keys of their own are opened side by side.
	return k()
}

// opening is how a message was opened.
type opening struct {
	raw        []byte
	passphrase string
	key        sessionKey
}

func (d *Decrypter) remember(o opening) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = o
}

// lastKey returns the packet and the key of the last message that was opened,
// if it is of this passphrase and as good as a new one.
func (d *Decrypter) lastKey(passphrase string) (head, key []byte, ok bool) {
	if d == nil {
		return nil, nil, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.opened
	if o.raw == nil || o.passphrase != passphrase || !isOurs(o.raw) {
		return nil, nil, false
	}
	return bytes.Clone(o.raw), bytes.Clone(o.key.key), true
}

// mostKeys bounds what is remembered: gpg makes a key for every file.
const mostKeys = 1000

// makeKey makes the key that a packet and a passphrase give.
func makeKey(raw []byte, passphrase string) (sessionKey, error) {
	if k, ok := iteratedKey(raw, passphrase); ok && k.usable() {
		return k, nil
	}
	if !cheap(raw) {
		return sessionKey{}, errUnsupported
	}
	p, err := packet.Read(bytes.NewReader(raw))
	if err != nil {
		return sessionKey{}, errUnsupported
	}
	symmetric, ok := p.(*packet.SymmetricKeyEncrypted)
	if !ok || symmetric.Version != 4 {
		return sessionKey{}, errUnsupported
	}
	key, cipher, err := symmetric.Decrypt([]byte(passphrase))
	if err != nil {
		return sessionKey{}, fmt.Errorf("%w: %w", ErrWrongPassphrase, err)
	}
	k := sessionKey{key, cipher}
	if !k.usable() {
		return sessionKey{}, errUnsupported
	}
	return k, nil
}

// cheap reports that a packet hashes the passphrase in one of the ways of
// RFC 4880. The later one, Argon2, lets the message choose how much memory it
// takes, up to terabytes.
func cheap(raw []byte) bool {
	p, err := packet.NewOpaqueReader(bytes.NewReader(raw)).Next()
	if err != nil || len(p.Contents) < 3 {
		return false
	}
	const simple, salted, iterated = 0, 1, 3
	mode := p.Contents[2]
	return p.Contents[0] == 4 && (mode == simple || mode == salted || mode == iterated)
}

// fits tests a key on the first bytes of the data.
func fits(start []byte, k sessionKey) bool {
	body, err := dataBody(bytes.NewReader(start))
	if err != nil {
		return false
	}
	block, err := k.block()
	if err != nil {
		return false
	}
	_, err = newOpener(body, block)
	return err == nil
}

// dataBody reads the header of the encrypted packet, and its version.
func dataBody(r io.Reader) (io.Reader, error) {
	p, err := packet.Read(r)
	if err != nil {
		return nil, cut(err)
	}
	data, ok := p.(*packet.SymmetricallyEncrypted)
	if !ok || data.Version != 1 {
		return nil, errUnsupported
	}
	return data.Contents, nil
}

func openData(r io.Reader, k sessionKey) (io.Reader, error) {
	body, err := dataBody(r)
	if err != nil {
		return nil, err
	}
	block, err := k.block()
	if err != nil {
		return nil, err
	}
	return newOpener(body, block)
}

// content reads the literal data inside the packets of a message, and then
// the message to its end.
type content struct {
	literal io.Reader
	layers  []io.Reader // from the inside out, each to be read to its end
	err     error
}

// newContent reads the decrypted data, and src, where it comes from, to its
// end.
func newContent(data, src io.Reader) (io.ReadCloser, error) {
	inner := bufio.NewReaderSize(data, pieceSize)
	c := &content{layers: []io.Reader{inner, src}}
	literal, err := c.unwrap(inner, 0)
	if err != nil {
		return nil, err
	}
	c.literal = literal
	return c, nil
}

// mostLayers bounds how deep a message may be wrapped.
const mostLayers = 4

// unwrap finds the literal packet.
func (c *content) unwrap(r *bufio.Reader, depth int) (io.Reader, error) {
	first, err := r.Peek(2)
	if err != nil {
		return nil, cut(err)
	}
	if first[0] == 0xa3 && depth < mostLayers {
		return c.inflate(r, first[1], depth)
	}
	p, err := packet.Read(r)
	if err != nil {
		return nil, badPacket(err)
	}
	switch p := p.(type) {
	case *packet.LiteralData:
		return p.Body, nil
	case *packet.Compressed:
		if depth < mostLayers {
			inner := bufio.NewReader(p.Body)
			c.layers = append([]io.Reader{inner}, c.layers...)
			return c.unwrap(inner, depth+1)
		}
	case *packet.OnePassSignature:
		if depth < mostLayers {
			return c.unwrap(r, depth+1)
		}
	}
	return nil, fmt.Errorf("%w: it holds an unexpected packet", ErrDamaged)
}

// inflate unpacks a compressed packet that goes on to the end.
func (c *content) inflate(r *bufio.Reader, algorithm byte, depth int) (io.Reader, error) {
	if _, err := r.Discard(2); err != nil {
		return nil, cut(err)
	}
	var plain io.Reader
	switch algorithm {
	case 1:
		plain = flate.NewReader(r)
	case 2:
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, badPacket(err)
		}
		plain = z
	case 3:
		plain = bzip2.NewReader(r)
	default:
		return nil, fmt.Errorf("%w: it is compressed in an unknown way", ErrDamaged)
	}
	inner := bufio.NewReaderSize(plain, pieceSize)
	c.layers = append([]io.Reader{inner}, c.layers...)
	return c.unwrap(inner, depth+1)
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.literal.Read(p)
	if err == io.EOF {
		err = c.drain()
	} else if err != nil {
		err = badPacket(err)
	}
	c.err = err
	return n, err
}

// drain reads what follows the content, so that every check is made.
func (c *content) drain() error {
	for _, l := range c.layers {
		if _, err := io.Copy(io.Discard, l); err != nil {
			return badPacket(err)
		}
	}
	return io.EOF
}

// Close ends reading; what was read before the end is not proved.
func (c *content) Close() error { return nil }

// badPacket calls what the packet readers find wrong damage.
func badPacket(err error) error {
	if errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func newBuffered(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, pieceSize) }
