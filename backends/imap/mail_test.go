package imap

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/transfer"
)

// pattern is n bytes of content.
func pattern(n int) []byte { return bytes.Repeat([]byte("abcdefg\x00\xff"), n/9+1)[:n] }

func TestMailHasTheLengthThatItSays(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 57 * 1024, 57*1024 + 1, 200_000} {
		var sent bytes.Buffer
		m := newMail("from", "name", int64(n))
		if err := m.write(&sent, bytes.NewReader(pattern(n))); err != nil || int64(sent.Len()) != m.size() {
			t.Errorf("%d bytes: the mail has %d and says %d, %v", n, sent.Len(), m.size(), err)
		}
		for line := range strings.Lines(sent.String()) {
			if !strings.HasSuffix(line, "\r\n") || len(line) > 1000 {
				t.Fatalf("%d bytes: a line is %q", n, line)
			}
		}
	}
}

// Sizes are told from the length of a part and its end, with and without the
// end of its last line.
func TestContentSize(t *testing.T) {
	for n := range 400 {
		coded := appendLines(nil, pattern(n))
		for _, part := range [][]byte{coded, bytes.TrimSuffix(coded, []byte("\r\n"))} {
			end := part[max(len(part)-tailLength, 0):]
			if size, ok := contentSize(int64(len(part)), end); !ok || size != int64(n) {
				t.Errorf("%d bytes as %d: %d, %v", n, len(part), size, ok)
			}
		}
	}
	short := bytes.ReplaceAll([]byte(base64.StdEncoding.EncodeToString(pattern(300))), []byte("YWJj"), []byte("YWJj\r\n"))
	if size, ok := contentSize(int64(len(short)), short[len(short)-tailLength:]); ok && size == 300 {
		t.Errorf("short lines: %d", size)
	}
}

func TestHeaders(t *testing.T) {
	for _, name := range []string{
		"duplicity-full.20260101T000000Z.vol1.difftar.gpg", "a b", "a  b", " a", "a ", "ü", "not\xffutf8", "=?utf-8?q?x?=", "a\nb", strings.Repeat("long ", 200), "ü" + strings.Repeat("x", 500),
	} {
		text := "from: x\r\nSUBJECT: " + encodeHeader(name) + "\r\n\r\n"
		if h := parseHeaders([]byte(text)); h.subject != name || h.from != "x" || h.size != -1 {
			t.Errorf("%q came back as %q", name, h.subject)
		}
	}
	for text, want := range map[string]string{
		"Subject:\r\n name":                       "name", // as Python folds what is long
		"Subject: a\r\n\tb":                       "a b",
		"Subject: =?iso-8859-1?q?n=61me?=":        "name",
		"Subject: =?no-such?q?name?=":             "name",
		"Subject: =?utf-8?q?broken":               "=?utf-8?q?broken",
		"rubbish\r\nSubject: lost behind rubbish": "",
	} {
		if h := parseHeaders([]byte(text)); h.subject != want {
			t.Errorf("%q is %q, want %q", text, h.subject, want)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add([]byte("From: a\r\nSubject: =?utf-8?B?YQ==?=\r\n =?utf-8?B?Yg==?=\r\nX-Varve-Size: 7\r\n\r\n"))
	f.Add([]byte("\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h := parseHeaders(b); h.size < -1 || len(h.subject) > 3*len(b) {
			t.Errorf("%+v", h)
		}
	})
}

func FuzzEncodeHeader(f *testing.F) {
	f.Add("a b")
	f.Add("=?utf-8?q?x?=")
	f.Fuzz(func(t *testing.T, name string) {
		if transfer.CheckName(name) != nil {
			return
		}
		if h := parseHeaders([]byte("Subject: " + encodeHeader(name) + "\r\n\r\n")); h.subject != name {
			t.Errorf("%q came back as %q", name, h.subject)
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add(appendLines(nil, pattern(200)))
	f.Add([]byte("YQ==\r\nYQ==\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &lineReader{in: newLines(bytes.NewReader(b))}
		got, err := io.ReadAll(r)
		if err != nil {
			return
		}
		// What was accepted is what base64 says, at the place where it should be.
		want, werr := io.ReadAll(decoder("base64", bytes.NewReader(b)))
		if werr != nil || !bytes.Equal(got, want) {
			t.Errorf("%q is %q, want %q, %v", b, got, want, werr)
		}
	})
}
