package imap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/varve-backup/varve/backends"
)

// part is where the content of a mail is.
var part = []int{1}

// section is a piece of the content as it stands in the mail; all of it where
// length is negative.
func section(from, length int64) *imap.FetchItemBodySection {
	s := &imap.FetchItemBodySection{Part: part, Peek: true}
	if length >= 0 {
		s.Partial = &imap.SectionPartial{Offset: from, Size: length}
	}
	return s
}

// body is content that is being fetched.
type body struct {
	io.Reader
	literal io.Reader
	fetch   *imapclient.FetchCommand
}

// body begins to fetch n bytes from off of an object that has size bytes. n is
// not 0.
func (c *conn) body(m *mailInfo, size, off, n int64) (*body, error) {
	if m.isBase64() && isRegular(m.length, size) && off > 0 {
		return c.lines(m, off, n)
	}
	b, err := c.fetchBody(m, section(0, -1))
	if err != nil {
		return nil, err
	}
	b.Reader = decoder(m.encoding, b.literal)
	if _, err := io.CopyN(io.Discard, b.Reader, off); err != nil {
		return nil, unreadable(err)
	}
	return b, nil
}

// lines fetches the lines that hold a range.
func (c *conn) lines(m *mailInfo, off, n int64) (*body, error) {
	first, behind := off/lineBytes, (off+n+lineBytes-1)/lineBytes
	b, err := c.fetchBody(m, section(first*lineLength, (behind-first)*lineLength))
	if err != nil {
		return nil, err
	}
	b.Reader = &lineReader{in: newLines(b.literal)}
	if _, err := io.CopyN(io.Discard, b.Reader, off-first*lineBytes); err != nil {
		return nil, unreadable(err)
	}
	return b, nil
}

// fetchBody sends the command and waits for the first byte.
func (c *conn) fetchBody(m *mailInfo, what *imap.FetchItemBodySection) (*body, error) {
	fetch := c.Fetch(imap.UIDSetNum(m.uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{what}})
	for data := fetch.Next(); data != nil; data = fetch.Next() {
		for item := data.Next(); item != nil; item = data.Next() {
			if s, ok := item.(imapclient.FetchItemDataBodySection); ok && s.Literal != nil {
				c.open = &body{literal: s.Literal, fetch: fetch}
				return c.open, nil
			}
		}
	}
	if err := expunged(fetch.Close()); err != nil {
		return nil, err
	}
	return nil, errReplaced
}

// decoder undoes the encoding of a part.
func decoder(encoding string, in io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, &lettersOnly{in})
	case "quoted-printable":
		return quotedprintable.NewReader(in)
	}
	return in
}

// lettersOnly leaves out what is not base64, as one should.
type lettersOnly struct{ in io.Reader }

// Read implements io.Reader.
func (l *lettersOnly) Read(p []byte) (int, error) {
	for {
		n, err := l.in.Read(p)
		kept := 0
		for _, b := range p[:n] {
			if b > ' ' && b < 0x7f {
				p[kept] = b
				kept++
			}
		}
		if kept > 0 || err != nil || n == 0 {
			return kept, err
		}
	}
}

// lineReader decodes lines that are all of the same length. One that is not
// would put everything behind it at the wrong place.
type lineReader struct {
	in   *bufio.Reader
	line []byte // decoded, not read yet
	buf  [lineBytes]byte
	last bool
}

// Read implements io.Reader.
func (l *lineReader) Read(p []byte) (int, error) {
	for len(l.line) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.line)
	l.line = l.line[n:]
	return n, nil
}

func (l *lineReader) next() error {
	line, err := l.in.ReadSlice('\n')
	if len(line) == 0 || err != nil && err != io.EOF { // a lost connection may wrap it, and is no end
		return err
	}
	letters := bytes.TrimRight(line, "\r\n")
	if l.last || len(letters) > lineLetters || len(line) > lineLength {
		return errShape
	}
	l.last = len(line) < lineLength
	n, err := base64.StdEncoding.Decode(l.buf[:], letters)
	if err != nil {
		return errors.Join(errShape, err)
	}
	l.line = l.buf[:n]
	return nil
}

// errShape: the mail is not as it was when it was measured.
var errShape = errors.New("its lines of base64 are not all of one length")

// unreadable words an error of decoding. Those of the connection stay.
func unreadable(err error) error {
	_, letters := errors.AsType[base64.CorruptInputError](err)
	if letters || errors.Is(err, errShape) || errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("%w: the mail is damaged: %s", backends.ErrCorrupt, strings.ReplaceAll(err.Error(), "\n", ": "))
	}
	return err
}

// reader hands out a body and gives its connection back at its end.
type reader struct {
	ctx  context.Context //nolint:containedctx // the connection is bound to it
	pool *pool
	c    *conn
	body *body
	left int64
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.left -= int64(n)
	if err != nil && err != io.EOF { // as above
		err = classify(r.ctx, unreadable(err))
	}
	return n, err
}

// Close implements io.Closer. A connection on which much would still come is
// not kept.
func (r *reader) Close() error {
	if r.c == nil {
		return nil
	}
	c := r.c
	r.c = nil
	if r.left == 0 && c.drain() == nil {
		r.pool.put(c)
	} else {
		r.pool.drop(c)
	}
	return nil
}

// drain reads what is left of a command's answer.
func (c *conn) drain() error {
	if c.open == nil {
		return nil
	}
	b := c.open
	c.open = nil
	_, err := io.Copy(io.Discard, b.literal)
	return errors.Join(err, b.fetch.Close())
}

func newLines(in io.Reader) *bufio.Reader { return bufio.NewReaderSize(in, 64<<10) }
