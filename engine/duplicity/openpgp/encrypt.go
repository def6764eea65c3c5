package openpgp

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/varve-backup/varve/engine/duplicity/deflate"
)

// EncryptConfig says for whom messages are.
type EncryptConfig struct {
	// Passphrase opens the messages; empty when only keys do.
	Passphrase string
	// Recipients and HiddenRecipients are keys as gpg takes them: ids,
	// fingerprints, user ids.
	Recipients, HiddenRecipients []string
	// SignKey signs the messages, unlocked by SignPassphrase.
	SignKey, SignPassphrase string
	// Compress deflates the content.
	Compress bool
	// GnuPGHome is where gpg's keys are; empty means its default.
	GnuPGHome string
	// Like, when set, lends the key that it opened its last message with, if
	// that was made of the same passphrase in the way of this package. Whoever
	// reads both messages stretches the passphrase once.
	Like *Decrypter
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Encrypter makes messages. One passphrase is stretched once for all of them.
type Encrypter struct {
	config EncryptConfig
	ctx    context.Context //nolint:containedctx // of the gpg processes it starts
	// head is what stands in front of the encrypted data of a passphrase.
	head, key  []byte
	recipients []recipient
}

type recipient struct {
	key    *packet.PublicKey
	hidden bool
}

// The count byte 0xff means that 65011712 bytes are hashed, gpg's own choice.
const (
	countByte  = 0xff
	countBytes = 65011712
)

// NewEncrypter prepares encryption: it looks up keys and stretches the
// passphrase. ctx ends the gpg processes that signing needs.
func NewEncrypter(ctx context.Context, c EncryptConfig) (*Encrypter, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	e := &Encrypter{config: c, ctx: ctx}
	if c.Passphrase == "" && len(c.Recipients)+len(c.HiddenRecipients) == 0 {
		return nil, errors.New("openpgp: neither passphrase nor recipient")
	}
	if err := e.findRecipients(); err != nil {
		return nil, err
	}
	if c.SignKey != "" {
		return e, requireGnuPG()
	}
	e.key = make([]byte, keySize)
	if c.Passphrase != "" {
		return e, e.stretch()
	}
	_, err := rand.Read(e.key)
	return e, err
}

// stretch makes the key of the passphrase, and the packet that tells how: a
// symmetric-key packet of version 4, whose result is the key itself.
func (e *Encrypter) stretch() error {
	if head, key, ok := e.config.Like.lastKey(e.config.Passphrase); ok && len(e.recipients) == 0 {
		e.head, e.key = head, key
		return nil
	}
	if len(e.recipients) > 0 {
		// Several ways to one key need it to be random, and sealed for each.
		return e.sealForAll()
	}
	var salt [saltSize]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	e.head = append(append(stretchedHead(), salt[:]...), countByte)
	stretchInto(e.key, sha256.New(), e.config.Passphrase, salt[:], countBytes)
	return nil
}

const (
	saltSize = 8
	// stretchedSize is the length of the packet of a passphrase, in bytes.
	stretchedSize = 6 + saltSize + 1
)

// stretchedHead is what stands before the salt in the packet of a passphrase:
// kind, length, version, cipher, iterated and salted, hash.
func stretchedHead() []byte {
	const iterated, sha256ID = 3, 8
	return []byte{0xc0 | 3, stretchedSize - 2, 4, byte(packet.CipherAES256), iterated, sha256ID}
}

// isOurs reports that a packet was made by stretch.
func isOurs(raw []byte) bool {
	return len(raw) == stretchedSize && bytes.HasPrefix(raw, stretchedHead()) && raw[len(raw)-1] == countByte
}

// sealForAll makes a random key and seals it with the passphrase.
func (e *Encrypter) sealForAll() error {
	if _, err := rand.Read(e.key); err != nil {
		return err
	}
	var head writeBuffer
	err := packet.SerializeSymmetricKeyEncryptedReuseKey(&head, e.key, []byte(e.config.Passphrase), e.packets())
	e.head = head
	return err
}

type writeBuffer []byte

func (b *writeBuffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (e *Encrypter) packets() *packet.Config {
	return &packet.Config{
		DefaultCipher: packet.CipherAES256, Time: e.config.Now,
		S2KConfig: &s2k.Config{S2KMode: s2k.IteratedSaltedS2K, S2KCount: countBytes},
	}
}

// findRecipients exports the recipients' keys from gpg.
func (e *Encrypter) findRecipients() error {
	c := e.config
	for i, name := range append(append([]string{}, c.Recipients...), c.HiddenRecipients...) {
		key, err := findKey(e.ctx, c.GnuPGHome, name, c.Now(), e.packets())
		if err != nil {
			return fmt.Errorf("looking for the key %s: %w", name, err)
		}
		e.recipients = append(e.recipients, recipient{key, i >= len(c.Recipients)})
	}
	return nil
}

// findKey returns the key of a recipient that encrypts.
func findKey(ctx context.Context, home, name string, now time.Time, config *packet.Config) (*packet.PublicKey, error) {
	exported, err := exportKey(ctx, home, name)
	if err != nil {
		return nil, err
	}
	entities, err := pgp.ReadKeyRing(exported)
	if err != nil || len(entities) == 0 {
		return nil, ErrNoPublicKey
	}
	if len(entities) > 1 {
		return nil, fmt.Errorf("%w: %d keys have it", ErrNoPublicKey, len(entities))
	}
	key, ok := entities[0].EncryptionKey(now, config)
	if !ok {
		return nil, fmt.Errorf("%w: it cannot encrypt, or has expired or been revoked", ErrNoPublicKey)
	}
	return key.PublicKey, nil
}

// Message is a message being written.
type Message interface {
	io.WriteCloser
	// Pending is how many bytes were written that may not have come out yet.
	Pending() int64
}

// Encrypt begins a message that is written to dst. It is whole once Close has
// returned nil.
func (e *Encrypter) Encrypt(dst io.Writer) (Message, error) {
	if e.config.SignKey != "" {
		return e.encryptByGnuPG(dst)
	}
	if err := e.writeHead(dst); err != nil {
		return nil, err
	}
	packet18, err := newPartialWriter(dst, 18)
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(packet18, e.key)
	if err != nil {
		return nil, err
	}
	m := &message{below: []io.Closer{seal, packet18}}
	var content io.Writer = seal
	if e.config.Compress {
		// An old-format header of a packet that goes on to the end; algorithm
		// 1 is raw DEFLATE.
		if _, err := seal.Write([]byte{0xa3, 1}); err != nil {
			return nil, err
		}
		if m.deflate, err = deflate.NewRawWriter(seal, deflate.DefaultLevel); err != nil {
			return nil, err
		}
		content = m.deflate
		m.below = append([]io.Closer{m.deflate}, m.below...)
	}
	literal, err := newPartialWriter(content, 11)
	if err != nil {
		return nil, errors.Join(err, m.closeBelow())
	}
	m.below = append([]io.Closer{literal}, m.below...)
	m.buf = bufio.NewWriterSize(literal, pieceSize)
	// Binary, without name and time.
	_, err = m.buf.Write([]byte{'b', 0, 0, 0, 0, 0})
	return m, err
}

// writeHead writes the packets that hold the key.
func (e *Encrypter) writeHead(dst io.Writer) error {
	if _, err := dst.Write(e.head); err != nil {
		return err
	}
	for _, r := range e.recipients {
		err := packet.SerializeEncryptedKeyAEADwithHiddenOption(dst, r.key, packet.CipherAES256, false, e.key, r.hidden, e.packets())
		if err != nil {
			return fmt.Errorf("encrypting for key %X: %w", r.key.KeyId, err)
		}
	}
	return nil
}

// message is a message that is made here: content, literal packet, compressed
// packet, encrypted packet.
type message struct {
	buf     *bufio.Writer
	deflate *deflate.Writer // nil without compression
	below   []io.Closer     // from the inside out
	err     error
}

func (m *message) Write(p []byte) (int, error) { return m.buf.Write(p) }

// Pending implements Message.
func (m *message) Pending() int64 {
	n := int64(m.buf.Buffered()) + 2*pieceSize
	if m.deflate != nil {
		n += m.deflate.Pending()
	}
	return n
}

// Close ends all layers.
func (m *message) Close() error {
	if m.below == nil {
		return m.err
	}
	m.err = m.buf.Flush()
	m.err = cmp.Or(m.err, m.closeBelow())
	m.below = nil
	return m.err
}

// closeBelow closes all, and tells the first thing that goes wrong: the rest
// follows from it.
func (m *message) closeBelow() (err error) {
	for _, c := range m.below {
		err = cmp.Or(err, c.Close())
	}
	return err
}
