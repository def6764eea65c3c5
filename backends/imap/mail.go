package imap

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// The form of a mail, as duplicity has it:
//
//	From: the folder of the address, which need be no address of a person
//	Subject: the name of the object
//	Content-Type: multipart/mixed, of one part:
//		Content-Type: application/binary
//		Content-Transfer-Encoding: base64
//
// duplicity's lines of base64 have 76 letters. Ours too, so that a place in the
// object can be found in the mail. X-Varve-Size is our addition: base64 tells
// the size of what it holds only at its end.
const (
	lineBytes   = 57              // what a line holds
	lineLetters = 76              // as base64
	lineLength  = lineLetters + 2 // with CR and LF
	sizeHeader  = "X-Varve-Size"
)

// mail is one that is being sent.
type mail struct {
	head, tail string
	content    int64
}

func newMail(from, name string, content int64) *mail {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	boundary := "varve-" + hex.EncodeToString(b[:])
	return &mail{
		head: strings.Join([]string{
			"MIME-Version: 1.0",
			"From: " + encodeHeader(from),
			"Subject: " + encodeHeader(name),
			"Date: " + time.Now().Format(time.RFC1123Z),
			sizeHeader + ": " + strconv.FormatInt(content, 10),
			`Content-Type: multipart/mixed; boundary="` + boundary + `"`,
			"",
			"--" + boundary,
			"Content-Type: application/binary",
			"MIME-Version: 1.0",
			"Content-Transfer-Encoding: base64",
			"", "",
		}, "\r\n"),
		tail:    "\r\n--" + boundary + "--\r\n",
		content: content,
	}
}

// octets is the length of n bytes as lines of base64, each with its end.
func octets(n int64) int64 {
	letters := (n + 2) / 3 * 4
	return letters + 2*((letters+lineLetters-1)/lineLetters)
}

// size is the length of the whole mail.
func (m *mail) size() int64 { return int64(len(m.head)+len(m.tail)) + octets(m.content) }

// write sends a mail with what in holds.
func (m *mail) write(to io.Writer, in io.Reader) error {
	if _, err := io.WriteString(to, m.head); err != nil {
		return err
	}
	const lines = 1024
	block, coded := make([]byte, lineBytes*lines), make([]byte, 0, lineLength*lines)
	for {
		n, err := io.ReadFull(in, block)
		coded = appendLines(coded[:0], block[:n])
		if _, werr := to.Write(coded); werr != nil {
			return werr
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	_, err := io.WriteString(to, m.tail)
	return err
}

// appendLines appends lines of base64.
func appendLines(to, content []byte) []byte {
	for len(content) > 0 {
		n := min(len(content), lineBytes)
		to = base64.StdEncoding.AppendEncode(to, content[:n])
		to = append(to, '\r', '\n')
		content = content[n:]
	}
	return to
}

// longestPlain is how long a header is that stands in one line. Lines have 998
// letters at most.
const longestPlain = 900

// isPlain tells what can stand in a header as it is: words with one space
// between them. duplicity does not decode what could not.
func isPlain(s string) bool {
	if len(s) > longestPlain || strings.Contains(s, "=?") || strings.Contains(s, "  ") || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// encodeHeader makes a header of any bytes: as they are, or as encoded words,
// each on a line of its own.
func encodeHeader(s string) string {
	if isPlain(s) {
		return s
	}
	const most = 42 // bytes of a word, which has 75 letters at most
	var words []string
	for len(s) > 0 {
		n := min(len(s), most)
		words = append(words, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}

// decodeHeader reads a header. What cannot be decoded stays.
func decodeHeader(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	words := mime.WordDecoder{CharsetReader: func(_ string, in io.Reader) (io.Reader, error) { return in, nil }}
	if plain, err := words.DecodeHeader(s); err == nil {
		return plain
	}
	return s
}

// headers are those that say what a mail is.
type headers struct {
	from, subject string
	// size is -1 where the mail does not say it.
	size int64
}

// parseHeaders reads headers. Those of other people's mails may be anything.
func parseHeaders(b []byte) headers {
	// What could be read before an error is what counts.
	h, _ := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(b), strings.NewReader("\r\n\r\n")))).ReadMIMEHeader()
	size, err := strconv.ParseInt(h.Get(sizeHeader), 10, 64)
	if err != nil || size < 0 {
		size = -1
	}
	return headers{decodeHeader(h.Get("From")), decodeHeader(h.Get("Subject")), size}
}

// contentSize is the size of what base64 holds, by its length in the mail and
// its end. It trusts in lines of 76 letters; ok is false when there are others.
func contentSize(length int64, end []byte) (size int64, ok bool) {
	trimmed := bytes.TrimRight(end, "\r\n")
	length -= int64(len(end) - len(trimmed))
	padding := int64(len(trimmed) - len(bytes.TrimRight(trimmed, "=")))
	full := length / lineLength
	letters := length - 2*full
	size = letters/4*3 - padding
	ok = letters%4 == 0 && padding <= 2 && size >= 0 && length%lineLength <= lineLetters && (size > 0 || length == 0) && isRegular(length, size)
	return size, ok
}

// isRegular tells that a length is that of so many bytes in lines of 76
// letters, with or without the end of the last one.
func isRegular(length, size int64) bool {
	return length == octets(size) || length == max(octets(size)-2, 0)
}
