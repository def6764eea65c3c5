package duplicity

import (
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/varve-backup/varve/engine/duplicity/deflate"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
)

// Codec turns the plain bytes of an archive's files into what is stored, and
// back. How a file was stored is told by its name.
type Codec struct {
	// Encrypted and Compressed say how new files are stored. An encrypted
	// file is compressed inside its OpenPGP message.
	Encrypted, Compressed bool
	// Encrypter and Decrypter are asked for when first needed, and may then
	// ask a person. continues: what is written belongs to what was read before,
	// and may share its key.
	Encrypter func(continues bool) (*openpgp.Encrypter, error)
	Decrypter func() (*openpgp.Decrypter, error)
	// Protection names mode and keys, to notice that they changed.
	Protection string
	// CanRead tells that decrypting needs no question and no secret key that
	// may be elsewhere.
	CanRead bool

	// hold, when set, must return before anything is written, and may forbid
	// it.
	hold      func() error
	continues bool
	once      sync.Once
	made      *openpgp.Encrypter
	err       error
}

// encrypter makes the key, once.
func (c *Codec) encrypter() (*openpgp.Encrypter, error) {
	c.once.Do(func() { c.made, c.err = c.Encrypter(c.continues) })
	return c.made, c.err
}

// mark sets on a name what the codec does to its file. Manifests are never
// gzipped, as duplicity writes them.
func (c *Codec) mark(n filename.Name) filename.Name {
	n.Encrypted = c.Encrypted
	n.Compressed = !c.Encrypted && c.Compressed && n.Kind != filename.Manifest
	return n
}

// meter is a writer that knows how much of what it took has not come out.
type meter interface {
	io.WriteCloser
	// Pending is how many bytes were written that may still be inside.
	Pending() int64
}

// writer stores what is written under the name n into dst.
func (c *Codec) writer(dst io.Writer, n filename.Name) (meter, error) {
	if c.hold != nil {
		if err := c.hold(); err != nil {
			return nil, err
		}
	}
	switch {
	case n.Encrypted:
		e, err := c.encrypter()
		if err != nil {
			return nil, err
		}
		return e.Encrypt(dst)
	case n.Compressed:
		return deflate.NewGzipWriter(dst, deflate.DefaultLevel)
	}
	return passThrough{dst}, nil
}

type passThrough struct{ io.Writer }

func (passThrough) Pending() int64 { return 0 }
func (passThrough) Close() error   { return nil }

// reader reads the plain bytes of the file named n. Its last Read fails when
// the file was cut or altered.
func (c *Codec) reader(src io.Reader, n filename.Name) (io.ReadCloser, error) {
	switch {
	case n.Encrypted:
		d, err := c.Decrypter()
		if err != nil {
			return nil, err
		}
		return d.Decrypt(src)
	case n.Compressed:
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return gzipReader{z}, nil
	}
	return io.NopCloser(src), nil
}

// gzipReader calls what gzip finds wrong damage.
type gzipReader struct{ *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err != nil && err != io.EOF { // a reader returns it as it is; inside another error it is damage
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}
